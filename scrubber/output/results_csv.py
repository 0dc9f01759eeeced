"""Results as CSV: one row a finding, one for a claim without any, one for a record that could not be read.

Findings that are waived come after the others of their claim, and say who answers for them.
"""

import csv
from collections.abc import Iterable, Iterator

from scrubber.engine import Result
from scrubber.intake.record import UNREADABLE, Unreadable

COLUMNS = (
    "claim_id", "disposition", "edit", "name", "severity", "line", "pointer",
    "carc", "rarc", "message", "advice", "source", "waived",
)  # fmt: skip


def csv_rows(results: Iterable[Result | Unreadable]) -> Iterator[str]:
    """The lines of results, the first of which names the columns; each with its line break."""
    rows = csv.writer(_Echo(), lineterminator="\n")
    yield rows.writerow(COLUMNS)
    for result in results:
        for row in _rows(result):
            yield rows.writerow(row)


class _Echo:
    """What a csv.writer writes to: its ``writerow`` gives what this gives."""

    def write(self, text: str) -> str:
        return text


def _rows(result: Result | Unreadable) -> Iterator[tuple[object, ...]]:
    claim = safe_cell(result.claim_id or "")
    if isinstance(result, Unreadable):
        yield claim, UNREADABLE, "", "", "", "", result.place, "", "", result.message, "", "", ""
        return
    if not result.findings and not result.waived:
        yield claim, result.disposition, *[""] * 11
    waived = [(one.finding, safe_cell(f"{one.by} until {one.until}: {one.reason}")) for one in result.waived]
    for found, answered in [*((finding, "") for finding in result.findings), *waived]:
        yield (
            claim, result.disposition, found.edit, found.name, found.severity, found.line or "", found.pointer,
            f"{found.carc.group}-{found.carc.code}" if found.carc else "", " ".join(found.rarc),
            found.message, found.advice.text, found.citation.url, answered,
        )  # fmt: skip


def safe_cell(text: str) -> str:
    """A claim's own text for a cell: a spreadsheet must not take it for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
