"""The first sheet of a spreadsheet as rows of text, one after the other. See docs/decisions/xlsx-reading.md."""

import re
import zipfile
from collections.abc import Iterator
from typing import IO
from xml.etree import ElementTree

from scrubber.importers import ImportRefused
from scrubber.importers.official_files import check_members

MOST_SHARED = 64 * 1024**2
"""Bytes of the texts that cells share, which are held while the sheet is read: the pairs have some ten thousand."""
LONGEST_ELEMENT = 16 * 1024**2
"""Bytes of a row or a shared text."""
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_COLUMN = re.compile(r"[A-Z]+")


def sheet_rows(file: IO[bytes], name: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet with their numbers; an empty cell is an empty text, a whole number has no point.

    Raises ImportRefused where it is no such spreadsheet.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            check_members(archive, name)
            names = archive.namelist()
            shared: list[str] = []
            if "xl/sharedStrings.xml" in names:
                if archive.getinfo("xl/sharedStrings.xml").file_size > MOST_SHARED:
                    raise ImportRefused(
                        f"{name} shares more text between its cells than any official spreadsheet"
                    )
                with archive.open("xl/sharedStrings.xml") as part:
                    shared.extend(_text(item) for item in _elements(part, "si"))
            with archive.open("xl/worksheets/sheet1.xml") as part:
                for count, row in enumerate(_elements(part, "row"), start=1):
                    yield int(row.get("r", count)), _cells(row, shared)
    except (zipfile.BadZipFile, EOFError, LookupError, ValueError, ElementTree.ParseError):
        raise ImportRefused(f"{name} is not a whole spreadsheet: download it again") from None


def _elements(part: IO[bytes], tag: str) -> Iterator[ElementTree.Element]:
    """The elements of one kind; each is emptied when the next is asked for, so the whole is never held."""
    # The parser underneath (expat, 2.4.1 and later) stops entities that grow.
    bounded = _Bounded(part)
    events = ElementTree.iterparse(bounded, events=("start", "end"))  # noqa: S314
    _, root = next(events)
    parent = root
    for event, element in events:
        if event == "start" and element.tag == f"{_MAIN}sheetData":
            parent = element
        elif event == "end" and element.tag == _MAIN + tag:
            bounded.since = 0
            yield element
            parent.clear()


class _Bounded:
    """A part of a spreadsheet, of which no more is read than an element may have, ``since`` the last one."""

    def __init__(self, part: IO[bytes]) -> None:
        self._part, self.since = part, 0

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes. Raises ValueError."""
        piece = self._part.read(size)
        self.since += len(piece)
        if self.since > LONGEST_ELEMENT:
            raise ValueError("a row or a text has no end")
        return piece


def _cells(row: ElementTree.Element, shared: list[str]) -> list[str]:
    cells: list[str] = []
    for cell in row.iterfind(f"{_MAIN}c"):
        place = _COLUMN.match(cell.get("r", ""))
        if place:
            cells.extend([""] * (_number(place[0]) - 1 - len(cells)))
        value = cell.findtext(f"{_MAIN}v", "")
        kind = cell.get("t", "n")
        if kind == "s":
            value = shared[int(value)]
        elif kind == "inlineStr":
            value = _text(cell)
        elif kind == "n":
            value = value.removesuffix(".0")
        cells.append(value.strip())
    return cells


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    if number > 16_384:
        raise ValueError
    return number


def _text(element: ElementTree.Element) -> str:
    return "".join(part.text or "" for part in element.iter(f"{_MAIN}t"))
