"""An X12 file of claims → what an acknowledgment needs of it, while it is read.

The claims are judged by whoever asks: with the engine, or with results that are already there.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import BinaryIO, TypeAlias, cast

from msgspec.structs import replace

from scrubber.engine import Result
from scrubber.intake.files import SEEN, is_x12, unpacked
from scrubber.intake.record import Received, Unreadable
from scrubber.intake.x12 import envelope
from scrubber.intake.x12.envelope import Part, read_events
from scrubber.intake.x12.faults import CodeList, Fault
from scrubber.intake.x12.files import READERS
from scrubber.intake.x12.reading import not_framed
from scrubber.intake.x12.tokenizer import ELEMENT, NotFramed
from scrubber.intake.x12.values import charge_of, day_of, days_of
from scrubber.output import received as told

Judge: TypeAlias = Callable[[Received], Result]
"""Gives the result of a claim."""

LEVELS = ("20", "22", "23")
"""HL03 of billing provider, subscriber and patient: each stands above the next."""


class ResultsDiffer(Exception):
    """Results were given that are not those of the claims of the file."""


def in_order(results: Iterable[Result | Unreadable]) -> Judge:
    """A judge that gives results made before, in the order of their file; what was unreadable may be among them.

    It raises ResultsDiffer where a result is not that of the claim.
    """
    ready = (result for result in results if isinstance(result, Result))

    def judge(read: Received) -> Result:
        result = next(ready, None)
        if result is None or result.claim_id != read.claim.claim_id:
            raise ResultsDiffer("the results are not those of this file")
        return result

    return judge


def received_in(file: BinaryIO, name: str, judge: Judge | None = None) -> Iterator[told.Event]:
    """What an X12 file holds, plain or as gzip, in its order; without ``judge`` no claim has a result.

    ``name`` is how the file is called in messages. Raises FileNotUnderstood if it does not begin with an
    interchange, Damaged where gzip data is damaged.
    """
    stream = unpacked(file, name)
    if not is_x12(stream.peek(SEEN)):
        raise not_framed(name)
    envelopes = read_events(cast(BinaryIO, stream))
    try:
        for event in envelopes:
            match event:
                case envelope.Interchange():
                    yield _interchange(event)
                case envelope.Group():
                    yield told.Group(
                        control_number=event.control_number,
                        kind=event.kind,
                        sender=event.sender,
                        receiver=event.receiver,
                        version=event.version,
                    )
                case envelope.Transaction():
                    yield told.Transaction(
                        control_number=event.control_number, kind=event.kind, guide=event.guide
                    )
                    yield from _transaction(event, envelopes, name, judge)
                case envelope.End():
                    yield told.End(event.of, event.counted)
                case Fault():
                    yield _fault(event, "transaction")
                case Part():
                    pass
    except NotFramed:
        raise not_framed(name) from None


def _transaction(
    transaction: envelope.Transaction,
    envelopes: Iterator[envelope.Event],
    name: str,
    judge: Judge | None,
) -> Iterator[told.Event]:
    """The faults and claims of a transaction, each claim after its own faults, and its end."""
    above = _Above()
    claim: told.Claim | None = None
    reader = READERS.get(transaction.guide)
    if reader is None:
        yield told.Fault(of="transaction", code="I6" if transaction.kind == "837" else "1")
    readings = reader(name, transaction, above.noting(envelopes), True) if reader else envelopes
    for reading in readings:
        if isinstance(reading, Fault):
            belongs = above.belongs()
            fault = _fault(reading, belongs, above.claim_id if belongs == "claim" else "")
            if fault.loses and fault.belongs == "claim" and claim:
                claim = replace(claim, faulty=True)
            # A level that lacks the one below it takes no claims with it.
            elif fault.loses and fault.belongs == "level" and (fault.segment, fault.code) != ("HL", "3"):
                above.faulty.add(above.level)
            yield fault
            continue
        if claim:
            yield claim
            claim = None
        if isinstance(reading, Received | Unreadable) and above.part:
            result = judge(reading) if judge and isinstance(reading, Received) else None
            claim = above.claim(above.part, result)
        elif isinstance(reading, envelope.End):
            yield told.End(reading.of, reading.counted)
            return


class _Above:
    """What stands above the claim that is being read, and its own segments."""

    def __init__(self) -> None:
        self.part: Part | None = None
        self.level = ""  # HL03 of the last level, empty in the header
        self.faulty: set[str] = set()  # levels above with a fault
        self.submission = self.claim_id = ""
        self.submitter = self.payer = told.Party()
        self.parties = dict.fromkeys(LEVELS, told.Party())

    def noting(self, events: Iterator[envelope.Event]) -> Iterator[envelope.Event]:
        """The events, each part noted before anyone reads it."""
        for event in events:
            if isinstance(event, Part):
                self._note(event)
            yield event

    def belongs(self) -> told.Belongs:
        """What a fault of the part belongs to."""
        if self.part is None or not self.level:
            return "transaction"
        return "claim" if self.part.segments[0].startswith(f"CLM{ELEMENT}") else "level"

    def claim(self, part: Part, result: Result | None) -> told.Claim:
        """The claim of a part."""
        segments = part.segments
        charge = _elements(segments[0], 3)[2]
        days = _service_days(segments)
        return told.Claim(
            claim_id=self.claim_id,
            charge=charge_of(charge),
            first_day=min(days, default=None),
            last_day=max(days, default=None),
            submitter=self.submitter,
            submission=self.submission,
            payer=self.payer,
            billing=self.parties["20"],
            patient=self._patient(),
            trace=next((_elements(each, 3)[2] for each in segments if each.startswith(_TRACE)), ""),
            faulty=bool(self.faulty),
            result=result,
        )

    def _patient(self) -> told.Party:
        """Whoever was treated; an id only the subscriber has."""
        subscriber, patient = self.parties["22"], self.parties["23"]
        return (
            replace(patient, qualifier=subscriber.qualifier, id=subscriber.id) if patient.name else subscriber
        )

    def _note(self, part: Part) -> None:
        first = _elements(part.segments[0], 4)
        if first[0] == "CLM":
            self.claim_id = first[1]
        elif first[0] == "HL":
            self._note_level(part, first[3] if first[3] in LEVELS else LEVELS[-1])
        elif part.position == 1:
            self.submitter, self.payer = _party(part, "41"), _party(part, "40")
            header = (_elements(each, 4) for each in part.segments)
            self.submission = next((each[3] for each in header if each[0] == "BHT"), "")
        self.part = part

    def _note_level(self, part: Part, level: str) -> None:
        self.level = level
        for below in LEVELS[LEVELS.index(level) :]:
            self.faulty.discard(below)
            self.parties[below] = told.Party()
        self.parties[level] = _party(part, {"20": "85", "22": "IL", "23": "QC"}[level])


_TRACE = f"REF{ELEMENT}D9{ELEMENT}"
_SERVICE = tuple(f"DTP{ELEMENT}{qualifier}{ELEMENT}" for qualifier in ("472", "434"))
"""The service of a line; the statement of an institutional claim."""


def _service_days(segments: list[str]) -> list[date]:
    days: list[date] = []
    for segment in segments:
        if segment.startswith(_SERVICE):
            text = _elements(segment, 4)[3]
            if span := days_of(text):
                days += span
            elif day := day_of(text):
                days.append(day)
    return days


def _party(part: Part, entity: str) -> told.Party:
    begins = f"NM1{ELEMENT}{entity}{ELEMENT}"
    segment = next((each for each in part.segments if each.startswith(begins)), "")
    _, _, kind, name, first, middle, _, _, qualifier, id_ = _elements(segment, 10)
    return told.Party(name=name, person=kind == "1", first=first, middle=middle, qualifier=qualifier, id=id_)


def _elements(segment: str, count: int) -> list[str]:
    """The first elements of a segment, its id among them; empty where there are fewer."""
    elements = segment.split(ELEMENT, count)[:count]
    return elements + [""] * (count - len(elements))


def _interchange(received: envelope.Interchange) -> told.Interchange:
    separators = received.separators
    return told.Interchange(
        sender=received.sender,
        receiver=received.receiver,
        usage=received.usage,
        control_number=received.control_number,
        day=received.day,
        time=received.time,
        acknowledgment_requested=received.acknowledgment_requested,
        separators=told.Separators(
            element=separators.element.decode("latin-1"),
            component=separators.component.decode("latin-1"),
            terminator=separators.terminator.decode("latin-1"),
            repetition=(separators.repetition or b"^").decode("latin-1"),
        ),
    )


def _fault(fault: Fault, belongs: told.Belongs, claim_id: str = "") -> told.Fault:
    """A fault as an acknowledgment tells it."""
    of = OF[fault.codes]
    return told.Fault(
        of=of,
        code=fault.code,
        belongs=belongs if of in {"segment", "element"} else "transaction",
        segment=fault.segment or "",
        position=fault.position or 1,
        loop=fault.loop or "",
        element=fault.element if of == "element" else None,
        component=fault.component,
        claim_id=claim_id,
        place=fault.place,
    )


OF: dict[CodeList, told.Of] = {
    "TA105": "interchange",
    "AK905": "group",
    "IK502": "transaction",
    "IK304": "segment",
    "IK403": "element",
}
"""Code list of a fault → what it is a fault of."""
