"""For whom the tables are law."""

from scrubber.claim import Claim
from scrubber.reference import Snapshot
from scrubber.rule import REVIEW, Severity


def softened(claim: Claim, reference: Snapshot) -> Severity | None:
    """None for Medicare Part B, whose tables these are; a review for others, of whom most but not all use them."""
    return None if reference.payers.profile(claim.payer).medicare_part_b else REVIEW
