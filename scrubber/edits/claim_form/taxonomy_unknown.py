"""CLM103: a provider taxonomy code that is not in the code set."""

from collections.abc import Iterator

from scrubber.claim import Claim
from scrubber.edits.claim_form.ordinary import looks_odd
from scrubber.reference import Snapshot
from scrubber.rule import BOTH_FORMS, CLAIM, REVIEW, Advice, Citation, Defect, edit

REMARKS = {"billing_provider": "N255", "rendering_provider": "N288"}
"""The providers whose taxonomy an electronic claim carries, and the remark code a payer answers with."""


@edit(
    id="CLM103",
    name="taxonomy-unknown",
    severity=REVIEW,
    scope=CLAIM,
    forms=BOTH_FORMS,
    needs=("taxonomy",),
    screen=looks_odd,
    carc=("CO", "16"),
    rarc=("N255",),
    citation=Citation(
        title="NUCC Health Care Provider Taxonomy Code Set",
        url="https://www.nucc.org/index.php/code-sets-mainmenu-41/provider-taxonomy-mainmenu-40",
        edition="2024",
    ),
)
def taxonomy_unknown(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """A provider taxonomy code is not in the code set.

    Why it is denied: Payers that route or price by specialty reject a taxonomy code they don't know. The
    set changes twice a year and the loaded edition may be older than the code, so this is a review.

    Fails: 111N00000Y as taxonomy of the rendering provider.

    Passes: 111N00000X, or no taxonomy code at all.

    Source: NUCC Health Care Provider Taxonomy, edition 2024.
    """
    taxonomy = reference.taxonomy
    if taxonomy is None:
        return
    code = claim.billing_provider.taxonomy
    if code and code not in taxonomy:
        yield _defect("billing_provider", code, taxonomy.edition)
    rendering = claim.rendering_provider
    if rendering is not None and rendering.taxonomy and rendering.taxonomy not in taxonomy:
        yield _defect("rendering_provider", rendering.taxonomy, taxonomy.edition)


def _defect(field: str, code: str, edition: str) -> Defect:
    told = field.replace("_", " ")
    return Defect(
        location=(field, "taxonomy"),
        message=f"Taxonomy {code} of the {told} is not in the code set ({edition}).",
        rarc=(REMARKS[field],),
        because={"taxonomy": code, "edition": edition, "provider": told},
        advice=Advice("Use the taxonomy code with which the provider is enrolled at the payer."),
    )
