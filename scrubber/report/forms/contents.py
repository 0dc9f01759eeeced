"""What the tables of the report show: the same in all forms."""

from scrubber.report.figures import DenialReport
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
from scrubber.report.forms.groupings import by_edit, clusters, groups, parties
from scrubber.report.forms.tables import Column, Row, Table
from scrubber.report.forms.words import DISPOSITIONS, FIXED_BY, REASONS, edit_name, readable, readable_charge


def tables_of(report: DenialReport) -> dict[str, Table]:
    """The tables by name, in the order in which they are shown."""
    tables = (
        _worklist(report), clusters(report), _dispositions(report), _weeks(report),
        groups(
            report, "by_carc", "By predicted code", "CARC", report.by_carc,
            {"none": "No code predicted"},
        ),
        parties(report, "by_payer", "By payer", "Payer", report.by_payer),
        parties(report, "by_provider", "By billing provider", "NPI", report.by_provider),
        groups(report, "by_procedure", "By procedure", "Procedure", report.by_procedure),
        groups(report, "by_diagnosis", "By diagnosis", "Diagnosis", report.by_diagnosis),
        by_edit(report), _fixable(report), _drift(report), _edits(report), _unknown(report),
        _references(report), _benchmarks(report),
    )  # fmt: skip
    return {table.name: table for table in tables}


def _worklist(report: DenialReport) -> Table:
    return Table(
        "worklist", "Worklist",
        "Findings that are one piece of work: of one edit for one payer. The dearest comes first; start there. What to "
        "do is told for the first claim; where it depends on the codes, each finding tells its own.",
        (
            Column("edit", "Edit", "text"), Column("payer", "Payer", "text"), Column("carc", "Predicted code", "text"),
            Column("name", "What is wrong", "text"), Column("fixed_by", "Who can fix it", "text"), FINDINGS,
            CLAIMS, CHARGE, EXPECTED, Column("advice", "What to do (first claim)", "text"),
            Column("claim_ids", "Claims at most risk", "text"),
        ),
        [
            (
                item.edit, payer_said(item.payer), item.carc, edit_name(item.name), FIXED_BY[item.fixed_by],
                item.findings, item.claims, item.charge, item.expected_charge, item.advice, ", ".join(item.claim_ids),
            )
            for item in report.worklist
        ],
        keys=3,
    )  # fmt: skip


def _dispositions(report: DenialReport) -> Table:
    of, claims, charge = report.dispositions, readable(report), readable_charge(report)
    rows: list[Row] = [
        (
            DISPOSITIONS[name], volume.claims, share_of(volume.claims, claims), volume.charge,
            share_of(volume.charge, charge),
        )
        for name, volume in (("clean", of.clean), ("review", of.review), ("hold", of.hold))
    ]  # fmt: skip
    if of.unreadable.claims:
        rows.append((DISPOSITIONS["unreadable"], of.unreadable.claims, None, None, None))
    return Table(
        "dispositions", "What to do with the claims",
        "Shares are of the claims that could be read.",
        (
            Column("disposition", "Disposition", "text"), ALL_CLAIMS,
            Column("share_of_claims", "Share of claims", "share", adds=True), ALL_CHARGE,
            Column("share_of_charge", "Share of charges", "share", adds=True),
        ),
        rows,
    )  # fmt: skip


def _weeks(report: DenialReport) -> Table:
    return Table(
        "weeks", "Trend by week",
        "Claims by the week in which their services began, the latest first. The first and the last may be incomplete.",
        (
            Column("monday", "Week of", "date"), ALL_CLAIMS, Column("clean", "Clean", "count", adds=True), CLEAN_SHARE,
            ALL_CHARGE, EXPECTED, Column("expected_share", "Loss of charges", "share"),
        ),
        [
            (
                week.monday, week.claims, week.clean, share_of(week.clean, week.claims), week.charge,
                week.expected_charge, share_of(week.expected_charge, week.charge),
            )
            for week in reversed(report.weeks)
        ],
    )  # fmt: skip


def _fixable(report: DenialReport) -> Table:
    return Table(
        "fixable", "Who can fix it",
        "Who can mend what the findings tell before the claim is sent.",
        (
            Column("fixed_by", "Who", "text"), Column("preventable", "Preventable", "text"), FINDINGS, CLAIMS,
            EXPECTED, OF_EXPECTED,
        ),
        [
            (
                FIXED_BY[row.fixed_by], "yes" if row.preventable else "no", row.findings, row.claims,
                row.expected_charge, of_expected(report, row.expected_charge),
            )
            for row in report.fixable
        ],
    )  # fmt: skip


def _drift(report: DenialReport) -> Table:
    return Table(
        "drift", "Drift by payer",
        "The clean rate of the last four weeks against the weeks before, with the 90% interval of the difference. "
        "It counts as changed where the interval leaves out zero.",
        (
            Column("payer", "Payer", "text"), Column("claims_before", "Claims before", "count", adds=True),
            Column("clean_before", "Clean before", "share"),
            Column("claims_recent", "Claims recent", "count", adds=True),
            Column("clean_recent", "Clean recent", "share"), Column("difference", "Difference", "share"),
            Column("low", "Low", "share"), Column("high", "High", "share"), Column("changed", "Changed", "text"),
        ),
        [
            (
                payer_said(row.payer), row.claims_before, row.clean_before, row.claims_recent, row.clean_recent,
                row.clean_recent - row.clean_before, row.low, row.high, _changed(row.changed, row.low),
            )
            for row in report.drift
        ],
    )  # fmt: skip


def _changed(changed: bool, low: float) -> str:
    if not changed:
        return "no"
    return "better" if low > 0 else "worse"


def _edits(report: DenialReport) -> Table:
    return Table(
        "edits", "Yield by edit",
        "What became of an edit's findings. Waived ones, for which someone answered, are counted beside. Decided and "
        "denied is what payers did with such lines, as far as remittances tell.",
        (
            Column("edit", "Edit", "text"), Column("name", "Name", "text"), Column("severity", "Severity", "text"),
            Column("fired", "Findings", "count", adds=True), Column("waived", "Waived", "count", adds=True),
            Column("decided", "Decided", "count", adds=True), Column("denied", "Denied", "count", adds=True),
            Column("denied_share", "Denied of decided", "share"),
            Column("probability", "Probability used", "share"),
            Column("remittances", "Decided lines behind it", "count"),
        ),
        [
            (
                row.edit, edit_name(row.name), row.severity, row.fired, row.waived, row.decided, row.denied,
                share_of(row.denied, row.decided), row.probability, row.remittances,
            )
            for row in report.edits
        ],
    )  # fmt: skip


def _unknown(report: DenialReport) -> Table:
    return Table(
        "unknown", "What is unknown",
        "Edits that could not be evaluated. These claims may be denied for them, and no figure of this report says so.",
        (Column("edit", "Edit", "text"), Column("reason", "Why it could not be evaluated", "text"), CLAIMS, CHARGE),
        [(row.edit, REASONS.get(row.reason, row.reason), row.claims, row.charge) for row in report.unknown],
        keys=2,
    )  # fmt: skip


def _references(report: DenialReport) -> Table:
    return Table(
        "references", "Reference data",
        "The editions the claims were judged by. The digest names the exact data.",
        (Column("digest", "Digest", "text"), Column("table", "Table", "text"), Column("edition", "Edition", "text")),
        [
            (used.digest, name, edition)
            for used in report.references
            for name, edition in sorted(used.editions.items())
        ],
        keys=2,
    )  # fmt: skip


def _benchmarks(report: DenialReport) -> Table:
    return Table(
        "benchmarks", "Benchmarks",
        "What others report. They count in their own ways; hold your figures against them with care.",
        (
            Column("what", "What", "text"), Column("value", "Value", "text"), Column("source", "Source", "text"),
            Column("date", "Date", "text"), Column("url", "Address", "text"),
        ),
        [(row.what, row.value, row.source, row.date, row.url) for row in report.benchmarks],
    )  # fmt: skip
