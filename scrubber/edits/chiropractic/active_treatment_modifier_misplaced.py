"""CHI802: the modifier for active treatment on something that is not spinal manipulation."""

from collections.abc import Iterator

from scrubber.claim import Claim, line_field
from scrubber.edits.chiropractic.ordinary import manipulation_in_question
from scrubber.edits.chiropractic.sources import PALMETTO_AT
from scrubber.edits.services import SPINAL_MANIPULATION
from scrubber.reference import Snapshot
from scrubber.rule import LINE, REVIEW, Advice, Defect, edit, medicare_part_b, modifiers

ADVICE = Advice(
    "Check the procedure code against the record. If it is right, AT does not belong on this line; whatever "
    "else a chiropractor does is outside the benefit."
)


@edit(
    id="CHI802",
    name="active-treatment-modifier-misplaced",
    severity=REVIEW,
    scope=LINE,
    triggers=modifiers(frozenset({"AT"}), payer=medicare_part_b),
    screen=manipulation_in_question,
    carc=("CO", "4"),
    citation=PALMETTO_AT,
)
def active_treatment_modifier_misplaced(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """AT stands on a procedure other than 98940 to 98942.

    Why it is denied: AT says that spinal manipulation was active treatment. On any other procedure it says
    nothing and may be answered as a wrong modifier.

    Fails: 98943-AT; 97140-AT.

    Passes: 98941-AT.

    Source: Palmetto GBA, HCPCS Modifier AT: only with 98940, 98941 and 98942.
    """
    for number, line in enumerate(claim.lines, start=1):
        if "AT" in line.modifiers and line.procedure not in SPINAL_MANIPULATION:
            yield Defect(
                location=line_field(number, "modifiers", line.modifiers.index("AT")),
                message=f"AT is on {line.procedure}; it belongs to 98940, 98941 and 98942 only.",
                because={"procedure": line.procedure, "modifiers": list(line.modifiers)},
                advice=ADVICE,
            )
