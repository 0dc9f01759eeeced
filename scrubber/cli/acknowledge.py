"""``scrubber acknowledge``: the answer to an X12 file of claims, as X12: a 999 or a 277CA."""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import BinaryIO, cast

import click
from msgspec.structs import replace

from scrubber.cli.ready import DATE, ready
from scrubber.engine import Result, scrub
from scrubber.intake.record import FileNotUnderstood, Received, Unreadable
from scrubber.intake.x12 import envelope
from scrubber.intake.x12.envelope import Part, read_events
from scrubber.intake.x12.faults import Fault
from scrubber.intake.x12.files import READERS
from scrubber.intake.x12.tokenizer import ELEMENT, NotFramed
from scrubber.intake.x12.values import charge_of, day_of, days_of
from scrubber.output import Reply, write_277ca, write_999
from scrubber.output import received as told
from scrubber.output.claim_acknowledgment_277ca import statuses

Judge = Callable[[Received], Result]

LEVELS = ("20", "22", "23")
"""HL03 of billing provider, subscriber and patient: each stands above the next."""


@click.command()
@click.argument("file", type=click.Path(allow_dash=True, dir_okay=False))
@click.option(
    "--form",
    type=click.Choice(["999", "277ca"]),
    required=True,
    help="999: what of the structure is wrong. 277ca: claim by claim whether it goes on.",
)
@click.option(
    "--control-number",
    type=click.IntRange(1, 999_999_999),
    default=1,
    show_default=True,
    help="Number of the first interchange and group of the answer.",
)
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%dT%H:%M"]),
    help="When the answer is written, as 2026-03-02T08:05; without it, now (UTC).",
)
@click.option("--as-of", type=DATE, help="277ca: the day that counts as today; without it, today (UTC).")
def acknowledge(file: str, form: str, control_number: int, at: datetime | None, as_of: date | None) -> None:
    """Answer an X12 FILE of claims in its own language; - is stdin.

    Exit code 0: all of it is accepted. 1: something has faults or is rejected. 2: could not run. Faults of the
    interchange, of which neither form speaks, are told on stderr.
    """
    reply = Reply(control_number, at or datetime.now(UTC))
    out = sys.stdout.buffer
    name = "stdin" if file == "-" else file
    flawed = False

    def events(judge: Judge | None) -> Iterator[told.Event]:
        nonlocal flawed
        for event in _received(envelopes, name, judge):
            if isinstance(event, Fault):
                flawed = True
                click.echo(f"{event.place}: {event.message}", err=True)
                continue
            rejected = judge and isinstance(event, told.Claim) and not statuses(event)[0]
            flawed = flawed or isinstance(event, told.Fault) or bool(rejected)
            yield event

    with click.open_file(file, "rb") as stream:
        envelopes = read_events(cast(BinaryIO, stream))
        try:
            if form == "999":
                segments = write_999(events(None), reply)
            else:
                engine = ready().engine
                if as_of:
                    engine = engine.on(as_of)
                segments = write_277ca(events(lambda read: scrub(engine, read.claim, read.locate)), reply)
            answered = False
            for segment in segments:
                answered = True
                out.write(segment)
        except NotFramed:
            raise FileNotUnderstood(
                f"{name} does not begin with a whole ISA segment: it is no X12 file"
            ) from None
    if not answered:
        why = (
            "no group that wants one"
            if form == "999"
            else "no transaction of claims that its 999 does not reject"
        )
        click.echo(f"{name}: nothing to write, for it has {why}", err=True)
    if flawed:
        click.get_current_context().exit(1)


def _received(
    envelopes: Iterator[envelope.Event], name: str, judge: Judge | None
) -> Iterator[told.Event | Fault]:
    """What a file holds, as an acknowledgment needs it; a Fault as it is where none speaks of it."""
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
                yield _fault(event, "transaction") or event
            case Part():
                pass


def _transaction(
    transaction: envelope.Transaction, envelopes: Iterator[envelope.Event], name: str, judge: Judge | None
) -> Iterator[told.Event | Fault]:
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
            if fault and fault.loses and belongs == "claim" and claim:
                claim = replace(claim, faulty=True)
            # A level that lacks the one below it takes no claims with it.
            elif (
                fault
                and fault.loses
                and belongs == "level"
                and (reading.segment, reading.code) != ("HL", "3")
            ):
                above.faulty.add(above.level)
            yield fault or reading
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
_SERVICE = f"DTP{ELEMENT}472{ELEMENT}"


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
        separators=told.Separators(
            element=separators.element.decode("latin-1"),
            component=separators.component.decode("latin-1"),
            terminator=separators.terminator.decode("latin-1"),
            repetition=(separators.repetition or b"^").decode("latin-1"),
        ),
    )


def _fault(fault: Fault, belongs: told.Belongs, claim_id: str = "") -> told.Fault | None:
    """A fault as the 999 tells it; None if it does not, for it is one of the interchange."""
    of = OF[fault.codes]
    if of is None or (of == "group" and fault.group is None):
        return None
    return told.Fault(
        of=of,
        code=fault.code,
        belongs="transaction" if of in {"group", "transaction"} else belongs,
        segment=fault.segment or "",
        position=fault.position or 1,
        loop=fault.loop or "",
        element=fault.element if of == "element" else None,
        component=fault.component,
        claim_id=claim_id,
    )


OF: dict[str, told.Of | None] = {
    "TA105": None,
    "AK905": "group",
    "IK502": "transaction",
    "IK304": "segment",
    "IK403": "element",
}
"""Code list of a fault → what it is a fault of."""
