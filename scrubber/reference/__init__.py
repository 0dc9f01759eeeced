"""Dated tables and the snapshot that holds them. Pure: bytes are handed in, no file is opened here."""

from scrubber.reference.container import Sections, SnapshotDamaged, pack_sections
from scrubber.reference.payers import UNKNOWN_PAYER, PayerProfile, Payers, Sign, TimelyFiling
from scrubber.reference.snapshot import Snapshot, read_snapshot

__all__ = [
    "UNKNOWN_PAYER",
    "PayerProfile",
    "Payers",
    "Sections",
    "Sign",
    "Snapshot",
    "SnapshotDamaged",
    "TimelyFiling",
    "pack_sections",
    "read_snapshot",
]
