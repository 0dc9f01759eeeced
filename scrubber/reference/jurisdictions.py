"""Which A/B MAC contract a place belongs to: ZIP code → contract, state → contracts, contract → MAC.

Sections: ``jurisdictions`` the contracts as JSON, ``jurisdictions_editions`` the editions of the ZIP codes,
newest first, ``jurisdictions_zip`` the newest, ``jurisdictions_zip/<edition>`` the others. These have one byte for
each of the 100,000 ZIP codes: 0 not assigned, else the position of its contract in the list + 1, plus 128 where it is
split: it lies in several payment areas and only the last four digits of a ZIP+4 would tell which.

The newest edition in force on the service date answers, and the oldest one for what lies before it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache

import msgspec
from msgspec import Struct

from scrubber.claim import Claim, ServiceLine
from scrubber.reference.container import Sections
from scrubber.reference.ncci import Edition

SPLIT = 128
_ZIPS = 100_000


class Contract(Struct, frozen=True, kw_only=True):
    """A Part B contract: its number, its MAC and jurisdiction, and the states it serves, whole or in part."""

    number: str
    mac: str
    jurisdiction: str
    states: tuple[str, ...]


class Place(Struct, frozen=True, kw_only=True):
    """The contracts a place may belong to: several where a state is shared, none where it can't be told.

    ``mac`` and ``jurisdiction`` are None where the contracts have no single one. ``told_by`` says what the
    place was told by, for a person.
    """

    contracts: tuple[Contract, ...]
    numbers: tuple[str, ...]
    mac: str | None
    jurisdiction: str | None
    told_by: str


def _the_only(values: Iterable[str]) -> str | None:
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else None


def _place(contracts: Sequence[Contract], told_by: str) -> Place:
    return Place(
        contracts=tuple(contracts),
        numbers=tuple(contract.number for contract in contracts),
        mac=_the_only(contract.mac for contract in contracts),
        jurisdiction=_the_only(contract.jurisdiction for contract in contracts),
        told_by=told_by,
    )


NOWHERE = _place((), "nothing on the claim says where the service was given")


class Jurisdictions:
    """The contracts and the places they serve. ``zips`` are the editions, newest first, each with its 100,000 bytes."""

    def __init__(self, contracts: Sequence[Contract], zips: Sequence[tuple[Edition, memoryview]]) -> None:
        self.contracts = tuple(contracts)
        self.newest = zips[0][0]
        self._zips = [entries for _, entries in zips]
        # The oldest answers for what lies before it, too.
        self._begin = [edition.effective for edition, _ in zips[:-1]]
        self._by_number = {contract.number: contract for contract in contracts}
        self._by_state: dict[str, tuple[Contract, ...]] = {}
        for contract in contracts:
            for state in contract.states:
                self._by_state[state] = (*self._by_state.get(state, ()), contract)
        self._place_of = lru_cache(16_384)(self._find_place)

    @classmethod
    def read(cls, sections: Sections) -> "Jurisdictions":
        """The table in its sections."""
        contracts = msgspec.json.decode(sections["jurisdictions"], type=list[Contract])
        newest, *others = msgspec.json.decode(sections["jurisdictions_editions"], type=list[Edition])
        zips = [(newest, sections["jurisdictions_zip"])]
        zips += [(edition, sections[f"jurisdictions_zip/{edition.name}"]) for edition in others]
        return cls(contracts, zips)

    def contract(self, number: str) -> Contract | None:
        """The contract of a number, None where there is none."""
        return self._by_number.get(number)

    def of_state(self, state: str) -> tuple[Contract, ...]:
        """The contracts that serve a state or territory (USPS code); none where it is unknown."""
        return self._by_state.get(state, ())

    def _edition(self, on: date | None) -> int:
        """The position of the edition that answers for a service date; None: the newest."""
        if on is None:
            return 0
        for position, begins in enumerate(self._begin):
            if begins <= on:
                return position
        return len(self._begin)

    def of_zip(self, zip_code: str, state: str | None = None, on: date | None = None) -> tuple[Contract, ...]:
        """The contracts of a ZIP code (5 or 9 digits) on a service date (None: today's): one; none where it is unknown.

        A split ZIP code leaves the contracts of the state, else those of every state it may lie in.
        """
        return self._of_zip(zip_code, state, self._edition(on))

    def _of_zip(self, zip_code: str, state: str | None, edition: int) -> tuple[Contract, ...]:
        five = zip_code.strip()[:5]
        if not (len(five) == 5 and five.isascii() and five.isdigit()):
            return ()
        entry = self._zips[edition][int(five)]
        if entry % SPLIT == 0:
            return ()
        found = self.contracts[entry % SPLIT - 1]
        if entry < SPLIT:
            return (found,)
        states = {state} if state in self._by_state else set(found.states)
        return tuple(contract for contract in self.contracts if not states.isdisjoint(contract.states))

    def place_of_address(self, state: str | None, zip_code: str | None, on: date | None = None) -> Place:
        """Where an address is on a service date (None: today's): its ZIP code decides, else its state."""
        return self._place_of(None, None, state, zip_code, self._edition(on))

    def place(self, claim: Claim, line: ServiceLine | None = None) -> Place:
        """Where the services of a claim were given, or one line that may name a service facility of its own.

        The ZIP code of the service facility decides, else that of the billing provider, else the state of the
        facility, else that of the billing provider. The billing provider's ZIP code is passed over where the
        facility names a state it does not lie in. The ZIP codes are those of the service date, of a claim its first
        line's.
        """
        edition = self._edition((line or claim.lines[0]).service_date)
        facility = (line.service_facility if line is not None else None) or claim.service_facility
        there = facility.address if facility is not None else None
        here = claim.billing_provider.address
        if there is None:
            return self._place_of(None, None, here.state, here.zip, edition) if here is not None else NOWHERE
        if here is None:
            return self._place_of(there.state, there.zip, None, None, edition)
        return self._place_of(there.state, there.zip, here.state, here.zip, edition)

    def _find_place(
        self,
        there: str | None,
        there_zip: str | None,
        here: str | None,
        here_zip: str | None,
        edition: int,
    ) -> Place:
        if there_zip and (contracts := self._of_zip(there_zip, there, edition)):
            return _place(contracts, "the ZIP code of the service facility")
        if here_zip and (contracts := self._of_zip(here_zip, here, edition)):
            served = {state for contract in contracts for state in contract.states}
            if there not in self._by_state or there in served:
                return _place(contracts, "the ZIP code of the billing provider")
        if there and (contracts := self.of_state(there)):
            return _place(contracts, "the state of the service facility")
        if here and (contracts := self.of_state(here)):
            return _place(contracts, "the state of the billing provider")
        return NOWHERE


def pack_jurisdictions(
    contracts: Sequence[Contract], zips: Sequence[tuple[Edition, Mapping[int, tuple[str, bool]]]]
) -> dict[str, bytes]:
    """The sections of the table. ``zips`` are the editions, newest first, each giving for a ZIP code the number of its
    contract and whether it is split.
    """
    if len(contracts) >= SPLIT:
        raise ValueError(f"{len(contracts)} contracts; one byte a ZIP code holds {SPLIT - 1}")
    position = {contract.number: number for number, contract in enumerate(contracts, start=1)}
    sections = {
        "jurisdictions": msgspec.json.encode(list(contracts)),
        "jurisdictions_editions": msgspec.json.encode([edition for edition, _ in zips]),
    }
    for number, (edition, rows) in enumerate(zips):
        entries = bytearray(_ZIPS)
        for zip_code, (contract, split) in rows.items():
            entries[zip_code] = position[contract] + (SPLIT if split else 0)
        sections[f"jurisdictions_zip/{edition.name}" if number else "jurisdictions_zip"] = bytes(entries)
    return sections
