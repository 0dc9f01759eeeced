"""PTP601: a procedure that is part of another of the same day."""

from collections.abc import Iterator

from scrubber.claim import Claim, line_field
from scrubber.edits.ncci.bundling import Bundled, bundled_lines, may_be_bundled, pairs_unanswered
from scrubber.edits.ncci.severity import NO_MEDICAID_EDITION, has_own_tables, softened
from scrubber.reference import Snapshot
from scrubber.reference.ncci import PairModifiers
from scrubber.rule import DENY, LINE, REVIEW, SEVERAL_LINES, Advice, Defect, Severity, Unevaluated, edit
from scrubber.rule.authorities import ncci_manual

SEPARATE_VISIT = Advice(
    "If the record shows an evaluation that is significant and separate from the procedure, modifier 25 on the "
    "evaluation says so. If it shows no more than belongs to the procedure, take the line off."
)
SEPARATE_SERVICE = Advice(
    "If the record shows that the two were separate (another site, another session, no overlap), the modifier that "
    "says how, on the column two code, tells them apart: XS, XE, XU, XP, 59, or one for the side or digit. If it "
    "does not, take the line off."
)


@edit(
    id="PTP601",
    name="bundled-procedure-pair",
    severity=DENY,
    scope=LINE,
    needs=("ptp", "ncci_modifiers"),
    triggers=SEVERAL_LINES,
    screen=may_be_bundled,
    carc=("CO", "236"),
    citation=ncci_manual("E, Modifiers and Modifier Indicators"),
)
def bundled_procedure_pair(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """A procedure is billed beside another one of the day that includes it, and no modifier tells them apart.

    Why it is denied: Medicare lists pairs of codes that one provider does not get paid together for one patient
    and day. The column one code is paid, the column two code is denied. Where the modifier indicator is 1, a
    modifier of the NCCI list on the column two code says that the two were separate. Since 2019-07-01 the
    modifiers 59, XE, XP, XS and XU count on either code.

    Fails: 98941 and 97140 on 2026-03-02 by one provider, 97140 without a modifier of the list. For another payer
    than Medicare, and with a modifier of the list on the column one code only, it is a review.

    Passes: 97140-59 or 97140-XS; 97140 on another day or by another provider; a line with GY, for which no payment
    is asked. For Medicaid, which has tables of its own, it is not evaluated.

    Source: Medicare NCCI Policy Manual, chapter I; the quarterly PTP file for practitioners; CR 11168 (transmittal
    2259, one-time notification) for modifiers on the column one code.
    """
    modifiers = reference.ncci_modifiers
    if modifiers is None:
        return
    if has_own_tables(claim, reference):
        yield NO_MEDICAID_EDITION
        return
    told: set[tuple[int, str]] = set()
    for bundled in bundled_lines(claim, reference):
        if not bundled.pair.modifier_allowed or (bundled.number, bundled.pair.column_one) in told:
            continue
        if told_apart(bundled, modifiers):
            continue
        told.add((bundled.number, bundled.pair.column_one))
        misplaced = [code for code in bundled.paid.modifiers if modifiers.counts(code, bundled.on)]
        yield _defect(bundled, misplaced, REVIEW if misplaced else softened(claim, reference))
    yield from pairs_unanswered(claim, reference)


def told_apart(bundled: Bundled, modifiers: PairModifiers) -> bool:
    """Whether a modifier of the list stands where it counts."""
    on = bundled.on
    for code in bundled.line.modifiers:
        if modifiers.counts(code, on):
            return True
    for code in bundled.paid.modifiers:  # noqa: SIM110 - like the first
        if modifiers.counts_on_column_one(code, on):
            return True
    return False


def _defect(bundled: Bundled, misplaced: list[str], severity: Severity | None) -> Defect:
    pair, on = bundled.pair, bundled.on
    if misplaced:
        lacks = f"{', '.join(misplaced)} stands on {pair.column_one}, where it does not count"
    else:
        lacks = "no modifier says that they were separate"
    return Defect(
        location=line_field(bundled.number, "procedure"),
        message=f"{pair.column_two} on {on} is part of {pair.column_one} in line {bundled.paid_number}; {lacks}.",
        severity=severity,
        because={
            "column_one": pair.column_one,
            "column_one_line": bundled.paid_number,
            "column_two": pair.column_two,
            "service_date": on.isoformat(),
            "modifier_indicator": 1,
            "modifiers": list(bundled.line.modifiers),
            "rationale": pair.rationale,
            "edition": pair.edition,
        },
        advice=SEPARATE_VISIT if "99202" <= pair.column_two <= "99499" else SEPARATE_SERVICE,
    )
