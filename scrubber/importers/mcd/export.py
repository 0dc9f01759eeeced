"""The tables of an export: CSV files in a zip in a zip, found by their names, their columns by the header."""

import codecs
import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from io import TextIOWrapper
from operator import itemgetter
from pathlib import Path, PurePosixPath
from typing import TypeAlias, TypeVar

from scrubber.importers import ImportRefused
from scrubber.importers.official_files import OfficialFile, official_files
from scrubber.importers.official_rows import LONGEST_LINE, RowsRead, lines_of

Cells: TypeAlias = tuple[str, ...]
Parsed = TypeVar("Parsed")


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """What is not UTF-8 in these files was typed in a Windows program."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("else-cp1252", _as_cp1252)


class Export:
    """One download and its tables. ``unreadable`` and ``told`` are of the rows that could not be read."""

    def __init__(self, name: str, files: Sequence[OfficialFile]) -> None:
        self.name = name
        self.unreadable = 0
        self.told: list[str] = []
        self._files: dict[str, OfficialFile] = {}
        for file in files:
            self._files.setdefault(PurePosixPath(file.name).name.lower(), file)

    def __contains__(self, table: str) -> bool:
        return f"{table}.csv" in self._files

    @property
    def written(self) -> date | None:
        """The day the tables were written, by the dates in the zip; None where it has none."""
        return max((file.written for file in self._files.values() if file.written), default=None)

    def rows(
        self, table: str, columns: Sequence[str], parsed: Callable[[Cells], Parsed | None]
    ) -> Iterator[Parsed]:
        """The rows of a table, each as ``parsed`` makes it of its cells in these columns (None: of no interest).

        A row for which ``parsed`` raises ValueError is told and left out. Raises ImportRefused where the table or a
        column is missing, where the file breaks off, and at its end if too many of its rows could not be read.
        """
        file = self._files.get(f"{table}.csv")
        if file is None:
            raise ImportRefused(f"{self.name} has no {table}.csv: it is no whole export")
        read = RowsRead(file.name)
        with file.open() as stream, TextIOWrapper(stream, "utf-8-sig", "else-cp1252", newline="") as text:
            reader = csv.reader(lines_of(text, file.name), strict=True)
            try:
                header = [name.strip().lower() for name in next(reader, [])]
                if missing := [column for column in columns if column not in header]:
                    raise ImportRefused(f"{file.name}, line 1: there is no column {missing[0]}")
                picked = itemgetter(*map(header.index, columns))
                for cells in filter(None, reader):
                    if len(cells) != len(header):
                        read.unreadable(reader.line_num, "a row has not as many cells as the header")
                        continue
                    try:
                        row = parsed(picked(cells))
                    except ValueError as wrong:
                        read.unreadable(reader.line_num, str(wrong))
                        continue
                    read.read()
                    if row is not None:
                        yield row
            except csv.Error:
                raise ImportRefused(
                    f"{file.name}, line {reader.line_num}: a quote is left open, the file is cut off or damaged"
                ) from None
        if read.bad:
            read.check()
        self.unreadable += read.bad
        self.told += read.told


@contextmanager
def opened(path: Path) -> Iterator[Export]:
    """An export in its download. Raises ImportRefused or OSError."""
    # A whole article stands in one cell of article.csv, more than the csv module expects.
    before = csv.field_size_limit(LONGEST_LINE)
    try:
        with official_files(path, (".csv",)) as files:
            yield Export(path.name, files)
    finally:
        csv.field_size_limit(before)
