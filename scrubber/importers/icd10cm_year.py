"""The official files of a year of ICD-10-CM, from CDC or CMS: the tabular list (XML) and the order file.

The order file is fixed width: code 7-13, 1 where it may be billed 15. It has whole codes (S134XXA), the list base ones.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import msgspec

from scrubber.importers import ImportRefused
from scrubber.importers.icd10cm_tabular import Tabular, read_tabular
from scrubber.importers.official_files import OfficialFile, official_files
from scrubber.importers.official_rows import RowsRead, records_of
from scrubber.importers.official_table import OfficialTable

RECORD = re.compile(r"\d{5} ([A-Z][0-9A-Z]{2,6}) +([01]) .*\S\s*")
EDITION = re.compile(r"FY(20\d\d)(-April)?")
MOST_MISSING = 0.01
"""Of the codes of the list those the order file may lack: more, and the two are not of one year, or one is cut off."""


class CodeSetYear(msgspec.Struct, frozen=True):
    """One year, or its April update: the codes that may be billed, and the tabular list."""

    billable: list[str]
    tabular: Tabular


def year_first_day(name: str) -> date:
    """The first service date of an edition such as FY2028 or FY2028-April. Raises ImportRefused."""
    match = EDITION.fullmatch(name)
    if match is None:
        raise ImportRefused(f"an edition of ICD-10-CM is a year such as FY2028 or FY2028-April, not {name}")
    return date(int(match[1]), 4, 1) if match[2] else date(int(match[1]) - 1, 10, 1)


def read_icd10cm_year(files: Sequence[Path]) -> OfficialTable:
    """The two files of one year, of which each may be in a zip of its own. Raises ImportRefused, OSError."""
    with ExitStack() as opened:
        found = [
            file for path in files for file in opened.enter_context(official_files(path, (".xml", ".txt")))
        ]
        tabular_file = _the_one(
            found, "the tabular list (XML)", lambda name: "tabular" in name and name.endswith(".xml")
        )
        order_file = _the_one(found, "the order file", lambda name: "order" in name and name.endswith(".txt"))
        with tabular_file.open() as stream:
            tabular = read_tabular(stream, tabular_file.name)
        billable, listed, rows = _order(order_file)
    missing = sum(code not in listed for code in tabular.codes)
    if missing > MOST_MISSING * len(tabular.codes):
        raise ImportRefused(
            f"{order_file.name} lacks {missing:,} codes of {tabular_file.name}: they are of different years, or cut off"
        )
    return OfficialTable(
        content=msgspec.msgpack.encode(CodeSetYear(billable, tabular)),
        rows=len(billable),
        quarter=_edition(
            [*(path.name for path in files), tabular_file.name, order_file.name], tabular.version
        ),
        dated=False,
        unreadable=rows.bad,
        told=tuple(rows.told),
    )


def _the_one(found: Sequence[OfficialFile], what: str, is_it: Callable[[str], bool]) -> OfficialFile:
    # What changed since the year before is told in an "addenda" beside each file.
    named = [
        file for file in found if is_it(base := file.name.rpartition("/")[2].lower()) and "addend" not in base
    ]
    if len(named) != 1:
        raise ImportRefused(f"{what} is needed, once: there are {len(named)} among the files")
    return named[0]


def _order(file: OfficialFile) -> tuple[list[str], set[str], RowsRead]:
    """The codes that may be billed, all codes, and what could be read."""
    rows = RowsRead(file.name)
    billable: list[str] = []
    listed: set[str] = set()
    for _, record in records_of(file, RECORD, rows):
        rows.read()
        listed.add(record[1])
        if record[2] == "1":
            billable.append(record[1])
    rows.check()
    return billable, listed, rows


def _edition(names: Sequence[str], version: str) -> str | None:
    """The year the files tell, FY2028; FY2028-April where a name says April."""
    years = {match for name in names for match in re.findall(r"(?<!\d)20\d\d(?!\d)", name)}
    years |= set(re.findall(r"^20\d\d$", version))
    if len(years) > 1:
        raise ImportRefused(f"the files are of different years: {', '.join(sorted(years))}")
    april = "-April" if any("april" in name.lower() for name in names) else ""
    return f"FY{years.pop()}{april}" if years else None
