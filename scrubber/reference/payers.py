"""Who the payer of a claim is, and the terms that hold for all its claims."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from msgspec import Struct

from scrubber.claim import Payer


class TimelyFiling(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long after the service date a claim may arrive: whole calendar years or days, one of the two.

    ``title``, ``section``, ``url`` and ``retrieved`` name the authority and the day it was read.
    """

    title: str
    url: str
    section: str | None = None
    retrieved: date | None = None
    calendar_years: int | None = None
    days: int | None = None

    def last_day(self, service_date: date) -> date:
        """The last day on which a claim for this service date is still in time."""
        if self.days is not None:
            return date.fromordinal(min(service_date.toordinal() + self.days, date.max.toordinal()))
        year = service_date.year + (self.calendar_years or 0)
        if year > date.max.year:
            return date.max
        try:
            return service_date.replace(year=year)
        except ValueError:  # 29 February: the year after has none
            return date(year, 2, 28)

    def first_day(self, received: date) -> date:
        """The earliest service date for which a claim received on this day is in time."""
        return _first_day(received, self.calendar_years or 0, self.days)


@lru_cache(4096)
def _first_day(received: date, calendar_years: int, days: int | None) -> date:
    # Few days of receipt are met, and a line then costs one comparison.
    if days is not None:
        return date.fromordinal(max(received.toordinal() - days, 1))
    year = received.year - calendar_years
    if year < 1:
        return date.min
    try:
        return received.replace(year=year)
    except ValueError:  # 29 February: a claim for 28 February had to arrive the day before
        return date(year, 3, 1)


class PayerProfile(Struct, frozen=True, kw_only=True):
    """A payer as the rules know it. ``program`` groups payers with one set of national rules."""

    id: str
    name: str
    program: str
    timely_filing: TimelyFiling | None = None
    payer_ids: frozenset[str] = frozenset()
    claim_filing_indicators: frozenset[str] = frozenset()

    @property
    def medicare_part_b(self) -> bool:
        """Whether Medicare Part B rules hold (Railroad Medicare included)."""
        return self.program == "medicare_part_b"


UNKNOWN_PAYER = PayerProfile(id="unknown", name="a payer without a profile", program="unknown")


class Payers:
    """The payers that are known, and which of them a claim is for.

    A claim filing indicator decides; where the claim has none, a payer id does. The first profile that
    matches wins, so the order of ``profiles`` is the order of precedence.
    """

    def __init__(self, profiles: Sequence[PayerProfile] = ()) -> None:
        self.profiles = tuple(profiles)
        self._recognised = lru_cache(4096)(self._recognise)

    def profile(self, payer: Payer) -> PayerProfile:
        """The profile of the payer of a claim, ``UNKNOWN_PAYER`` where none matches."""
        return self._recognised(payer.claim_filing_indicator, payer.id)

    def _recognise(self, indicator: str | None, payer_id: str | None) -> PayerProfile:
        for profile in self.profiles:
            if indicator in profile.claim_filing_indicators or (
                indicator is None and payer_id in profile.payer_ids
            ):
                return profile
        return UNKNOWN_PAYER
