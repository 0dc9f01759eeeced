"""The modifiers that can tell the two services of a code pair apart, with their dates."""

from collections.abc import Mapping
from datetime import date

import msgspec

from scrubber.reference.container import Sections


class PairModifier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a modifier counts on the column two code, and since when on the column one code too (None: never)."""

    first: date | None = None
    last: date | None = None
    on_column_one_from: date | None = None


class PairModifiers:
    """The list, by modifier."""

    def __init__(self, rows: Mapping[str, PairModifier], edition: str) -> None:
        self._rows, self.edition = rows, edition

    @classmethod
    def read(cls, sections: Sections) -> "PairModifiers":
        """The list in its section."""
        rows = msgspec.json.decode(sections["ncci_modifiers"], type=dict[str, PairModifier])
        return cls(rows, sections.editions["ncci_modifiers"])

    def counts(self, modifier: str, on: date) -> bool:
        """Whether the modifier is on the list on a day: it then counts on the column two code."""
        row = self._rows.get(modifier)
        return (
            row is not None
            and (row.first is None or row.first <= on)
            and (row.last is None or on <= row.last)
        )

    def counts_on_column_one(self, modifier: str, on: date) -> bool:
        """Whether the modifier counts on a day wherever it stands, also on the column one code."""
        row = self._rows.get(modifier)
        return (
            self.counts(modifier, on)
            and row is not None
            and row.on_column_one_from is not None
            and row.on_column_one_from <= on
        )


def pack_pair_modifiers(rows: Mapping[str, PairModifier]) -> bytes:
    """The section of the list."""
    return msgspec.json.encode(dict(sorted(rows.items())))
