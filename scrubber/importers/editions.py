"""The editions kept: each official table that was imported, one file an edition, packed as a snapshot takes it.

``<directory>/<kind>/<edition>.edition`` is a container of two sections: ``about`` (what it is and where it came from)
and ``table``. A snapshot is built from them without reading the official files again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import msgspec

from scrubber.importers import ImportRefused
from scrubber.importers.add_on import read_add_on
from scrubber.importers.files import write_whole
from scrubber.importers.hcpcs import read_hcpcs
from scrubber.importers.icd10cm_year import read_icd10cm_year, year_first_day
from scrubber.importers.mcd import read_mcd
from scrubber.importers.mue import read_mue
from scrubber.importers.ncci_ptp import read_ncci_ptp
from scrubber.importers.official_files import digest_of
from scrubber.importers.official_table import OfficialTable, export_day, first_day, quarter_of
from scrubber.importers.pos import read_pos
from scrubber.importers.pprrvu import read_pprrvu
from scrubber.importers.zip5 import read_zip5
from scrubber.reference import Sections, SnapshotDamaged, pack_sections
from scrubber.reference.ncci import Edition

SUFFIX = ".edition"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of official file: how it is read, which table of the snapshot it becomes, which day an edition names."""

    read: Callable[[Sequence[Path]], OfficialTable]
    table: str
    first_day: Callable[[str], date] = first_day
    example: str = "2026Q4"


KINDS: Mapping[str, Kind] = {
    "ncci-ptp": Kind(read_ncci_ptp, "ptp"),
    "mue": Kind(read_mue, "mue"),
    "add-on": Kind(read_add_on, "add_on"),
    "pprrvu": Kind(read_pprrvu, "fee_schedule"),
    "hcpcs": Kind(read_hcpcs, "hcpcs"),
    "icd10cm": Kind(read_icd10cm_year, "icd10cm", year_first_day, "FY2028"),
    "zip5": Kind(read_zip5, "jurisdictions"),
    "pos": Kind(read_pos, "place_of_service"),
    "mcd": Kind(read_mcd, "coverage", export_day, "2026-11-19"),
}
"""What ``scrubber reference import`` takes, by the name it is called by."""


class Source(msgspec.Struct, frozen=True):
    """A file an edition was read from."""

    name: str
    sha256: str


class KeptEdition(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an edition that was imported."""

    kind: str
    edition: Edition
    sources: tuple[Source, ...]
    imported: datetime
    rows: int
    unreadable: int = 0
    told: tuple[str, ...] = ()


def import_edition(
    directory: Path,
    kind: str,
    files: Sequence[Path],
    *,
    now: datetime,
    quarter: str | None = None,
    effective: date | None = None,
) -> tuple[KeptEdition, bool]:
    """Read official files and keep their edition; with it whether that changed anything.

    ``quarter`` (2026Q4, of an export its day) is needed where the files don't name one; ``effective`` is its first day
    if not given.
    Importing the same files again changes nothing; other files under the same quarter take the place of the old.
    Raises ImportRefused or OSError; what is kept then stays as it was.
    """
    sources = tuple(
        sorted((Source(file.name, digest_of(file)) for file in files), key=lambda source: source.name)
    )
    for kept in kept_editions(directory):
        if (
            kept.kind == kind
            and {source.sha256 for source in kept.sources} == {source.sha256 for source in sources}
            and (quarter is None or kept.edition.name.startswith(quarter))
            and effective in {None, kept.edition.effective}
        ):
            return kept, False
    table = KINDS[kind].read(files)
    name = _name(KINDS[kind], table, quarter)
    begins = effective or KINDS[kind].first_day(name)
    name = f"{name}-{table.part}" if table.part else name
    kept = KeptEdition(
        kind=kind,
        edition=Edition(
            name=name, effective=begins, speaks_from=date.min if table.dated else begins, codes=None
        ),
        sources=sources,
        imported=now,
        rows=table.rows,
        unreadable=table.unreadable,
        told=table.told,
    )
    path = directory / kind / f"{name}{SUFFIX}"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, pack_sections({"about": msgspec.json.encode(kept), "table": table.content}, {}))
    return kept, True


def kept_editions(directory: Path) -> list[KeptEdition]:
    """The editions kept, by kind, the newest first. Raises ImportRefused naming a damaged one."""
    kept = [msgspec.json.decode(_open(path)["about"], type=KeptEdition) for path in edition_files(directory)]
    return sorted(kept, key=lambda one: (one.kind, -one.edition.effective.toordinal()))


def tables_kept(directory: Path, kind: str) -> Iterator[tuple[Edition, bytes]]:
    """The editions of a kind in order of their names, with packed rows, every byte checked. Raises ImportRefused."""
    for path in edition_files(directory / kind):
        sections = _open(path)
        about = msgspec.json.decode(sections["about"], type=KeptEdition)
        yield about.edition, bytes(sections["table"])


def edition_files(directory: Path) -> Iterator[Path]:
    """The files of the editions below a directory, in order."""
    yield from sorted(directory.rglob(f"*{SUFFIX}"))


def _open(path: Path) -> Sections:
    try:
        sections = Sections(memoryview(path.read_bytes()))
        sections.verify()
    except SnapshotDamaged:
        raise ImportRefused(f"{path} is damaged: delete it and import that edition again") from None
    return sections


def _name(kind: Kind, table: OfficialTable, quarter: str | None) -> str:
    if quarter is not None:
        kind.first_day(quarter)
        if table.quarter not in {None, quarter}:
            raise ImportRefused(f"the files are of {table.quarter}, not of {quarter}")
    name = quarter or table.quarter or (table.written.isoformat() if table.written else None)
    if name is None:
        raise ImportRefused(
            f"the files don't name their quarter or day: say it, such as --edition {kind.example}"
        )
    if table.newest is not None and quarter_of(table.newest) > name:
        raise ImportRefused(
            f"the files are of a later quarter than {name}: they have rows that begin on {table.newest}"
        )
    return name
