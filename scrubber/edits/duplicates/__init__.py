"""Repeated services (DUP): one edit a module."""

from scrubber.edits.duplicates.line_repeated_in_claim import line_repeated_in_claim
from scrubber.rule import Edit

EDITS: tuple[Edit, ...] = (line_repeated_in_claim,)
