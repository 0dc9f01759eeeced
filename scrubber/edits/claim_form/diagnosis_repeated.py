"""CLM113: a diagnosis that is there twice."""

from collections.abc import Iterator

from scrubber.claim import Claim, dotted
from scrubber.edits.claim_form.ordinary import looks_odd
from scrubber.reference import Snapshot
from scrubber.rule import BOTH_FORMS, CLAIM, REVIEW, Advice, Defect, edit
from scrubber.rule.authorities import coding_guidelines


@edit(
    id="CLM113",
    name="diagnosis-repeated",
    severity=REVIEW,
    scope=CLAIM,
    forms=BOTH_FORMS,
    screen=looks_odd,
    carc=("CO", "16"),
    rarc=("M64",),
    citation=coding_guidelines("I.B.12, Reporting same diagnosis code more than once"),
)
def diagnosis_repeated(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """A diagnosis is on the claim more than once.

    Why it is denied: A code is reported once for an encounter, even if two conditions are classified to it
    or it concerns both sides. A repeated code wastes one of the twelve places, and some payers refuse it.

    Fails: M99.01, M54.2, M99.01.

    Passes: Each code once; lines point to the same place instead.

    Source: ICD-10-CM Official Guidelines, section I.B.12.
    """
    first: dict[str, int] = {}
    for number, code in enumerate(claim.diagnoses, start=1):
        if code not in first:
            first[code] = number
            continue
        yield Defect(
            location=("diagnoses", number - 1),
            message=f"{dotted(code)} is diagnosis {first[code]} and again diagnosis {number}.",
            because={"diagnosis": dotted(code), "first": first[code], "again": number},
            advice=Advice(
                "Keep the code once and let the lines point to that place; perhaps another code was meant."
            ),
        )
