"""MOD506: a visit on the day of a minor procedure, and nothing says that it was a separate one."""

from collections.abc import Iterator
from datetime import date

from scrubber.claim import Claim, ServiceLine, line_field
from scrubber.edits.services import EVALUATIONS, billed_lines, rendering_npi, shared_day, unanswered
from scrubber.reference import Snapshot
from scrubber.reference.fee_schedule import FeeEntry, FeeSchedule
from scrubber.rule import (
    DENY,
    LINE,
    REVIEW,
    SEVERAL_LINES,
    Advice,
    Defect,
    Triggers,
    Unevaluated,
    edit,
)
from scrubber.rule.authorities import physician_manual

SEPARATE = frozenset({"24", "25", "57"})
"""Modifiers of a visit that is not part of a procedure: unrelated, separate, or the decision for major surgery."""
MINOR = frozenset({"000", "010"})

ADVICE = Advice(
    "If the record shows an evaluation that is significant and separate from the procedure, modifier 25 on the "
    "evaluation says so. If it shows no more than belongs to the procedure, take the visit off."
)


def _is_evaluation(code: str, _reference: Snapshot) -> bool:
    return code in EVALUATIONS


@edit(
    id="MOD506",
    name="evaluation-without-modifier-25",
    severity=DENY,
    scope=LINE,
    needs=("fee_schedule",),
    triggers=Triggers(
        "an evaluation is billed beside other lines", procedure=_is_evaluation, claim=SEVERAL_LINES.claim
    ),
    carc=("CO", "97"),
    citation=physician_manual("40.1, Definition of a Global Surgical Package; 30.6.6"),
)
def evaluation_without_modifier_25(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """A visit is billed on the day of a minor procedure by the same provider, without modifier 25.

    Why it is denied: The payment of a procedure with 0 or 10 global days includes the visit of that day, also the one
    that decides for it. Medicare pays the visit only if it was significant and separate, which modifier 25 says. For
    procedures to which global days do not apply (XXX) the NCCI code pairs decide, and PTP601 tells it.

    Fails: 99213 and a procedure with 0 or 10 global days on one day by one provider, where no code pair tells it. For
    another payer than Medicare it is a review.

    Passes: 99213-25; 99213 beside 72040, an X-ray without global days; a visit on another day or by another provider.
    Where the visit and the procedure are an NCCI code pair, as 99213 and 98940 are, PTP601 tells it. For 99203 and the
    other visits of new patients, and in the emergency room, the rule is the same, but contractors do not ask for 25.

    Source: Medicare Claims Processing Manual, chapter 12, sections 30.6.6 and 40.1; Noridian, modifier 25, for new
    patients; the quarterly PPRRVU file.
    """
    schedule = reference.fee_schedule
    if schedule is None:
        return
    for number, visit in billed_lines(claim):
        if visit.procedure not in EVALUATIONS or not SEPARATE.isdisjoint(visit.modifiers):
            continue
        beside = _beside(claim, number, visit)
        for other_number, other, on in beside:
            entry = schedule.entry(other.procedure, on)
            if entry is None or entry.row.global_days not in MINOR:
                continue
            if not _told_by_code_pair(visit, other, on, reference):
                yield _defect(claim, number, visit, other_number, other, entry, reference)
                break
        else:
            yield from _unanswered(schedule, beside, reference, visit)


def _beside(claim: Claim, number: int, visit: ServiceLine) -> list[tuple[int, ServiceLine, date]]:
    """The other services of the day by the same provider."""
    provider = rendering_npi(claim, visit)
    return [
        (other_number, other, on)
        for other_number, other in billed_lines(claim)
        if other_number != number
        and (on := shared_day(visit, other)) is not None
        and rendering_npi(claim, other) == provider
    ]


def _told_by_code_pair(visit: ServiceLine, other: ServiceLine, on: date, reference: Snapshot) -> bool:
    return reference.ptp is not None and reference.ptp.pair(visit.procedure, other.procedure, on) is not None


def _unanswered(
    schedule: FeeSchedule,
    beside: list[tuple[int, ServiceLine, date]],
    reference: Snapshot,
    visit: ServiceLine,
) -> Iterator[Unevaluated]:
    """The procedures whose global days are not known, less those that a code pair has told of."""
    return unanswered(
        schedule,
        (
            (other.procedure, on)
            for _, other, on in beside
            if not _told_by_code_pair(visit, other, on, reference)
        ),
    )


def _defect(
    claim: Claim,
    number: int,
    visit: ServiceLine,
    other_number: int,
    other: ServiceLine,
    entry: FeeEntry,
    reference: Snapshot,
) -> Defect:
    days = entry.row.global_days
    return Defect(
        location=line_field(number, "modifiers"),
        message=f"{visit.procedure} on {visit.service_date} has no modifier 25, and {other.procedure} in line "
        f"{other_number} includes the visit of its day (global days {days}).",
        severity=None if reference.payers.profile(claim).medicare_part_b else REVIEW,
        because={
            "evaluation": visit.procedure,
            "modifiers": list(visit.modifiers),
            "procedure": other.procedure,
            "procedure_line": other_number,
            "global_days": days,
            "service_date": visit.service_date.isoformat(),
            "edition": entry.edition,
        },
        advice=ADVICE,
    )
