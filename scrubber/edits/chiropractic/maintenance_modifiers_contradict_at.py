"""CHI810: active treatment and a modifier for expected denial on one line."""

from collections.abc import Iterator

from scrubber.claim import Claim, line_field
from scrubber.edits.chiropractic.sources import NOTICE_MODIFIERS
from scrubber.edits.services import SPINAL_MANIPULATION
from scrubber.reference import Snapshot
from scrubber.rule import LINE, REVIEW, Advice, Defect, edit, medicare_part_b, modifiers

CONTRADICTS = {
    "GX": "a voluntary notice for a service outside the benefit",
    "GY": "a service outside the benefit",
    "GZ": "care expected to be denied as not necessary",
}
ADVICE = Advice(
    "The record decides which is true: active treatment of a subluxation (AT alone), or care that Medicare "
    "is expected to deny. Keep the modifier the record supports."
)


@edit(
    id="CHI810",
    name="maintenance-modifiers-contradict-at",
    severity=REVIEW,
    scope=LINE,
    triggers=modifiers(frozenset(CONTRADICTS), payer=medicare_part_b),
    carc=("CO", "4"),
    citation=NOTICE_MODIFIERS,
)
def maintenance_modifiers_contradict_at(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """Spinal manipulation carries AT together with GX, GY or GZ.

    Why it is denied: AT says that the care is active and payment is expected. GZ says that a denial is
    expected, GY and GX that the service is outside the benefit. GX, GY and GZ are denied without a look, so
    the AT is lost, or the other was put there by mistake. AT with GA is judged by CHI803, for it depends on
    the contractor.

    Fails: 98940-AT-GZ; 98940-AT-GY.

    Passes: 98940-AT; 98940-GZ; 98943-GY beside 98940-AT on another line.

    Source: National Government Services, Medicare Coverage of Chiropractic Services, Modifiers.
    """
    for number, line in enumerate(claim.lines, start=1):
        if "AT" not in line.modifiers or line.procedure not in SPINAL_MANIPULATION:
            continue
        for place, modifier in enumerate(line.modifiers):
            if modifier in CONTRADICTS:
                meaning = CONTRADICTS[modifier]
                yield Defect(
                    location=line_field(number, "modifiers", place),
                    message=f"{line.procedure} has AT for active treatment and {modifier} for {meaning}.",
                    because={"procedure": line.procedure, "modifiers": list(line.modifiers)},
                    advice=ADVICE,
                )
                break
