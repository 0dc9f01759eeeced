"""What differs between two snapshots: codes, pairs, units, articles added, removed and changed. Pure.

Every table is walked in the order of its keys on both sides at once, so that nothing but two rows is held, and a
table whose bytes are the same is not walked at all.
"""

from scrubber.reference.comparison.change import NEWEST, Change, Difference, Facts, Kind
from scrubber.reference.comparison.tables import compare

__all__ = ["NEWEST", "Change", "Difference", "Facts", "Kind", "compare"]
