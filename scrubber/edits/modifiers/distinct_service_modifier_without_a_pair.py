"""MOD507: a modifier for a distinct service where nothing on the claim has to be told apart."""

from collections.abc import Iterator

from scrubber.claim import Claim, ServiceLine, line_field
from scrubber.edits.services import billed_lines, shared_day, unanswered
from scrubber.reference import Snapshot
from scrubber.reference.ncci import Pairs
from scrubber.rule import LINE, REVIEW, Advice, Defect, Unevaluated, edit, medicare_part_b, modifiers
from scrubber.rule.authorities import ncci_manual

DISTINCT = frozenset({"59", "XE", "XP", "XS", "XU"})

ADVICE = Advice(
    "If the service it is told apart from is on another claim of that day, the modifier is right. If there is none, "
    "take the modifier off: lines with it are looked at in audits."
)


@edit(
    id="MOD507",
    name="distinct-service-modifier-without-a-pair",
    severity=REVIEW,
    scope=LINE,
    needs=("ptp",),
    triggers=modifiers(DISTINCT, payer=medicare_part_b),
    carc=("CO", "4"),
    citation=ncci_manual("E, Modifiers and Modifier Indicators"),
)
def distinct_service_modifier_without_a_pair(
    claim: Claim, reference: Snapshot
) -> Iterator[Defect | Unevaluated]:
    """59, XE, XP, XS or XU stands on a line that is no code pair with any other line of the day.

    Why it is denied: These modifiers tell the two services of an NCCI code pair apart, or a service from the same one
    given again. On a claim with neither, the modifier does nothing, or the other service was billed elsewhere.

    Fails: 97110-59 beside 97140 on one day, which are no pair; 97140-59 alone.

    Passes: 97140-59 beside 98941 of the day, whoever gave it; 64483-59 beside another line of 64483.

    Source: Medicare NCCI Policy Manual, chapter I, section E; the quarterly PTP file for practitioners.
    """
    ptp = reference.ptp
    if ptp is None:
        return
    lines = billed_lines(claim)
    for number, line in lines:
        place = next((place for place, code in enumerate(line.modifiers) if code in DISTINCT), None)
        if place is None:
            continue
        others = [other for other_number, other in lines if other_number != number]
        beside = [other for other in others if shared_day(line, other) is not None]
        if any(_has_to_be_told_apart(line, other, ptp) for other in beside):
            continue
        unknown = list(unanswered(ptp, ((one.procedure, one.service_date) for one in (line, *beside))))
        if unknown:
            yield from unknown
            continue
        yield Defect(
            location=line_field(number, "modifiers", place),
            message=f"{line.procedure} has {line.modifiers[place]}, and no other line of {line.service_date} is a "
            "code pair with it.",
            because={
                "procedure": line.procedure,
                "modifiers": list(line.modifiers),
                "service_date": line.service_date.isoformat(),
                "procedures_of_the_day": sorted({other.procedure for other in beside}),
                "edition": ptp.speaking(line.service_date),
            },
            advice=ADVICE,
        )


def _has_to_be_told_apart(line: ServiceLine, other: ServiceLine, ptp: Pairs) -> bool:
    on = shared_day(line, other)
    return line.procedure == other.procedure or (
        on is not None and ptp.pair(line.procedure, other.procedure, on) is not None
    )
