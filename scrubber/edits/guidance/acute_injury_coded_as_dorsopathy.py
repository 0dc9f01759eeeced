"""GDE905: an acute injury under M53.8-."""

from collections.abc import Iterator

from scrubber.claim import Claim, dotted
from scrubber.edits.guidance.regions import ON_ANY, Region, other_dorsopathies
from scrubber.reference import Snapshot
from scrubber.rule import CLAIM, REVIEW, Advice, Defect, edit
from scrubber.rule.authorities import coding_guidelines

ACTIVE_TREATMENT = ("A", "B")
"""7th characters of active treatment in the injury categories of the spine (B: open fracture)."""


@edit(
    id="GDE905",
    name="acute-injury-coded-as-dorsopathy",
    severity=REVIEW,
    scope=CLAIM,
    triggers=ON_ANY,
    carc=("CO", "16"),
    rarc=("M76",),
    citation=coding_guidelines("section I.C.13.b, acute traumatic versus chronic or recurrent conditions"),
)
def acute_injury_coded_as_dorsopathy(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """M53.8- is billed for an acute injury, or beside one under active treatment.

    Why it is denied: A current injury of bone, joint or ligament is coded in chapter 19 (for the neck S12 and S13).
    M53.8- is for a chronic or ongoing condition; on an acute injury it is found not supported, and next to one it
    is taken for the same condition coded twice.

    Fails: M53.81 where the record is attested to say "acute"; M53.81 beside S13.4XXA.

    Passes: M53.81 beside S13.4XXD or S13.4XXS; M53.81 for a chronic condition after whiplash.

    Source: Official guidelines, section I.C.13.b; Excludes1 note of block M50-M54 for current injuries.
    """
    documentation = claim.documentation
    documented = documentation.injury_phase == "acute" or "acute-injury" in documentation.findings
    for position, code, region in other_dorsopathies(claim):
        injuries = _under_active_treatment(claim, region)
        if not (documented or injuries):
            continue
        where = ", ".join(region.injuries)
        because = {
            "diagnosis": dotted(code),
            "documented_acute": documented,
            "injuries": [dotted(injury) for injury in injuries],
        }
        if injuries:
            message = (
                f"{dotted(code)} stands beside {dotted(injuries[0])}, an injury there in active treatment."
            )
            advice = (
                f"If both tell of the injury, bill the injury code alone. {dotted(code)} beside it needs a condition "
                "in the record that is older than the injury or apart from it."
            )
        else:
            message = f"The record says acute injury; {dotted(code)} is not a code for one."
            advice = (
                f"Bill the injury code the record supports ({where}), with its 7th character. {dotted(code)} fits "
                "once the acute phase is over and the record shows an ongoing condition, with mechanism and timeline."
            )
        yield Defect(
            location=("diagnoses", position - 1), message=message, because=because, advice=Advice(advice)
        )


def _under_active_treatment(claim: Claim, region: Region) -> list[str]:
    return [
        code
        for code in claim.diagnoses
        if len(code) == 7 and code.startswith(region.injuries) and code.endswith(ACTIVE_TREATMENT)
    ]
