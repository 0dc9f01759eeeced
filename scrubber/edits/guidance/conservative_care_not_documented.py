"""GDE908: an advanced service for M53.8- without conservative care before it."""

from collections.abc import Iterator

from scrubber.claim import Claim, dotted, line_field
from scrubber.edits.guidance.regions import ON_ANY, other_dorsopathies
from scrubber.edits.guidance.services import advanced_service
from scrubber.reference import Snapshot
from scrubber.rule import LINE, REVIEW, Advice, Defect, Reason, Unevaluated, edit
from scrubber.rule.authorities import tabular_list


@edit(
    id="GDE908",
    name="conservative-care-not-documented",
    severity=REVIEW,
    scope=LINE,
    triggers=ON_ANY,
    carc=("CO", "50"),
    rarc=("N115",),
    citation=tabular_list("M53.8-"),
)
def conservative_care_not_documented(claim: Claim, _reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """An injection, ablation or fusion is billed for M53.8- and the record shows no conservative care before it.

    Why it is denied: M53.8- is the "other" code of a group, so the code alone does not make an invasive service
    necessary. Payers ask what was tried before: collar, physical therapy, manipulation, medication.

    Fails: 64405 for M53.81 where conservative care is attested as not given.

    Passes: 98940 for M53.81; 64405 with conservative care in the record. Where it is not told, the line is not
    evaluated.

    Source: ICD-10-CM tabular list for what M53.8- covers; the demand for conservative care is each payer's own
    policy, so this never goes beyond review.
    """
    conservative_care = claim.documentation.conservative_care
    if conservative_care:
        return
    for position, code, _region in other_dorsopathies(claim):
        advanced = advanced_service(claim, position)
        if advanced is None:
            continue
        number, procedure = advanced
        if conservative_care is None:
            yield Unevaluated(
                reason=Reason.FACT_MISSING,
                detail=f"documentation.conservative_care is not given for {procedure} with {dotted(code)}",
                line=number,
            )
            continue
        yield Defect(
            location=line_field(number, "procedure"),
            message=f"{procedure} is billed for {dotted(code)} and the record shows no conservative care before it.",
            because={"procedure": procedure, "diagnosis": dotted(code), "conservative_care": False},
            advice=Advice(
                "The record must show what was tried, for how long and with what result, or why it could not be "
                "tried. Check the payer's policy for the weeks it asks for."
            ),
        )
