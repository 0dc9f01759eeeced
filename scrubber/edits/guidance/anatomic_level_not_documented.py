"""GDE906: the level an M53.8- code names is not the one in the record."""

from collections.abc import Iterator

from scrubber.claim import Claim, dotted
from scrubber.edits.guidance.regions import (
    CODE_OF_LEVEL,
    REGIONS,
    on_other_dorsopathies,
    other_dorsopathies,
    supports_a_line,
)
from scrubber.reference import Snapshot
from scrubber.rule import CLAIM, REVIEW, Advice, Defect, Reason, Unevaluated, edit
from scrubber.rule.authorities import coding_guidelines

NAMES_A_LEVEL = frozenset(code for code, region in REGIONS.items() if region.level is not None)


@edit(
    id="GDE906",
    name="anatomic-level-not-documented",
    severity=REVIEW,
    scope=CLAIM,
    triggers=on_other_dorsopathies(NAMES_A_LEVEL, "a diagnosis is M53.81-M53.88"),
    carc=("CO", "16"),
    rarc=("M76",),
    citation=coding_guidelines("sections I.B.2 and I.C.13.a, level of detail; site"),
)
def anatomic_level_not_documented(claim: Claim, _reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """The record does not name the spinal level that the diagnosis code names.

    Why it is denied: The last character of M53.8- is a region of the spine. M53.81 needs the occiput, C1 and C2 in
    the record; "upper neck pain" does not support it.

    Fails: M53.81 where the record is attested to name the cervical level; M53.82 is the code for that.

    Passes: M53.81 with the occipito-atlanto-axial level. Where a line rests on the code and the level is not told,
    it is not evaluated.

    Source: Official guidelines, sections I.B.2 and I.C.13.a; titles of M53.80-M53.88.
    """
    level = claim.documentation.spinal_level
    for position, code, region in other_dorsopathies(claim):
        if region.level is None or level == region.level:
            continue
        if level is None:
            if supports_a_line(claim, position):
                yield Unevaluated(
                    reason=Reason.FACT_MISSING,
                    detail=f"documentation.spinal_level is not given; {dotted(code)} needs the {region.level} level",
                )
            continue
        better = dotted(CODE_OF_LEVEL[level])
        yield Defect(
            location=("diagnoses", position - 1),
            message=f"{dotted(code)} names the {region.level} level; the record names the {level} level, "
            f"which is {better}.",
            because={
                "diagnosis": dotted(code),
                "needs": region.level,
                "spinal_level": level,
                "better_code": better,
            },
            advice=Advice(
                f"Bill {better} if the record is right. {dotted(code)} needs the {region.level} level by name in "
                "the record."
            ),
        )
