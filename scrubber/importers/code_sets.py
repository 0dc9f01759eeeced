"""Small code sets of ``lcd_data`` → the sections of a snapshot: places of service, taxonomy, therapy codes."""

import csv
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

import msgspec

from scrubber.importers import ImportRefused
from scrubber.reference.codes import CodeRow, pack_code_set

# The editions the files were taken from, as lcd_data/SOURCES.md tells them: change both together.
EDITIONS = {
    "place_of_service": "CMS 2024-05-02",
    "taxonomy": "NUCC 2024",
    "therapy_codes": "own list after CMS 2026-11, not held against its file",
}

SETTINGS = frozenset({"facility", "non-facility"})


def read_code_sets(lcd_data: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    """The sections ``place_of_service``, ``taxonomy`` and ``therapy_codes`` and their editions.

    Raises ImportRefused naming file and line, OSError if a file can't be read.
    """
    sections = {
        "place_of_service": _code_set(
            lcd_data / "place_of_service.csv", ("code", "facility", "from", "to"), _place
        ),
        "taxonomy": _code_set(lcd_data / "taxonomy.csv", ("code",), lambda _row: CodeRow()),
        "therapy_codes": _code_set(lcd_data / "therapy_codes.csv", ("code", "from", "to"), _dated),
    }
    return sections, dict(EDITIONS)


def _code_set(path: Path, columns: tuple[str, ...], row_of: Callable[[Mapping[str, str]], CodeRow]) -> bytes:
    rows: dict[str, CodeRow] = {}
    for line, fields in _lines(path, columns):
        code = fields["code"]
        if not code:
            raise ImportRefused(f"{path.name}, line {line}: there is no code")
        if code in rows:
            raise ImportRefused(f"{path.name}, line {line}: {code} is there twice")
        try:
            rows[code] = row_of(fields)
        except ValueError as wrong:
            raise ImportRefused(f"{path.name}, line {line}: {wrong}") from None
    if not rows:
        raise ImportRefused(f"{path.name} has no codes")
    return pack_code_set(rows)


def _place(fields: Mapping[str, str]) -> CodeRow:
    if fields["facility"] not in SETTINGS:
        raise ValueError(f"facility must be one of {', '.join(sorted(SETTINGS))}")
    return msgspec.structs.replace(_dated(fields), setting=fields["facility"])


def _dated(fields: Mapping[str, str]) -> CodeRow:
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


def _lines(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The rows with their line numbers, blanks at the ends taken off."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="")
            if missing := [column for column in columns if column not in (reader.fieldnames or ())]:
                raise ImportRefused(f"{path.name}, line 1: there is no column {missing[0]}")
            for fields in reader:
                yield reader.line_num, {column: fields[column].strip() for column in columns}
    except (UnicodeDecodeError, csv.Error) as wrong:
        raise ImportRefused(f"{path.name} is not a CSV file in UTF-8: {wrong}") from None
