"""What was found in a remittance: counts, dollars, and where something is wrong. It holds nothing of a patient."""

import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from msgspec import Struct

from scrubber.batch.matching import Match
from scrubber.intake.record import Unreadable
from scrubber.intake.x12.faults import Fault
from scrubber.intake.x12.remittance import AdjustedProvider, PaidClaim, RemittanceEnd
from scrubber.risk.decision import DECISIVE, Decided, Decision

PLACES_TOLD = 100
"""Places of a kind that are told; the others are counted."""

REASONS_TOLD = 50

TEACHING = DECISIVE | {Decision.REVERSED}
"""The decisions after which denial rates are no longer the same."""


class Place(Struct, frozen=True, kw_only=True):
    """Where something is wrong in the file, and what."""

    place: str
    message: str


class Places(Struct, frozen=True, kw_only=True):
    """How many there are, and the first hundred."""

    count: int
    first: tuple[Place, ...]


class DeniedFor(Struct, frozen=True, kw_only=True):
    """A reason for which lines were denied, in whole or part, and the dollars it took off."""

    carc: str
    lines: int
    amount: Decimal


class Found(Struct, frozen=True, kw_only=True):
    """What was found in a remittance.

    ``claims`` were read, ``unreadable`` ones were not; of those read ``matched``, ``ambiguous`` and ``unmatched``
    tell whose they are. ``lines_learned`` are the matched lines that denial rates are learned from. ``decisions``
    counts lines by what was decided, ``charge``, ``paid`` and ``denied`` are dollars of all lines. ``unlisted`` are
    reasons that were taken for denials because nobody has told them apart. ``adjusted`` is what was taken from the
    provider's account (below zero: given). ``imbalances`` are payments that do not add up, ``faults`` what is not as
    the implementation guide wants it.
    """

    payments: int
    claims: int
    matched: int
    ambiguous: int
    unmatched: int
    lines: int
    lines_matched: int
    lines_learned: int
    decisions: dict[str, int]
    charge: Decimal
    paid: Decimal
    denied: Decimal
    reasons: tuple[DeniedFor, ...]
    unlisted: dict[str, int]
    adjusted: Decimal
    unreadable: Places
    imbalances: Places
    faults: Places


@dataclass(slots=True)
class _Noted:
    count: int = 0
    first: list[Place] = field(default_factory=list)

    def add(self, place: str, message: str) -> None:
        self.count += 1
        if len(self.first) < PLACES_TOLD:
            self.first.append(Place(place=place, message=message))

    def told(self) -> Places:
        return Places(count=self.count, first=tuple(self.first))


@dataclass(slots=True)
class Tally:
    """What was found so far. Amounts of lines in cents."""

    payments: int = 0
    matches: Counter[Match] = field(default_factory=Counter)
    decisions: Counter[str] = field(default_factory=Counter)
    lines_matched: int = 0
    lines_learned: int = 0
    cents: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    reason_cents: Counter[str] = field(default_factory=Counter)
    unlisted: Counter[str] = field(default_factory=Counter)
    adjusted: Decimal = Decimal(0)
    unreadable: _Noted = field(default_factory=_Noted)
    imbalances: _Noted = field(default_factory=_Noted)
    faults: _Noted = field(default_factory=_Noted)

    def add_claim(self, one: PaidClaim, match: Match) -> None:
        """Count a claim."""
        self.matches[match] += 1
        for wrong in one.imbalances:
            where = f" SVC[{int(wrong.location[1]) + 1}]" if wrong.location else ""
            self.imbalances.add(
                f"{one.place}{where}", f"{wrong.stated} is paid, but {wrong.computed} is left of the charge"
            )

    def add_line(self, decided: Decided, *, is_matched: bool) -> None:
        """Count a line."""
        self.decisions[str(decided.decision)] += 1
        self.lines_matched += is_matched
        self.lines_learned += is_matched and decided.decision in TEACHING
        self.unlisted.update(map(_code, decided.unlisted))
        for name in ("charge", "paid", "denied"):
            self.cents[name] += getattr(decided, name)
        if decided.denied:
            for taken in decided.taken:
                if taken.denies:
                    carc = _code(f"{taken.group}-{taken.reason}")
                    self.reasons[carc] += 1
                    self.reason_cents[carc] += taken.amount

    def add_of_payment(self, one: AdjustedProvider | RemittanceEnd) -> None:
        """Count what is said of a payment beside its claims."""
        if isinstance(one, AdjustedProvider):
            self.adjusted += one.adjustment.amount
            return
        self.payments += 1
        if one.difference:
            self.imbalances.add(one.place, f"the payment differs by {one.difference} from what is in it")

    def add_unreadable(self, one: Unreadable) -> None:
        """Note what could not be read."""
        self.unreadable.add(one.place, one.message)

    def add_fault(self, fault: Fault) -> None:
        """Note a fault of the structure."""
        self.faults.add(fault.place, fault.message)

    def first_message(self) -> str | None:
        """What is said of the first thing that could not be read."""
        return self.unreadable.first[0].message if self.unreadable.first else None

    def found(self) -> Found:
        """All of it."""
        dearest = sorted(self.reason_cents, key=lambda carc: (-self.reason_cents[carc], carc))[:REASONS_TOLD]
        return Found(
            payments=self.payments,
            claims=self.matches.total(),
            matched=self.matches[Match.MATCHED],
            ambiguous=self.matches[Match.AMBIGUOUS],
            unmatched=self.matches[Match.UNMATCHED],
            lines=self.decisions.total(),
            lines_matched=self.lines_matched,
            lines_learned=self.lines_learned,
            decisions=dict(sorted(self.decisions.items())),
            charge=_dollars(self.cents["charge"]),
            paid=_dollars(self.cents["paid"]),
            denied=_dollars(self.cents["denied"]),
            reasons=tuple(
                DeniedFor(carc=carc, lines=self.reasons[carc], amount=_dollars(self.reason_cents[carc]))
                for carc in dearest
            ),
            unlisted=dict(sorted(self.unlisted.items())[:REASONS_TOLD]),
            adjusted=self.adjusted,
            unreadable=self.unreadable.told(),
            imbalances=self.imbalances.told(),
            faults=self.faults.told(),
        )


def _code(carc: str) -> str:
    """A code that looks like one: what else stands in its place is not repeated."""
    return carc if _CODE(carc) else "other"


_CODE = re.compile(r"[A-Z]{2}-[0-9A-Z]{1,4}").fullmatch


def _dollars(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
