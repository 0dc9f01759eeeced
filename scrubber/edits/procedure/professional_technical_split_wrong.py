"""PX404: a professional or technical component billed of a procedure that has none."""

from collections.abc import Iterator

from scrubber.claim import Claim, line_field
from scrubber.edits.services import billed_lines, unanswered
from scrubber.reference import Snapshot
from scrubber.rule import DENY, LINE, REVIEW, Advice, Defect, Unevaluated, edit, modifiers
from scrubber.rule.authorities import fee_schedule_manual

COMPONENTS = frozenset({"26", "TC"})
CANNOT_BE_USED = {
    "0": ("a physician's service, which has no components", COMPONENTS),
    "2": ("the professional component already", COMPONENTS),
    "3": ("the technical component already", COMPONENTS),
    "4": ("the whole test, whose components have codes of their own", COMPONENTS),
    "5": ("a service incident to the physician's", COMPONENTS),
    "6": ("a physician's reading of a laboratory test", frozenset({"TC"})),
    "8": ("a physician's reading of a laboratory test", frozenset({"TC"})),
}
"""By PC/TC indicator: what the code is, and the modifiers that the manual says can't be used with it."""
NO_CONCEPT = {
    "7": "a therapy service, which has no components",
    "9": "a code to which components do not apply",
}
"""The manual names no modifier here, so a person looks."""

ADVICE = Advice(
    "Check what was done: the reading, the technical part, or both. Bill the code that says that part, or this code "
    "without the modifier."
)


@edit(
    id="PX404",
    name="professional-technical-split-wrong",
    severity=DENY,
    scope=LINE,
    needs=("fee_schedule",),
    triggers=modifiers(COMPONENTS),
    carc=("CO", "4"),
    citation=fee_schedule_manual("professional component/technical component indicator"),
)
def professional_technical_split_wrong(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """A line carries 26 or TC, and the fee schedule says that the procedure is not split into these.

    Why it is denied: The PC/TC indicator tells whether a code has a professional and a technical component. With
    most indicators 26 and TC can't be used: the code is a physician's service (0), one component already (2, 3), a
    whole test with codes for its parts (4), or incident to the physician's service (5).

    Fails: 99213-26 (indicator 0); 93010-26 (2); 93005-TC (3); 93000-26 (4). A review for indicators 7 and 9, to which
    components do not apply, and for another payer than Medicare.

    Passes: 72040-26 and 72040-TC (indicator 1); a line with GY, for which no payment is asked.

    Source: Medicare Claims Processing Manual, chapter 23, addendum; the quarterly PPRRVU file.
    """
    schedule = reference.fee_schedule
    if schedule is None:
        return
    absent = []
    for number, line in billed_lines(claim):
        if COMPONENTS.isdisjoint(line.modifiers):
            continue
        entry = schedule.entry(line.procedure, line.service_date)
        if entry is None:
            absent.append((line.procedure, line.service_date))
            continue
        indicator = entry.row.pc_tc
        what, never = CANNOT_BE_USED.get(indicator, (NO_CONCEPT.get(indicator), COMPONENTS))
        if what is None:
            continue
        for place, modifier in enumerate(line.modifiers):
            if modifier not in never:
                continue
            certain = indicator in CANNOT_BE_USED and reference.payers.profile(claim).medicare_part_b
            yield Defect(
                location=line_field(number, "modifiers", place),
                message=f"{line.procedure} has {modifier}, but it is {what} (PC/TC indicator {indicator}).",
                severity=None if certain else REVIEW,
                because={
                    "procedure": line.procedure,
                    "modifiers": list(line.modifiers),
                    "pc_tc_indicator": indicator,
                    "edition": entry.edition,
                },
                advice=ADVICE,
            )
            break
    if absent:
        yield from unanswered(schedule, absent)
