"""A small code set as a CSV file, of ``lcd_data`` or of a user's own → its rows."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

import msgspec

from scrubber.importers import ImportRefused
from scrubber.reference.codes import CodeRow

SETTINGS = frozenset({"facility", "non-facility"})

Columns = tuple[str, ...]
PLACE: Columns = ("code", "facility", "from", "to")
"""The columns of the places of service."""
DATED: Columns = ("code", "from", "to")


def read_code_set(
    file: Iterable[str], name: str, columns: Columns, row_of: Callable[[Mapping[str, str]], CodeRow]
) -> dict[str, CodeRow]:
    """The rows of a file by code; other columns than these are passed over. Raises ImportRefused naming the line."""
    rows: dict[str, CodeRow] = {}
    for line, fields in csv_rows(file, name, columns):
        code = fields["code"]
        if not code:
            raise ImportRefused(f"{name}, line {line}: there is no code")
        if code in rows:
            raise ImportRefused(f"{name}, line {line}: {code} is there twice")
        try:
            rows[code] = row_of(fields)
        except ValueError as wrong:
            raise ImportRefused(f"{name}, line {line}: {wrong}") from None
    if not rows:
        raise ImportRefused(f"{name} has no codes")
    return rows


def place(fields: Mapping[str, str]) -> CodeRow:
    """A place of service. Raises ValueError."""
    if fields["facility"] not in SETTINGS:
        raise ValueError(f"facility must be one of {', '.join(sorted(SETTINGS))}")
    return msgspec.structs.replace(dated(fields), setting=fields["facility"])


def dated(fields: Mapping[str, str]) -> CodeRow:
    """A code with its first and last day. Raises ValueError."""
    row = CodeRow(first=_day(fields, "from"), last=_day(fields, "to"))
    if row.first and row.last and row.last < row.first:
        raise ValueError("to lies before from")
    return row


def _day(fields: Mapping[str, str], column: str) -> date | None:
    text = fields[column]
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ValueError(f"{column} must be a date such as 2026-11-22, or empty") from None


def csv_rows(file: Iterable[str], name: str, columns: Columns) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The rows with their line numbers, blanks at the ends taken off."""
    try:
        reader = csv.DictReader(file, restval="")
        if missing := [column for column in columns if column not in (reader.fieldnames or ())]:
            raise ImportRefused(f"{name}, line 1: there is no column {missing[0]}")
        for fields in reader:
            yield reader.line_num, {column: fields[column].strip() for column in columns}
    except (UnicodeDecodeError, csv.Error) as wrong:
        raise ImportRefused(f"{name} is not a CSV file in UTF-8: {wrong}") from None
