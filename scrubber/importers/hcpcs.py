"""HCPCS level II (the alpha-numeric file, ANWEB): the official file → a packed table.

A text of fixed width, 320 characters a record: code 1-5 (of a modifier 4-5), kind of record 11 (3 a procedure, 7 a
modifier; 4 and 8 go on with their descriptions), date added 269-276, date of the last action 277-284, date
terminated 285-292. Descriptions are not kept.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path, PurePosixPath

from scrubber.importers import ImportRefused
from scrubber.importers.official_files import OfficialFile, official_files
from scrubber.importers.official_rows import RowsRead, rows_of
from scrubber.importers.official_table import OfficialTable, day, one_quarter, told_of
from scrubber.reference.hcpcs import MODIFIER, HcpcsRow, pack_hcpcs

CODE = re.compile(r"[A-Z][0-9]{4}")
MODIFIER_CODE = re.compile(r" {3}[ 0-9A-Z][0-9A-Z]")
PROCEDURE, FIRST_OF_MODIFIER, CONTINUED = "3", "7", frozenset("48")
SHORTEST = 276
_RECORD = re.compile(r"(?:[A-Z][0-9]{4}|   [0-9A-Z]{2})\d{5}[3478]")
_IN_NAME = re.compile(r"HCPC(20\d\d)_(JAN|APR|JUL|OCT)", re.IGNORECASE)
_QUARTER_OF = {"JAN": 1, "APR": 2, "JUL": 3, "OCT": 4}


def read_hcpcs(paths: Sequence[Path]) -> OfficialTable:
    """The codes and modifiers in the file of an edition and their dates. Raises ImportRefused or OSError."""
    rows: dict[str, HcpcsRow] = {}
    with ExitStack() as stack:
        found = [file for path in paths for file in stack.enter_context(official_files(path, (".txt",)))]
        file = _the_file(found)
        of_file = RowsRead(file.name)
        for line, record in _records(file):
            try:
                hcpcs, row = _row(record)
                if hcpcs in rows:
                    raise ValueError("a code is there twice")  # noqa: TRY301 - told like any other fault of a row
            except ValueError as wrong:
                of_file.unreadable(line, str(wrong))
                continue
            rows[hcpcs] = row
            of_file.read()
        of_file.check()
    return OfficialTable(
        content=pack_hcpcs(rows),
        rows=len(rows),
        quarter=one_quarter([file.name], [_quarter(file.name)]),
        dated=True,
        newest=max((row.first for row in rows.values() if row.first), default=None),
        unreadable=of_file.bad,
        told=told_of([of_file]),
    )


def _the_file(found: Sequence[OfficialFile]) -> OfficialFile:
    """The one with the codes: the zip also has the record layout and lists of changes."""
    named = [file for file in found if "ANWEB" in PurePosixPath(file.name).name.upper()] or found
    if len(named) > 1:
        raise ImportRefused(f"{len(named)} files could be the code file, such as {named[0].name}: name one")
    return named[0]


def _records(file: OfficialFile) -> Iterator[tuple[int, str]]:
    """The first record of each procedure and modifier, with its line number."""
    begun = False
    for line, cells in rows_of(file):
        record = "\t".join(cells)
        if not begun:
            if not _RECORD.match(record):
                break
            begun = True
        if record.strip() and record[10:11] not in CONTINUED:
            yield line, record
    if not begun:
        raise ImportRefused(f"{file.name} does not begin with a record of HCPCS: it is another kind of file")


def _row(record: str) -> tuple[str, HcpcsRow]:
    hcpcs, kind = record[:5], record[10:11]
    if kind == FIRST_OF_MODIFIER and MODIFIER_CODE.fullmatch(hcpcs):
        hcpcs = MODIFIER + hcpcs.strip()
    elif kind != PROCEDURE or not CODE.fullmatch(hcpcs):
        raise ValueError("a record is neither a procedure nor a modifier")
    if len(record) < SHORTEST:
        raise ValueError("a record breaks off")
    first = day(record[268:276].strip()) or day(record[276:284].strip())
    last = day(record[284:292].strip())
    if first and last and last < first:
        raise ValueError("a code ends before it begins")
    return hcpcs, HcpcsRow(first=first, last=last)


def _quarter(name: str) -> str | None:
    match = _IN_NAME.search(name)
    return f"{match[1]}Q{_QUARTER_OF[match[2].upper()]}" if match else None
