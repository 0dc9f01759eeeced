"""DTE203: a service given before the patient was born."""

from collections.abc import Iterator

from scrubber.claim import Claim, line_field
from scrubber.edits.dates.in_order import some_date_out_of_order
from scrubber.reference import Snapshot
from scrubber.rule import BOTH_FORMS, LINE, REJECT, Advice, Defect, edit
from scrubber.rule.authorities import claim_form_manual


@edit(
    id="DTE203",
    name="service-before-birth",
    severity=REJECT,
    scope=LINE,
    forms=BOTH_FORMS,
    screen=some_date_out_of_order,
    carc=("CO", "14"),
    citation=claim_form_manual("10.2, item 3, and 10.4, item 24A"),
)
def service_before_birth(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """A service date lies before the patient's birth date.

    Why it is denied: One of the two dates is wrong, or the claim is for another patient.

    Fails: A service of the day before the birth date.

    Passes: A service of the day of birth.

    Source: CARC 14; Medicare Claims Processing Manual, chapter 26, section 10.2, item 3, and section 10.4,
    item 24A.
    """
    birth_date = claim.patient.birth_date
    if birth_date is None:
        return
    for number, line in enumerate(claim.lines, start=1):
        if line.service_date < birth_date:
            yield Defect(
                location=line_field(number, "service_date"),
                message=f"{line.service} is of {line.service_date}, before the patient's birth date.",
                because={"procedure": line.procedure, "service_date": line.service_date.isoformat()},
                advice=Advice("Compare both dates with the record, and make sure it is the right patient."),
            )
