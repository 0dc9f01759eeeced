"""GDE903: a deformity under M53.8-."""

from collections.abc import Iterator

from scrubber.claim import Claim, dotted
from scrubber.edits.guidance.regions import ANY_ATTESTED, other_dorsopathies
from scrubber.reference import Snapshot
from scrubber.rule import CLAIM, REVIEW, Advice, Defect, edit
from scrubber.rule.authorities import tabular_list


@edit(
    id="GDE903",
    name="deformity-documented",
    severity=REVIEW,
    scope=CLAIM,
    triggers=ANY_ATTESTED,
    carc=("CO", "16"),
    rarc=("M76",),
    citation=tabular_list("M43.8X- and M53.8-"),
)
def deformity_documented(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """The record shows a structural deformity, which belongs to M43.8X-.

    Why it is denied: Deforming dorsopathies stand in M40-M43, the others in M50-M54. With a deformity of the
    occiput, C1 and C2 in the record M43.8X1 is the more precise code, and M53.81 is found not supported.

    Fails: M53.81 where the record is attested to show a deformity.

    Passes: M43.8X1. M53.81 without a deformity in the record.

    Source: ICD-10-CM tabular list, subcategories M43.8 and M53.8.
    """
    if "deformity" not in claim.documentation.findings:
        return
    for position, code, region in other_dorsopathies(claim):
        if region.deformity not in claim.diagnoses:
            better = dotted(region.deformity)
            yield Defect(
                location=("diagnoses", position - 1),
                message=f"The record shows a deformity; for the region of {dotted(code)} its code is {better}.",
                because={"diagnosis": dotted(code), "finding": "deformity", "better_code": better},
                advice=Advice(
                    f"Bill {better} if the deformity is what was treated and the record shows it, by imaging or "
                    "examination."
                ),
            )
