"""MOD504: modifiers of one line of which only one can be true."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from scrubber.claim import Claim, line_field
from scrubber.edits.modifiers.sources import ALWAYS_THERAPY, BILATERAL, VOLUNTARY_NOTICE
from scrubber.reference import Snapshot
from scrubber.rule import LINE, REJECT, REVIEW, Advice, Citation, Defect, Severity, edit, medicare_part_b
from scrubber.rule import modifiers as carrying
from scrubber.rule.authorities import fee_schedule_manual


class OnlyOne(NamedTuple):
    """Modifiers of which a line may have one at the most, since a day of service, on whose word."""

    of: frozenset[str]
    why: str
    severity: Severity
    citation: Citation
    since: date = date.min


GROUPS = (
    OnlyOne(
        frozenset({"GA", "GX", "GZ"}),
        "a notice was required and given (GA), was voluntary (GX), or was not given (GZ)",
        REJECT,
        VOLUNTARY_NOTICE,
        date(2010, 4, 1),
    ),
    OnlyOne(
        frozenset({"GN", "GO", "GP"}),
        "a line belongs to one plan of care: speech (GN), occupational (GO) or physical therapy (GP)",
        REJECT,
        ALWAYS_THERAPY,
        date(2018, 1, 1),
    ),
    OnlyOne(
        frozenset({"50", "LT", "RT"}),
        "the service was on both sides (50), the left (LT) or the right (RT)",
        REVIEW,
        BILATERAL,
    ),
    OnlyOne(
        frozenset({"26", "TC"}),
        "both components together are the whole service, billed without either",
        REVIEW,
        fee_schedule_manual("modifier"),
    ),
    OnlyOne(
        frozenset({"GA", "GY"}),
        "the service is expected to be denied as not necessary (GA) or is outside the benefit (GY)",
        REVIEW,
        VOLUNTARY_NOTICE,
    ),
    OnlyOne(
        frozenset({"GY", "GZ"}),
        "the service is outside the benefit (GY) or is expected to be denied as not necessary (GZ)",
        REVIEW,
        VOLUNTARY_NOTICE,
    ),
)
"""In this order; what an earlier group told of a line is not told again by a later one."""

NEEDS_ANOTHER = frozenset({"50", "GN", "GO", "GX", "GY", "GZ", "RT", "TC"})
"""Every pair within a group has one of these, and the usual line has none."""

ADVICE = Advice(
    "The record decides which of them is true. Keep that one; if two services were meant, bill them on two lines."
)


@edit(
    id="MOD504",
    name="modifiers-contradict",
    severity=REJECT,
    scope=LINE,
    triggers=carrying(NEEDS_ANOTHER, payer=medicare_part_b),
    carc=("CO", "4"),
    rarc=("N519",),
    citation=VOLUNTARY_NOTICE,
)
def modifiers_contradict(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """A line carries modifiers that contradict each other.

    Why it is denied: Some modifiers exclude each other. Medicare returns a line with GX beside GA or GZ, with GA
    beside GZ (services from 2010-04-01), and with two of GN, GO and GP (from 2018-01-01). 50 beside LT or RT, LT
    beside RT, 26 beside TC and GY beside GA or GZ say two things at once; contractors differ in what they do, so
    these are reviews.

    Fails: 98940-GA-GZ; 97110-GP-GO; 20610-50-RT (a review).

    Passes: 20610-50; 98943-GX-GY, a voluntary notice for a service outside the benefit; 20610-LT and 20610-RT on two
    lines. AT beside GA, GX, GY or GZ is told by CHI803 and CHI810.

    Source: MLN Matters MM6563 (CR 6563); CR 10176; Noridian, modifier 50; Medicare Claims Processing Manual, chapter
    23, addendum.
    """
    for number, line in enumerate(claim.lines, start=1):
        told: set[str] = set()
        for group in GROUPS:
            found = [modifier for modifier in dict.fromkeys(line.modifiers) if modifier in group.of]
            if len(found) < 2 or line.service_date < group.since or told.intersection(found):
                continue
            told.update(found)
            yield Defect(
                location=line_field(number, "modifiers", line.modifiers.index(found[1])),
                message=f"{line.procedure} has {' and '.join(found)}: {group.why}.",
                severity=group.severity,
                because={
                    "procedure": line.procedure,
                    "modifiers": list(line.modifiers),
                    "service_date": line.service_date.isoformat(),
                },
                citation=group.citation,
                advice=ADVICE,
            )
