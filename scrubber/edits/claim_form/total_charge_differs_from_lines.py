"""CLM108: a total that is not the sum of the lines."""

from collections.abc import Iterator

from scrubber.claim import Claim
from scrubber.edits.claim_form.ordinary import added_up, looks_odd
from scrubber.reference import Snapshot
from scrubber.rule import BOTH_FORMS, CLAIM, REJECT, Advice, Defect, edit
from scrubber.rule.authorities import claim_form_manual


@edit(
    id="CLM108",
    name="total-charge-differs-from-lines",
    severity=REJECT,
    scope=CLAIM,
    forms=BOTH_FORMS,
    screen=looks_odd,
    carc=("CO", "16"),
    rarc=("M54",),
    citation=claim_form_manual("10.4, items 24F and 28"),
)
def total_charge_differs_from_lines(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """The total charge is not the sum of the line charges.

    Why it is denied: A claim that does not balance is stopped at the payer's front end or returned as
    unprocessable.

    Fails: A total of 45.00 over two lines of 45.00 each.

    Passes: A total of 90.00 over them, or no total: then it is computed when the claim is sent.

    Source: Medicare Claims Processing Manual, chapter 26, section 10.4, items 24F and 28.
    """
    total = claim.total_charge
    if total is None:
        return
    charges = added_up(claim.lines)
    if charges != total:
        yield Defect(
            location=("total_charge",),
            message=f"The total charge is {total}; the charges of the lines add up to {charges}.",
            because={"total_charge": str(total), "sum_of_lines": str(charges)},
            advice=Advice(
                "Find out which is right, the total or a line; a line may be missing or be there twice."
            ),
        )
