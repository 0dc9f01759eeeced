"""Repeated services (DUP): one edit a module."""

from scrubber.edits.duplicates.claim_already_scrubbed_or_paid import (
    already_scrubbed,
    claim_already_scrubbed_or_paid,
)
from scrubber.edits.duplicates.claim_repeated_in_batch import claim_repeated_in_batch, repeated_in_batch
from scrubber.edits.duplicates.line_repeated_in_claim import line_repeated_in_claim
from scrubber.rule import Edit

__all__ = [
    "EDITS",
    "already_scrubbed",
    "claim_already_scrubbed_or_paid",
    "claim_repeated_in_batch",
    "repeated_in_batch",
]

EDITS: tuple[Edit, ...] = (
    line_repeated_in_claim,
    claim_repeated_in_batch,
    claim_already_scrubbed_or_paid,
)
