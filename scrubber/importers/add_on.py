"""NCCI add-on code edits: the official file → a packed table.

A spreadsheet with a header, or a text: tab-separated with that header, or of fixed width (type 1, add-on code 5, its
deletion date 7, primary code 5, its deletion date 7, effective 7, deletion 7, note). Dates are YYYYDDD. The primary
code ``CCCCC`` leaves it to the contractor.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from itertools import accumulate, pairwise
from pathlib import Path

from scrubber.importers import ImportRefused
from scrubber.importers.official_files import OfficialFile, official_files
from scrubber.importers.official_rows import RowsRead, rows_of
from scrubber.importers.official_table import OfficialTable, code, day, one_quarter, told_of
from scrubber.reference.ncci import AddOnRow, AddOnType, pack_add_ons

CONTRACTOR = "CCCCC"
HEADER_LINES = 100
COLUMNS = {
    "type": "aoc edit type",
    "add_on": "add-on code",
    "add_on_last": "aoc del dt",
    "primary": "primary code",
    "primary_last": "primary code del dt",
    "first": "aoc edit eff dt",
    "last": "aoc edit del dt",
}
"""The columns and how their names begin."""
_FIXED = re.compile(r"[123][0-9A-Z]{5}[0-9 *]{7}")
_WIDTHS = dict(zip(COLUMNS, pairwise(accumulate((1, 5, 7, 5, 7, 7, 7), initial=0)), strict=True))


def read_add_on(paths: Sequence[Path]) -> OfficialTable:
    """The add-on codes in the file of an edition. Raises ImportRefused or OSError."""
    rows: list[tuple[str, AddOnRow]] = []
    read: list[RowsRead] = []
    with ExitStack() as stack:
        files = [file for path in paths for file in stack.enter_context(official_files(path))]
        for file in files:
            of_file = RowsRead(file.name)
            read.append(of_file)
            for line, fields in _fields(file):
                try:
                    rows.append(_row(fields))
                except ValueError as wrong:
                    of_file.unreadable(line, str(wrong))
                else:
                    of_file.read()
            of_file.check()
    names = [file.name for file in files]
    return OfficialTable(
        content=pack_add_ons(rows),
        rows=len(rows),
        quarter=one_quarter(names, ()),
        dated=True,
        newest=max((row.first for _, row in rows if row.first), default=None),
        unreadable=sum(file.bad for file in read),
        told=told_of(read),
    )


def _fields(file: OfficialFile) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The rows by the names of their columns, past notice and header."""
    places: Mapping[str, int] = {}
    fixed = False
    for line, cells in rows_of(file):
        if not any(cells):
            continue
        if not places and not fixed:
            fixed = len(cells) == 1 and _FIXED.match(cells[0]) is not None
            places = {} if fixed else _places(cells)
            if not fixed:
                if line > HEADER_LINES:
                    break
                continue
        if fixed:
            yield line, {name: cells[0][start:end].strip() for name, (start, end) in _WIDTHS.items()}
        else:
            yield line, {name: cells[place] if place < len(cells) else "" for name, place in places.items()}
    if not places and not fixed:
        raise ImportRefused(f"{file.name} has no header of the add-on codes: it is another kind of file")


def _places(cells: Sequence[str]) -> Mapping[str, int]:
    """Where the columns stand in a header; nothing where the line is none."""
    told = [" ".join(cell.lower().replace("_", " ").split()).replace("add on", "add-on") for cell in cells]
    found = {
        name: next((place for place, cell in enumerate(told) if cell.startswith(begins)), -1)
        for name, begins in COLUMNS.items()
    }
    # "primary code del dt" begins like "primary code": the shorter name is the one that ends there.
    found["primary"] = next((place for place, cell in enumerate(told) if cell == COLUMNS["primary"]), -1)
    return {} if -1 in found.values() else found


def _row(fields: Mapping[str, str]) -> tuple[str, AddOnRow]:
    if fields["type"] not in {"1", "2", "3"}:
        raise ValueError("the type is not 1, 2 or 3")
    ends = [end for end in (day(fields[name]) for name in ("add_on_last", "primary_last", "last")) if end]
    first: date | None = day(fields["first"])
    primary = "" if fields["primary"] == CONTRACTOR else code(fields["primary"])
    return code(fields["add_on"]), AddOnRow(
        type=AddOnType(int(fields["type"])), primary=primary, first=first, last=min(ends, default=None)
    )
