"""The forms of the denial-risk report. Each shows the same figures; none knows where they come from."""

from collections.abc import Iterable
from importlib import import_module
from typing import IO

from scrubber.report.figures import DenialReport, FindingRow

MEDIA_TYPES = {
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
"""The forms by the ending of their files."""


def render(form: str, report: DenialReport, out: IO[bytes], findings: Iterable[FindingRow] = ()) -> None:
    """Write a report to ``out`` in one of its forms.

    ``findings`` are listed by the form that has a place for them, xlsx: one after the other, never held together.
    The same report gives the same bytes. What a form needs is imported when it is first asked for.
    """
    if form not in MEDIA_TYPES:
        raise ValueError(f"There is no form {form!r} of the report")
    module = import_module(f"{__name__}.{form}")
    if form == "xlsx":
        module.render(report, out, findings)
    else:
        module.render(report, out)
