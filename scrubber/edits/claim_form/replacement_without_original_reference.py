"""CLM115: a correction that does not say what it corrects."""

from collections.abc import Iterator

from scrubber.claim import Claim
from scrubber.reference import Snapshot
from scrubber.rule import BOTH_FORMS, CLAIM, REJECT, Advice, Defect, claims_where, edit
from scrubber.rule.authorities import electronic_standard

KINDS = {"7": "replaces", "8": "voids"}


@edit(
    id="CLM115",
    name="replacement-without-original-reference",
    severity=REJECT,
    scope=CLAIM,
    forms=BOTH_FORMS,
    triggers=claims_where(
        lambda claim: claim.frequency_code in KINDS,
        "the claim replaces or voids an earlier one (frequency code 7 or 8)",
    ),
    carc=("CO", "16"),
    rarc=("M47",),
    citation=electronic_standard("loop 2300, CLM05-3 and REF with qualifier F8"),
)
def replacement_without_original_reference(claim: Claim, _reference: Snapshot) -> Iterator[Defect]:
    """A replacement or void claim does not tell the number of the claim it replaces or voids.

    Why it is denied: With frequency code 7 or 8 the payer looks for the earlier claim by its own number.
    Without that number there is nothing to replace or void.

    Fails: Frequency code 7 without the payer's claim control number.

    Passes: Frequency code 7 or 8 with it; frequency code 1. Whether a payer takes replacements at all is
    not judged.

    Source: 837 Professional, loop 2300: REF with qualifier F8 is required when CLM05-3 says replacement or
    void.
    """
    frequency = claim.frequency_code
    if not (claim.original_reference or "").strip():
        yield Defect(
            location=("original_reference",),
            message=f"Frequency code {frequency} {KINDS[frequency]} a claim whose number is missing.",
            because={"frequency_code": frequency},
            advice=Advice(
                "Enter the payer's claim control number from the remittance of the earlier claim; if there "
                "is none, send a first claim with frequency code 1."
            ),
        )
