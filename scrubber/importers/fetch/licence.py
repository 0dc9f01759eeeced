"""Which licences were accepted here: by whom, when, and which notice."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from scrubber import __version__
from scrubber.importers.fetch import FetchFailed
from scrubber.importers.fetch.addresses import Licence
from scrubber.importers.fetch.pages import text_of
from scrubber.importers.fetch.web import Web, page_text
from scrubber.importers.files import write_whole


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """That a licence was accepted. Of the notice only its address and the SHA-256 of its text are kept."""

    by: str
    at: datetime
    notice: str
    sha256: str
    version: str


def acceptances(data_dir: Path) -> dict[str, Acceptance]:
    """What was accepted, by the key of the licence. Raises FetchFailed for a damaged record."""
    path = _record(data_dir)
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Acceptance])
    except FileNotFoundError:
        return {}
    except msgspec.DecodeError:
        raise FetchFailed(f"{path} is damaged: delete it and accept the licence again") from None


def accepted(data_dir: Path, key: str, licence: Licence) -> bool:
    """Whether this notice was accepted. Another notice at another address must be accepted anew."""
    given = acceptances(data_dir).get(key)
    return given is not None and given.notice == licence.notice


def accept(web: Web, data_dir: Path, key: str, licence: Licence, by: str, now: datetime) -> Acceptance:
    """Fetch the notice and record that it was accepted. Raises FetchFailed, OSError if it can't be written."""
    text = text_of(page_text(web, licence.notice))
    if not text:
        raise FetchFailed(f"{licence.notice} shows no notice: nothing can be accepted there")
    given = Acceptance(
        by=by,
        at=now,
        notice=licence.notice,
        sha256=sha256(text.encode()).hexdigest(),
        version=__version__,
    )
    data_dir.mkdir(parents=True, exist_ok=True)
    write_whole(_record(data_dir), msgspec.json.encode(acceptances(data_dir) | {key: given}))
    return given


def licence_lines(data_dir: Path) -> Iterator[str]:
    """For a person: a line for each licence accepted."""
    for key, given in acceptances(data_dir).items():
        when = given.at.strftime("%Y-%m-%d %H:%M UTC")
        yield f"{key} accepted by {given.by}, {when}: {given.notice} (sha256 {given.sha256[:12]})"


def _record(data_dir: Path) -> Path:
    return data_dir / "licences.json"
