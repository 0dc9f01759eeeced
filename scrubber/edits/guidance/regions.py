"""The codes M53.80-M53.88 and what the code set has beside each: one row a code.

The codes of M53.8- and of its neighbours number the regions of the spine alike (1 occipito-atlanto-axial to
8 sacral; 0, or 9, unspecified).
"""

from collections.abc import Iterator
from dataclasses import replace

from msgspec import Struct

from scrubber.claim import Claim
from scrubber.rule import Triggers, attested, diagnoses


class Region(Struct, frozen=True, kw_only=True):
    """What an M53.8- code names: the level as documentation tells it, and the neighbouring codes."""

    level: str | None
    radiculopathy: str
    deformity: str
    discs: tuple[str, ...]
    """Categories of disc disorders that reach the region."""
    injuries: tuple[str, ...]
    """Categories of fractures and of dislocations and sprains of the region."""


NECK, CHEST, BACK = ("S12", "S13"), ("S22", "S23"), ("S32", "S33")

REGIONS = {
    "M5380": Region(
        level=None,
        radiculopathy="M5410",
        deformity="M438X9",
        discs=("M50", "M51"),
        injuries=(*NECK, *CHEST, *BACK),
    ),
    "M5381": Region(
        level="occipito-atlanto-axial",
        radiculopathy="M5411",
        deformity="M438X1",
        discs=("M50",),
        injuries=NECK,
    ),
    "M5382": Region(
        level="cervical", radiculopathy="M5412", deformity="M438X2", discs=("M50",), injuries=NECK
    ),
    "M5383": Region(
        level="cervicothoracic",
        radiculopathy="M5413",
        deformity="M438X3",
        discs=("M50",),
        injuries=(*NECK, *CHEST),
    ),
    "M5384": Region(
        level="thoracic", radiculopathy="M5414", deformity="M438X4", discs=("M51",), injuries=CHEST
    ),
    "M5385": Region(
        level="thoracolumbar",
        radiculopathy="M5415",
        deformity="M438X5",
        discs=("M51",),
        injuries=(*CHEST, *BACK),
    ),
    "M5386": Region(level="lumbar", radiculopathy="M5416", deformity="M438X6", discs=("M51",), injuries=BACK),
    "M5387": Region(
        level="lumbosacral", radiculopathy="M5417", deformity="M438X7", discs=("M51",), injuries=BACK
    ),
    "M5388": Region(level="sacral", radiculopathy="M5418", deformity="M438X8", discs=(), injuries=BACK),
}

CODE_OF_LEVEL = {region.level: code for code, region in REGIONS.items() if region.level is not None}

UPPER_NECK = "M5381"


def on_other_dorsopathies(codes: frozenset[str], says: str) -> Triggers:
    """Wakes on one of these M53.8- codes."""
    return diagnoses(lambda code, _reference: code in codes, says)


def where_attested(codes: frozenset[str], says: str) -> Triggers:
    """Wakes on one of these M53.8- codes where the claim says anything about what the record shows."""
    return replace(
        on_other_dorsopathies(codes, f"{says} and documentation is attested"),
        claim=attested,
    )


ON_ANY = on_other_dorsopathies(frozenset(REGIONS), "a diagnosis is M53.80-M53.88")
ANY_ATTESTED = where_attested(frozenset(REGIONS), "a diagnosis is M53.80-M53.88")


def other_dorsopathies(claim: Claim) -> Iterator[tuple[int, str, Region]]:
    """The M53.8- codes of the claim: 1-based position, code, region."""
    for position, code in enumerate(claim.diagnoses, start=1):
        region = REGIONS.get(code)
        if region is not None:
            yield position, code, region


def supports_a_line(claim: Claim, position: int) -> bool:
    """Whether a line points to the diagnosis."""
    return any(position in line.pointers for line in claim.lines)
