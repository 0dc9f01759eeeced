"""CLM119: an address that can't be placed."""

from collections.abc import Iterator

from scrubber.claim import Claim
from scrubber.edits.claim_form.identifiers import STATES, can_be_placed, is_zip
from scrubber.edits.claim_form.ordinary import looks_odd
from scrubber.reference import Snapshot
from scrubber.rule import BOTH_FORMS, CLAIM, REJECT, Advice, Citation, Defect, edit

ROLES = (
    ("billing_provider", "billing provider", "N258"),
    ("service_facility", "service facility", "N294"),
)
"""The providers whose address a claim carries, and the remark code a payer answers with."""


@edit(
    id="CLM119",
    name="state-or-zip-malformed",
    severity=REJECT,
    scope=CLAIM,
    forms=BOTH_FORMS,
    screen=looks_odd,
    carc=("CO", "16"),
    rarc=("N258",),
    citation=Citation(
        title="USPS Publication 28, Postal Addressing Standards, Appendix B",
        url="https://pe.usps.com/text/pub28/28apb.htm",
        section="Two-letter state and possession abbreviations",
    ),
)
def state_or_zip_malformed(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """A state code or ZIP code in the billing or service address can't be one.

    Why it is denied: State and ZIP code decide which contractor is responsible and which rate applies. An
    address that can't be placed stops the claim at the front end.

    Fails: State XX; ZIP code 5030 or 00000.

    Passes: State IA; ZIP code 50309, 503091234 or 50309-1234. What is not given is not judged here.

    Source: USPS Publication 28, Appendix B; 837 Professional, N402 and N403.
    """
    for field, told, remark in ROLES:
        provider = getattr(claim, field)
        if provider is None or (address := provider.address) is None or can_be_placed(address):
            continue
        state, code = address.state, address.zip
        if state and state not in STATES:
            yield Defect(
                location=(field, "address", "state"),
                message=f"{state} in the address of the {told} is not a state code of the postal service.",
                rarc=(remark,),
                because={"state": state, "provider": told},
                advice=Advice("Enter the two-letter postal code of the state or territory."),
            )
        if code and not is_zip(code):
            trimmed = code.strip()
            safe = is_zip(trimmed)
            yield Defect(
                location=(field, "address", "zip"),
                message=f"ZIP code {trimmed} of the {told} "
                + ("is written with blanks." if safe else "is not a ZIP code of five or nine digits."),
                rarc=(remark,),
                because={"zip": code, "provider": told},
                advice=Advice(
                    f"Write {trimmed}.",
                    applicability="safe",
                    patch=({"op": "replace", "path": f"/{field}/address/zip", "value": trimmed},),
                )
                if safe
                else Advice("Enter the ZIP code of the place, with its leading zero; nine digits are best."),
            )
