"""CLM110: units that can't be billed."""

from collections.abc import Iterator

from scrubber.claim import Claim, line_field
from scrubber.edits.claim_form.ordinary import ZERO, looks_odd
from scrubber.reference import Snapshot
from scrubber.rule import LINE, REJECT, Advice, Defect, edit
from scrubber.rule.authorities import claim_form_manual

AMBULANCE_MILEAGE = frozenset({"A0021", "A0380", "A0390", "A0425", "A0435", "A0436", "S0209", "S0215"})
"""Miles are billed with a decimal since 2011-01-01 (CMS transmittal 2103, CR 7065)."""


def may_be_fractional(procedure: str) -> bool:
    """Whether units with a decimal make sense: ambulance miles, anesthesia time."""
    return procedure in AMBULANCE_MILEAGE or (
        len(procedure) == 5 and procedure.isdigit() and "00100" <= procedure <= "01999"
    )


@edit(
    id="CLM110",
    name="units-not-positive-or-fractional-where-not-allowed",
    severity=REJECT,
    scope=LINE,
    screen=looks_odd,
    carc=("CO", "16"),
    rarc=("M53",),
    citation=claim_form_manual("10.4, item 24G"),
)
def units_not_positive_or_fractional_where_not_allowed(
    claim: Claim, _reference: Snapshot
) -> Iterator[Defect]:
    """The units of a line are zero, negative, or a fraction where only whole units can be billed.

    Why it is denied: A line needs at least one day or unit, and a service is counted in whole numbers.
    Other values are returned as unprocessable.

    Fails: 98940 with 0 or 1.5 units.

    Passes: 98940 with 1 unit; A0425 with 12.3 miles; anesthesia time in units and tenths.

    Source: Medicare Claims Processing Manual, chapter 26, section 10.4, item 24G; CMS transmittal 2103 (CR
    7065) for fractional ambulance mileage.
    """
    for number, line in enumerate(claim.lines, start=1):
        units = line.units
        if units <= ZERO:
            wrong = "a line needs at least one unit"
            advice = "Enter how often the service was given, or take the line off."
        elif units != units.to_integral_value() and not may_be_fractional(line.procedure):
            wrong = "this service is billed in whole units"
            advice = "Enter the whole number of units the record shows, by the counting rule of the code."
        else:
            continue
        yield Defect(
            location=line_field(number, "units"),
            message=f"{line.procedure} has {units} units; {wrong}.",
            because={"procedure": line.procedure, "units": str(units)},
            advice=Advice(advice),
        )
