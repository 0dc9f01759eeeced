"""CLM102: no NPI where the claim needs one."""

from collections.abc import Iterator

from scrubber.claim import Claim
from scrubber.edits.claim_form.ordinary import looks_odd
from scrubber.reference import Snapshot
from scrubber.rule import BOTH_FORMS, CLAIM, REJECT, REVIEW, Advice, Defect, edit
from scrubber.rule.authorities import claim_form_manual


@edit(
    id="CLM102",
    name="npi-missing",
    severity=REJECT,
    scope=CLAIM,
    forms=BOTH_FORMS,
    screen=looks_odd,
    carc=("CO", "16"),
    rarc=("N257",),
    citation=claim_form_manual("10.4, items 24J and 33a"),
)
def npi_missing(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """The claim does not tell the NPI of the billing provider.

    Why it is denied: The NPI is the only provider number a payer reads. Without that of the billing
    provider nobody can be paid, and the claim is returned as unprocessable.

    Fails: A billing provider with a name and a tax id, and no NPI.

    Passes: A billing provider with an NPI and no rendering provider: then the billing provider rendered the
    service. A rendering provider that is named without an NPI is a review, since a solo practice may leave
    the number out.

    Source: Medicare Claims Processing Manual, chapter 26, section 10.4, items 24J and 33a.
    """
    if not claim.billing_provider.npi:
        yield Defect(
            location=("billing_provider", "npi"),
            message="The billing provider has no NPI.",
            because={"provider": "billing provider"},
            advice=Advice("Enter the NPI under which the practice bills."),
        )
    rendering = claim.rendering_provider
    if rendering is not None and not rendering.npi:
        yield Defect(
            location=("rendering_provider", "npi"),
            message="A rendering provider is named without an NPI.",
            severity=REVIEW,
            rarc=("N290",),
            because={"provider": "rendering provider"},
            advice=Advice(
                "Enter the NPI of the person who gave the service, or leave the rendering provider out if it "
                "is the billing provider."
            ),
        )
