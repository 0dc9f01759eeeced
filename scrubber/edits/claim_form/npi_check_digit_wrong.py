"""CLM101: an NPI that can't be one."""

from collections.abc import Iterator

from scrubber.claim import Claim, Location, line_field
from scrubber.edits.claim_form.identifiers import is_npi
from scrubber.edits.claim_form.ordinary import looks_odd, names_providers
from scrubber.reference import Snapshot
from scrubber.rule import BOTH_FORMS, CLAIM, REJECT, Advice, Citation, Defect, edit

REMARKS = {
    "billing_provider": "N257",
    "rendering_provider": "N290",
    "referring_provider": "N286",
    "service_facility": "N293",
    "supervising_provider": "N297",
    "ordering_provider": "N265",
}
"""The remark code a payer answers with for the NPI of each provider."""

INSTITUTIONAL_REMARKS = {
    "attending_provider": "N253",
    "operating_provider": "N262",
    "other_operating_provider": "N270",
}
"""Those of the providers that only an institutional claim names."""

LINE_PROVIDERS = tuple(field for field in REMARKS if field != "billing_provider")
"""The providers a line may name for itself."""


@edit(
    id="CLM101",
    name="npi-check-digit-wrong",
    severity=REJECT,
    scope=CLAIM,
    forms=BOTH_FORMS,
    screen=looks_odd,
    carc=("CO", "16"),
    rarc=("N257",),
    citation=Citation(
        title="CMS, Requirements for National Provider Identifier and NPI Check Digit",
        url="https://www.cms.gov/Regulations-and-Guidance/Administrative-Simplification/NationalProvIdentStand/Downloads/NPIcheckdigit.pdf",
        section="45 CFR 162.406",
        edition="2004-01-23",
    ),
)
def npi_check_digit_wrong(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """An NPI on the claim is not a valid number.

    Why it is denied: The last digit of an NPI is computed from the others (Luhn, with 80840 in front). A
    wrong one means a typing error, and the claim is returned as unprocessable with the remark code of that
    provider.

    Fails: A rendering provider whose ten digits have two neighbours exchanged.

    Passes: Ten digits that begin with 1 or 2 and end in the right check digit, for every provider named.

    Source: 45 CFR 162.406 and the CMS paper on the NPI check digit. Remark codes: N257 billing, N290
    rendering, N286 referring, N293 service facility, N297 supervising, N265 ordering; on an institutional claim
    N253 attending, N262 operating, N270 other operating.
    """
    npi = claim.billing_provider.npi
    if npi and not is_npi(npi):
        yield _defect(("billing_provider", "npi"), npi)
    for field, provider in (
        ("rendering_provider", claim.rendering_provider),
        ("referring_provider", claim.referring_provider),
        ("supervising_provider", claim.supervising_provider),
        ("service_facility", claim.service_facility),
    ):
        if provider is not None and provider.npi and not is_npi(provider.npi):
            yield _defect((field, "npi"), provider.npi)
    if claim.institutional is not None:
        for field in INSTITUTIONAL_REMARKS:
            provider = getattr(claim.institutional, field)
            if provider is not None and provider.npi and not is_npi(provider.npi):
                yield _defect(("institutional", field, "npi"), provider.npi)
    for number, line in enumerate(claim.lines, start=1):
        if names_providers(line):
            for field in LINE_PROVIDERS:
                provider = getattr(line, field)
                if provider is not None and provider.npi and not is_npi(provider.npi):
                    yield _defect(line_field(number, field, "npi"), provider.npi)


def _defect(location: Location, npi: str) -> Defect:
    field = str(location[-2])
    told = field.replace("_", " ")
    return Defect(
        location=location,
        message=f"The NPI of the {told} is not valid: {_what_is_wrong(npi)}.",
        rarc=(REMARKS.get(field) or INSTITUTIONAL_REMARKS[field],),
        because={"provider": told},
        advice=Advice("Look the provider up in the NPI registry (NPPES) and enter the NPI found there."),
    )


def _what_is_wrong(npi: str) -> str:
    """In words, without telling the number."""
    if not (npi.isascii() and npi.isdigit()):
        return "it has characters that are not digits"
    if len(npi) != 10:
        return f"it has {len(npi)} digits, an NPI has 10"
    if npi[0] not in "12":
        return "an NPI begins with 1 or 2"
    return "its check digit does not fit the other digits"
