"""PTP602: a procedure that is part of another of the same day, whatever the modifier."""

from collections.abc import Iterator

from scrubber.claim import Claim, line_field
from scrubber.edits.ncci.bundling import Bundled, bundled_lines, may_be_inseparable, pairs_unanswered
from scrubber.edits.ncci.severity import NO_MEDICAID_EDITION, has_own_tables, softened
from scrubber.reference import Snapshot
from scrubber.rule import DENY, LINE, SEVERAL_LINES, Advice, Defect, Severity, Unevaluated, edit
from scrubber.rule.authorities import ncci_manual

ADVICE = Advice(
    "The two are never paid together. Take the line off, unless the record shows that one of the codes, the day or "
    "the provider is wrong."
)


@edit(
    id="PTP602",
    name="bundled-pair-no-modifier-allowed",
    severity=DENY,
    scope=LINE,
    needs=("ptp",),
    triggers=SEVERAL_LINES,
    screen=may_be_inseparable,
    carc=("CO", "236"),
    citation=ncci_manual("E, Modifiers and Modifier Indicators"),
)
def bundled_pair_no_modifier_allowed(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """A procedure is billed beside another one of the day with which it is never paid.

    Why it is denied: In Medicare's list of code pairs the modifier indicator of this pair is 0. For one provider,
    patient and day the column one code is paid and the column two code is denied, and no modifier changes that.

    Fails: 22551 and 69990-59 on one day by one provider. For another payer than Medicare it is a review.

    Passes: The two on different days or by different providers; a line with GY, for which no payment is asked. For
    Medicaid, which has tables of its own, it is not evaluated.

    Source: Medicare NCCI Policy Manual, chapter I; the quarterly PTP file for practitioners.
    """
    if has_own_tables(claim, reference):
        yield NO_MEDICAID_EDITION
        return
    told: set[tuple[int, str]] = set()
    for bundled in bundled_lines(claim, reference):
        if bundled.pair.modifier_allowed or (bundled.number, bundled.pair.column_one) in told:
            continue
        told.add((bundled.number, bundled.pair.column_one))
        yield _defect(bundled, softened(claim, reference))
    yield from pairs_unanswered(claim, reference)


def _defect(bundled: Bundled, severity: Severity | None) -> Defect:
    pair, on = bundled.pair, bundled.on
    return Defect(
        location=line_field(bundled.number, "procedure"),
        message=f"{pair.column_two} on {on} is part of {pair.column_one} in line {bundled.paid_number}, "
        "and no modifier changes that.",
        severity=severity,
        because={
            "column_one": pair.column_one,
            "column_one_line": bundled.paid_number,
            "column_two": pair.column_two,
            "service_date": on.isoformat(),
            "modifier_indicator": 0,
            "rationale": pair.rationale,
            "edition": pair.edition,
        },
        advice=ADVICE,
    )
