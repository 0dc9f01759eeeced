"""GDE909: M53.80 although the level is documented."""

from collections.abc import Iterator

from scrubber.claim import Claim, dotted
from scrubber.edits.guidance.regions import CODE_OF_LEVEL, where_attested
from scrubber.reference import Snapshot
from scrubber.rule import CLAIM, REVIEW, Advice, Defect, edit
from scrubber.rule.authorities import coding_guidelines

SITE_UNSPECIFIED = "M5380"


@edit(
    id="GDE909",
    name="site-unspecified-sibling-used",
    severity=REVIEW,
    scope=CLAIM,
    triggers=where_attested(frozenset({SITE_UNSPECIFIED}), "a diagnosis is M53.80"),
    carc=("CO", "16"),
    rarc=("M81",),
    citation=coding_guidelines("sections I.B.2 and I.B.18, level of detail; unspecified codes"),
)
def site_unspecified_sibling_used(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """M53.80 (site unspecified) is billed while the record names the level.

    Why it is denied: An unspecified code is right only when the record does not tell more. The code for an
    unspecified site is M53.80; M53.89, which some guides name, does not exist.

    Fails: M53.80 where the record is attested to name the occipito-atlanto-axial level; M53.81 is its code.

    Passes: M53.81. M53.80 where the level is not known.

    Source: Official guidelines, sections I.B.2 and I.B.18; titles of M53.80-M53.88.
    """
    level = claim.documentation.spinal_level
    if level is None or SITE_UNSPECIFIED not in claim.diagnoses:
        return
    better = dotted(CODE_OF_LEVEL[level])
    yield Defect(
        location=("diagnoses", claim.diagnoses.index(SITE_UNSPECIFIED)),
        message=f"M53.80 leaves the site unspecified; the record names the {level} level, which is {better}.",
        because={"diagnosis": "M53.80", "spinal_level": level, "better_code": better},
        advice=Advice(f"Bill {better} if the level stands by name in the record of this visit."),
    )
