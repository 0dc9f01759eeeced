"""A professional transaction (837P, 005010X222) → claims.

The levels of the hierarchy follow one another: a billing provider, its subscribers, below each the claims, or the
patients with theirs. What stands above a claim is what came last. Which segments mean what, the part's plan says; what
is read of them, ``loops``.

A value that can't be what the claim needs (a charge that is no number) makes that claim Unreadable and no other. In a
level it concerns the claims below.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from operator import call

from scrubber.claim import Claim, ClaimDates, LineDates, Payer, ServiceLine
from scrubber.intake.checked import in_one, shown
from scrubber.intake.record import Received, Unreadable
from scrubber.intake.x12.envelope import End, Event, Part, Transaction
from scrubber.intake.x12.faults import Fault
from scrubber.intake.x12.guide import (
    Fields,
    Plan,
    PlanOf,
    by_shape,
    kept,
    plan_made,
    plan_with_lines,
)
from scrubber.intake.x12.loops import READERS, Misread, finish_level, line_adjudication, other_payer
from scrubber.intake.x12.places import Level, Origin, Problem
from scrubber.intake.x12.structure import fault_at, part_faults
from scrubber.intake.x12.tokenizer import ELEMENT, OVERLONG
from scrubber.intake.x12.x222 import BILLING, CLAIM, HEADER, IDS, LINE, PATIENT, SUBSCRIBER

MOST_LINES = 999
"""Lines of a claim. The guide allows 50: more is for an edit to say, as long as it is a claim."""


def read_professional(
    name: str, transaction: Transaction, events: Iterator[Event], elements: bool
) -> Iterator[Event | Received | Unreadable]:
    """The claims of a transaction that has begun, its faults and its end; takes no event beyond that.

    The order of segments is held against the guide; their elements only if ``elements`` says so. ``name`` is how the
    file is called.
    """
    reading = _Reading(name, transaction, elements)
    for event in events:
        if type(event) is Part:
            if event.ids[0] == "CLM":
                yield reading.claim(event)
            else:
                reading.other(event)
        else:
            if type(event) is End:
                reading.end()
                yield from reading.faults
                yield event
                return
            yield event
        if reading.faults:
            yield from reading.faults
            reading.faults = []


class _Reading:
    """A transaction while it is read: the levels that are open, and the faults not yet told."""

    def __init__(self, name: str, transaction: Transaction, elements: bool) -> None:
        self.transaction = transaction
        self.elements = elements
        self.faults: list[Fault] = []
        self.place = f"{name} {transaction.place} CLM["
        self.position = 1  # of the segment after the last part
        self.levels = 0  # HL01 of the last level
        self.numbers = {"20": "", "22": "", "23": ""}  # HL01 of the last level of each kind
        self.claims = transaction.claims_before
        self.claims_here = 0  # below the same subscriber or patient
        self.orphans = True  # whether claims now lack a subscriber above them
        self.billing = self.subscriber = self.here = _nothing()
        """The last billing provider, its last subscriber, and the level that claims now belong to."""

    def claim(self, part: Part) -> Received | Unreadable:
        """The claim of a part that begins with CLM."""
        self.claims += 1
        self.claims_here += 1
        self.position = part.position + len(part.ids)
        level = self.here
        place = f"{self.place}{self.claims}]"
        fields = level.fields.copy()
        problems = level.problems.copy()
        plan = _CLAIM(part.ids, part.segments)
        if (
            plan.misplaced
            or self.orphans
            or self.claims_here > CLAIM.most
            or (self.elements and not all(map(call, plan.checks, part.segments)))
        ):
            self._judge_claim(part, plan, problems)
        segments = part.segments if plan.order is None else [part.segments[index] for index in plan.order]
        where: int | slice = 0
        try:
            for read, where in plan.steps:
                read(fields, segments[where])
        except Misread as misread:
            problems.append(_problem(plan, where, misread))
        lines = _lines(plan, segments, problems)
        if part.cut_off:
            problems.append(
                ("CLM", "is the last there is: the file breaks off, and part of the claim may be missing")
            )
        if problems:
            return _unreadable(place, problems, fields)
        if "dates" in fields:
            fields["dates"] = ClaimDates(**fields["dates"])
        if "other_payers" in fields:
            fields["other_payers"] = tuple(map(other_payer, fields["other_payers"]))
        origin = Origin(self.transaction, self.claims, part, level)
        return Received(Claim(lines=tuple(lines), **fields), place, origin)

    def other(self, part: Part) -> None:
        """A part that is no claim: the header, a level, or something that does not belong here."""
        self.position = part.position + len(part.ids)
        id_ = part.ids[0].removesuffix(ELEMENT)
        if id_ == "HL":
            self._level(part)
        elif part.position == 1:
            self._judge(part, _HEADER(part.ids, part.segments), [])
        else:
            self._fault(part, id_, "2")

    def end(self) -> None:
        """What is missing when the transaction is over."""
        self._end_billing(Part(self.position, (), []))

    def _level(self, part: Part) -> None:
        elements = part.segments[0].split(ELEMENT)
        kind = elements[3] if len(elements) > 3 else ""
        if kind == "22":
            above, number_above = self.billing, self.numbers["20"]
        elif kind == "23":
            above, number_above = self.subscriber, self.numbers["22"]
        elif kind == "20":
            above, number_above = _nothing(), ""
            if self.billing.part:
                self._end_billing(part)
        else:
            self._fault(part, "HL", "7", element=3)
            return
        self._judge_number(part, kind, elements[1], elements[2], number_above)
        self.orphans = above.part is None
        if self.orphans and kind != "20":
            self._fault(part, "HL", "2", _LEVELS[kind].id)
        self.claims_here = 0
        self.here = self._read_level(above, kind, part)
        if kind == "22":
            self.subscriber = self.here
        elif kind == "20":
            self.billing = self.here
            self.subscriber = Level(None, self.here.fields, self.here.problems)

    def _judge_number(self, part: Part, kind: str, number: str, above: str, number_above: str) -> None:
        """HL01 counts the levels of the transaction, HL02 is the number of the level above."""
        self.levels += 1
        if number != str(self.levels):
            self._fault(part, "HL", "7", element=1)
            if number.isdecimal() and len(number) <= 12:
                self.levels = int(number)
        if above != number_above:
            self._fault(part, "HL", "7", _LEVELS[kind].id, 2)
        self.numbers[kind] = number

    def _read_level(self, above: Level, kind: str, part: Part) -> Level:
        fields = above.fields.copy()
        problems = above.problems.copy()
        plan = _PLANS[kind](part.ids, part.segments)
        if plan.misplaced or (self.elements and not all(map(call, plan.checks, part.segments))):
            self._judge(part, plan, problems)
        segments = part.segments if plan.order is None else [part.segments[index] for index in plan.order]
        if kind == "23":
            fields.pop("patient", None)  # the subscriber is not the patient
        where: int | slice = 0
        try:
            for read, where in plan.steps:
                read(fields, segments[where])
        except Misread as misread:
            problems.append(_problem(plan, where, misread))
        finish_level(kind, fields)
        return Level(part, fields, problems, above)

    def _end_billing(self, following: Part) -> None:
        """A transaction needs a billing provider, and that a subscriber, before what follows."""
        if self.subscriber.part is None:
            self._fault(following, "HL", "3", "2000B" if self.billing.part else "2000A")

    def _judge_claim(self, part: Part, plan: Plan, problems: list[Problem]) -> None:
        if self.orphans:
            self._fault(part, "CLM", "2", CLAIM.id)
        if self.claims_here == CLAIM.most + 1:
            self._fault(part, "CLM", "4", CLAIM.id)
        self._judge(part, plan, problems)

    def _judge(self, part: Part, plan: Plan, problems: list[Problem]) -> None:
        """Tell what is wrong with the structure of a part."""
        self.faults += part_faults(self.transaction, part, plan, self.elements)
        too_long = [found.loop for found in plan.misplaced if found.segment == OVERLONG]
        problems += [(loop, "has a segment too long to be read") for loop in too_long]

    def _fault(self, part: Part, segment: str, code: str, loop: str = "", element: int | None = None) -> None:
        """Add a fault of the first segment of a part."""
        self.faults.append(fault_at(self.transaction, part.position, segment, code, loop, element))


def _problem(plan: Plan, where: int | slice, misread: Misread, line: int | None = None) -> Problem:
    """What could not be read, with its loop; that of a claim and that of a line go without saying."""
    index = where.start if isinstance(where, slice) else where
    use = plan.uses[index if plan.order is None else plan.order[index]]
    loop = f"{use[0]} " if use and use[0] not in {CLAIM.id, LINE.id} else ""
    return f"{f'{LINE.id}[{line}] ' if line else ''}{loop}{misread.where}", str(misread)


def _lines(plan: Plan, segments: Sequence[str], problems: list[Problem]) -> list[ServiceLine]:
    """The lines of a claim; what keeps one from being read is added to the problems."""
    lines = []
    where: int | slice = 0
    for number, steps in enumerate(plan.lines, 1):
        fields: Fields = {}
        try:
            for read, where in steps:
                read(fields, segments[where])
        except Misread as misread:
            problems.append(_problem(plan, where, misread, number))
            continue
        if "service_date" in fields and "charge" in fields:
            lines.append(
                _line(fields) if "dates" in fields or "adjudications" in fields else ServiceLine(**fields)
            )
        else:
            missing = "DTP*472" if "charge" in fields else "SV1"
            problems.append((f"{LINE.id}[{number}] {missing}", "is missing"))
    if not 0 < len(plan.lines) <= MOST_LINES:
        problems.append((LINE.id, "comes too often for a claim" if plan.lines else "is missing"))
    return lines


def _line(fields: Fields) -> ServiceLine:
    if "dates" in fields:
        fields["dates"] = LineDates(**fields["dates"])
    if "adjudications" in fields:
        fields["adjudications"] = tuple(map(line_adjudication, fields["adjudications"]))
    return ServiceLine(**fields)


def _nothing() -> Level:
    """What stands above a billing provider."""
    return Level(None, {"payer": Payer()}, [])


def _unreadable(place: str, problems: list[Problem], fields: Fields) -> Unreadable:
    """The record of a claim that is none: the place is that of the first problem, the message tells them all."""
    told = in_one([f"{where} {says}" for where, says in problems])
    return Unreadable(place=f"{place} {problems[0][0]}", message=told, claim_id=shown(fields.get("claim_id")))


_LEVELS = {"20": BILLING, "22": SUBSCRIBER, "23": PATIENT}
_PLANS: dict[str, PlanOf] = {
    kind: by_shape(partial(plan_made, loop, READERS, IDS)) for kind, loop in _LEVELS.items()
}
_HEADER = by_shape(partial(plan_made, HEADER, READERS, IDS))
_CLAIM = by_shape(
    partial(
        plan_with_lines,
        kept(partial(plan_made, CLAIM, READERS, IDS)),
        kept(partial(plan_made, LINE, READERS, IDS)),
        LINE,
    )
)
