"""The report's figures as CSV: one row a figure, so that anything can filter, pivot or join them."""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import TextIOWrapper
from typing import IO

from scrubber.report.figures import DenialReport
from scrubber.report.forms.contents import tables_of
from scrubber.report.forms.shown import Value
from scrubber.report.forms.summary import figures_of

COLUMNS = ("section", "row", "key", "measure", "unit", "value")


def render(report: DenialReport, out: IO[bytes]) -> None:
    """Write the figures: amounts without a dollar sign, shares from 0 to 1, days as ISO has them."""
    text = TextIOWrapper(out, "utf-8", newline="", write_through=True)
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows(_rows(report))
    text.detach()


def _rows(report: DenialReport) -> Iterator[tuple[object, ...]]:
    for place, figure in enumerate(figures_of(report), start=1):
        for measure, value in (("value", figure.value), ("low", figure.low), ("high", figure.high)):
            if value is not None:
                yield "summary", place, figure.name, measure, figure.unit, _written(value)
    for table in tables_of(report).values():
        for place, row in enumerate(table.rows, start=1):
            key = _written(" / ".join(_plain(value) for value in row[: table.keys] if value is not None))
            for column, value in zip(table.columns[table.keys :], row[table.keys :], strict=True):
                if value is not None:
                    yield table.name, place, key, column.name, column.unit, _written(value)


def _written(value: Value) -> str:
    """A value for a cell: a spreadsheet must not take a claim's own text for a formula."""
    text = _plain(value)
    return f"'{text}" if isinstance(value, str) and text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _plain(value: Value) -> str:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return str(value).replace("\0", "\ufffd")
