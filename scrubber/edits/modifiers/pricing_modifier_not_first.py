"""MOD505: a modifier that changes the price behind one that does not."""

from collections.abc import Iterator

from scrubber.claim import Claim, line_field
from scrubber.edits.modifiers.sources import PRICING_MODIFIERS
from scrubber.reference import Snapshot
from scrubber.rule import INFO, LINE, Advice, Defect, edit, medicare_part_b, modifiers

PRICING = frozenset(
    {"22", "26", "50", "52", "53", "54", "55", "62", "66", "78", "80", "81", "82", "AS", "TC"}
)
"""Those by which the fee schedule or the contractor pays another amount."""

ADVICE = Advice("Put the modifier that changes the price first and the others behind it.")


@edit(
    id="MOD505",
    name="pricing-modifier-not-first",
    severity=INFO,
    scope=LINE,
    triggers=modifiers(PRICING, payer=medicare_part_b),
    citation=PRICING_MODIFIERS,
)
def pricing_modifier_not_first(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """A modifier that changes the price stands behind one that only informs.

    Why it is denied: Contractors price a line by its first modifier. Where one that only informs stands there, the
    line may be priced as if the other were not on it, or come back.

    Fails: 72040-GA-26.

    Passes: 72040-26-GA; 22551-62-22, of which both change the price.

    Source: CIGNA Government Services, Pricing Modifiers Reminder, for the order and examples; the modifiers are those
    for which the Medicare fee schedule has rows, percentages or payment rules.
    """
    for number, line in enumerate(claim.lines, start=1):
        found = line.modifiers
        if len(found) < 2 or found[0] in PRICING:
            continue
        place = next((place for place, modifier in enumerate(found) if modifier in PRICING), None)
        if place is not None:
            yield Defect(
                location=line_field(number, "modifiers", place),
                message=f"{line.procedure} has {found[0]} before {found[place]}, which changes the price.",
                because={"procedure": line.procedure, "modifiers": list(found)},
                advice=ADVICE,
            )
