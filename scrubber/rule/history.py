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
from scrubber.reference import UNKNOWN_PAYER, Snapshot
from scrubber.rule.finding import Defect, Unevaluated

REPLACEMENT, VOID = "7", "8"
"""Frequency codes of a claim that takes the place of another, and of one that takes it back and bills nothing."""


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
    charge: Decimal = Decimal(0)


class Remembered(Struct, frozen=True, gc=False):
    """What is remembered of a claim: no name, member id or diagnosis. ``medicare`` is Medicare Part B.

    ``account`` is whose money it is: the payer's profile, all of Medicare Part B as one, else the payer id.
    ``original`` is the claim that a replacement or void names.
    """

    claim_id: str
    payer: str | None
    medicare: bool
    biller: str | None
    services: tuple[Service, ...]
    account: str | None = None
    frequency_code: str = "1"
    original: str | None = None


class Past(NamedTuple):
    """A remembered claim and where it is: the id of its batch, None for the one at hand; records count from 1.

    ``later``: it stands in the batch at hand, behind the claim that is looked at.
    """

    batch: str | None
    record: int
    claim: Remembered
    fingerprint: bytes | None = None
    later: bool = False

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

    def as_kept(self, fingerprint: bytes) -> bytes:
        """A fingerprint as it is in the claims that this tells of: a store keeps it hashed once more."""

    def copies(self, fingerprint: bytes, claim_id: str) -> Iterable[Copy]:
        """The claims that bill the same services: those a payer has decided first, then the latest first."""

    def services(self, member: bytes, first_day: date, last_day: date) -> Sequence[Past]:
        """The claims of a member with services between two days, both included; none that take others back."""

    def claims(self, member: bytes, first_day: date, last_day: date) -> Sequence[Past]:
        """The same, and all claims of the member that replace others or take them back, in the order they came.

        Which of them stand, ``standing`` tells. A claim that was held in an earlier batch, and that no payer decided,
        is not among them: it was not to be sent.
        """


LookBack: TypeAlias = Callable[[Claim, Snapshot, History], Iterator[Defect | Unevaluated]]
"""What an edit says of a claim beside its history."""


class Reach(NamedTuple):
    """How far an edit looks back, and whether there is anything for it to find, asked of a member's claims at once.

    ``since`` tells the first day it asks for, of a claim that begins on a day. ``may_say`` is False only where it has
    nothing to say of any of these claims beside the others, whichever of them stand.
    """

    since: Callable[[date], date]
    may_say: Callable[[Sequence[Remembered]], bool]


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

    def as_kept(self, fingerprint: bytes) -> bytes:
        """As it is."""
        return fingerprint

    def copies(self, fingerprint: bytes, claim_id: str) -> Iterable[Copy]:  # noqa: ARG002 - the port's
        """The first claim that bills the same services."""
        first = self._copies.get(fingerprint)
        return (first,) if first else ()

    def services(self, member: bytes, first_day: date, last_day: date) -> Sequence[Past]:
        """The claims of a member with services between two days, both included; none that take others back."""
        return [
            past
            for past in self._members.get(member, ())
            if past.claim.frequency_code != VOID and _within(past.claim, first_day, last_day)
        ]

    def claims(self, member: bytes, first_day: date, last_day: date) -> Sequence[Past]:
        """The same, and all claims of the member that replace others or take them back, in the order they came."""
        return [
            past
            for past in self._members.get(member, ())
            if may_stand_between(past.claim, first_day, last_day)
        ]

    def add(self, claim: Claim | None, reference: Snapshot) -> None:
        """Remember a record that was read, None for one that is no claim: it counts all the same."""
        self._read += 1
        if claim is None or self.is_full:
            return
        if (own := fingerprint(claim)) is not None:
            self._copies.setdefault(own, Copy(None, self._read))
        if (whose := member(claim)) is not None:
            self._members[whose].append(Past(None, self._read, remembered(claim, reference), own))


class Later:
    """Stands for a history that is looked at later, when all claims of the batch are there.

    ``edits`` are the ids of those that would have looked, of the claims since it was last emptied.
    """

    def __init__(self) -> None:
        self.edits: list[str] = []


def place(batch: str | None, record: int) -> str:
    """A record of a batch in words."""
    return f"record {record} of {f'batch {batch}' if batch else 'the batch'}"


def remembered(claim: Claim, reference: Snapshot) -> Remembered:
    """What is remembered of a claim."""
    profile = reference.payers.profile(claim)
    account = profile.program if profile.medicare_part_b else profile.id
    return Remembered(
        claim_id=claim.claim_id,
        payer=claim.payer.id,
        medicare=profile.medicare_part_b,
        biller=claim.billing_provider.npi,
        services=tuple([_service(claim, line) for line in claim.lines]),
        account=claim.payer.id if profile is UNKNOWN_PAYER else account,
        frequency_code=claim.frequency_code,
        original=claim.original_reference,
    )


def may_stand_between(claim: Remembered, first_day: date, last_day: date) -> bool:
    """Whether a claim has to be known where it is asked which claims with services between two days stand."""
    return claim.frequency_code in {REPLACEMENT, VOID} or _within(claim, first_day, last_day)


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
        line.charge,
    )


def _within(claim: Remembered, first_day: date, last_day: date) -> bool:
    return any(service.first_day <= last_day and service.last_day >= first_day for service in claim.services)
