"""The physician fee schedule's relative value file (PPRRVU): the official file → a packed table.

A CSV (or the same as a spreadsheet) beside others in its zip: some ten lines of title, notice and column names broken
over several lines, then a row for each code, and for each component of it (26, TC, 53). The indicators and totals stand
in the same places in the layouts of 2024, 2025 and 2026; the conversion factor stands one place further in that of
2026, which inserted PRIC IND before it. The rows have no dates: an edition holds from the first day of its quarter.
Descriptions are not kept.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path, PurePosixPath

from scrubber.importers import ImportRefused
from scrubber.importers.official_files import OfficialFile, official_files
from scrubber.importers.official_rows import RowsRead, rows_of
from scrubber.importers.official_table import OfficialTable, code, one_quarter, told_of
from scrubber.reference.fee_schedule import COMPONENTS, FeeRow, pack_fees

HEADER_LINES = 100
WIDTHS = (31, 32)
"""Columns with the description: to 2025, and from 2026 on."""
FACTOR = "FACTOR"
"""The last line of the name of the conversion factor's column."""
GLOBAL_DAYS = frozenset({"000", "010", "090", "MMM", "XXX", "YYY", "ZZZ"})
QUARTER_OF = {"JAN": "1", "APR": "2", "JUL": "3", "OCT": "4", "A": "1", "B": "2", "C": "3", "D": "4"}
_HEADER = {0: "HCPCS", 1: "MOD", 2: "DESCRIPTION", 3: "CODE", 13: "IND", 14: "DAYS", 18: "PROC", 22: "SURG"}
"""Where the last line of the column names says what: held against a layout that moved."""
_IN_NAME = re.compile(r"PPRRVU(?:20)?(\d\d)_?(JAN|APR|JUL|OCT)|RVU(\d\d)([A-D])", re.IGNORECASE)
_IN_TITLE = re.compile(
    r"20(\d\d) National Physician Fee Schedule Relative Value File (JAN|APR|JUL|OCT)", re.IGNORECASE
)


def read_pprrvu(paths: Sequence[Path]) -> OfficialTable:
    """The indicators in the file of an edition. Raises ImportRefused or OSError."""
    rows: dict[tuple[str, str], FeeRow] = {}
    with ExitStack() as stack:
        found = [
            file for path in paths for file in stack.enter_context(official_files(path, (".csv", ".xlsx")))
        ]
        file = _the_file(found)
        of_file = RowsRead(file.name)
        quarters = {_quarter(_IN_NAME, file.name)}
        for line, cells, factor in _data_rows(file, quarters):
            try:
                key, row = _row(cells, factor)
                if rows.get(key, row) != row:
                    raise ValueError("a code has two rows")  # noqa: TRY301 - told like any other fault of a row
            except ValueError as wrong:
                of_file.unreadable(line, str(wrong))
                continue
            rows[key] = row
            of_file.read()
        of_file.check()
    return OfficialTable(
        content=pack_fees(rows),
        rows=len(rows),
        quarter=one_quarter([file.name], quarters),
        dated=False,
        unreadable=of_file.bad,
        told=told_of([of_file]),
    )


def _the_file(found: Sequence[OfficialFile]) -> OfficialFile:
    """The one with the codes: the zip also has localities and anesthesia, and since 2026 the file twice.

    The two of 2026 differ in the conversion factor alone: that of clinicians in advanced payment models (QPP), and that
    of all others (nonQPP), which is read.
    """
    named = [file for file in found if "PPRRVU" in PurePosixPath(file.name).name.upper()] or found
    plain = [file for file in named if "NONQPP" in file.name.upper()] or named
    if len(plain) > 1:
        raise ImportRefused(
            f"{len(plain)} files could be the relative value file, such as {plain[0].name}: name one"
        )
    return plain[0]


def _data_rows(file: OfficialFile, quarters: set[str | None]) -> Iterator[tuple[int, list[str], int]]:
    """The rows behind the column names, each with its line and the place of the conversion factor.

    ``quarters`` takes what the title says.
    """
    factor = 0
    for line, cells in rows_of(file, delimiter=","):
        if factor:
            if any(cells):
                # A spreadsheet leaves out empty cells at the end of a row.
                short = WIDTHS[0] - len(cells) if file.suffix == ".xlsx" else 0
                yield line, cells + [""] * short, factor
        elif cells[:2] == ["HCPCS", "MOD"]:
            if FACTOR not in cells[: WIDTHS[0]] or any(
                cells[place : place + 1] != [name] for place, name in _HEADER.items()
            ):
                raise ImportRefused(f"{file.name}, line {line}: the columns are not those of 2024 to 2026")
            factor = cells.index(FACTOR)
        elif line > HEADER_LINES:
            break
        else:
            quarters.add(_quarter(_IN_TITLE, " ".join(cells)))
    if not factor:
        raise ImportRefused(f"{file.name} has no header of the fee schedule: it is another kind of file")


def _row(cells: Sequence[str], factor: int) -> tuple[tuple[str, str], FeeRow]:
    if len(cells) not in WIDTHS:
        raise ValueError("a row has not as many columns as the fee schedule")
    if cells[1] not in COMPONENTS:
        raise ValueError("a modifier is not 26, TC or 53")
    if not (len(cells[3]) == 1 and cells[3].isalpha() and cells[3].isupper()):
        raise ValueError("a status is not one letter")
    days = cells[14].zfill(3) if cells[14].isdigit() else cells[14]
    if days not in GLOBAL_DAYS:
        raise ValueError("the global days are none that there are")
    indicators = (cells[13], *cells[18:23])
    if not all(len(indicator) == 1 and indicator.isdigit() for indicator in indicators):
        raise ValueError("an indicator is not one digit")
    pc_tc, multiple, bilateral, assistant, co_surgeon, team = indicators
    return (code(cells[0]), cells[1]), FeeRow(
        status=cells[3],
        pc_tc=pc_tc,
        global_days=days,
        multiple=multiple,
        bilateral=bilateral,
        assistant=assistant,
        co_surgeon=co_surgeon,
        team=team,
        rare_in_office=_not_applicable(cells[7]),
        rare_in_facility=_not_applicable(cells[9]),
        office_total=_parts(cells[11], 100),
        facility_total=_parts(cells[12], 100),
        conversion_factor=_parts(cells[factor], 10_000),
    )


def _not_applicable(text: str) -> bool:
    if text not in {"", "NA"}:
        raise ValueError("an NA indicator is neither empty nor NA")
    return text == "NA"


def _parts(text: str, parts: int) -> int:
    """A number in parts of one: hundredths, ten-thousandths."""
    try:
        return round(float(text) * parts)
    except (ValueError, OverflowError):
        raise ValueError("a total or the conversion factor is not a number") from None


def _quarter(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    if match is None:
        return None
    year, name = (group for group in match.groups() if group)
    return f"20{year}Q{QUARTER_OF[name.upper()]}"
