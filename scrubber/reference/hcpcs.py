"""HCPCS level II: from when to when each code, and each modifier, may be billed."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from scrubber.reference.ncci import Edition, Editions
from scrubber.reference.table import Table, pack_table

MODIFIER = "-"
"""What the key of a modifier begins with (``-GP``): a code of five characters never does."""


class HcpcsRow(msgspec.Struct, frozen=True, array_like=True):
    """First and last day of a code (None: not told, or still in use)."""

    first: date | None
    last: date | None


class HcpcsCodes(Editions[Table[HcpcsRow]]):
    """The codes of all editions. They carry their own dates, so the newest edition answers for every day.

    Not every edition has the modifiers: the one that comes with the program does not.
    """

    def __init__(self, editions: Sequence[tuple[Edition, Table[HcpcsRow]]]) -> None:
        super().__init__(editions)
        self._with_modifiers = next(
            ((edition, rows) for edition, rows in editions if any(rows.starting(MODIFIER))), None
        )

    def row(self, code: str, on: date) -> HcpcsRow | None:
        """The interval of a code; None where the edition does not have it."""
        answering = self.answering(on, code)
        return answering[1].get(code) if answering else None

    def modifier(self, modifier: str) -> HcpcsRow | None:
        """The interval of a level II modifier; None where no edition has it."""
        return self._with_modifiers[1].get(MODIFIER + modifier) if self._with_modifiers else None

    @property
    def edition_of_modifiers(self) -> Edition | None:
        """The edition that has all level II modifiers, None without one."""
        return self._with_modifiers[0] if self._with_modifiers else None


def read_hcpcs_table(view: memoryview) -> Table[HcpcsRow]:
    """The rows of one edition."""
    return Table(view, HcpcsRow)


def pack_hcpcs(rows: Mapping[str, HcpcsRow]) -> bytes:
    """The bytes of the codes and modifiers of one edition."""
    return pack_table(rows)
