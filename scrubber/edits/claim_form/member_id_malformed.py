"""CLM105: a Medicare number that can't be one."""

from collections.abc import Iterator
from datetime import date

from scrubber.claim import Claim
from scrubber.edits.claim_form.identifiers import is_mbi
from scrubber.edits.claim_form.ordinary import looks_odd
from scrubber.reference import Snapshot
from scrubber.rule import BOTH_FORMS, CLAIM, REJECT, Advice, Citation, Defect, Triggers, edit, medicare_part_b

MBI_ONLY_SINCE = date(2020, 1, 1)
"""From this day of receipt on Medicare takes no other identifier, whatever the service date."""


@edit(
    id="CLM105",
    name="member-id-malformed",
    severity=REJECT,
    scope=CLAIM,
    forms=BOTH_FORMS,
    triggers=Triggers("the payer is Medicare Part B", payer=medicare_part_b),
    screen=looks_odd,
    carc=("CO", "31"),
    rarc=("N382",),
    citation=Citation(
        title="CMS, Understanding the Medicare Beneficiary Identifier (MBI) Format",
        url="https://www.cms.gov/Medicare/New-Medicare-Card/Understanding-the-MBI-with-Format.pdf",
    ),
)
def member_id_malformed(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """The Medicare number of the patient does not have the form of one.

    Why it is denied: Since 2020-01-01 Medicare finds a patient by the Medicare Beneficiary Identifier only,
    also for Railroad Medicare. A claim with another number, or none, is returned as unprocessable.

    Fails: An old claim number made of a social security number and a letter; an identifier with the hyphens
    of the card; an identifier with the letter O for a zero.

    Passes: Eleven characters: a digit from 1 to 9 in place 1, digits in places 4, 7, 10 and 11, letters in
    places 2, 5, 8 and 9, either in places 3 and 6; the letters S, L, O, I, B and Z are never used.

    Source: CMS, Understanding the MBI Format. A claim received before 2020-01-01 could carry the old
    number.
    """
    identifier = claim.subscriber.id
    if identifier and is_mbi(identifier):
        return
    if (claim.dates.received or reference.as_of) < MBI_ONLY_SINCE:
        return
    if not identifier:
        yield Defect(
            location=("subscriber", "id"),
            message="There is no Medicare number on the claim.",
            carc=("CO", "16"),
            advice=Advice("Enter the Medicare Beneficiary Identifier from the patient's Medicare card."),
        )
    elif is_mbi("".join(identifier.replace("-", "").split()).upper()):
        # No patch: it would have to spell the identifier out.
        yield Defect(
            location=("subscriber", "id"),
            message="The Medicare number is written with hyphens, blanks or small letters.",
            advice=Advice("Write the eleven characters in capitals, without hyphens and blanks."),
        )
    else:
        yield Defect(
            location=("subscriber", "id"),
            message="The Medicare number does not have the form of a Medicare Beneficiary Identifier.",
            advice=Advice(
                "Copy the identifier from the Medicare card, or look it up in the contractor's portal."
            ),
        )
