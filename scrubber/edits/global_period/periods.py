"""The global periods that procedures open, whose they are, and which services lie in them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import islice
from typing import NamedTuple, TypeAlias

from scrubber.edits.services import EVALUATIONS, NOT_ASKED_TO_PAY, codes_between
from scrubber.reference.fee_schedule import FeeSchedule
from scrubber.rule import Past, Remembered, Service

ONE_DAY = "000"
DAYS_AFTER = {ONE_DAY: timedelta(days=0), "010": timedelta(days=10), "090": timedelta(days=90)}
"""Days after the procedure by its global days. A major one (090) includes the day before as well."""
MAJOR = "090"
LASTING = frozenset({"010", MAJOR})
LONGEST = timedelta(days=90)
MOST_LOOKED_AT = 200
"""Procedures of one provider for one member that a service is held against, and claims that a procedure is: no patient
has as many within ninety days, and a file of one member alone must not take for ever.
"""
ITSELF = 0
"""The record that stands for a claim that is judged by itself."""
DAY = timedelta(days=1)

ASK_NO_MODIFIER = codes_between((92002, 92004), (99202, 99205), (99281, 99285), (99341, 99345))
"""Visits of new patients and in the emergency room: on the day of a minor procedure contractors ask for no 25."""
VISITS = EVALUATIONS | ASK_NO_MODIFIER | {"99292"}

OPENS_NONE = frozenset({NOT_ASKED_TO_PAY, "56", "78", "80", "81", "82", "AS"})
"""Modifiers of a procedure that opens no period of its own.

No payment is asked for it (GY), it is for the care before (56), a return to the operating room within another period
(78), or for help with a procedure that is another's (80, 81, 82, AS).
"""
SHARED = frozenset({"53", "54", "55"})
"""Modifiers of a procedure that was broken off, or whose care before and after is divided between providers."""

UNRELATED_CRITICAL_CARE = "FT"
OF_VISITS = frozenset({"24", "25", "57"})
OF_PROCEDURES = frozenset({"58", "78", "79"})

Key: TypeAlias = tuple[str, str, str | None]


class Period(NamedTuple):
    """What a procedure includes: visits from ``first`` (the day of the procedure or before) to ``last``."""

    past: Past
    line: int
    service: Service
    days: str
    edition: str
    first: date
    last: date


class Inside(NamedTuple):
    """A service in a period. ``lacks`` are the modifiers one of which would take it out; ``certain``: nothing else."""

    line: int
    service: Service
    period: Period
    lacks: tuple[str, ...]
    certain: bool


class Periods:
    """The periods that the services of claims open, looked up by who gave them."""

    def __init__(self, claims: Iterable[Past], fees: FeeSchedule) -> None:
        self._fees = fees
        self._any: defaultdict[Key, list[Period]] = defaultdict(list)
        self._lasting: defaultdict[Key, list[Period]] = defaultdict(list)
        for past in claims:
            for service, period in _opened(past, fees):
                for key in _keys(past.claim, service):
                    self._any[key].append(period)
                    if period.last > service.first_day:
                        self._lasting[key].append(period)

    def __bool__(self) -> bool:
        return bool(self._any)

    def inside(self, own: Past) -> Iterator[Inside]:
        """The services of a claim that lie in one of the periods and do not say why they are paid; each line once."""
        for line, service in enumerate(own.claim.services, start=1):
            is_visit = service.procedure in VISITS
            of = self._any if is_visit else self._lasting
            if not of or NOT_ASKED_TO_PAY in service.modifiers:
                continue
            if not is_visit and global_days_of(service, self._fees) is None:
                continue
            for key in _keys(own.claim, service):
                near = islice(of.get(key, ()), MOST_LOOKED_AT)
                found = next(filter(None, (_inside(own, line, service, at) for at in near)), None)
                if found is not None:
                    yield found
                    break


def global_period(claim: Remembered, fees: FeeSchedule | None) -> tuple[date, date] | None:
    """The first and last day of what the procedures of a claim include; None where they include nothing."""
    if fees is None:
        return None
    periods = [
        _days_of(service, found[0]) for service in claim.services if (found := global_days_of(service, fees))
    ]
    if not periods:
        return None
    return min([first for first, _ in periods]), max([last for _, last in periods])


def global_days_of(service: Service, fees: FeeSchedule) -> tuple[str, str] | None:
    """Global days of a procedure that opens a period, and the edition that tells them; None for any other service."""
    if not OPENS_NONE.isdisjoint(service.modifiers):
        return None
    entry = fees.entry(service.procedure, service.first_day)
    if entry is None or entry.row.global_days not in DAYS_AFTER:
        return None
    return entry.row.global_days, entry.edition


def _opened(past: Past, fees: FeeSchedule) -> Iterator[tuple[Service, Period]]:
    for line, service in enumerate(past.claim.services, start=1):
        found = global_days_of(service, fees)
        if found is not None:
            days, edition = found
            yield service, Period(past, line, service, days, edition, *_days_of(service, days))


def _days_of(service: Service, days: str) -> tuple[date, date]:
    """The first and last day of what a procedure includes, by its global days."""
    on = service.first_day
    return (on - DAY if days == MAJOR else on), (on if days == ONE_DAY else on + DAYS_AFTER[days])


def _keys(claim: Remembered, service: Service) -> Iterator[Key]:
    """Whose a service is, first himself, then his group: its members of one specialty are paid as one physician."""
    payer = claim.payer or ("Medicare" if claim.medicare else None)
    if payer is None or service.provider is None:
        return
    yield payer, service.provider, None
    if claim.biller is not None and service.specialty is not None:
        yield payer, claim.biller, service.specialty


def _inside(own: Past, line: int, service: Service, period: Period) -> Inside | None:
    on = max(service.first_day, period.first)
    if on > min(service.last_day, period.last):
        return None
    operated = period.service.first_day
    modifiers = service.modifiers
    if own == period.past:
        # It was judged by itself before; and the lines of one day are the matter of MOD506 and the NCCI code pairs.
        if own.record != ITSELF or on == operated:
            return None
    elif _is_version(own.claim, period.past.claim):
        return None
    if service.procedure not in VISITS:
        lacks: tuple[str, ...] = ("58", "78", "79")
        if on <= operated or not OF_PROCEDURES.isdisjoint(modifiers):
            return None
        return Inside(line, service, period, lacks, certain=False)
    if on > operated:
        lacks = ("24",)
    elif on < operated:
        lacks = ("57",)
    elif period.days == MAJOR:
        lacks = ("57", "25")
    elif service.procedure in ASK_NO_MODIFIER:
        return None
    else:
        lacks = ("25",)
    if UNRELATED_CRITICAL_CARE in modifiers or not set(lacks).isdisjoint(modifiers):
        return None
    certain = (
        service.provider == period.service.provider
        and service.named
        and period.service.named
        and OF_VISITS.isdisjoint(modifiers)
        and SHARED.isdisjoint(period.service.modifiers)
    )
    return Inside(line, service, period, lacks, certain)


def _is_version(own: Remembered, other: Remembered) -> bool:
    """Whether the two are one claim, scrubbed again or corrected: its id, its biller, and some procedure again.

    The id alone does not tell: some systems number the patient and not the claim.
    """
    return (
        own.claim_id == other.claim_id
        and own.biller == other.biller
        and not {service.procedure for service in own.services}.isdisjoint(
            service.procedure for service in other.services
        )
    )
