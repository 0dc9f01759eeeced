"""Claim scrubber: bytes → claim → edits over a dated reference snapshot → findings → disposition."""

__version__ = "2026.11.0"
