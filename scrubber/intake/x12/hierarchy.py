"""A claim transaction (837) → claims: what the implementation guides of claims have in common.

The levels of the hierarchy follow one another: a billing provider, its subscribers, below each the claims, or the
patients with theirs. What stands above a claim is what came last. Which segments mean what, the part's plan says; what
is read of them and what becomes of it, the ``Form`` of the claims.

A value that can't be what the claim needs (a charge that is no number) makes that claim Unreadable and no other. In a
level it concerns the claims below.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from operator import call
from typing import TypeAlias

from msgspec import Struct

from scrubber.claim import Claim, ClaimDates, LineDates, Payer, ServiceLine
from scrubber.intake.record import Received, Unreadable
from scrubber.intake.x12.envelope import Damage, End, Event, Part, Transaction
from scrubber.intake.x12.faults import Fault
from scrubber.intake.x12.guide import (
    Fields,
    Plan,
    PlanOf,
    Read,
    by_shape,
    kept,
    plan_made,
    plan_with_lines,
)
from scrubber.intake.x12.level_loops import finish_level
from scrubber.intake.x12.other_payer_loops import line_adjudication, other_payer
from scrubber.intake.x12.places import Level, Origin, Problem
from scrubber.intake.x12.reading import take, unreadable
from scrubber.intake.x12.structure import fault_at, part_faults
from scrubber.intake.x12.table import Loop
from scrubber.intake.x12.tokenizer import ELEMENT, OVERLONG

MOST_LINES = 999
"""Lines of a claim. A guide may allow fewer: more is for an edit to say, as long as it is a claim."""

BILLING, SUBSCRIBER, PATIENT = "20", "22", "23"
"""The levels by HL03."""

MakeLine: TypeAlias = Callable[[Fields, Fields], ServiceLine | str]
"""A line from what was read of it and of its claim; or the segment it lacks."""


class Form(Struct, frozen=True, eq=False, kw_only=True):
    """How the claims of one guide are read: the plans of its parts, and what is made of what was read.

    ``unsaid`` are the loops of a claim and of its lines, which go without saying where a problem is told.
    """

    header: PlanOf
    levels: Mapping[str, PlanOf]
    level_ids: Mapping[str, str]
    claim: PlanOf
    claim_id: str
    line_id: str
    unsaid: tuple[str, str]
    most_claims: int
    make_claim: Callable[[Fields], Claim]
    make_line: MakeLine
    origin: Callable[[Transaction, int, Part, Level], Origin]


def form_of(
    *,
    header: Loop,
    levels: Mapping[str, Loop],
    claim: Loop,
    line: Loop,
    ids: Collection[str],
    readers: Mapping[str, Read],
    make_claim: Callable[[Fields], Claim],
    make_line: MakeLine,
    origin: Callable[[Transaction, int, Part, Level], Origin],
) -> Form:
    """The form of a guide: its tables, the readers of its loops, and what makes claim, line and origin of it."""

    def plans_of(loop: Loop) -> partial[Plan]:
        return partial(plan_made, loop, readers, ids)

    return Form(
        header=by_shape(plans_of(header)),
        levels={kind: by_shape(plans_of(loop)) for kind, loop in levels.items()},
        level_ids={kind: loop.id for kind, loop in levels.items()},
        claim=by_shape(partial(plan_with_lines, kept(plans_of(claim)), kept(plans_of(line)), line)),
        claim_id=claim.id,
        line_id=line.id,
        unsaid=(claim.id, line.id),
        most_claims=claim.most,
        make_claim=make_claim,
        make_line=make_line,
        origin=origin,
    )


def read_transaction(
    form: Form, name: str, transaction: Transaction, events: Iterator[Event], elements: bool
) -> Iterator[Event | Received | Unreadable]:
    """The claims of a transaction that has begun, its faults and its end; takes no event beyond that.

    The order of segments is held against the guide; their elements only if ``elements`` says so. ``name`` is how the
    file is called.
    """
    reading = _Reading(form, name, transaction, elements)
    tells_itself = False
    for event in events:
        if type(event) is Part:
            if event.ids[0] == "CLM":
                yield reading.claim(event)
                tells_itself = event.cut_off
            else:
                reading.other(event)
        elif type(event) is Damage and tells_itself:
            continue
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

    def __init__(self, form: Form, name: str, transaction: Transaction, elements: bool) -> None:
        self.form = form
        self.transaction = transaction
        self.elements = elements
        self.faults: list[Fault] = []
        self.place = f"{name} {transaction.place} CLM["
        self.position = 1  # of the segment after the last part
        self.levels = 0  # HL01 of the last level
        self.numbers = {BILLING: "", SUBSCRIBER: "", PATIENT: ""}  # HL01 of the last level of each kind
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
        level, form = self.here, self.form
        place = f"{self.place}{self.claims}]"
        fields = level.fields.copy()
        problems = level.problems.copy()
        plan = form.claim(part.ids, part.segments)
        if (
            plan.misplaced
            or self.orphans
            or self.claims_here > form.most_claims
            or (self.elements and not all(map(call, plan.checks, part.segments)))
        ):
            self._judge_claim(part, plan, problems)
        segments = plan.ordered(part.segments)
        take(fields, plan, plan.steps, segments, problems, form.unsaid)
        lines = self._lines(plan, segments, fields, problems)
        if part.cut_off:
            problems.insert(
                0, ("CLM", "is the last there is: the file breaks off, and part of the claim may be missing")
            )
        if problems:
            return unreadable(place, problems, fields.get("claim_id"))
        if "dates" in fields:
            fields["dates"] = ClaimDates(**fields["dates"])
        if "other_payers" in fields:
            fields["other_payers"] = tuple(map(other_payer, fields["other_payers"]))
        fields["lines"] = tuple(lines)
        origin = form.origin(self.transaction, self.claims, part, level)
        return Received(form.make_claim(fields), place, origin)

    def other(self, part: Part) -> None:
        """A part that is no claim: the header, a level, or something that does not belong here."""
        self.position = part.position + len(part.ids)
        id_ = part.ids[0].removesuffix(ELEMENT)
        if id_ == "HL":
            self._level(part)
        elif part.position == 1:
            self._judge(part, self.form.header(part.ids, part.segments), [])
        else:
            self._fault(part, id_, "2")

    def end(self) -> None:
        """What is missing when the transaction is over."""
        self._end_billing(Part(self.position, (), []))

    def _level(self, part: Part) -> None:
        elements = part.segments[0].split(ELEMENT)
        kind = elements[3] if len(elements) > 3 else ""
        if kind == SUBSCRIBER:
            above, number_above = self.billing, self.numbers[BILLING]
        elif kind == PATIENT:
            above, number_above = self.subscriber, self.numbers[SUBSCRIBER]
        elif kind == BILLING:
            above, number_above = _nothing(), ""
            if self.billing.part:
                self._end_billing(part)
        else:
            self._fault(part, "HL", "7", element=3)
            # The claims below are not those of the level before.
            self.here = Level(
                part, {}, [("HL03", "is none of 20, 22 and 23: whose claim this is can't be told")]
            )
            return
        self._judge_number(part, kind, elements[1], elements[2], number_above)
        self.orphans = above.part is None
        if self.orphans and kind != BILLING:
            self._fault(part, "HL", "2", self.form.level_ids[kind])
        self.claims_here = 0
        self.here = self._read_level(above, kind, part)
        if kind == SUBSCRIBER:
            self.subscriber = self.here
        elif kind == BILLING:
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
            self._fault(part, "HL", "7", self.form.level_ids[kind], 2)
        self.numbers[kind] = number

    def _read_level(self, above: Level, kind: str, part: Part) -> Level:
        fields = above.fields.copy()
        problems = above.problems.copy()
        plan = self.form.levels[kind](part.ids, part.segments)
        if plan.misplaced or (self.elements and not all(map(call, plan.checks, part.segments))):
            self._judge(part, plan, problems)
        if kind == PATIENT:
            fields.pop("patient", None)  # the subscriber is not the patient
        take(fields, plan, plan.steps, plan.ordered(part.segments), problems, self.form.unsaid)
        finish_level(kind, fields)
        return Level(part, fields, problems, above)

    def _end_billing(self, following: Part) -> None:
        """A transaction needs a billing provider, and that a subscriber, before what follows."""
        if self.subscriber.part is None:
            missing = SUBSCRIBER if self.billing.part else BILLING
            self._fault(following, "HL", "3", self.form.level_ids[missing])

    def _judge_claim(self, part: Part, plan: Plan, problems: list[Problem]) -> None:
        if self.orphans:
            self._fault(part, "CLM", "2", self.form.claim_id)
        if self.claims_here == self.form.most_claims + 1:
            self._fault(part, "CLM", "4", self.form.claim_id)
        self._judge(part, plan, problems)

    def _judge(self, part: Part, plan: Plan, problems: list[Problem]) -> None:
        """Tell what is wrong with the structure of a part."""
        self.faults += part_faults(self.transaction, part, plan, self.elements)
        too_long = [found.loop for found in plan.misplaced if found.segment == OVERLONG]
        problems += [(loop, "has a segment too long to be read") for loop in too_long]

    def _fault(self, part: Part, segment: str, code: str, loop: str = "", element: int | None = None) -> None:
        """Add a fault of the first segment of a part."""
        self.faults.append(fault_at(self.transaction, part.position, segment, code, loop, element))

    def _lines(
        self, plan: Plan, segments: Sequence[str], claim: Fields, problems: list[Problem]
    ) -> list[ServiceLine]:
        """The lines of a claim; what keeps one from being read is added to the problems."""
        lines: list[ServiceLine] = []
        make_line, line_id, unsaid = self.form.make_line, self.form.line_id, self.form.unsaid
        for number, steps in enumerate(plan.lines, 1):
            fields: Fields = {}
            if not take(fields, plan, steps, segments, problems, unsaid, number):
                continue
            if "dates" in fields:
                fields["dates"] = LineDates(**fields["dates"])
            if "adjudications" in fields:
                fields["adjudications"] = tuple(map(line_adjudication, fields["adjudications"]))
            line = make_line(fields, claim)
            if isinstance(line, str):
                problems.append((f"{line_id}[{number}] {line}", "is missing"))
            else:
                lines.append(line)
        if not 0 < len(plan.lines) <= MOST_LINES:
            problems.append((line_id, "comes too often for a claim" if plan.lines else "is missing"))
        return lines


def _nothing() -> Level:
    """What stands above a billing provider."""
    return Level(None, {"payer": Payer()}, [])
