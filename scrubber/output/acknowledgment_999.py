"""The implementation acknowledgment (999, 005010X231A1): what of the structure was wrong, and what was accepted.

For each group received one group with one transaction. Of values nothing is told but control numbers and, to find a
claim by (CTX), the sender's own id of it: no IK404, for it would carry patient data.

A transaction is accepted, accepted with errors or rejected as ``received.Verdict`` says. A group is rejected (R) if its
envelope has a fault or none of its transactions is accepted, partly accepted (P) if one is rejected, accepted with
errors (E) if one is so, else accepted (A). Acknowledgments are not acknowledged. What stands outside of any group is
not for a 999; faults of the interchange are told in a TA1 behind it, if the sender asks for one.

Source: X12 TR3 005010X231A1, in the public form of the validator pyx12.
"""

from collections.abc import Iterable, Iterator

from scrubber.output.interchange_acknowledgment_ta1 import write_ta1
from scrubber.output.received import Claim, End, Event, Fault, Group, Interchange, Transaction, Verdict
from scrubber.output.segments import Answer, Element, Reply

GUIDE = "005010X231A1"
MOST_CODES = 5
"""Error codes of a transaction (IK502 to IK506) and of a group (AK905 to AK909)."""
MOST_ELEMENTS = 99
"""Elements told of one segment."""
HIGHEST_POSITION = 999_999
"""Of a segment: IK302 has six digits. What stands behind it is told as if it stood there."""


def write_999(events: Iterable[Event], reply: Reply) -> Iterator[bytes]:
    """The segments of the 999s for what was received, one interchange for each of those received, and of the TA1s."""
    writing: _Writing | None = None
    interchanges = groups = 0
    for event in events:
        if isinstance(event, Interchange):
            writing = _Writing(Answer(event, reply, interchanges), groups)
        elif writing is not None:
            yield from writing.take(event)
            groups = writing.groups_before
            if isinstance(event, End) and event.of == "interchange":
                received = writing.answer.received
                interchanges += writing.answer.groups > 0
                if received.acknowledgment_requested:
                    answer = Answer(received, reply, interchanges)
                    yield from write_ta1(answer, received, writing.groups, writing.interchange_codes)
                    interchanges += 1
                writing = None


class _Writing:
    """One interchange of the answer."""

    def __init__(self, answer: Answer, groups_before: int) -> None:
        self.answer = answer
        self.groups_before = groups_before
        self.groups = 0  # received, those among them that are not answered
        self.interchange_codes: list[str] = []
        self.group: Group | None = None
        self.group_codes: list[str] = []
        self.received = self.accepted = 0
        self.errors = False
        self.transaction: Transaction | None = None
        self.verdict = Verdict()
        self.codes: list[str] = []
        self.told: tuple[str, int, str] | None = None  # the segment of the last IK3
        self.elements = 0  # IK4 told of it

    def take(self, event: Event) -> Iterator[bytes]:
        """What to write for an event."""
        match event:
            case Group():
                self.groups += 1
                if event.kind != "FA":
                    yield from self._begin_group(event)
            case Transaction() if self.group:
                yield self._begin_transaction(event)
            case Claim() if self.transaction:
                self.verdict.take(event)
            case Fault(of="interchange"):
                _add(self.interchange_codes, event.code)
            case Fault(of="group"):
                _add(self.group_codes, event.code)
            case Fault() if self.transaction:
                yield from self._fault(event)
            case End(of="transaction") if self.transaction:
                yield self._end_transaction()
            case End(of="group") if self.group:
                yield from self._end_group(event.counted)
            case End(of="interchange"):
                yield from self.answer.end()
            case _:
                pass

    def _begin_group(self, group: Group) -> Iterator[bytes]:
        self.group = group
        self.group_codes = []
        self.received = self.accepted = 0
        self.errors = False
        answer = self.answer
        yield from answer.begin_group(group, "FA", GUIDE, self.groups_before)
        self.groups_before += 1
        yield answer.begin_transaction("999", GUIDE)
        number = group.control_number if group.control_number.isdecimal() else ""
        exact = answer.exact
        yield answer.segment("AK1", exact(group.kind, 2), exact(number, 9), exact(group.version, 12))

    def _begin_transaction(self, transaction: Transaction) -> bytes:
        self.transaction = transaction
        self.verdict = Verdict()
        self.codes = []
        self.told = None
        self.received += 1
        exact = self.answer.exact
        number, guide = exact(transaction.control_number, 9), exact(transaction.guide, 35)
        return self.answer.segment("AK2", exact(transaction.kind, 3), number, guide)

    def _fault(self, fault: Fault) -> Iterator[bytes]:
        self.verdict.take(fault)
        if fault.of == "transaction":
            _add(self.codes, fault.code)
            return
        _add(self.codes, "5")
        answer = self.answer
        segment = (fault.segment, fault.position, fault.loop)
        if fault.of == "segment" or segment != self.told:
            id_ = fault.segment if len(answer.exact(fault.segment, 3)) >= 2 else "???"
            position = str(min(fault.position, HIGHEST_POSITION))
            code = fault.code if fault.of == "segment" else "8"
            # IK303 has four characters, the first of 2010AA; the header is no loop.
            yield answer.segment(
                "IK3", id_, position, fault.loop[:4] if fault.loop[:1].isdigit() else "", code
            )
            if claim_id := answer.exact(fault.claim_id, 35):
                yield answer.segment("CTX", ("CLM01", claim_id))
            self.told = segment if code == "8" else None
            self.elements = 0
        if fault.element is not None and self.elements < MOST_ELEMENTS:
            self.elements += 1
            place: Element = (str(fault.element), str(fault.component or ""))
            yield answer.segment("IK4", place, "", fault.code)

    def _end_transaction(self) -> bytes:
        self.transaction = None
        code = self.verdict.code
        self.accepted += code != "R"
        self.errors = self.errors or code == "E"
        return self.answer.segment("IK5", code, *self.codes[:MOST_CODES])

    def _end_group(self, counted: int | None) -> Iterator[bytes]:
        self.group = None
        received, accepted = self.received, self.accepted
        if self.group_codes or not accepted:
            code = "R"
        elif accepted < received:
            code = "P"
        else:
            code = "E" if self.errors else "A"
        included = received if counted is None else min(counted, 999_999)
        counts = (str(included), str(received), str(accepted))
        yield self.answer.segment("AK9", code, *counts, *self.group_codes[:MOST_CODES])
        yield self.answer.end_transaction()
        yield self.answer.end_group()


def _add(codes: list[str], code: str) -> None:
    if code not in codes:
        codes.append(code)
