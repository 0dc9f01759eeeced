"""Waivers: findings a named person answers for, within a scope and until a day. A waived finding is still shown."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from scrubber.claim import Claim
from scrubber.rule import Finding


class Waiver(Struct, frozen=True, kw_only=True):
    """Who waives which edit, why, for what (each scope field None = any) and until when (inclusive)."""

    edit: str
    reason: str
    by: str
    until: date | None = None
    payer_id: str | None = None
    billing_npi: str | None = None
    claim_id: str | None = None


def waiver_for(finding: Finding, claim: Claim, waivers: Sequence[Waiver], as_of: date) -> Waiver | None:
    """The first waiver in force that covers the finding, or None."""
    for waiver in waivers:
        if (
            waiver.edit == finding.edit
            and (waiver.until is None or as_of <= waiver.until)
            and waiver.payer_id in {None, claim.payer.id}
            and waiver.billing_npi in {None, claim.billing_provider.npi}
            and waiver.claim_id in {None, claim.claim_id}
        ):
            return waiver
    return None
