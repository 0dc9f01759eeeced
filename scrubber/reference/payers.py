"""Who the payer of a claim is, and the terms that hold for all its claims."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

from msgspec import Struct

from scrubber.claim import Claim, ServiceLine
from scrubber.reference.jurisdictions import Jurisdictions
from scrubber.reference.limits import Limit


class TimelyFiling(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long after the service date a claim may arrive: whole calendar years or days, one of the two.

    ``days_out_of_network`` is how long a provider without a contract may take, where that is longer. ``title``,
    ``section``, ``url`` and ``retrieved`` name the authority and the day it was read.
    """

    title: str
    url: str
    section: str | None = None
    retrieved: date | None = None
    calendar_years: int | None = None
    days: int | None = None
    days_out_of_network: int | None = None

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


class Sign(Struct, frozen=True, kw_only=True):
    """What on a claim says that it is for a payer: every kind of code that is named has to fit.

    ``states`` is where the service was given. Where a payer id is named, a claim that has no claim filing indicator is
    not held against the indicators.
    """

    payer_ids: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    claim_filing_indicators: frozenset[str] = frozenset()

    def fits(self, indicator: str | None, payer_id: str | None, state: str | None) -> bool:
        """Whether a claim with these has the sign."""
        return (
            (not self.payer_ids or payer_id in self.payer_ids)
            and (not self.states or state in self.states)
            and (
                not self.claim_filing_indicators
                or indicator in self.claim_filing_indicators
                or (indicator is None and bool(self.payer_ids))
            )
        )

    def rank(self, indicator: str | None) -> int:
        """How specific it is: a payer id before a state, a state before an indicator that the claim has."""
        asks = bool(self.claim_filing_indicators)
        return (
            8 * bool(self.payer_ids)
            + 4 * bool(self.states)
            + 2 * (asks and indicator is not None)
            + (not asks)
        )


class PayerProfile(Struct, frozen=True, kw_only=True):
    """A payer as the rules know it. ``program`` groups payers with one set of national rules.

    ``inherits`` is the payer whose terms and rules hold for it too, but for the rules in ``exceptions`` (id → reason).
    ``jurisdictions`` (name → contract numbers) makes it a contractor of that payer, which is told by the place of
    service; ``contractors`` are the ids of those a payer has. ``local_coverage``: the coverage articles of the place
    hold for it.
    """

    id: str
    name: str
    program: str
    signs: tuple[Sign, ...] = ()
    timely_filing: TimelyFiling | None = None
    inherits: str | None = None
    exceptions: Mapping[str, str] = {}
    jurisdictions: Mapping[str, frozenset[str]] = {}
    contractors: tuple[str, ...] = ()
    local_coverage: bool = True
    limits: tuple[Limit, ...] = ()

    @property
    def medicare_part_b(self) -> bool:
        """Whether Medicare Part B rules hold (Railroad Medicare included)."""
        return self.program == "medicare_part_b"

    @property
    def medicaid(self) -> bool:
        """Whether Medicaid rules hold."""
        return self.program == "medicaid"


UNKNOWN_PAYER = PayerProfile(id="unknown", name="a payer without a profile", program="unknown")


class Payers:
    """The payers that are known, which of them a claim is for, and whose terms hold for a line.

    The most specific sign that fits decides, never the order; where two payers' signs are as specific, the claim does
    not say enough and is for neither.
    """

    def __init__(
        self, profiles: Sequence[PayerProfile] = (), jurisdictions: Jurisdictions | None = None
    ) -> None:
        self.profiles = tuple(profiles)
        self._jurisdictions = jurisdictions
        self._by_id = {profile.id: profile for profile in profiles}
        self._of_contract = {
            contract: profile
            for profile in profiles
            for contracts in profile.jurisdictions.values()
            for contract in contracts
        }
        self._recognised = lru_cache(4096)(self._recognise)
        self._recognised_in = lru_cache(4096)(self._most_specific)
        self._located = lru_cache(4096)(self._locate)

    def placed_by(self, jurisdictions: Jurisdictions | None) -> "Payers":
        """The same payers, their contractors told by the place of service."""
        return Payers(self.profiles, jurisdictions)

    def heirs(self, id_: str) -> tuple[str, ...]:
        """The ids of a payer and of all that inherit from it."""
        children = [profile.id for profile in self.profiles if profile.inherits == id_]
        return (id_, *(heir for child in children for heir in self.heirs(child)))

    def profile(self, claim: Claim) -> PayerProfile:
        """The profile of the payer of a claim, ``UNKNOWN_PAYER`` where none matches. Never a contractor's."""
        payer = claim.payer
        indicator, payer_id = payer.claim_filing_indicator, payer.id
        found = self._recognised(indicator, payer_id)
        return found or self._recognised_in(indicator, payer_id, _state_of(claim))

    def profiles_at(self, claim: Claim, line: ServiceLine) -> tuple[PayerProfile, ...]:
        """Whose terms hold for a line: those of the payer, or in its stead of the contractor of the place.

        Several where the claim leaves that open. A contract number as payer id tells what the place does not.
        """
        profile = self.profile(claim)
        if not profile.contractors:
            return (profile,)
        place = self._jurisdictions.place(claim, line) if self._jurisdictions else None
        return self._located(profile.id, place.numbers if place else (), claim.payer.id)

    def _recognise(self, indicator: str | None, payer_id: str | None) -> PayerProfile | None:
        """The profile, None where the state of service has a say."""
        for profile in self.profiles:
            for sign in profile.signs:
                if sign.states and any(sign.fits(indicator, payer_id, state) for state in sign.states):
                    return None
        return self._most_specific(indicator, payer_id, None)

    def _most_specific(self, indicator: str | None, payer_id: str | None, state: str | None) -> PayerProfile:
        found = [
            (sign.rank(indicator), profile.id)
            for profile in self.profiles
            for sign in profile.signs
            if sign.fits(indicator, payer_id, state)
        ]
        first = {id_ for rank, id_ in found if rank == max(found)[0]}
        return self._by_id[first.pop()] if len(first) == 1 else UNKNOWN_PAYER

    def _locate(self, of: str, contracts: tuple[str, ...], payer_id: str | None) -> tuple[PayerProfile, ...]:
        if len(contracts) != 1 and payer_id in self._of_contract and (not contracts or payer_id in contracts):
            contracts = (payer_id,)
        if contracts and all(contract in self._of_contract for contract in contracts):
            found = {self._of_contract[contract].id for contract in contracts}
        else:
            found = set(self._by_id[of].contractors)
        return tuple(self._by_id[id_] for id_ in sorted(found))


def _state_of(claim: Claim) -> str | None:
    """Where the services were given: the state of the service facility, else that of the billing provider."""
    for provider in (claim.service_facility, claim.billing_provider):
        if provider is not None and provider.address is not None and provider.address.state:
            return provider.address.state
    return None
