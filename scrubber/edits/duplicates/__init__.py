"""Repeated services (DUP): one edit a module."""

from scrubber.edits.duplicates.claim_repeated_in_batch import claim_repeated_in_batch, repeated_in_batch
from scrubber.edits.duplicates.line_repeated_in_claim import line_repeated_in_claim
from scrubber.rule import Edit

__all__ = ["EDITS", "claim_repeated_in_batch", "repeated_in_batch"]

EDITS: tuple[Edit, ...] = (line_repeated_in_claim, claim_repeated_in_batch)
