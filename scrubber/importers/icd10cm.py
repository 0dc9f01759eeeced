"""ICD-10-CM: the code set that comes with the program, and the years imported → the sections of the code set.

Two sources come along. ``lcd_data/icd10cm_validity.csv.gz`` says when each code was billable and on which lists of the
Medicare Code Editor it stands. The tabular list, as XML inside the wheel of simple-icd-10-cm, gives titles, hierarchy,
notes and 7th-character rules. A year imported says what is billable from its first day on; its tabular list is that of
its service dates.
"""

import csv
import gzip
import re
from collections.abc import Set
from datetime import date
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import msgspec

from scrubber.importers import ImportRefused
from scrubber.importers.editions import tables_kept
from scrubber.importers.icd10cm_rows import Spell, code_rows
from scrubber.importers.icd10cm_tabular import CODE, read_tabular
from scrubber.importers.icd10cm_year import CodeSetYear
from scrubber.reference.icd10cm import ATTRIBUTES, Tabulated, pack_icd10cm
from scrubber.reference.ncci import Edition

# The edition of the two sources, as lcd_data/SOURCES.md tells it, and the service dates it was made for.
EDITION = "FY2027"
FIRST_DAY = date(2015, 10, 1)
LAST_DAY = date(2027, 3, 31)
NEWEST_YEAR = date(2026, 10, 1)
"""The first day of the newest year in the validity file: of what lies before, it tells more than any one year."""
TABULAR_OF = date(2026, 4, 1)
"""The first day of the year of the tabular list."""

TABULAR_WHEEL = "simple-icd-10-cm"


def read_icd10cm(lcd_data: Path, editions: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    """The sections of the code set and its editions. ``editions`` is where imported editions are kept.

    Raises ImportRefused naming file and line, OSError if a file can't be read.
    """
    spells = _validity(lcd_data / "icd10cm_validity.csv.gz")
    with tabular_path().open("rb") as file:
        tabular = read_tabular(file, tabular_path().name)
    carried = Edition(name="FY2026-April", effective=NEWEST_YEAR, speaks_from=TABULAR_OF)
    years = {TABULAR_OF: (carried, tabular)}
    told = [(NEWEST_YEAR, EDITION)]
    last_day = LAST_DAY
    for edition, content in sorted(tables_kept(editions, "icd10cm"), key=lambda entry: entry[0].effective):
        year = msgspec.msgpack.decode(content, type=CodeSetYear)
        if edition.effective >= NEWEST_YEAR:
            _go_on(spells, frozenset(year.billable), (edition.effective - FIRST_DAY).days)
            last_day = max(last_day, _half_year_from(edition.effective))
        known, _ = years.get(edition.speaks_from, (edition, tabular))
        years[edition.speaks_from] = known, year.tabular
        told.append((edition.effective, edition.name))
    newest_first = [years[first] for first in sorted(years, reverse=True)]
    rows = code_rows(spells, [of_year for _, of_year in newest_first])
    tabulated = [Tabulated(edition, of_year.titles, of_year.notes) for edition, of_year in newest_first]
    names = dict.fromkeys(name for _, name in sorted(told, reverse=True))
    return pack_icd10cm(rows, tabulated, FIRST_DAY, last_day), {"icd10cm": ", ".join(names)}


def _go_on(spells: dict[str, list[Spell]], billable: Set[str], first: int) -> None:
    """Let these codes and no others be billable from a day on, each on the lists of the Medicare Code Editor it was."""
    for code in spells.keys() | billable:
        known = spells.get(code, [])
        before: list[Spell] = [
            (begun, first - 1 if last is None else min(last, first - 1), lists)
            for begun, last, lists in known
            if begun < first
        ]
        if code in billable:
            told = next((lists for _, last, lists in known if last is None or last >= first), None)
            lists = told if told is not None else known[-1][2] if known else 0
            if before and before[-1][1:] == (first - 1, lists):
                before[-1] = (before[-1][0], None, lists)
            else:
                before.append((first, None, lists))
        if before:
            spells[code] = before
        else:
            del spells[code]


def _half_year_from(first: date) -> date:
    """The last service date that files in force from a day were made for: the next update may add codes."""
    return date(first.year + 1, 3, 31) if first.month >= 10 else date(first.year, 9, 30)


def tabular_path() -> Path:
    """Where the tabular list is. The package is not imported: it would read the list too, for seconds."""
    try:
        found = [file for file in files(TABULAR_WHEEL) or () if re.search(r"tabular.*\.xml$", file.name)]
    except PackageNotFoundError:
        found = []
    if len(found) != 1:
        raise ImportRefused(f"the tabular list of ICD-10-CM is missing: install {TABULAR_WHEEL}")
    return Path(str(found[0].locate()))


# ---- validity


def _validity(path: Path) -> dict[str, list[Spell]]:
    """When each code was billable, in order, each time with its lists of the Medicare Code Editor."""
    spells: dict[str, list[Spell]] = {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        if next(reader, None) != ["code", "from", "to", "attributes"]:
            raise ImportRefused(f"{path.name}, line 1: the columns must be code, from, to, attributes")
        for fields in reader:
            try:
                code, first, last, attributes = fields
                spell = (_day(first), _day(last) if last else None, _lists(attributes))
                _check(code, spell, spells.get(code))
            except ValueError as wrong:
                raise ImportRefused(f"{path.name}, line {reader.line_num}: {wrong}") from None
            spells.setdefault(code, []).append(spell)
    if not spells:
        raise ImportRefused(f"{path.name} has no codes")
    return spells


def _check(code: str, spell: Spell, before: list[Spell] | None) -> None:
    first, last, _lists = spell
    if not CODE.fullmatch(code):
        raise ValueError("a code has three to seven letters and digits, without the dot")
    if first < 0 or (last is not None and last < first):
        raise ValueError(f"{code}: from must not lie before {FIRST_DAY}, nor after to")
    if before and (before[-1][1] is None or before[-1][1] >= first):
        raise ValueError(f"{code}: its intervals overlap or are out of order")


@lru_cache(256)
def _day(text: str) -> int:
    return (date.fromisoformat(text) - FIRST_DAY).days


@lru_cache(256)
def _lists(attributes: str) -> int:
    return sum(1 << ATTRIBUTES.index(name) for name in attributes.split(";") if name)
