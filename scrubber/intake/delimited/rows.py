"""The rows of a CSV or TSV stream: the delimiter, the cells, and what is wrong with a row."""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from scrubber.intake.stream import Stream, lines, text_of

DELIMITERS: Final = (",", ";", "\t", "|")

LONGEST_ROW = 64 * 1024
"""Bytes of a row."""

MOST_ROW_LINES = 100
"""Lines of text in one row; a quotation mark that is never closed is given up after them."""


class Row(msgspec.Struct):
    """A row of cells without the blanks around them. ``number`` is the spreadsheet's, ``fault`` what is wrong.

    ``cut_off`` says that the file ends in this row, without the end of a line. ``offset`` is where it begins.
    """

    number: int
    cells: list[str]
    fault: str | None = None
    cut_off: bool = False
    offset: int = 0


class Begins(NamedTuple):
    """Where a row begins: its offset in the file and its number."""

    offset: int
    number: int


def rows_in(stream: Stream, delimiter: str, begins: Begins) -> Iterator[Row]:
    """All rows of a stream that begins with the one said.

    One that can't be read has the cells of its first line as far as they can be told, and its fault.
    """
    source = _Lines(lines(stream, LONGEST_ROW, begins.offset))
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    number = begins.number
    while True:
        source.next_row()
        fault = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _RowTooLong):
            fault = f"its quotation marks do not match, or it has more than {LONGEST_ROW} bytes"
            cells = next(csv.reader([source.only_first()], delimiter=delimiter), [])
        offset, line = source.taken[0]
        if number == 1 and _names_delimiter(line):
            continue  # a spreadsheet does not count this line either
        cells = list(map(str.strip, cells))
        if b'="' in line:
            cells = [_AS_TEXT.sub(r"\1", cell) for cell in cells]
        yield Row(number, cells, fault, not source.taken[-1][1].endswith((b"\n", b"\r")), offset)
        number += 1


_AS_TEXT = re.compile(r'^="(.*)"$', re.DOTALL)
"""How a cell is written whose leading zeros Excel must keep: ``="01234"``."""


def first_row(start: bytes) -> tuple[str, list[str]]:
    """The delimiter and the header: the delimiter is the one that makes the most cells of it."""
    text = start.lstrip().splitlines(keepends=True)
    named = _names_delimiter(text[0])
    header = list(map(text_of, text[1:] if named else text))
    cells = {delimiter: _header_cells(header, delimiter) for delimiter in ([named] if named else DELIMITERS)}
    delimiter = max(cells, key=lambda one: len(cells[one]))
    return delimiter, cells[delimiter]


def _names_delimiter(line: bytes) -> str | None:
    """The delimiter from a first line ``sep=;``, which Excel understands."""
    found = re.fullmatch(rb"\"?sep=([,;\t|])\"?\s*", line)
    return found[1].decode() if found else None


def _header_cells(text: Sequence[str], delimiter: str) -> list[str]:
    try:
        return next((cells for cells in csv.reader(text, delimiter=delimiter, strict=True) if any(cells)), [])
    except csv.Error:
        return []


class _RowTooLong(Exception):
    pass


class _Lines:
    """The lines of text that the csv module asks for, with those of the present row at hand and where they begin."""

    def __init__(self, source: Iterable[tuple[int, bytes]]) -> None:
        self._source = iter(source)
        self._again: deque[tuple[int, bytes]] = deque()
        self._size = 0
        self.taken: list[tuple[int, bytes]] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        taken = self._again.popleft() if self._again else next(self._source)
        self.taken.append(taken)
        line = taken[1]
        self._size += len(line)
        if self._size > LONGEST_ROW or len(self.taken) > MOST_ROW_LINES:
            raise _RowTooLong
        return text_of(line)

    def next_row(self) -> None:
        """Begin a row."""
        self.taken.clear()
        self._size = 0

    def only_first(self) -> str:
        """Give back all lines of the row but the first, which is returned."""
        self._again.extendleft(reversed(self.taken[1:]))
        return text_of(self.taken[0][1][:LONGEST_ROW])
