"""``benchmarks.csv`` of ``lcd_data``: what others report of denials, to hold a practice's figures against."""

import csv
from pathlib import Path

from msgspec import Struct

from scrubber.importers import ImportRefused


class Benchmark(Struct, frozen=True):
    """What others report, to hold a figure against; ``date`` is that of the report, a day or a year."""

    what: str
    value: str
    source: str
    url: str
    date: str


def read_benchmarks(lcd_data: Path) -> tuple[Benchmark, ...]:
    """The rows of the file, in its order. Raises ImportRefused or OSError."""
    with (lcd_data / "benchmarks.csv").open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        if tuple(next(rows, ())) != Benchmark.__struct_fields__:
            raise ImportRefused(f"benchmarks.csv: the header is not {','.join(Benchmark.__struct_fields__)}")
        try:
            return tuple([Benchmark(*row) for row in rows])
        except TypeError:
            raise ImportRefused(f"benchmarks.csv, line {rows.line_num}: not five columns") from None
