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

PRICED = frozenset("ART")
"""The statuses of a code that is paid by its relative values, if it is paid. Of others contractors set the price."""

_FACTOR_PARTS = 10_000


class FeeRow(msgspec.Struct, frozen=True, array_like=True):
    """The indicators of a code, each as the file writes it.

    ``rare_in_office`` and ``rare_in_facility`` are the NA indicators: the service is rarely or never given there.
    The totals are relative value units in hundredths, ``conversion_factor`` is ten-thousandths of a dollar for one unit
    (0 where an edition does not tell).
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
    conversion_factor: int = 0

    def allowed(self, *, facility: bool) -> int | None:
        """The cents allowed for one unit, national: before the locality adjustment. None where that is not known.

        What is never paid is allowed nothing. A setting marked NA has no price of its own.
        """
        if self.status in NEVER_PAID:
            return 0
        total, rare = (
            (self.facility_total, self.rare_in_facility)
            if facility
            else (self.office_total, self.rare_in_office)
        )
        if rare or self.status not in PRICED:
            return None
        return (total * self.conversion_factor + _FACTOR_PARTS // 2) // _FACTOR_PARTS or None


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
