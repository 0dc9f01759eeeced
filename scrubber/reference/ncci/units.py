"""Medically unlikely edits: the most units of a code that Medicare pays on a line or for a day."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache

import msgspec

from scrubber.reference.ncci.editions import Edition, Editions
from scrubber.reference.table import Table, pack_table

LIMITS_KEPT = 32_768
UNLIMITED, NOT_TOLD = Decimal("Infinity"), Decimal("-Infinity")


class UnitRow(msgspec.Struct, frozen=True, array_like=True):
    """The limit of a code: units, the adjudication indicator (1, 2 or 3), and why."""

    units: int
    indicator: int
    rationale: str


class UnitLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A limit in force; ``edition`` names the edition that tells it, with its age."""

    units: int
    indicator: int
    rationale: str
    edition: str


class UnitLimits(Editions[Table[UnitRow]]):
    """The limits of all editions. The file has no dates: each edition holds until the next."""

    def __init__(self, editions: Sequence[tuple[Edition, Table[UnitRow]]]) -> None:
        super().__init__(editions)
        self.limit = lru_cache(LIMITS_KEPT)(self._limit)
        """The limit of a code on a day; None where none is published."""
        self.most = lru_cache(LIMITS_KEPT)(self._most)
        """The most units of a code on a day: infinite without a limit, its negative where no edition speaks."""

    def _limit(self, code: str, on: date) -> UnitLimit | None:
        answering = self.answering(on, code)
        row = answering[1].get(code) if answering else None
        if answering is None or row is None:
            return None
        return UnitLimit(
            units=row.units,
            indicator=row.indicator,
            rationale=row.rationale,
            edition=answering[0].told(on),
        )

    def _most(self, code: str, on: date) -> Decimal:
        limit = self.limit(code, on)
        if limit is not None:
            return Decimal(limit.units)
        return UNLIMITED if self.answers(on, code) else NOT_TOLD


def read_unit_table(view: memoryview) -> Table[UnitRow]:
    """The rows of one edition."""
    return Table(view, UnitRow)


def pack_unit_limits(rows: Mapping[str, UnitRow]) -> bytes:
    """The bytes of the limits of one edition, by code."""
    return pack_table(rows)
