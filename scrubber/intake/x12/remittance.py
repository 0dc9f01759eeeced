"""A remittance file (835, 005010X221) → payments of claims, one by one, and whether they add up.

A transaction is one payment. After its header come the claims, each a part of its own, and at last the adjustments of
the provider's account. A claim is given as soon as it is read and then forgotten, so that memory does not grow with
the file; with the end of the transaction comes what it adds up to.

A value that can't be what it should be makes that claim Unreadable and no other. Of the header it leaves out that
value and what stands behind it in its segment, and says so.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import BinaryIO, Final, TypeAlias

from msgspec import Struct

from scrubber.claim.remittance import (
    MOST_SERVICES,
    NOTHING,
    ClaimPayment,
    Imbalance,
    ProviderAdjustment,
    Remittance,
    ServicePayment,
    imbalances,
)
from scrubber.intake.record import Unreadable
from scrubber.intake.x12.envelope import End, Event, Part, Transaction, read_events
from scrubber.intake.x12.faults import Fault
from scrubber.intake.x12.guide import Fields, Plan, by_shape, kept, plan_made, plan_with_lines
from scrubber.intake.x12.places import Problem
from scrubber.intake.x12.reading import OLD_VERSION, another_kind, not_framed, refused, take, unreadable
from scrubber.intake.x12.remittance_loops import READERS, provider_adjustments
from scrubber.intake.x12.segment_values import Misread
from scrubber.intake.x12.structure import fault_at, part_faults
from scrubber.intake.x12.tokenizer import ELEMENT, OVERLONG, NotFramed
from scrubber.intake.x12.x221 import CLAIM, FOOTER, GROUP, GUIDES, HEADER, IDS, SERVICE


class PaidClaim(Struct, frozen=True):
    """A claim as it was decided, the payment it belongs to, and where it does not add up."""

    claim: ClaimPayment
    remittance: Remittance
    place: str
    imbalances: tuple[Imbalance, ...]


class AdjustedProvider(Struct, frozen=True):
    """An adjustment of the provider's account, and the payment it belongs to."""

    adjustment: ProviderAdjustment
    remittance: Remittance
    place: str


class RemittanceEnd(Struct, frozen=True, kw_only=True):
    """The end of a payment: how many claims were in it, read or not, and what it adds up to.

    ``paid`` is the sum of what was paid for claims, ``adjusted`` that of the provider adjustments. ``difference`` is
    what the payment says beyond ``paid - adjusted``: 0 if it is balanced, None if that can't be told because something
    of it could not be read.

    Source: ASC X12N 005010X221A1, 1.10.2.1, Balancing.
    """

    remittance: Remittance
    place: str
    claims: int
    paid: Decimal
    adjusted: Decimal
    difference: Decimal | None


Remitted: TypeAlias = PaidClaim | AdjustedProvider | RemittanceEnd | Unreadable


def read_835(file: BinaryIO, name: str, report: Callable[[Fault], None] | None = None) -> Iterator[Remitted]:
    """What a remittance file says, in its order; a RemittanceEnd after what belongs to each payment.

    ``name`` is how the file is called in messages. ``report`` is told every structural fault as it is found, down to
    the elements; without it the elements are not looked at, which is faster. Transactions that are no remittances are
    Unreadable as a whole. Raises FileNotUnderstood if the file does not begin with an interchange.
    """
    elements = report is not None
    try:
        events = read_events(file)
        for event in events:
            if type(event) is Transaction:
                read = _remittance if event.guide in GUIDES and event.kind == "835" else _refused
                for told in read(name, event, events, elements):
                    if not isinstance(told, Fault):
                        yield told
                    elif report:
                        report(told)
            elif report and type(event) is Fault:
                report(event)
    except NotFramed:
        raise not_framed(name) from None


def _remittance(
    name: str, transaction: Transaction, events: Iterator[Event], elements: bool
) -> Iterator[Remitted | Fault]:
    """A transaction that has begun, up to and with its end."""
    reading = _Reading(name, transaction, elements)
    for event in events:
        if type(event) is Part:
            if event.ids[0] == "CLP":
                yield reading.claim(event)
            else:
                yield from reading.other(event)
        elif type(event) is Fault:
            yield event
        if reading.faults:
            yield from reading.faults
            reading.faults = []
        if type(event) is End:
            yield reading.end()
            return


class _Reading:
    """A transaction while it is read: what it has paid so far, and the faults not yet told."""

    def __init__(self, name: str, transaction: Transaction, elements: bool) -> None:
        self.transaction = transaction
        self.elements = elements
        self.faults: list[Fault] = []
        self.place = f"{name} {transaction.place}"
        self.remittance = Remittance()
        self.claims = 0
        self.footers = 0
        self.grouped = False  # whether a header number (LX) has come
        self.paid = self.adjusted = NOTHING
        self.complete = True  # whether everything that counts was read

    def claim(self, part: Part) -> PaidClaim | Unreadable:
        """The claim of a part that begins with CLP."""
        self.claims += 1
        if not self.grouped or self.footers:
            self._misplaced_claim(part)
        part = self._without_group(part)
        problems: list[Problem] = []
        if part.cut_off:
            problems.append(("CLP", CUT_OFF))
            self.complete = False
        plan = _CLAIM(part.ids, part.segments)
        if plan.misplaced or self.elements:
            self._judge(part, plan)
            if OVERLONG in part.ids:
                problems.append((CLAIM.id, "has a segment too long to be read"))
        segments = plan.ordered(part.segments)
        fields: Fields = {}
        take(fields, plan, plan.steps, segments, problems, UNSAID)
        services = []
        for number, steps in enumerate(plan.lines, 1):
            service: Fields = {}
            if take(service, plan, steps, segments, problems, UNSAID, number):
                services.append(ServicePayment(**service))
        if len(plan.lines) > MOST_SERVICES:
            problems.append((SERVICE.id, "comes too often for a claim"))
        if "paid" in fields:
            self.paid += fields["paid"]
        else:
            self.complete = False
        place = f"{self.place} CLP[{self.claims}]"
        if problems:
            return unreadable(place, problems, fields.get("patient_control_number"))
        claim = ClaimPayment(services=tuple(services), **fields)
        return PaidClaim(claim, self.remittance, place, imbalances(claim))

    def other(self, part: Part) -> Iterator[AdjustedProvider | Unreadable]:
        """A part that is no claim: the header, provider adjustments, or something that does not belong here."""
        if part.position == 1:
            yield from self._header(self._without_group(part))
        elif part.ids[0] == FOOTER.uses[0].id:
            yield from self._footer(part)
        else:
            self._fault(part.position, part.ids[0].removesuffix(ELEMENT), "2")

    def end(self) -> RemittanceEnd:
        """What the payment adds up to."""
        amount = self.remittance.amount
        return RemittanceEnd(
            remittance=self.remittance,
            place=self.place,
            claims=self.claims,
            paid=self.paid,
            adjusted=self.adjusted,
            difference=amount - (self.paid - self.adjusted) if self.complete and amount is not None else None,
        )

    def _header(self, part: Part) -> Iterator[Unreadable]:
        plan = _HEADER(_header_shape(part))
        self._judge(part, plan)
        segments = plan.ordered(part.segments)
        fields: Fields = {}
        problems: list[Problem] = []
        for step in plan.steps:
            take(fields, plan, (step,), segments, problems, UNSAID)
        self.remittance = Remittance(**fields)
        self.complete = not part.cut_off
        if problems:
            yield unreadable(self.place, problems)

    def _footer(self, part: Part) -> Iterator[AdjustedProvider | Unreadable]:
        self.footers += 1
        self._judge(part, _FOOTER(part.ids, part.segments))
        place = f"{self.place} PLB[{self.footers}]"
        adjustments: tuple[ProviderAdjustment, ...] = ()
        problem = ("PLB", CUT_OFF)
        try:
            adjustments = () if part.cut_off else provider_adjustments(part.segments[0])
        except Misread as misread:
            problem = (misread.where, str(misread))
        if not adjustments:
            self.complete = False
            yield unreadable(place, [problem])
        for adjustment in adjustments:
            self.adjusted += adjustment.amount
            yield AdjustedProvider(adjustment, self.remittance, place)

    def _without_group(self, part: Part) -> Part:
        """The part without the header number of the claims that follow, if they have one."""
        if _LX not in part.ids:
            return part
        at = part.ids.index(_LX)
        self.grouped = True
        group = Part(part.position + at, part.ids[at:], part.segments[at:], part.cut_off)
        self._judge(group, _GROUP(group.ids, group.segments))
        return Part(part.position, part.ids[:at], part.segments[:at], part.cut_off)

    def _misplaced_claim(self, part: Part) -> None:
        """A claim after the provider adjustments, or without a header number (said once)."""
        if self.footers:
            self._fault(part.position, CLAIM.uses[0].id, "7", CLAIM.id)
        if not self.grouped:
            self.grouped = True
            self._fault(part.position, GROUP.uses[0].id, "3", "2000")

    def _judge(self, part: Part, plan: Plan) -> None:
        self.faults = sorted(
            [*self.faults, *part_faults(self.transaction, part, plan, self.elements)], key=_position
        )

    def _fault(self, position: int, segment: str, code: str, loop: str = "") -> None:
        self.faults.append(fault_at(self.transaction, position, segment, code, loop))


def _header_shape(part: Part) -> tuple[tuple[str, str], ...]:
    """The ids of the header's segments with their qualifiers; there even those of N1 and PER are told apart by it."""
    elements = ((*segment[:LONGEST_START].split(ELEMENT, 2), "") for segment in part.segments)
    return tuple((id_, qualifier) for id_, qualifier, *_ in elements)


def _refused(
    name: str,
    transaction: Transaction,
    events: Iterator[Event],
    elements: bool,  # noqa: ARG001 - as _remittance
) -> Iterator[Unreadable | Fault]:
    """A transaction that is no remittance of this guide: named, skipped."""
    if transaction.kind != "835":
        why = another_kind(transaction.kind, "a remittance (835)")
    elif transaction.guide.startswith("004010"):
        why = OLD_VERSION
    else:
        why = "It names no implementation guide of remittances that is read here"
    yield from refused(name, transaction, "835", why)
    for event in events:
        if type(event) is Fault:
            yield event
        if type(event) is End:
            return


CUT_OFF = "is the last there is: the file breaks off, and part of it may be missing"
UNSAID: Final = (HEADER.id, CLAIM.id, SERVICE.id)
"""Loops that go without saying where a problem is told: a service is told with its number."""
LONGEST_START = 90
"""Characters of a segment in which its id and its qualifier stand."""

_LX: Final = f"LX{ELEMENT}"
_HEADER = kept(partial(plan_made, HEADER, READERS, IDS))
_GROUP = by_shape(partial(plan_made, GROUP, READERS, IDS))
_FOOTER = by_shape(partial(plan_made, FOOTER, READERS, IDS))
_CLAIM = by_shape(
    partial(
        plan_with_lines,
        kept(partial(plan_made, CLAIM, READERS, IDS)),
        kept(partial(plan_made, SERVICE, READERS, IDS)),
        SERVICE,
    )
)


def _position(fault: Fault) -> int:
    return fault.position or 0
