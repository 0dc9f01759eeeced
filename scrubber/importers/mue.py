"""Medically unlikely edits for practitioners: the official file → a packed table.

A CSV (or the same as a spreadsheet): a notice of several lines in one quoted cell, a header, then code, units, the
adjudication indicator (the digit before its words) and the rationale. The rows have no dates: an edition holds from the
first day of its quarter.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from scrubber.importers import ImportRefused
from scrubber.importers.official_files import OfficialFile, official_files
from scrubber.importers.official_rows import RowsRead, rows_of
from scrubber.importers.official_table import OfficialTable, code, one_quarter, told_of
from scrubber.reference.ncci import UnitRow, pack_unit_limits

HEADER_LINES = 100
_EFFECTIVE = re.compile(r"eff[_-](\d\d)-\d\d-(20\d\d)", re.IGNORECASE)


def read_mue(paths: Sequence[Path]) -> OfficialTable:
    """The limits in the file of an edition. Raises ImportRefused or OSError."""
    rows: dict[str, UnitRow] = {}
    read: list[RowsRead] = []
    with ExitStack() as stack:
        files = [
            file
            for path in paths
            for file in stack.enter_context(official_files(path, (".csv", ".txt", ".xlsx")))
        ]
        for file in files:
            _read(file, rows, read)
    names = [file.name for file in files]
    return OfficialTable(
        content=pack_unit_limits(rows),
        rows=len(rows),
        quarter=one_quarter(names, map(_quarter, names)),
        dated=False,
        unreadable=sum(file.bad for file in read),
        told=told_of(read),
    )


def _read(file: OfficialFile, rows: dict[str, UnitRow], read: list[RowsRead]) -> None:
    of_file = RowsRead(file.name)
    read.append(of_file)
    lines = rows_of(file, delimiter=",")
    columns = _columns(file.name, lines)
    for line, cells in lines:
        if not any(cells):
            continue
        try:
            limit_code, row = _limit([cells[column] for column in columns])
            if rows.get(limit_code, row) != row:
                raise ValueError("a code has two limits")  # noqa: TRY301 - told like any other fault of a row
        except (ValueError, IndexError) as wrong:
            why = "a row breaks off" if isinstance(wrong, IndexError) else str(wrong)
            of_file.unreadable(line, why)
            continue
        rows[limit_code] = row
        of_file.read()
    of_file.check()


def _columns(name: str, lines: Iterator[tuple[int, list[str]]]) -> tuple[int, int, int, int]:
    """Where code, units, indicator and rationale stand; the lines are read past the header."""
    for line, cells in lines:
        told = [" ".join(cell.lower().split()) for cell in cells]
        units = next((place for place, cell in enumerate(told) if cell.endswith("mue values")), None)
        if units is not None:
            if not told[units].startswith("practitioner"):
                raise ImportRefused(
                    f"{name} is not of the practitioner services: its limits are {cells[units]}"
                )
            try:
                return (
                    next(place for place, cell in enumerate(told) if "code" in cell),
                    units,
                    next(place for place, cell in enumerate(told) if "adjudication indicator" in cell),
                    next(place for place, cell in enumerate(told) if "rationale" in cell),
                )
            except StopIteration:
                raise ImportRefused(f"{name}, line {line}: the header lacks a column") from None
        if line > HEADER_LINES:
            break
    raise ImportRefused(f"{name} has no header of the medically unlikely edits: it is another kind of file")


def _limit(cells: Sequence[str]) -> tuple[str, UnitRow]:
    text, units, indicator, rationale = cells
    if not units.isdecimal():
        raise ValueError("the units are not a number")
    if indicator[:1] not in {"1", "2", "3"}:
        raise ValueError("an adjudication indicator does not begin with 1, 2 or 3")
    return code(text), UnitRow(units=int(units), indicator=int(indicator[0]), rationale=rationale)


def _quarter(name: str) -> str | None:
    match = _EFFECTIVE.search(name)
    return f"{match[2]}Q{(int(match[1]) + 2) // 3}" if match else None
