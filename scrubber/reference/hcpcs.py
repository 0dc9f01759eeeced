"""HCPCS level II: from when to when each code may be billed."""

from collections.abc import Mapping
from datetime import date

import msgspec

from scrubber.reference.ncci import Editions
from scrubber.reference.table import Table, pack_table


class HcpcsRow(msgspec.Struct, frozen=True, array_like=True):
    """First and last day of a code (None: not told, or still in use)."""

    first: date | None
    last: date | None


class HcpcsCodes(Editions[Table[HcpcsRow]]):
    """The codes of all editions. They carry their own dates, so the newest edition answers for every day."""

    def row(self, code: str, on: date) -> HcpcsRow | None:
        """The interval of a code; None where the edition does not have it."""
        answering = self.answering(on, code)
        return answering[1].get(code) if answering else None


def read_hcpcs_table(view: memoryview) -> Table[HcpcsRow]:
    """The rows of one edition."""
    return Table(view, HcpcsRow)


def pack_hcpcs(rows: Mapping[str, HcpcsRow]) -> bytes:
    """The bytes of the codes of one edition."""
    return pack_table(rows)
