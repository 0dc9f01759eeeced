"""``benchmarks.csv`` of ``lcd_data``: what others report of denials, to hold a practice's figures against."""

import csv
from pathlib import Path
from typing import NamedTuple

from scrubber.importers import ImportRefused


class ReportedElsewhere(NamedTuple):
    """A figure, who reports it and where; ``date`` is that of the report, a day or a year."""

    what: str
    value: str
    source: str
    url: str
    date: str


def read_benchmarks(lcd_data: Path) -> list[ReportedElsewhere]:
    """The rows of the file, in its order. Raises ImportRefused or OSError."""
    with (lcd_data / "benchmarks.csv").open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        if tuple(next(rows, ())) != ReportedElsewhere._fields:
            raise ImportRefused(f"benchmarks.csv: the header is not {','.join(ReportedElsewhere._fields)}")
        try:
            return [ReportedElsewhere(*row) for row in rows]
        except TypeError:
            raise ImportRefused(f"benchmarks.csv, line {rows.line_num}: not five columns") from None
