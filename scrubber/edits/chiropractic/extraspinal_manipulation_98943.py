"""CHI809: manipulation outside the spine, which Medicare does not cover."""

from collections.abc import Iterator

from scrubber.claim import Claim, line_field
from scrubber.edits.chiropractic.sources import BENEFIT_REGULATION
from scrubber.edits.services import EXTRASPINAL_MANIPULATION
from scrubber.reference import Snapshot
from scrubber.rule import DENY, LINE, Advice, Defect, edit, medicare_part_b, procedures

ADVICE = Advice(
    "Check against the record that the joint treated lies outside the spine. If so, the service is outside "
    "the benefit; GY is for when the patient wants Medicare's denial."
)


@edit(
    id="CHI809",
    name="extraspinal-manipulation-98943",
    severity=DENY,
    scope=LINE,
    triggers=procedures(frozenset({EXTRASPINAL_MANIPULATION}), payer=medicare_part_b),
    carc=("CO", "96"),
    rarc=("N425",),
    citation=BENEFIT_REGULATION,
)
def extraspinal_manipulation_98943(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """98943, manipulation outside the spine, is billed to Medicare without GY.

    Why it is denied: The benefit is manipulation of the spine. Arms, legs, ribs and head are outside it.

    Fails: 98943 on a Medicare claim, with AT or without.

    Passes: 98943-GY.

    Source: 42 CFR 410.21(b); Palmetto GBA, HCPCS Modifier AT: 98943 is not reimbursed.
    """
    for number, line in enumerate(claim.lines, start=1):
        if line.procedure == EXTRASPINAL_MANIPULATION and "GY" not in line.modifiers:
            yield Defect(
                location=line_field(number, "procedure"),
                message="98943 is manipulation outside the spine; Medicare does not cover it.",
                because={"procedure": line.procedure, "modifiers": list(line.modifiers)},
                advice=ADVICE,
            )
