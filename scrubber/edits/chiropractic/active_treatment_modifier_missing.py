"""CHI801: spinal manipulation without the modifier for active treatment."""

from collections.abc import Iterator
from datetime import date

from scrubber.claim import Claim, line_field
from scrubber.edits.chiropractic.codes import NOTICE_OR_EXCLUSION
from scrubber.edits.chiropractic.ordinary import manipulation_in_question
from scrubber.edits.chiropractic.sources import ACTIVE_TREATMENT
from scrubber.edits.services import SPINAL_MANIPULATION
from scrubber.reference import Snapshot
from scrubber.rule import DENY, LINE, Advice, Defect, edit, medicare_part_b, procedures

REQUIRED_FROM = date(2004, 10, 1)
ADVICE = Advice(
    "The record decides. AT is for active treatment that is expected to improve the patient's function. If "
    "the care was maintenance, AT must stay off; GA tells that the patient signed a notice (ABN), GZ that "
    "none was signed."
)


@edit(
    id="CHI801",
    name="active-treatment-modifier-missing",
    severity=DENY,
    scope=LINE,
    triggers=procedures(SPINAL_MANIPULATION, payer=medicare_part_b),
    screen=manipulation_in_question,
    carc=("CO", "50"),
    citation=ACTIVE_TREATMENT,
)
def active_treatment_modifier_missing(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """Spinal manipulation is billed to Medicare without AT and without a notice modifier.

    Why it is denied: Medicare pays for active treatment of a subluxation and not for maintenance. AT is how
    the claim says which it was. From 2004-10-01 a line without AT is denied as maintenance.

    Fails: 98940 with no modifier on 2026-03-02.

    Passes: 98940-AT. Also 98940 with GA, GZ, GX or GY: there the denial is expected.

    Source: MLN Matters SE1602; Medicare Benefit Policy Manual, chapter 15, section 240.1.3.
    """
    for number, line in enumerate(claim.lines, start=1):
        if (
            line.procedure in SPINAL_MANIPULATION
            and "AT" not in line.modifiers
            and line.service_date >= REQUIRED_FROM
            and NOTICE_OR_EXCLUSION.isdisjoint(line.modifiers)
        ):
            yield Defect(
                location=line_field(number, "modifiers"),
                message=(
                    f"{line.procedure} on {line.service_date} has no AT; without it Medicare denies spinal "
                    f"manipulation as maintenance."
                ),
                because={
                    "procedure": line.procedure,
                    "modifiers": list(line.modifiers),
                    "service_date": line.service_date.isoformat(),
                },
                advice=ADVICE,
            )
