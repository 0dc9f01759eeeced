"""CHI805: an X-ray too old or too late to prove the subluxation."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date

from scrubber.claim import Claim
from scrubber.edits.chiropractic.ordinary import manipulation_in_question
from scrubber.edits.services import SPINAL_MANIPULATION
from scrubber.reference import Snapshot
from scrubber.rule import (
    CLAIM,
    INFO,
    REVIEW,
    Advice,
    Defect,
    Reason,
    Unevaluated,
    edit,
    medicare_part_b,
    procedures,
)
from scrubber.rule.authorities import benefit_manual

MONTHS_BEFORE, MONTHS_AFTER = 12, 3
ADVICE = Advice(
    "Check that the record proves the subluxation otherwise: by examination, or by an older film if it "
    "shows a condition that has lasted more than 12 months and is permanent."
)


@edit(
    id="CHI805",
    name="x-ray-date-out-of-window",
    severity=REVIEW,
    scope=CLAIM,
    triggers=procedures(SPINAL_MANIPULATION, payer=medicare_part_b),
    screen=manipulation_in_question,
    carc=("CO", "16"),
    rarc=("MA121",),
    citation=benefit_manual("240.1.2"),
)
def x_ray_date_out_of_window(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """The X-ray date lies more than 12 months before or 3 months after the start of the treatment.

    Why it is denied: Where an X-ray is to show the subluxation, it must have been taken near the start of the
    course of treatment. Outside that time the record has to show the subluxation in another way. A claim
    needs no X-ray date; WPS says so, and there this is told for information only.

    Fails: X-ray of 2025-02-19 for a course begun on 2026-02-20, in Georgia.

    Passes: X-ray of 2025-02-20 or of 2026-05-20; no X-ray date at all.

    Source: Medicare Benefit Policy Manual, chapter 15, section 240.1.2.
    """
    taken, begun = claim.dates.last_x_ray, claim.dates.initial_treatment
    if taken is None or not any(line.procedure in SPINAL_MANIPULATION for line in claim.lines):
        return
    if begun is None:
        yield Unevaluated(
            reason=Reason.FACT_MISSING,
            detail="the claim has an X-ray date and no initial treatment date to hold it against",
        )
        return
    first, last = _months_from(begun, -MONTHS_BEFORE), _months_from(begun, MONTHS_AFTER)
    if first <= taken <= last:
        return
    jurisdictions = reference.jurisdictions
    asks_for_none = jurisdictions is not None and jurisdictions.place(claim).mac == "WPS"
    yield Defect(
        location=("dates", "last_x_ray"),
        message=(
            f"The X-ray of {taken} lies outside {first} to {last}, the time around the start of the "
            f"treatment ({begun}) in which it can show the subluxation."
        ),
        because={
            "last_x_ray": taken.isoformat(),
            "initial_treatment": begun.isoformat(),
            "first": first.isoformat(),
            "last": last.isoformat(),
        },
        advice=ADVICE,
        severity=INFO if asks_for_none else None,
    )


def _months_from(day: date, months: int) -> date:
    """The same day of another month; the last of that month where it is shorter."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    if year < date.min.year:
        return date.min
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
