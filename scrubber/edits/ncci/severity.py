"""For whom the tables are law."""

from scrubber.claim import Claim
from scrubber.reference import Snapshot
from scrubber.rule import REVIEW, Reason, Severity, Unevaluated

NO_MEDICAID_EDITION = Unevaluated(
    reason=Reason.REFERENCE_NOT_LOADED,
    detail="Medicaid has an edition of the NCCI tables of its own, and none is loaded; those loaded are Medicare's",
)


def softened(claim: Claim, reference: Snapshot) -> Severity | None:
    """None for Medicare Part B, whose tables these are; a review for others, of whom most but not all use them."""
    return None if reference.payers.profile(claim).medicare_part_b else REVIEW


def has_own_tables(claim: Claim, reference: Snapshot) -> bool:
    """Whether the payer has other tables, which are not loaded: Medicaid."""
    return reference.payers.profile(claim).medicaid
