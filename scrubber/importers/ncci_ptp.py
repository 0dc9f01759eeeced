"""NCCI procedure-to-procedure edits for practitioners: the official files → a packed table.

CMS publishes four parts (``ccipra-v323r0-f1`` to ``f4``), each a tab-separated text and the same as a spreadsheet:
a notice and a header over several lines, then column 1, column 2, ``*`` if before 1996, effective, deletion (YYYYMMDD
or ``*``), modifier indicator, rationale. All pairs there ever were are in every edition.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path

from scrubber.importers import ImportRefused
from scrubber.importers.official_files import OfficialFile, official_files
from scrubber.importers.official_rows import RowsRead, rows_of
from scrubber.importers.official_table import CODE, OfficialTable, code, day, one_quarter, told_of
from scrubber.reference.ncci import pack_pairs

PARTS = 4
"""How many files the practitioner edits come in, since 2018."""
NOTICE_LINES = 100
_VERSION = re.compile(r"ccipra-v(\d\d)(\d)r\d+", re.IGNORECASE)
_PART = re.compile(r"ccipra-v\d+r\d+-f(\d+)", re.IGNORECASE)
_OTHER_SETTING = re.compile(r"ccioph|outpatient|hospital|medicaid|mcd_ncci", re.IGNORECASE)

PairFacts = tuple[str, str, date | None, date | None, bool, str]


def read_ncci_ptp(paths: Sequence[Path]) -> OfficialTable:
    """The pairs in all parts of an edition. Raises ImportRefused or OSError."""
    read: list[RowsRead] = []
    begins: set[date] = set()
    with ExitStack() as stack:
        files = [file for path in paths for file in stack.enter_context(official_files(path))]
        names = [file.name for file in files]
        _check_names(names)
        content = pack_pairs(_pairs(files, read, begins))
    return OfficialTable(
        content=content,
        rows=sum(file.good for file in read),
        quarter=one_quarter(names, map(_quarter, names)),
        dated=True,
        newest=max(begins, default=None),
        unreadable=sum(file.bad for file in read),
        told=told_of(read),
    )


def _pairs(files: Sequence[OfficialFile], read: list[RowsRead], begins: set[date]) -> Iterator[PairFacts]:
    for file in files:
        of_file = RowsRead(file.name)
        read.append(of_file)
        known: set[str] = set()
        for line, cells in _data_rows(file):
            try:
                pair = _pair(cells, known)
            except ValueError as wrong:
                of_file.unreadable(line, str(wrong))
                continue
            of_file.read()
            if pair is None:
                continue
            if pair[2] is not None:
                begins.add(pair[2])
            yield pair
        of_file.check()


def _data_rows(file: OfficialFile) -> Iterator[tuple[int, list[str]]]:
    """The rows from the first with a code on, past notice and header."""
    begun = False
    for line, cells in rows_of(file):
        begun = begun or (len(cells) > 1 and CODE.fullmatch(cells[0]) is not None)
        if begun and any(cells):
            yield line, cells
        elif not begun and line > NOTICE_LINES:
            break
    if not begun:
        raise ImportRefused(
            f"{file.name} has no pair of codes in its first lines: it is another kind of file"
        )


def _pair(cells: Sequence[str], known: set[str]) -> PairFacts | None:
    """A row; None for an edit that was deleted the day it was to begin, and so never applied."""
    if len(cells) < 6:
        raise ValueError("a row has fewer columns than an edit")
    one, two, _, effective, deletion, indicator = cells[:6]
    # Most codes come thousands of times: they are looked at once.
    for text in (one, two):
        if text not in known:
            known.add(code(text))
    if one not in known or two not in known:
        one, two = code(one), code(two)
    first, last = day(effective), day(deletion)
    if indicator not in {"0", "1", "9"}:
        raise ValueError("a modifier indicator is not 0, 1 or 9")
    if one == two:
        raise ValueError("a code is paired with itself")
    if indicator == "9" or first == last is not None:
        return None
    if first and last and last < first:
        raise ValueError("an edit ends before it begins")
    return one, two, first, last, indicator == "1", cells[6].strip() if len(cells) > 6 else ""


def _check_names(names: Sequence[str]) -> None:
    for name in names:
        if _OTHER_SETTING.search(name):
            raise ImportRefused(f"{name} is not of the practitioner edits of Medicare")
    parts = {int(match[1]) for name in names for match in _PART.finditer(name)}
    if parts and parts != set(range(1, max(PARTS, *parts) + 1)):
        raise ImportRefused(
            f"the edits come in {PARTS} parts, f1 to f{PARTS}; only {', '.join(f'f{part}' for part in sorted(parts))} "
            "given: name all files in one command"
        )


def _quarter(name: str) -> str | None:
    """The quarter of a version: 32.3 is the fourth of 2026."""
    match = _VERSION.search(name)
    return f"{1994 + int(match[1])}Q{int(match[2]) + 1}" if match and int(match[2]) < 4 else None
