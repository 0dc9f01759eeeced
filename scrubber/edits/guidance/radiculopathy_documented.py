"""GDE902: radiculopathy under M53.8-."""

from collections.abc import Iterator

from scrubber.claim import Claim, dotted
from scrubber.edits.guidance.regions import ANY_ATTESTED, other_dorsopathies
from scrubber.reference import Snapshot
from scrubber.rule import CLAIM, REVIEW, Advice, Defect, edit
from scrubber.rule.authorities import tabular_list


@edit(
    id="GDE902",
    name="radiculopathy-documented",
    severity=REVIEW,
    scope=CLAIM,
    triggers=ANY_ATTESTED,
    carc=("CO", "16"),
    rarc=("M76",),
    citation=tabular_list("M54.1- and M53.8-"),
)
def radiculopathy_documented(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """The record shows radiculopathy, which has its own codes, M54.1-.

    Why it is denied: M53.8- is for dorsopathies that have no code of their own. Radiculopathy of the occiput, C1
    and C2 is M54.11, and the other regions follow in the same order.

    Fails: M53.81 where the record is attested to show radiculopathy.

    Passes: M54.11, alone or beside M53.81. With a disc disorder the code is of M50 or M51: GDE904.

    Source: ICD-10-CM tabular list, subcategory M54.1 with its Excludes1 note for disc disorders.
    """
    findings = claim.documentation.findings
    if "radiculopathy" not in findings or "disc-disorder" in findings:
        return
    for position, code, region in other_dorsopathies(claim):
        if region.radiculopathy not in claim.diagnoses:
            better = dotted(region.radiculopathy)
            yield Defect(
                location=("diagnoses", position - 1),
                message=f"The record shows radiculopathy; for the region of {dotted(code)} its code is {better}.",
                because={"diagnosis": dotted(code), "finding": "radiculopathy", "better_code": better},
                advice=Advice(
                    f"Bill {better} if the record shows the nerve root signs (sensation, strength, reflexes) and "
                    "their level."
                ),
            )
