"""The report as a spreadsheet: a sheet a table, and the findings, with real numbers, dates and filters.

Rows go to disk as they come, so that findings may be as many as there are.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import IO, Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from scrubber.report.figures import DenialReport, FindingRow
from scrubber.report.forms import words
from scrubber.report.forms.contents import tables_of
from scrubber.report.forms.shown import Unit, Value, printable, shown_moment
from scrubber.report.forms.summary import figures_of
from scrubber.report.forms.tables import Column, Row

MOST_ROWS = 1_048_575
"""Of a sheet, below its header."""
LONGEST_TEXT = 32_000

NUMBERS = {
    "count": "#,##0",
    "expected": "[<10]0.00;#,##0.0",
    "dollars": "$#,##0.00",
    "share": "0.0%",
    "date": "mmm d, yyyy",
}
WIDTHS = {"text": 18, "count": 11, "expected": 11, "dollars": 16, "share": 11, "date": 14}
WIDE = {
    "advice": 70,
    "claim_ids": 60,
    "message": 90,
    "name": 40,
    "reason": 60,
    "source": 50,
    "url": 60,
    "what": 50,
    "digest": 30,
}

FINDINGS = (
    Column("claim_id", "Claim", "text"), Column("first_day", "First day of service", "date"),
    Column("line", "Line", "count"), Column("payer", "Payer", "text"), Column("provider", "Billing NPI", "text"),
    Column("procedure", "Procedure", "text"), Column("diagnosis", "Diagnosis", "text"), Column("edit", "Edit", "text"),
    Column("name", "What is wrong", "text"), Column("severity", "Severity", "text"),
    Column("carc", "Predicted code", "text"), Column("probability", "Probability", "share"),
    Column("expected_charge", "Expected loss", "dollars"), Column("waived", "Waived", "text"),
    Column("message", "What was found", "text"),
)  # fmt: skip


def render(report: DenialReport, out: IO[bytes], findings: Iterable[FindingRow] = ()) -> None:
    """Write the workbook."""
    book = Workbook(out, {"constant_memory": True})
    # Its own time, not that of writing: the same report gives the same file.
    book.set_properties({"title": words.TITLE, "created": report.made_at.replace(tzinfo=None)})
    formats = {unit: book.add_format({"num_format": number}) for unit, number in NUMBERS.items()}
    formats["text"] = book.add_format({"text_wrap": False})
    head = book.add_format({"bold": True, "bottom": 2, "text_wrap": True, "valign": "bottom"})
    _summary(book, report, formats, head)
    for table in tables_of(report).values():
        _sheet(book, table.title, table.columns, table.rows, formats, head)
    _findings(book, report, findings, formats, head)
    _method(book, report)
    book.close()


def _summary(book: Workbook, report: DenialReport, formats: dict[Any, Any], head: Any) -> None:
    sheet = book.add_worksheet("Summary")
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, 3, 20)
    lines = (
        words.TITLE, words.covered(report), f"Made {shown_moment(report.made_at)}, ruleset {report.ruleset}",
        words.headline(report), *filter(None, [words.allowed(report)]), words.basis(report),
    )  # fmt: skip
    for place, line in enumerate(lines):
        sheet.write_string(place, 0, line[:LONGEST_TEXT])
    first = len(lines) + 1
    for place, title in enumerate(("Figure", "Value", "90% interval from", "to")):
        sheet.write_string(first, place, title, head)
    for row, figure in enumerate(figures_of(report), start=first + 1):
        sheet.write_string(row, 0, figure.title)
        for place, value in enumerate((figure.value, figure.low, figure.high), start=1):
            _write(sheet, row, place, value, figure.unit, formats)


def _findings(
    book: Workbook, report: DenialReport, findings: Iterable[FindingRow], formats: dict[Any, Any], head: Any
) -> None:
    """As many sheets as the findings need: a sheet holds about a million rows."""
    names = {edit.edit: words.edit_name(edit.name) for edit in report.edits}
    rows = (_finding(finding, names) for finding in findings)
    title, number = "Findings", 1
    while True:
        first = next(rows, None)
        if first is None and number > 1:
            return
        part: Iterator[Row] = chain([first] if first else [], islice(rows, MOST_ROWS - 1))
        _sheet(book, title, FINDINGS, part, formats, head)
        number += 1
        title = f"Findings {number}"


def _finding(row: FindingRow, names: dict[str, str]) -> Row:
    return (
        row.claim_id, row.first_day, row.line, row.payer, row.provider, row.procedure, row.diagnosis, row.edit,
        names.get(row.edit), row.severity, row.carc, row.probability, row.expected_charge,
        "yes" if row.waived else "no", row.message,
    )  # fmt: skip


def _method(book: Workbook, report: DenialReport) -> None:
    sheet = book.add_worksheet("How to read")
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 120)
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for place, (heading, note) in enumerate((("Basis", words.basis(report)), *words.NOTES.items())):
        sheet.write_string(place, 0, heading, wrapped)
        sheet.write_string(place, 1, note, wrapped)


def _sheet(
    book: Workbook,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Row],
    formats: dict[Any, Any],
    head: Any,
) -> None:
    sheet = book.add_worksheet(title[:31])
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, WIDE.get(column.name, WIDTHS[column.unit]))
        sheet.write_string(0, place, column.title, head)
    count = 0
    for row in rows:
        count += 1
        for place, (column, value) in enumerate(zip(columns, row, strict=True)):
            _write(sheet, count, place, value, column.unit, formats)
    sheet.autofilter(0, 0, max(count, 1), len(columns) - 1)


def _write(sheet: Worksheet, row: int, place: int, value: Value, unit: Unit, formats: dict[Any, Any]) -> None:
    """A cell of its type. A text is written as one: never a formula, a number or a link."""
    if value is None:
        return
    if unit == "date":
        sheet.write_datetime(row, place, value, formats[unit])
    elif unit == "text":
        sheet.write_string(row, place, printable(str(value))[:LONGEST_TEXT], formats[unit])
    else:
        sheet.write_number(row, place, float(value), formats[unit])  # type: ignore[arg-type]
