"""The tables of what findings and claims have in common: a code, a payer, a provider."""

from collections.abc import Sequence

from scrubber.report.figures import Cluster, DenialReport, Group, Party
from scrubber.report.forms.columns import (
    ALL_CHARGE,
    ALL_CLAIMS,
    CHARGE,
    CLAIMS,
    CLEAN_SHARE,
    EXPECTED,
    FINDINGS,
    OF_EXPECTED,
    of_expected,
    payer_said,
    share_of,
)
from scrubber.report.forms.tables import Column, Row, Table
from scrubber.report.forms.words import (
    UNSEEN,
    edit_name,
)


def clusters(report: DenialReport) -> Table:
    """By predicted code, payer and procedure."""
    return Table(
        "clusters", "Clusters",
        "What one payer is expected to answer to one procedure.",
        (
            Column("carc", "Predicted code", "text"), Column("payer", "Payer", "text"),
            Column("procedure", "Procedure", "text"), FINDINGS, CLAIMS, EXPECTED, OF_EXPECTED,
        ),
        [
            (*_cluster(row), row.findings, row.claims, row.expected_charge, of_expected(report, row.expected_charge))
            for row in report.clusters
        ],
        keys=3,
    )  # fmt: skip


def _cluster(row: Cluster) -> Row:
    return row.carc or "No code predicted", payer_said(row.payer), row.procedure or "No procedure"


def groups(
    report: DenialReport,
    name: str,
    title: str,
    key: str,
    rows: Sequence[Group],
    labels: dict[str | None, str] | None = None,
) -> Table:
    """By a code that findings have in common."""
    said = {None: UNSEEN, "none": "None", "others": "All others"} | (labels or {})
    return Table(
        name, title,
        "Findings and expected loss add up. A claim with several findings is in several rows.",
        (Column("key", key, "text"), Column("name", "Name", "text"), FINDINGS, CLAIMS, CHARGE, EXPECTED, OF_EXPECTED),
        [
            (said.get(row.key, row.key), row.name, *_found(row), row.expected_charge,
             of_expected(report, row.expected_charge))
            for row in rows
        ],
    )  # fmt: skip


def _found(row: Group) -> Row:
    """What no edit saw has no findings, so no claims of theirs either."""
    return (None, None, None) if row.key is None else (row.findings, row.claims, row.charge)


def by_edit(report: DenialReport) -> Table:
    """By edit, with its name."""
    table = groups(report, "by_edit", "By edit", "Edit", report.by_edit)
    names = {edit.edit: edit_name(edit.name) for edit in report.edits}
    return table._replace(rows=[(row[0], names.get(str(row[0])), *row[2:]) for row in table.rows])


def parties(report: DenialReport, name: str, title: str, key: str, rows: Sequence[Party]) -> Table:
    """By payer or provider."""
    return Table(
        name, title,
        "All claims that could be read, those without findings too.",
        (
            Column("key", key, "text"), Column("name", "Name", "text"), ALL_CLAIMS,
            Column("clean", "Clean", "count", adds=True), CLEAN_SHARE, ALL_CHARGE, FINDINGS,
            Column("expected_denials", "Expected denials", "expected", adds=True), EXPECTED, OF_EXPECTED,
        ),
        [
            (
                payer_said(row.key), row.name, row.claims, row.clean, share_of(row.clean, row.claims), row.charge,
                row.findings, row.expected_denials, row.expected_charge, of_expected(report, row.expected_charge),
            )
            for row in rows
        ],
    )  # fmt: skip
