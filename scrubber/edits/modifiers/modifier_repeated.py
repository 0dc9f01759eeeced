"""MOD502: the same modifier twice on a line."""

from collections.abc import Iterator

from scrubber.claim import Claim, line_field
from scrubber.reference import Snapshot
from scrubber.rule import LINE, REJECT, Advice, Defect, claims_where, edit
from scrubber.rule.authorities import claim_form_manual


def _has_repeated(claim: Claim) -> bool:
    for line in claim.lines:
        modifiers = line.modifiers
        if len(modifiers) > 1 and len(set(modifiers)) < len(modifiers):
            return True
    return False


@edit(
    id="MOD502",
    name="modifier-repeated",
    severity=REJECT,
    scope=LINE,
    triggers=claims_where(_has_repeated, "a line carries a modifier twice"),
    carc=("CO", "4"),
    rarc=("N519",),
    citation=claim_form_manual("10.4, item 24D"),
)
def modifier_repeated(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """A line carries the same modifier twice.

    Why it is denied: A line has four places for modifiers. A modifier says all it has to say once; a second one
    takes the place of another that may be missing, and the line comes back for an invalid combination.

    Fails: 98940-AT-AT.

    Passes: 98940-AT on each of two lines.

    Source: Medicare Claims Processing Manual, chapter 26, section 10.4, item 24D.
    """
    for number, line in enumerate(claim.lines, start=1):
        modifiers = line.modifiers
        for place, modifier in enumerate(modifiers):
            if modifier and modifier in modifiers[:place]:
                yield Defect(
                    location=line_field(number, "modifiers", place),
                    message=f"{line.procedure} has {modifier} twice.",
                    because={"procedure": line.procedure, "modifiers": list(modifiers)},
                    advice=Advice(
                        f"Take the second {modifier} off, or put the modifier there that was meant instead."
                    ),
                )
