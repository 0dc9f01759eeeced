"""GDE907: M53.81 without imaging."""

from collections.abc import Iterator

from scrubber.claim import Claim
from scrubber.edits.guidance.regions import UPPER_NECK, on_other_dorsopathies, supports_a_line
from scrubber.edits.guidance.services import advanced_service
from scrubber.reference import Snapshot
from scrubber.rule import CLAIM, INFO, REVIEW, Advice, Defect, Reason, Unevaluated, edit
from scrubber.rule.authorities import coding_guidelines


@edit(
    id="GDE907",
    name="imaging-not-documented",
    severity=REVIEW,
    scope=CLAIM,
    triggers=on_other_dorsopathies(frozenset({UPPER_NECK}), "a diagnosis is M53.81"),
    carc=("CO", "50"),
    rarc=("N115",),
    citation=coding_guidelines("section I.A.19, code assignment and clinical criteria"),
)
def imaging_not_documented(claim: Claim, _reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """M53.81 is billed and the record has no imaging of the upper neck.

    Why it is denied: Instability and joint changes of C0 to C2 are shown by flexion-extension X-ray, CT or MRI. No
    national rule asks for them, and Medicare needs no X-ray for manipulation; but on review of an invasive service
    a payer may find the condition not supported.

    Fails: M53.81 under a nerve block, imaging attested as none: review. Under any other service: information.

    Passes: M53.81 with CT, MRI or X-ray. Where a line rests on M53.81 and imaging is not told, it is not
    evaluated.

    Source: Official guidelines, section I.A.19: the provider's statement carries the code, so this never goes
    beyond review. What imaging shows is general clinical guidance.
    """
    imaging = claim.documentation.imaging
    if (imaging is not None and imaging != "none") or UPPER_NECK not in claim.diagnoses:
        return
    position = claim.diagnoses.index(UPPER_NECK) + 1
    if imaging is None:
        if supports_a_line(claim, position):
            yield Unevaluated(
                reason=Reason.FACT_MISSING,
                detail="documentation.imaging is not given, so the support of M53.81 can't be judged",
            )
        return
    advanced = advanced_service(claim, position)
    yield Defect(
        location=("diagnoses", position - 1),
        message="The record has no imaging"
        + (f", and {advanced[1]} rests on M53.81." if advanced else " that supports M53.81."),
        severity=REVIEW if advanced else INFO,
        because={"diagnosis": "M53.81", "imaging": imaging, "procedure": advanced[1] if advanced else None},
        advice=Advice(
            "The record must show why the upper neck is affected: findings of the examination, or flexion-extension "
            "X-ray, CT or MRI with what was measured at C0-C1-C2."
        ),
    )
