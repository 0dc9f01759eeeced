"""How much of something a member had up to a service: what limits and rules over claim history ask."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from scrubber.claim import Claim, fingerprint, member
from scrubber.reference import Snapshot
from scrubber.reference.limits import Count, Counted
from scrubber.rule.history import VOID, History, Past, Service, remembered
from scrubber.rule.standing import standing

ITSELF = 0
"""The record that stands for the claim at hand."""
NOT_ASKED_TO_PAY = "GY"
"""The biller itself says that the service is excluded: it uses up nothing."""


class Counting:
    """Counts what a member had up to the services of a claim, its own lines included, in claims that stand."""

    def __init__(self, claim: Claim, reference: Snapshot, history: History) -> None:
        own = fingerprint(claim)
        self._own = Past(None, ITSELF, remembered(claim, reference), own and history.as_kept(own))
        self._member, self._history = member(claim), history
        self._last = max(service.first_day for service in self._own.claim.services)
        self._beside: dict[tuple[date, bool], list[Past]] = {}

    def count(self, counted: Counted, number: int) -> Decimal | None:
        """The count up to the ``number``-th line (1-based); None where the claim does not say whose it is, or by whom.

        By days of service: what came on an earlier day, and of the same day what was scrubbed or stands before it. A
        line over several days is of its first.
        """
        own = self._own.claim
        line = own.services[number - 1]
        if self._member is None or (counted.same_provider and line.provider is None):
            return None
        day, first = line.first_day, counted.window.first_day(line.first_day)
        had = [
            service
            for past in self._others(self._member, first, same_payer=counted.same_payer)
            for service in past.claim.services
            if service.first_day < day or (service.first_day == day and not past.later)
        ]
        if own.frequency_code != VOID:
            had += [
                service
                for place, service in enumerate(own.services, start=1)
                if service.first_day < day or (service.first_day == day and place <= number)
            ]
        return _counted(
            counted.count,
            [
                service
                for service in had
                if service.first_day >= first
                and counted.takes(service.procedure, service.modifiers)
                and NOT_ASKED_TO_PAY not in service.modifiers
                and (not counted.same_provider or service.provider == line.provider)
            ],
        )

    def _others(self, member: bytes, first: date, *, same_payer: bool) -> list[Past]:
        beside = self._beside.get((first, same_payer))
        if beside is None:
            claims = self._history.claims(member, first, self._last)
            beside = self._beside[first, same_payer] = standing(self._own, claims, same_payer=same_payer)
        return beside


def may_exceed(counted: Counted, most: Decimal, services: Iterable[Service]) -> bool:
    """Whether a count over some of these services goes beyond ``most`` on any day; also where it can't be told."""
    taken = [service for service in services if counted.takes(service.procedure, service.modifiers)]
    if any(service.charge < 0 or service.units < 0 for service in taken):
        return True
    if counted.same_provider and any(service.provider is None for service in taken):
        return True
    if _counted(counted.count, taken) <= most:
        return False
    windows = {service.first_day: counted.window.first_day(service.first_day) for service in taken}
    return any(
        _counted(counted.count, [service for service in taken if first <= service.first_day <= last]) > most
        for last, first in windows.items()
    )


def _counted(count: Count, services: list[Service]) -> Decimal:
    match count:
        case Count.VISITS:
            return Decimal(len({service.first_day for service in services}))
        case Count.SERVICES:
            return Decimal(len(services))
        case Count.UNITS:
            return sum((service.units for service in services), Decimal(0))
        case Count.CHARGES:
            return sum((service.charge for service in services), Decimal(0))
