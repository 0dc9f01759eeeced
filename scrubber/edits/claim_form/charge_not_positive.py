"""CLM109: a line without a charge."""

from collections.abc import Iterator

from scrubber.claim import Claim, line_field
from scrubber.edits.claim_form.ordinary import ZERO, looks_odd
from scrubber.reference import Snapshot
from scrubber.rule import LINE, REJECT, Advice, Defect, edit
from scrubber.rule.authorities import claim_form_manual


def reports_only(procedure: str) -> bool:
    """Whether the code reports quality data and is billed at zero: category II (9999F) and measure codes."""
    return len(procedure) == 5 and (procedure[4] == "F" or procedure.startswith(("G8", "G9", "M1")))


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
def charge_not_positive(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """A line has no charge, or a negative one.

    Why it is denied: Each line of a claim needs a charge. A negative amount is refused at the front end; a
    line of zero is returned as unprocessable.

    Fails: 98940 at 0.00; any line at -45.00.

    Passes: A charge above zero. Codes that only report quality data (category II codes, G8, G9 and M1
    measure codes) are rightly billed at 0.00.

    Source: Medicare Claims Processing Manual, chapter 26, section 10.4, item 24F; NUCC 1500 instruction
    manual, items 24F and 28 (no negative amounts); CMS guides to claims-based quality reporting (line
    charge 0.00 or 0.01).
    """
    for number, line in enumerate(claim.lines, start=1):
        charge = line.charge
        if charge > ZERO or (charge == ZERO and reports_only(line.procedure)):
            continue
        yield Defect(
            location=line_field(number, "charge"),
            message=f"{line.procedure} has a charge of {charge}; a line needs a charge above zero.",
            because={"procedure": line.procedure, "charge": str(charge)},
            advice=Advice(
                "Enter the usual charge for the service, or take the line off if nothing is billed for it."
            ),
        )
