"""CHI804: the date on which the course of treatment began is missing."""

from collections.abc import Iterator

from scrubber.claim import Claim, initial_treatment
from scrubber.edits.chiropractic.ordinary import manipulation_in_question
from scrubber.edits.chiropractic.sources import INITIAL_TREATMENT_DATE
from scrubber.edits.services import SPINAL_MANIPULATION
from scrubber.reference import Snapshot
from scrubber.rule import CLAIM, REJECT, Advice, Defect, edit, medicare_part_b, procedures

ADVICE = Advice(
    "Enter the date from the record on which this course of treatment began, or the date of the "
    "exacerbation: item 14 of the CMS-1500, DTP*454 in loop 2300 of the 837."
)


@edit(
    id="CHI804",
    name="initial-treatment-date-missing",
    severity=REJECT,
    scope=CLAIM,
    triggers=procedures(SPINAL_MANIPULATION, payer=medicare_part_b),
    screen=manipulation_in_question,
    carc=("CO", "16"),
    rarc=("MA122",),
    citation=INITIAL_TREATMENT_DATE,
)
def initial_treatment_date_missing(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """A Medicare claim for spinal manipulation has no initial treatment date.

    Why it is denied: Every chiropractic claim with spinal manipulation must tell when the course of
    treatment began. Without the date the claim is returned as unprocessable.

    Fails: 98940-AT on a claim without an initial treatment date.

    Passes: The same claim with the date 2026-02-20.

    Source: Medicare Claims Processing Manual, chapter 12, section 220, and chapter 26, item 14; Noridian,
    Chiropractic Services, Initial Treatment Date.
    """
    if claim.dates.initial_treatment is not None:
        return
    billed = sorted(
        {
            line.procedure
            for line in claim.lines
            if line.procedure in SPINAL_MANIPULATION and initial_treatment(claim, line) is None
        }
    )
    if billed:
        yield Defect(
            location=("dates", "initial_treatment"),
            message=f"{', '.join(billed)} is billed to Medicare and the claim has no initial treatment date.",
            because={"procedures": billed},
            advice=ADVICE,
        )
