"""The rows of an official file, whatever its form, and the count of those that can't be read."""

import csv
from collections.abc import Iterator
from io import TextIOWrapper
from re import Match, Pattern
from typing import IO, AnyStr

from scrubber.importers import ImportRefused
from scrubber.importers.official_files import OfficialFile
from scrubber.importers.xlsx import sheet_rows

FEWEST_BAD = 10
BAD_SHARE = 0.001
TOLD = 5
LONGEST_LINE = 16 * 1024**2
"""Of any file: a whole article stands in one cell of an export of the coverage database."""


def rows_of(file: OfficialFile, delimiter: str = "\t") -> Iterator[tuple[int, list[str]]]:
    """The rows of a file with their line numbers, cells without blanks at their ends.

    A text file is cut at ``delimiter``; a CSV file (``,``) is read with its quotes. Raises ImportRefused.
    """
    with file.open() as stream:
        if file.suffix == ".xlsx":
            yield from sheet_rows(stream, file.name)
            return
        # Only the notices of these files have anything outside ASCII, in no encoding one could rely on.
        with TextIOWrapper(stream, encoding="latin-1", newline="") as text:
            if delimiter == "\t":
                for number, line in enumerate(lines_of(text, file.name), start=1):
                    yield number, line.rstrip("\r\n").split("\t")
                return
            reader = csv.reader(lines_of(text, file.name), delimiter=delimiter, strict=True)
            try:
                for cells in reader:
                    yield reader.line_num, [cell.strip() for cell in cells]
            except csv.Error:
                raise ImportRefused(
                    f"{file.name}, line {reader.line_num}: a quote is left open, the file is cut off or damaged"
                ) from None


def lines_of(stream: IO[AnyStr], name: str) -> Iterator[AnyStr]:
    """The lines of a file, with their ends. Raises ImportRefused for one that no official file has."""
    while line := stream.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise ImportRefused(f"{name} has a line that does not end: it is no official file")
        yield line


class RowsRead:
    """How many rows of a file were read, and which could not be."""

    def __init__(self, name: str) -> None:
        self.name, self.good, self.bad = name, 0, 0
        self.told: list[str] = []
        self._last_is_bad = 0

    def read(self) -> None:
        """One row was read."""
        self.good += 1
        self._last_is_bad = 0

    def unreadable(self, line: int, why: str) -> None:
        """A row can't be read."""
        self.bad += 1
        self._last_is_bad = line
        if len(self.told) < TOLD:
            self.told.append(f"{self.name}, line {line}: {why}")

    def check(self) -> None:
        """Raise ImportRefused where too little of the file could be read to rely on it."""
        if not self.good:
            raise ImportRefused(self.told[0] if self.told else f"{self.name} has no rows of this kind")
        if self._last_is_bad:
            raise ImportRefused(f"{self.name} breaks off in line {self._last_is_bad}: download it again")
        if self.bad > max(FEWEST_BAD, BAD_SHARE * (self.good + self.bad)):
            raise ImportRefused(f"{self.bad:,} rows can't be read, the first: {self.told[0]}")


def records_of(file: OfficialFile, layout: Pattern[str], rows: RowsRead) -> Iterator[tuple[int, Match[str]]]:
    """The records of a file of fixed width with their line numbers; one of another layout counts as unreadable."""
    with file.open() as stream:
        for number, line in enumerate(lines_of(stream, file.name), start=1):
            text = line.decode("latin-1")
            match = layout.fullmatch(text)
            if match is not None:
                yield number, match
            elif text.strip(" \r\n\x1a"):
                rows.unreadable(number, "it is not laid out as a record of this file")
