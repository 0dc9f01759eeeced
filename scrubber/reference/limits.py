"""What is counted of a member's services, over which days, and the limits that payers set to it."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from msgspec import Struct


class Count(StrEnum):
    """What of the services is counted."""

    VISITS = "visits"
    UNITS = "units"
    SERVICES = "services"
    CHARGES = "charges"


class Window(Struct, frozen=True):
    """The days up to a service, its own included: so many days or months, else its calendar year."""

    days: int | None = None
    months: int | None = None

    def first_day(self, last: date) -> date:
        """The first of the days that end with ``last``."""
        if self.days is not None:
            return date.fromordinal(max(last.toordinal() - self.days + 1, 1))
        if self.months is None:
            return date(last.year, 1, 1)
        # Twelve months that end on 2 March begin on 3 March: the day after the same day of the month before them.
        months = last.year * 12 + last.month - 1 - self.months
        if months < 12:
            return date.min
        year, month = months // 12, months % 12 + 1
        return date(year, month, min(last.day, _days_of(year, month))) + timedelta(days=1)

    def __str__(self) -> str:
        if self.days is not None:
            return "1 day" if self.days == 1 else f"{self.days} days"
        if self.months is not None:
            return "1 month" if self.months == 1 else f"{self.months} months"
        return "the calendar year"


def _days_of(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).day


class Counted(Struct, frozen=True, kw_only=True):
    """What is counted: services with one of these procedures (all where none are named) and one of these modifiers.

    ``ranges`` take in every code from the first to the last, and those that begin with the last. ``same_provider``
    counts those of who gave the service at hand alone, ``same_payer`` those billed to its payer.
    """

    count: Count
    window: Window
    codes: frozenset[str] = frozenset()
    ranges: tuple[tuple[str, str], ...] = ()
    modifiers: frozenset[str] = frozenset()
    same_provider: bool = False
    same_payer: bool = True

    @property
    def names_procedures(self) -> bool:
        """Whether the procedures alone tell that a service may be counted."""
        return bool(self.codes or self.ranges)

    def takes(self, procedure: str, modifiers: Sequence[str]) -> bool:
        """Whether a service with this procedure and these modifiers is counted."""
        return (not self.modifiers or not self.modifiers.isdisjoint(modifiers)) and self.takes_procedure(
            procedure
        )

    def takes_procedure(self, procedure: str) -> bool:
        """Whether a service with this procedure may be counted."""
        if procedure in self.codes or not self.names_procedures:
            return True
        return any(first <= procedure and procedure[: len(last)] <= last for first, last in self.ranges)


class Limit(Struct, frozen=True, kw_only=True):
    """The most that a payer pays of something, for services from ``effective`` to ``ends`` (None: not ended).

    A line with one of ``unless_modifiers`` counts and is not judged. ``deny`` is False where going beyond it is to be
    looked at by a person. The rest names the authority and the day it was read.
    """

    name: str
    kind: Literal["benefit_maximum", "frequency"]
    counted: Counted
    at_most: Decimal
    effective: date
    deny: bool
    title: str
    url: str
    retrieved: date
    section: str | None = None
    ends: date | None = None
    unless_modifiers: frozenset[str] = frozenset()

    def judges(self, procedure: str, modifiers: Sequence[str], on: date) -> bool:
        """Whether a service of this day may go beyond the limit."""
        return (
            self.effective <= on
            and (self.ends is None or on <= self.ends)
            and self.unless_modifiers.isdisjoint(modifiers)
            and self.counted.takes(procedure, modifiers)
        )
