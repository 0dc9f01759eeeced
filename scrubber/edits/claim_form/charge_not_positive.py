"""CLM109: a line without a charge."""

from collections.abc import Iterator

from scrubber.claim import Claim, line_field
from scrubber.edits.claim_form.ordinary import ZERO, looks_odd
from scrubber.edits.services import reports_only
from scrubber.reference import Snapshot
from scrubber.rule import LINE, REJECT, REVIEW, Advice, Defect, edit
from scrubber.rule.authorities import claim_form_manual


@edit(
    id="CLM109",
    name="charge-not-positive",
    severity=REJECT,
    scope=LINE,
    screen=looks_odd,
    carc=("CO", "16"),
    rarc=("M79",),
    citation=claim_form_manual("10.4, item 24F"),
)
def charge_not_positive(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """A line has no charge, or a negative one.

    Why it is denied: Each line of a claim needs a charge. A negative amount is refused at the front end; Medicare
    returns a line of zero as unprocessable. The electronic standard takes zero, and some payers want it, as for a
    vaccine that the state supplied: for another payer than Medicare zero is a review.

    Fails: 98940 at 0.00; any line at -45.00.

    Passes: A charge above zero. Codes that only report something (category II codes, G8, G9 and M1 measure codes,
    99024 for a visit that the procedure's payment includes) are rightly billed at 0.00.

    Source: Medicare Claims Processing Manual, chapter 26, section 10.4, item 24F; NUCC 1500 instruction
    manual, items 24F and 28 (no negative amounts); 837 Professional, SV102; CMS guides to claims-based quality
    reporting (line charge 0.00 or 0.01).
    """
    for number, line in enumerate(claim.lines, start=1):
        charge = line.charge
        if charge > ZERO or (charge == ZERO and reports_only(line.procedure)):
            continue
        yield Defect(
            location=line_field(number, "charge"),
            message=f"{line.procedure} has a charge of {charge}; a line needs a charge above zero.",
            severity=None if charge < ZERO or reference.payers.profile(claim).medicare_part_b else REVIEW,
            because={"procedure": line.procedure, "charge": str(charge)},
            advice=Advice(
                "Enter the usual charge for the service, or take the line off if nothing is billed for it."
            ),
        )
