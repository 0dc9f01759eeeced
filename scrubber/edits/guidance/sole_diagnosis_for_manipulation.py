"""GDE910: M53.81 as the only diagnosis of a spinal manipulation."""

from collections.abc import Iterator

from scrubber.claim import Claim, line_field, pointed_diagnoses
from scrubber.edits.guidance.regions import UPPER_NECK, on_other_dorsopathies
from scrubber.edits.services import SPINAL_MANIPULATION
from scrubber.reference import Snapshot
from scrubber.rule import LINE, REVIEW, Advice, Defect, edit
from scrubber.rule.authorities import physician_manual


@edit(
    id="GDE910",
    name="sole-diagnosis-for-manipulation",
    severity=REVIEW,
    scope=LINE,
    triggers=on_other_dorsopathies(frozenset({UPPER_NECK}), "a diagnosis is M53.81"),
    carc=("CO", "50"),
    rarc=("N115",),
    citation=physician_manual("220, chiropractic services"),
)
def sole_diagnosis_for_manipulation(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """A spinal manipulation (98940-98942) points to M53.81 and to nothing else.

    Why it is denied: Manipulation treats a subluxation, and payers that follow Medicare want it as the first
    diagnosis (M99.00-M99.05). M53.81 may go along as a second diagnosis; alone it carries no manipulation line.

    Fails: 98940 pointing to M53.81 only.

    Passes: 98940 pointing to M99.01 and M53.81. What a Medicare contractor's article says is told by the coverage
    edits.

    Source: Medicare Claims Processing Manual, chapter 12, section 220; other payers by their own policy.
    """
    for number, line in enumerate(claim.lines, start=1):
        if line.procedure in SPINAL_MANIPULATION and pointed_diagnoses(claim, line) == (UPPER_NECK,):
            yield Defect(
                location=line_field(number, "diagnosis_pointers"),
                message=f"{line.procedure} rests on M53.81 alone.",
                because={"procedure": line.procedure, "diagnoses": ["M53.81"]},
                advice=Advice(
                    "If the record shows a subluxation and its level, that diagnosis (M99.0-) goes first and the line "
                    "points to it. Check the payer's policy for the diagnoses it accepts."
                ),
            )
