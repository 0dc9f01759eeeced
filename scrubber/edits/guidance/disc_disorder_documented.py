"""GDE904: a disc disorder under M53.8-."""

from collections.abc import Iterator

from scrubber.claim import Claim, dotted
from scrubber.edits.guidance.regions import ANY_ATTESTED, other_dorsopathies
from scrubber.reference import Snapshot
from scrubber.rule import CLAIM, REVIEW, Advice, Defect, edit
from scrubber.rule.authorities import tabular_list


@edit(
    id="GDE904",
    name="disc-disorder-documented",
    severity=REVIEW,
    scope=CLAIM,
    triggers=ANY_ATTESTED,
    carc=("CO", "16"),
    rarc=("M76",),
    citation=tabular_list("M50.-, M51.- and M53.8-"),
)
def disc_disorder_documented(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """The record shows a disc disorder, which belongs to M50 or M51.

    Why it is denied: Disc disorders have categories of their own: M50 for the neck down to the first chest
    vertebra, M51 below. M53.8- is for what is left when they are ruled out.

    Fails: M53.81 where the record is attested to show a disc disorder.

    Passes: M50.20, alone or beside M53.81.

    Source: ICD-10-CM tabular list, categories M50 and M51.
    """
    findings = claim.documentation.findings
    if "disc-disorder" not in findings:
        return
    for position, code, region in other_dorsopathies(claim):
        if not region.discs or any(other.startswith(region.discs) for other in claim.diagnoses):
            continue
        digit = "1-" if "radiculopathy" in findings else "-"
        better = " or ".join(f"{category}.{digit}" for category in region.discs)
        yield Defect(
            location=("diagnoses", position - 1),
            message=f"The record shows a disc disorder; its code is in {better}, not {dotted(code)}.",
            because={"diagnosis": dotted(code), "finding": "disc-disorder", "better_codes": better},
            advice=Advice(
                f"Bill the code of {better} for the kind and level the record shows. A disc disorder with "
                "radiculopathy is one code (fourth character 1)."
            ),
        )
