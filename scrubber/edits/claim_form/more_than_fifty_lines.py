"""CLM112: more lines than a claim can carry."""

from collections.abc import Iterator

from scrubber.claim import Claim
from scrubber.edits.claim_form.ordinary import MOST_LINES, looks_odd
from scrubber.reference import Snapshot
from scrubber.rule import CLAIM, REJECT, Advice, Defect, edit
from scrubber.rule.authorities import electronic_standard


@edit(
    id="CLM112",
    name="more-than-fifty-lines",
    severity=REJECT,
    scope=CLAIM,
    screen=looks_odd,
    carc=("CO", "16"),
    rarc=("N61",),
    citation=electronic_standard("loop 2400, at most 50"),
)
def more_than_fifty_lines(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """The claim has more than fifty service lines.

    Why it is denied: The electronic professional claim has room for fifty lines. A longer one fails the
    standard, and the payer's front end refuses it.

    Fails: A claim with fifty-one lines.

    Passes: A claim with fifty.

    Source: 837 Professional, loop 2400, adopted by 45 CFR 162.1102.
    """
    count = len(claim.lines)
    if count > MOST_LINES:
        yield Defect(
            location=("lines", MOST_LINES),
            message=f"The claim has {count} lines; a professional claim carries at most {MOST_LINES}.",
            because={"lines": count, "most": MOST_LINES},
            advice=Advice("Bill the lines on two or more claims; keep what belongs together on one claim."),
        )
