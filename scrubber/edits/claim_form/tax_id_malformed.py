"""CLM104: a tax id that can't be one."""

from collections.abc import Iterator

from scrubber.claim import Claim
from scrubber.edits.claim_form.identifiers import is_tax_id
from scrubber.edits.claim_form.ordinary import looks_odd
from scrubber.reference import Snapshot
from scrubber.rule import BOTH_FORMS, CLAIM, REJECT, Advice, Defect, edit
from scrubber.rule.authorities import claim_form_manual


@edit(
    id="CLM104",
    name="tax-id-malformed",
    severity=REJECT,
    scope=CLAIM,
    forms=BOTH_FORMS,
    screen=looks_odd,
    carc=("CO", "16"),
    rarc=("N209",),
    citation=claim_form_manual("10.4, item 25"),
)
def tax_id_malformed(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """The tax id of the billing provider is not nine digits.

    Why it is denied: Payment is reported to the tax office under this number. A payer returns a claim whose
    number can't be an employer identification number or a social security number.

    Fails: A tax id of eight digits, or of nine equal digits.

    Passes: 12-3456789, 123456789, or no tax id in the data at all (nothing, or only dots or dashes in its
    place): then it is taken to be added when the claim is sent, and nothing is said.

    Source: Medicare Claims Processing Manual, chapter 26, section 10.4, item 25.
    """
    tax_id = claim.billing_provider.tax_id
    if tax_id and not is_tax_id(tax_id) and any(map(str.isalnum, tax_id)):
        yield Defect(
            location=("billing_provider", "tax_id"),
            message="The tax id of the billing provider is not nine digits that can be an EIN or SSN.",
            because={"provider": "billing provider"},
            advice=Advice("Enter the nine digits of the EIN or SSN with which the provider is enrolled."),
        )
