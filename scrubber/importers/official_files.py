"""The files inside a download: plain, in a zip, or in a zip in a zip. Nothing is ever unpacked to disk.

A download is refused with one line where it is no such file, is damaged, or is built to do harm: sizes are judged from
the zip's own directory before a byte is unpacked, and no member can give more than it declares.
"""

import errno
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from os import SEEK_END
from pathlib import Path, PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import IO
from zlib import error as ZlibError  # noqa: N812 - the class is named so

from scrubber.importers import ImportRefused

MOST_BYTES = 2 * 1024**3
"""Unpacked, a whole download: the largest there is, the pairs with their spreadsheets, has about half of it."""
MOST_RATIO = 200
"""Unpacked to packed: repetitive spreadsheets reach 60."""
RATIO_COUNTS_FROM = 1024**2
MOST_MEMBERS = 1000
DEEPEST = 2
PACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""How members are packed. Others fail in ways of their own, and some unpack by thousands."""
IN_MEMORY = 16 * 1024**2
NO_CLOCK = date(1980, 12, 31)
"""Zips made without a clock date their files 1980."""
PREFERRED = (".txt", ".csv", ".xlsx")
"""Which form of a file is read where a zip has it in several: the quickest."""

Opener = Callable[[], IO[bytes]]


@dataclass(frozen=True, slots=True)
class OfficialFile:
    """A file of a download: what to call it, its ending, how to open it, and when it was written, if the zip tells."""

    name: str
    suffix: str
    open: Opener
    written: date | None = None


@contextmanager
def official_files(path: Path, suffixes: Sequence[str] = PREFERRED) -> Iterator[list[OfficialFile]]:
    """The files with one of these endings in a download, each in one form, in the order of their names.

    Raises ImportRefused, OSError where the download can't be read.
    """
    with path.open("rb") as file, ExitStack() as unpacked:
        head = file.read(512)
        if head.startswith(b"PK") and path.suffix.lower() not in suffixes:
            found = list(_members(file, path.name, suffixes, unpacked, [MOST_BYTES, MOST_MEMBERS]))
        elif path.suffix.lower() in suffixes and not _is_web_page(head):
            if path.stat().st_size > MOST_BYTES:
                raise ImportRefused(f"{path.name} is larger than any official file")
            _check_end(file, path)
            found = [OfficialFile(path.name, path.suffix.lower(), lambda: path.open("rb"))]
        elif _is_web_page(head):
            raise ImportRefused(
                f"{path.name} is a web page, not data: the download stopped at a licence or an error page"
            )
        else:
            raise ImportRefused(f"{path.name} is neither a zip file nor one of {', '.join(suffixes)}")
        if not found:
            raise ImportRefused(f"{path.name} has no file with ending {', '.join(suffixes)} in it")
        with _damage_told(path.name):
            yield _one_form_each(found, suffixes)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, read in pieces."""
    digest = sha256()
    with path.open("rb") as file:
        while piece := file.read(1024**2):
            digest.update(piece)
    return digest.hexdigest()


def _members(
    file: IO[bytes],
    name: str,
    suffixes: Sequence[str],
    unpacked: ExitStack,
    budget: list[int],
    depth: int = 1,
) -> Iterator[OfficialFile]:
    # The budget (bytes, members) is one for the whole download, whatever is nested in it.
    with _damage_told(name):
        archive = zipfile.ZipFile(file)
    check_members(archive, name, budget)
    for member in archive.infolist():
        place = f"{name}/{member.filename}"
        suffix = PurePosixPath(member.filename).suffix.lower()
        if suffix in suffixes:
            opener: Opener = lambda member=member: archive.open(member)  # type: ignore[misc]  # noqa: E731
            yield OfficialFile(place, suffix, opener, _written(member))
        elif suffix == ".zip" and depth < DEEPEST:
            inner = unpacked.enter_context(SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115
            with _damage_told(place), archive.open(member) as packed:
                while piece := packed.read(1024**2):
                    inner.write(piece)
            inner.seek(0)
            yield from _members(inner, place, suffixes, unpacked, budget, depth + 1)
        elif suffix == ".zip":
            raise ImportRefused(f"{place}: zip files are nested deeper than in any official download")


def _written(member: zipfile.ZipInfo) -> date | None:
    try:
        written = date(*member.date_time[:3])
    except ValueError:
        return None
    return written if written > NO_CLOCK else None


def check_members(archive: zipfile.ZipFile, name: str, budget: list[int] | None = None) -> None:
    """Raise ImportRefused for a zip that no official source makes; ``budget`` is what may still be unpacked."""
    left = budget or [MOST_BYTES, MOST_MEMBERS]
    for member in archive.infolist():
        path = PurePosixPath(member.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in member.filename or ":" in member.filename:
            raise ImportRefused(
                f"{name} holds a file that names a place outside of it: it is not an official download"
            )
        if member.flag_bits & 1:
            raise ImportRefused(f"{name} is locked with a password: it is not an official download")
        if member.compress_type not in PACKED:
            raise ImportRefused(f"{name} is packed in a way that no official download is")
        left[0] -= member.file_size
        left[1] -= 1
        if left[0] < 0 or left[1] < 0:
            raise ImportRefused(f"{name} unpacks to more than any official download")
        if member.file_size > max(RATIO_COUNTS_FROM, MOST_RATIO * member.compress_size):
            raise ImportRefused(
                f"{name} unpacks to more than {MOST_RATIO} times its size: it is not an official download"
            )


def _check_end(file: IO[bytes], path: Path) -> None:
    """A text outside a zip has nothing else to tell that it is whole."""
    if path.suffix.lower() == ".xlsx":
        return
    file.seek(-min(2, path.stat().st_size), SEEK_END)
    if not file.read().rstrip(b"\x1a").endswith((b"\n", b"\r")):
        raise ImportRefused(
            f"{path.name} does not end with a line break, so it may be cut off: download it again"
        )


def _one_form_each(found: Sequence[OfficialFile], suffixes: Sequence[str]) -> list[OfficialFile]:
    chosen: dict[str, OfficialFile] = {}
    for file in found:
        stem = file.name.lower().removesuffix(file.suffix)
        other = chosen.get(stem)
        if other is None or suffixes.index(file.suffix) < suffixes.index(other.suffix):
            chosen[stem] = file
    return [chosen[stem] for stem in sorted(chosen)]


def _is_web_page(head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head"))


@contextmanager
def _damage_told(name: str) -> Iterator[None]:
    """What goes wrong in a damaged zip, also while a member is read, in one line."""
    try:
        yield
    except (zipfile.BadZipFile, EOFError, ZlibError, NotImplementedError, OSError) as wrong:
        # A member that begins before the file does: the file system refuses the place.
        if isinstance(wrong, OSError) and wrong.errno != errno.EINVAL:
            raise
        raise ImportRefused(f"{name} is damaged or cut off: download it again") from None
