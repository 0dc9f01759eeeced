"""CLM111: more diagnoses than a claim can carry."""

from collections.abc import Iterator

from scrubber.claim import Claim
from scrubber.edits.claim_form.ordinary import MOST_DIAGNOSES, looks_odd
from scrubber.reference import Snapshot
from scrubber.rule import CLAIM, REJECT, Advice, Defect, edit
from scrubber.rule.authorities import claim_form_manual


@edit(
    id="CLM111",
    name="more-than-twelve-diagnoses",
    severity=REJECT,
    scope=CLAIM,
    screen=looks_odd,
    carc=("CO", "16"),
    rarc=("M64",),
    citation=claim_form_manual("10.4, item 21"),
)
def more_than_twelve_diagnoses(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """The claim has more than twelve diagnoses.

    Why it is denied: Paper and electronic professional claims have room for twelve diagnoses. More do not
    fit the standard, and the file is refused or the rest is lost.

    Fails: A claim with thirteen diagnoses.

    Passes: A claim with twelve.

    Source: Medicare Claims Processing Manual, chapter 26, section 10.4, item 21; 837 Professional, loop
    2300, HI.
    """
    count = len(claim.diagnoses)
    if count > MOST_DIAGNOSES:
        yield Defect(
            location=("diagnoses", MOST_DIAGNOSES),
            message=f"The claim has {count} diagnoses; a professional claim carries at most {MOST_DIAGNOSES}.",
            because={"diagnoses": count, "most": MOST_DIAGNOSES},
            advice=Advice(
                "Keep the diagnoses the lines point to, or bill some services on a claim of their own, with "
                "the diagnoses that belong to them."
            ),
        )
