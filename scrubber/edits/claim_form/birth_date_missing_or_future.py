"""CLM106: no birth date, or one that has not come yet."""

from collections.abc import Iterator

from scrubber.claim import Claim
from scrubber.edits.claim_form.ordinary import looks_odd
from scrubber.reference import Snapshot
from scrubber.rule import BOTH_FORMS, CLAIM, REJECT, Advice, Defect, edit
from scrubber.rule.authorities import claim_form_manual


@edit(
    id="CLM106",
    name="birth-date-missing-or-future",
    severity=REJECT,
    scope=CLAIM,
    forms=BOTH_FORMS,
    screen=looks_odd,
    carc=("CO", "16"),
    rarc=("N329",),
    citation=claim_form_manual("10.2, item 3"),
)
def birth_date_missing_or_future(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """The patient's birth date is missing or lies in the future.

    Why it is denied: The payer finds the patient by identifier and birth date. Without a birth date the
    claim is returned as unprocessable.

    Fails: A claim without the patient's birth date, or with one after the day of scrubbing.

    Passes: A birth date up to and including that day. A birth date after a service is DTE203.

    Source: Medicare Claims Processing Manual, chapter 26, section 10.2, item 3.
    """
    birth_date = claim.patient.birth_date
    if birth_date is None:
        yield Defect(
            location=("patient", "birth_date"),
            message="The patient's birth date is missing.",
            advice=Advice("Enter the birth date as the payer has it on file."),
        )
    elif birth_date > reference.as_of:
        yield Defect(
            location=("patient", "birth_date"),
            message="The patient's birth date lies in the future.",
            because={"as_of": reference.as_of.isoformat()},
            advice=Advice("Correct the birth date; look at the year first."),
        )
