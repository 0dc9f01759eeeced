"""What was there before a claim: the port through which edits ask for it, and what is remembered of a claim.

A batch has a claim's history in its database, the check of a file in memory; the edits can't tell.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol, TypeAlias

from msgspec import Struct

from scrubber.claim import Claim, ServiceLine, fingerprint, member, rendering_taxonomy
from scrubber.reference import Snapshot
from scrubber.rule.finding import Defect, Unevaluated

VOID = "8"
"""The frequency code of a claim that takes another back: it bills nothing."""


class Service(Struct, frozen=True, gc=False, array_like=True):
    """A service line as it is remembered.

    ``provider`` is the NPI of who gave it, and ``named`` whether the claim names him rather than the biller alone. A
    line of an institutional claim has neither provider nor specialty.
    """

    procedure: str
    modifiers: tuple[str, ...]
    first_day: date
    units: Decimal
    last_day: date
    provider: str | None
    named: bool
    specialty: str | None


class Remembered(Struct, frozen=True, gc=False):
    """What is remembered of a claim: no name, member id or diagnosis. ``medicare`` is Medicare Part B."""

    claim_id: str
    payer: str | None
    medicare: bool
    biller: str | None
    services: tuple[Service, ...]


class Past(NamedTuple):
    """A remembered claim and where it is: the id of its batch, None for the one at hand; records count from 1."""

    batch: str | None
    record: int
    claim: Remembered

    def __str__(self) -> str:
        return place(self.batch, self.record)


class Copy(NamedTuple):
    """A claim that bills the same services. ``decided``: a payer's decision on it is known."""

    batch: str | None
    record: int
    held: bool = False
    decided: bool = False
    same_id: bool = False


class History(Protocol):
    """Claims that were scrubbed before, of one tenant."""

    def copies(self, fingerprint: bytes, claim_id: str) -> Iterable[Copy]:
        """The claims that bill the same services: those a payer has decided first, then the latest first."""

    def services(self, member: bytes, first_day: date, last_day: date) -> Sequence[Past]:
        """The claims of a member with services between two days, both included."""


LookBack: TypeAlias = Callable[[Claim, Snapshot, History], Iterator[Defect | Unevaluated]]
"""What an edit says of a claim beside its history."""


MOST_REMEMBERED = 200_000
MOST_OF_MEMBER = 200
"""Claims that are remembered in memory: in all, and of a member the latest. Half a kilobyte each, and each is looked at
for every later claim of its member.
"""


class HistoryInMemory:
    """The claims of the files at hand, as far as they were read, the first ``most`` of them."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self.most = most
        self._read = 0
        self._copies: dict[bytes, Copy] = {}
        self._members: defaultdict[bytes, deque[Past]] = defaultdict(lambda: deque(maxlen=MOST_OF_MEMBER))

    @property
    def is_full(self) -> bool:
        """Whether some records were not remembered any more."""
        return self._read > self.most

    def copies(self, fingerprint: bytes, claim_id: str) -> Iterable[Copy]:  # noqa: ARG002 - the port's
        """The first claim that bills the same services."""
        first = self._copies.get(fingerprint)
        return (first,) if first else ()

    def services(self, member: bytes, first_day: date, last_day: date) -> Sequence[Past]:
        """The claims of a member with services between two days, both included."""
        return [past for past in self._members.get(member, ()) if _within(past.claim, first_day, last_day)]

    def add(self, claim: Claim | None, reference: Snapshot) -> None:
        """Remember a record that was read, None for one that is no claim: it counts all the same."""
        self._read += 1
        if claim is None or self.is_full:
            return
        if (own := fingerprint(claim)) is not None:
            self._copies.setdefault(own, Copy(None, self._read))
        whose = member(claim)
        if whose is not None and (told := remembered(claim, reference)) is not None:
            self._members[whose].append(Past(None, self._read, told))


NOTHING: History = HistoryInMemory()
"""An empty history: for claims whose history is looked at later, when all claims of their batch are there."""


def place(batch: str | None, record: int) -> str:
    """A record of a batch in words."""
    return f"record {record} of {f'batch {batch}' if batch else 'the batch'}"


def remembered(claim: Claim, reference: Snapshot) -> Remembered | None:
    """What is remembered of a claim; None for one that takes another back."""
    if claim.frequency_code == VOID:
        return None
    return Remembered(
        claim_id=claim.claim_id,
        payer=claim.payer.id,
        medicare=reference.payers.profile(claim.payer).medicare_part_b,
        biller=claim.billing_provider.npi,
        services=tuple([_service(claim, line) for line in claim.lines]),
    )


def _service(claim: Claim, line: ServiceLine) -> Service:
    provider, named, specialty = None, False, None
    if claim.institutional is None:
        renders = line.rendering_provider or claim.rendering_provider
        provider = renders.npi if renders else None
        named, provider = provider is not None, provider or claim.billing_provider.npi
        specialty = rendering_taxonomy(claim, line)
    return Service(
        line.procedure,
        line.modifiers,
        line.service_date,
        line.units,
        line.service_date_to or line.service_date,
        provider,
        named,
        specialty,
    )


def _within(claim: Remembered, first_day: date, last_day: date) -> bool:
    return any(service.first_day <= last_day and service.last_day >= first_day for service in claim.services)
