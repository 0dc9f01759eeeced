"""The Medicare physician fee schedule: how each code may be billed and paid, by service date."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import msgspec

from scrubber.reference.ncci import Edition, Editions
from scrubber.reference.table import Table, pack_table

ENTRIES_KEPT = 32_768
COMPONENTS = frozenset({"", "26", "TC", "53"})
"""What a row is for: the whole service, one component of it, or the service discontinued."""

NEVER_PAID = frozenset("BGIN")
"""The statuses of a code that Medicare never pays for by itself, wherever and with whatever it is given."""


class FeeRow(msgspec.Struct, frozen=True, array_like=True):
    """The indicators of a code, each as the file writes it.

    ``rare_in_office`` and ``rare_in_facility`` are the NA indicators: the service is rarely or never given there.
    The totals are relative value units in hundredths.
    """

    status: str
    pc_tc: str
    global_days: str
    multiple: str
    bilateral: str
    assistant: str
    co_surgeon: str
    team: str
    rare_in_office: bool
    rare_in_facility: bool
    office_total: int
    facility_total: int


class FeeEntry(NamedTuple):
    """The row in force; ``edition`` names the edition that tells it, with its age."""

    row: FeeRow
    edition: str


class FeeSchedule(Editions[Table[FeeRow]]):
    """The fee schedule of all editions. The file has no dates: each edition holds until the next."""

    def __init__(self, editions: Sequence[tuple[Edition, Table[FeeRow]]]) -> None:
        super().__init__(editions)
        self.entry = lru_cache(ENTRIES_KEPT)(self._entry)
        """The row of a code (and component) on a day; None where the fee schedule has none."""

    def may(self, code: str, test: Callable[[FeeRow], bool]) -> bool:
        """Whether the code passes the test in any edition, or some edition can't tell."""
        for edition, rows in self.all:
            if not edition.covers((code,)):
                return True
            row = rows.get(code)
            if row is not None and test(row):
                return True
        return False

    def _entry(self, code: str, on: date, component: str = "") -> FeeEntry | None:
        answering = self.answering(on, code)
        row = answering[1].get(code + component) if answering else None
        return FeeEntry(row, answering[0].told(on)) if answering and row else None


def read_fee_table(view: memoryview) -> Table[FeeRow]:
    """The rows of one edition."""
    return Table(view, FeeRow)


def pack_fees(rows: dict[tuple[str, str], FeeRow]) -> bytes:
    """The bytes of one edition, by code and component."""
    return pack_table({code + component: row for (code, component), row in rows.items()})
