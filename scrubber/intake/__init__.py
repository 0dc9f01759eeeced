"""Bytes → Claim."""
