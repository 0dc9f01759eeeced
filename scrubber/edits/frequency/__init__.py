"""Limits of payers (FRQ): how often, or for how many dollars, they pay."""

from scrubber.edits.frequency.frequency_limit_exceeded import frequency_limit_exceeded
from scrubber.rule import Edit

__all__ = ["EDITS"]

EDITS: tuple[Edit, ...] = (frequency_limit_exceeded,)
