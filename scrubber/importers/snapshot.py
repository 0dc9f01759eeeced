"""Building and opening a reference snapshot: the only place that knows which tables there are and where they come from.

A snapshot is one file, ``<digest>.snapshot``, in the snapshot directory; ``current`` there is a small JSON file that
names it and tells which inputs it was made from. Both are written beside and renamed, so a reader sees the old or
the new one, whole, also when the builder is killed.
"""

import mmap
import os
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path

import msgspec

from scrubber import __version__
from scrubber.importers.code_notes import read_code_notes
from scrubber.importers.code_sets import read_code_sets
from scrubber.importers.coverage import read_coverage
from scrubber.importers.denial_codes import read_denial_codes
from scrubber.importers.denial_priors import read_denial_priors
from scrubber.importers.editions import edition_files
from scrubber.importers.files import locked, write_whole
from scrubber.importers.icd10cm import read_icd10cm, tabular_path
from scrubber.importers.jurisdictions import read_jurisdictions
from scrubber.importers.ncci_starter import read_ncci
from scrubber.importers.procedure_starter import read_procedures
from scrubber.reference import Payers, Sections, Snapshot, SnapshotDamaged, pack_sections, read_snapshot

CURRENT = "current"
LAYOUT = 3
"""Which tables a snapshot has, and how: one of another layout is built anew."""


class _Current(msgspec.Struct, frozen=True):
    """What ``current`` says: the file in use and the fingerprint of what it was built from."""

    file: str
    inputs: str


def build_snapshot(lcd_data: Path, directory: Path) -> Path:
    """Build a snapshot from the data the program carries and the editions kept; make it current and give its path.

    Every byte is read back first. A second build in the same directory waits for the first. Raises OSError,
    SnapshotDamaged or the importers' errors; the snapshot in use stays as it was.
    """
    with locked(directory):
        return _build(lcd_data, directory)


def _build(lcd_data: Path, directory: Path) -> Path:
    sections: dict[str, bytes] = {}
    editions: dict[str, str] = {}
    inputs = fingerprint(lcd_data, directory)
    for tables, edition in (
        read_icd10cm(lcd_data, editions_in(directory)),
        read_coverage(lcd_data, editions_in(directory)),
        read_jurisdictions(lcd_data, editions_in(directory)),
        read_code_sets(lcd_data, editions_in(directory)),
        read_code_notes(lcd_data),
        read_ncci(lcd_data, editions_in(directory)),
        read_procedures(lcd_data, editions_in(directory)),
        read_denial_priors(lcd_data),
        read_denial_codes(lcd_data),
    ):
        sections |= tables
        editions |= edition
    content = pack_sections(sections, editions)
    digest = Sections(memoryview(content)).digest
    path = directory / _name(digest)
    write_whole(path, content)
    open_sections(path).verify()
    in_use = _sound_current(directory)
    write_whole(directory / CURRENT, msgspec.json.encode(_Current(path.name, inputs)))
    for old in directory.glob("*.snapshot"):
        # The one before stays: a process may have read `current` a moment ago. Mapped files outlive their names.
        if old.name not in {path.name, in_use.file if in_use else path.name}:
            old.unlink(missing_ok=True)
    return path


def open_snapshot(directory: Path, payers: Payers, as_of: date, *, verify: bool = False) -> Snapshot:
    """The current snapshot, memory-mapped; with ``verify`` every byte is read and held against its digest.

    Raises FileNotFoundError or SnapshotDamaged.
    """
    current = _read_current(directory)
    if current is None:
        raise FileNotFoundError(f"no reference snapshot in {directory}")
    sections = open_sections(directory / current.file)
    if verify:
        sections.verify()
    return read_snapshot(sections, payers, as_of)


def open_sections(path: Path) -> Sections:
    """The sections of a snapshot file, memory-mapped read-only."""
    with path.open("rb") as file:
        try:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # an empty file can't be mapped
            raise SnapshotDamaged(f"{path.name} is empty") from None
    return Sections(memoryview(mapped))


def snapshots_kept(directory: Path) -> list[Path]:
    """The snapshots in a directory: the one in use first, then the others, newest first. Raises SnapshotDamaged."""
    current = _read_current(directory)
    newest_first = sorted(
        directory.glob("*.snapshot"), key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True
    )
    return sorted(newest_first, key=lambda path: current is None or path.name != current.file)


def is_current(lcd_data: Path, directory: Path) -> bool:
    """Whether a snapshot is there that was built from exactly these inputs by this version."""
    current = _sound_current(directory)
    return (
        current is not None
        and current.inputs == fingerprint(lcd_data, directory)
        and (directory / current.file).is_file()
    )


def is_named(directory: Path, digest: str) -> bool:
    """Whether the current snapshot is the one of this digest. Raises like ``open_snapshot``."""
    current = _read_current(directory)
    return current is not None and current.file == _name(digest)


def stamp(directory: Path) -> tuple[int, int] | None:
    """What changes whenever a snapshot is made current, for the price of one look at a file; None without one."""
    try:
        told = (directory / CURRENT).stat()
    except OSError:
        return None
    return told.st_mtime_ns, told.st_ino


def fingerprint(lcd_data: Path, directory: Path) -> str:
    """A cheap identity of what a snapshot is built from: the program; name, size and time of each file."""
    told = [f"{__version__} {LAYOUT}"]
    for root, files in ((lcd_data, _files(lcd_data)), (directory, edition_files(editions_in(directory)))):
        for path in sorted(files):
            stat = path.stat()
            told.append(f"{path.relative_to(root).as_posix()} {stat.st_size} {stat.st_mtime_ns}")
    return sha256("\n".join([*told, tabular_path().name]).encode()).hexdigest()


def editions_in(directory: Path) -> Path:
    """Where the imported editions are kept, beside the snapshots."""
    return directory / "editions"


def _files(directory: Path) -> Iterator[Path]:
    for entry in os.scandir(directory):
        if entry.is_dir():
            yield from _files(Path(entry.path))
        elif entry.name.endswith((".yaml", ".csv", ".gz")):
            yield Path(entry.path)


def _name(digest: str) -> str:
    return f"{digest.removeprefix('sha256:')[:16]}.snapshot"


def _sound_current(directory: Path) -> _Current | None:
    """As read, and None where it is damaged: then the next build takes its place."""
    try:
        return _read_current(directory)
    except SnapshotDamaged:
        return None


def _read_current(directory: Path) -> _Current | None:
    try:
        return msgspec.json.decode((directory / CURRENT).read_bytes(), type=_Current)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError:
        raise SnapshotDamaged(f"{directory / CURRENT} is damaged: build the snapshot again") from None
