"""Small code sets: codes with the interval in which each may be used (place of service, taxonomy)."""

from collections.abc import Mapping
from datetime import date

import msgspec

from scrubber.reference.container import Sections


class CodeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One code: first and last day of use (None: not known, or still in use) and, for places, the kind of setting."""

    first: date | None = None
    last: date | None = None
    setting: str | None = None


class CodeSet:
    """A code set small enough to hold whole."""

    def __init__(self, rows: Mapping[str, CodeRow], edition: str) -> None:
        self._rows, self.edition = rows, edition

    @classmethod
    def read(cls, sections: Sections, name: str) -> "CodeSet":
        """The code set in section ``name``."""
        return cls(msgspec.json.decode(sections[name], type=dict[str, CodeRow]), sections.editions[name])

    def get(self, code: str) -> CodeRow | None:
        """The row of a code, None where the set does not have it."""
        return self._rows.get(code)

    def __contains__(self, code: str) -> bool:
        return code in self._rows

    def valid(self, code: str, on: date) -> bool:
        """Whether the code is in the set and ``on`` lies in its interval."""
        row = self._rows.get(code)
        return (
            row is not None
            and (row.first is None or row.first <= on)
            and (row.last is None or on <= row.last)
        )


def pack_code_set(rows: Mapping[str, CodeRow]) -> bytes:
    """The section of a code set."""
    return msgspec.json.encode(dict(sorted(rows.items())))
