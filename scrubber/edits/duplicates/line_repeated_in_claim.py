"""DUP951: the same service twice on one claim."""

from collections.abc import Iterator

from scrubber.claim import Claim, ServiceLine, place_of_service
from scrubber.edits.services import SPINAL_MANIPULATION, rendering_npi
from scrubber.reference import Snapshot
from scrubber.rule import DENY, LINE, REVIEW, SEVERAL_LINES, Advice, Defect, edit
from scrubber.rule.authorities import billing_manual

TELL_APART = frozenset({"27", "58", "59", "76", "77", "78", "79", "91", "XE", "XP", "XS", "XU"})
"""Modifiers that say a service was given again or is distinct from another."""

ADVICE = Advice(
    "If it was entered twice, take one line off and correct the total. If the record shows the service twice, bill "
    "it by the rule of the code: more units, or the modifier for it."
)
ONCE_A_DAY = Advice(
    "Take one line off and correct the total. One code tells all regions manipulated that day; neither units nor a "
    "modifier make it paid twice."
)


def some_procedure_repeated(claim: Claim, _reference: Snapshot) -> bool:
    """Whether two lines bill one procedure for one day: without that, none repeats another."""
    return len({(line.procedure, line.service_date) for line in claim.lines}) < len(claim.lines)


@edit(
    id="DUP951",
    name="line-repeated-in-claim",
    severity=DENY,
    scope=LINE,
    triggers=SEVERAL_LINES,
    screen=some_procedure_repeated,
    carc=("CO", "18"),
    citation=billing_manual(
        "120, Detection of Duplicate Claims", edition="MLN Matters MM8121 (CR 8121), in force 2013-07-01"
    ),
)
def line_repeated_in_claim(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """A line repeats another line of the claim.

    Why it is denied: Payers compare the lines of a claim with each other. A line with the same procedure,
    modifiers, dates, place, provider and charge as an earlier one is an exact duplicate and is denied; one that
    differs in charge, units, place or provider only is suspected and looked at.

    Fails: 98940-AT twice for one day. With another charge, number of units, place or rendering provider it is a review.

    Passes: The second line with a modifier that says it was repeated or is distinct (76, 77, 91, 59, XE,
    XP, XS, XU and others), or for another side (LT and RT), day or drug (NDC).

    Source: Medicare Claims Processing Manual, chapter 1, section 120; MLN Matters MM8121 for lines of one
    claim.
    """
    earlier: dict[object, tuple[int, ServiceLine]] = {}
    for number, line in enumerate(claim.lines, start=1):
        if not TELL_APART.isdisjoint(line.modifiers):
            continue
        service = (
            line.procedure,
            line.service_date,
            line.service_date_to or line.service_date,
            frozenset(line.modifiers),
            line.ndc,
        )
        first_number, first = earlier.setdefault(service, (number, line))
        if first_number != number:
            yield _defect(claim, number, line, first_number, first)


def _defect(claim: Claim, number: int, line: ServiceLine, first_number: int, first: ServiceLine) -> Defect:
    compared = {
        "charge": (line.charge, first.charge),
        "units": (line.units, first.units),
        "place of service": (place_of_service(claim, line), place_of_service(claim, first)),
        "rendering provider": (rendering_npi(claim, line), rendering_npi(claim, first)),
    }
    differs = [name for name, (this, other) in compared.items() if this != other]
    billed = "-".join((line.procedure, *line.modifiers))
    return Defect(
        location=("lines", number - 1),
        message=f"Line {number} repeats line {first_number}: {billed} on {line.service_date}"
        + (f"; it differs only in {' and '.join(differs)}." if differs else "."),
        severity=REVIEW if differs else None,
        because={
            "procedure": line.procedure,
            "modifiers": list(line.modifiers),
            "service_date": line.service_date.isoformat(),
            "repeats_line": first_number,
            "differs_in": differs,
        },
        advice=ONCE_A_DAY if line.procedure in SPINAL_MANIPULATION else ADVICE,
    )
