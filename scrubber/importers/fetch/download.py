"""One official file, downloaded: resumed where it stopped, checked, and put in place whole or not at all.

``<name>`` is the file, ``<name>.json`` tells where it came from. What has come of a file that is not whole yet is
``<name>.part``, and ``<name>.part.json`` tells by what to recognise the same file when asking for the rest.
"""

import fcntl
import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TypeVar

import msgspec
import requests

from scrubber.importers.fetch import FetchFailed
from scrubber.importers.fetch.addresses import FileAddress
from scrubber.importers.fetch.find import Target
from scrubber.importers.fetch.web import TryAgain, Web, answer, is_page, persistent
from scrubber.importers.files import write_whole
from scrubber.importers.official_files import digest_of

T = TypeVar("T")

PIECE = 2**16
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a file came from, and by what the server recognises it."""

    url: str
    etag: str | None
    modified: str | None
    sha256: str
    fetched: datetime


class _Begun(msgspec.Struct, frozen=True):
    """Of a file that has come in part: its address, and what must not have changed for the rest to fit."""

    url: str
    validator: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is here, whole; ``changed`` tells whether it is another than before."""

    path: Path
    sha256: str
    changed: bool


def fetch_file(web: Web, target: Target, directory: Path, now: datetime) -> Fetched:
    """The file of a target in a directory. Raises FetchFailed; a whole file that was there stays as it was."""
    path = directory / target.name
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with _alone(path):
            kept = _kept(path, target.url)
            return persistent(web, target.url, lambda: _attempt(web, target, path, kept, now))
    except OSError as fault:
        raise FetchFailed(f"{path} can't be written: {fault.strerror}") from None


def _attempt(web: Web, target: Target, path: Path, kept: Origin | None, now: datetime) -> Fetched:
    part, beside = _part(path), _beside(_part(path))
    begun = _decoded(beside, _Begun)
    start = part.stat().st_size if begun and begun.url == target.url and part.exists() else 0
    with answer(web, target.url, _conditions(kept, begun, start)) as response:
        if response.status_code == 304 and kept:
            _forget(part, beside)
            return Fetched(path, kept.sha256, changed=False)
        total = _announced(response, start, begun)
        if total is None and response.status_code != 200:
            _forget(part, beside)
            raise TryAgain("the server does not go on where the file stopped", wait=0)
        _check_form(response, target, total)
        web.tell(_told(target.name, total, start if response.status_code == 206 else 0))
        if response.status_code == 200:
            _forget(part, beside)
            if validator := _strong_validator(response):
                write_whole(beside, msgspec.json.encode(_Begun(target.url, validator)))
        try:
            with part.open("ab") as file:
                _take(response, file, target)
            size = part.stat().st_size
            if total is not None and size < total:
                raise TryAgain(f"the connection ended after {size:,} of {total:,} bytes")
            _check_whole(part, target)
        except FetchFailed:
            _forget(part, beside)
            raise
        origin = Origin(
            url=target.url,
            etag=response.headers.get("ETag"),
            modified=response.headers.get("Last-Modified"),
            sha256=digest_of(part),
            fetched=now,
        )
    before = digest_of(path) if path.exists() else None
    part.replace(path)
    write_whole(_beside(path), msgspec.json.encode(origin))
    beside.unlink(missing_ok=True)
    return Fetched(path, origin.sha256, changed=origin.sha256 != before)


def _conditions(kept: Origin | None, begun: _Begun | None, start: int) -> dict[str, str]:
    """Send nothing if it has not changed, and only the rest of what has come in part; never packed a second time."""
    headers = {"Accept-Encoding": "identity"}
    if kept and kept.etag:
        headers["If-None-Match"] = kept.etag
    elif kept and kept.modified:
        headers["If-Modified-Since"] = kept.modified
    if begun and start:
        headers |= {"Range": f"bytes={start}-", "If-Range": begun.validator}
    return headers


def _told(name: str, total: int | None, start: int) -> str:
    size = f", {total / 1e6:.1f} MB" if total is not None else ""
    return f"fetching  {name}{size}{f', from {start / 1e6:.1f} MB on' if start else ''}"


def _announced(response: requests.Response, start: int, begun: _Begun | None) -> int | None:
    """How large the whole file is; None where the server doesn't say, or goes on with another file or elsewhere."""
    if response.status_code == 200:
        length = response.headers.get("Content-Length", "")
        return int(length) if length.isascii() and length.isdigit() else None
    told = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if response.status_code != 206 or not begun or not told or int(told[1]) != start:
        return None
    return int(told[2]) if _strong_validator(response) in {None, begun.validator} else None


def _check_form(response: requests.Response, target: Target, total: int | None) -> None:
    """Raise FetchFailed for an answer that can't be the file, before its body is read."""
    if is_page(response):
        raise FetchFailed(
            f"{target.url} gave a web page instead of the file: a licence or an error page; "
            "download it in a browser and use `scrubber reference import`"
        )
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise FetchFailed(f"{target.url} is sent packed in a way that was not asked for")
    if total is not None:
        _check_size(total, target)


def _check_size(size: int, target: Target) -> None:
    if size > target.expected.most:
        raise FetchFailed(
            f"{target.name} is larger than the {target.expected.most:,} bytes such a file may have: not fetched"
        )


def _take(response: requests.Response, file: IO[bytes], target: Target) -> None:
    """Write what comes to disk, up to the size a file of this sort may have."""
    for piece in response.iter_content(PIECE):
        _check_size(file.tell() + len(piece), target)
        file.write(piece)
    file.flush()
    os.fsync(file.fileno())


def _check_whole(part: Path, target: Target) -> None:
    """Raise FetchFailed for a file that is not what was expected."""
    expected, size = target.expected, part.stat().st_size
    if size < expected.least:
        raise FetchFailed(
            f"{target.name} has {size:,} bytes where at least {expected.least:,} are expected: it is not used"
        )
    if not _holds(part, expected):
        raise FetchFailed(f"{target.name} is damaged or not the zip that was expected: it is not used")


def _holds(path: Path, expected: FileAddress) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return False
    return expected.holds is None or any(re.search(expected.holds, name, re.IGNORECASE) for name in names)


def _strong_validator(response: requests.Response) -> str | None:
    """What identifies these very bytes: a strong ETag, else the time of the last change."""
    etag = response.headers.get("ETag", "")
    return etag if etag.startswith('"') else response.headers.get("Last-Modified")


def _kept(path: Path, url: str) -> Origin | None:
    """The origin of the file that is there, if it is from this address and has not been touched since."""
    origin = _decoded(_beside(path), Origin)
    if origin is None or origin.url != url or not path.exists() or digest_of(path) != origin.sha256:
        return None
    return origin


def _decoded(path: Path, form: type[T]) -> T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=form)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _forget(part: Path, beside: Path) -> None:
    part.unlink(missing_ok=True)
    beside.unlink(missing_ok=True)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Nobody else fetches this file meanwhile: two would write into the same part."""
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FetchFailed(f"{path.name} is being fetched already") from None
        yield
