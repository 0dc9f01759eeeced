"""Segments → parts: the envelope (ISA, GS, ST … SE, GE, IEA) is checked and taken off.

What is between ST and SE is handed on in parts, each a run of segments that begins where something of its own begins:
a level of the hierarchy (HL), a claim with its lines (CLM, CLP). Whoever reads a kind of transaction takes its parts
from the stream until the end of the transaction.
"""

import re
from collections.abc import Iterator
from itertools import compress, count
from operator import itemgetter
from typing import BinaryIO, Final, Literal, TypeAlias

from msgspec import Struct

from scrubber.intake.x12 import faults
from scrubber.intake.x12.faults import CodeList, Fault, is_id
from scrubber.intake.x12.tokenizer import ELEMENT, OVERLONG, Blocks, Separators, read_blocks

MOST_SEGMENTS = 20_000
"""Segments of one part. More than any claim has; the rest of such a part is dropped and the part says so."""

MOST_REMEMBERED = 10_000
"""Control numbers kept in mind to find one that is used twice."""


class Interchange(Struct, frozen=True, kw_only=True):
    """What begins with an ISA segment. ``number`` counts the interchanges of the file from 1.

    ``day`` and ``time`` are ISA09 and ISA10 as they stand there (yymmdd, hhmm).
    """

    number: int
    control_number: str
    sender: tuple[str, str]
    receiver: tuple[str, str]
    day: str
    time: str
    version: str
    acknowledgment_requested: bool
    usage: str
    separators: Separators


class Group(Struct, frozen=True, kw_only=True):
    """What begins with a GS segment. ``kind`` is HC for claims, HP for remittances; ``number`` counts from 1."""

    number: int
    control_number: str
    kind: str
    sender: str
    receiver: str
    version: str


class Transaction(Struct, frozen=True, kw_only=True):
    """What begins with an ST segment. ``guide`` is the implementation (ST03, else GS08), ``place`` for a person.

    ``claims_before`` are its claims that stand before the part of the file being read.
    """

    interchange: str | None
    group: str | None
    control_number: str
    kind: str
    guide: str
    place: str
    claims_before: int = 0


class Part(Struct, frozen=True):
    """A run of segments of a transaction. ``position`` is that of its first segment, ST being 1.

    ``ids`` are the first three characters of each: an id of two characters is followed by its ELEMENT. ``cut_off``
    is a part in which the interchange breaks off: nobody knows what of it is missing.
    """

    position: int
    ids: tuple[str, ...]
    segments: list[str]
    cut_off: bool = False


class End(Struct, frozen=True):
    """The end of a transaction, group or interchange. ``counted`` is what its trailer counts, if it says."""

    of: Literal["transaction", "group", "interchange"]
    counted: int | None = None


class Damage(Struct, frozen=True):
    """Something of the file is missing, and no part of a transaction tells it.

    ``place`` and ``message`` are for a person; ``claim_id`` is that of a claim that is lost by it.
    """

    place: str
    message: str
    claim_id: str | None = None


Event: TypeAlias = Interchange | Group | Transaction | Part | End | Fault | Damage

TRANSACTION, GROUP, INTERCHANGE = 1, 2, 3
TRAILERS: Final = ("SE", "GE", "IEA")
"""What may be open, from within, and what ends it."""

PART_STARTS: Final = ("HL", "CLM", "CLP", "PLB")
ENVELOPE: Final = ("ISA", "GS", "ST", "SE", "GE", "IEA", "TA1")


def _beginnings(ids: tuple[str, ...]) -> frozenset[str]:
    """The first three characters of the segments with these ids."""
    return frozenset(f"{id_}{ELEMENT}"[:3] for id_ in ids) | frozenset(ids)


ENVELOPE_STARTS = _beginnings(ENVELOPE)
STARTS = _beginnings(PART_STARTS) | ENVELOPE_STARTS
"""The first three characters of the segments that begin something."""


def read_events(file: BinaryIO) -> Iterator[Event]:
    """Everything a stream of interchanges holds, in its order. Raises NotFramed if it begins with no ISA."""
    return events_of(read_blocks(file), Envelope())


def events_of(blocks: Blocks, envelope: "Envelope") -> Iterator[Event]:
    """What blocks of segments mean within an envelope."""
    ids: tuple[str, ...] = ()
    segments: list[str] = []  # of the part that has begun, perhaps in an earlier block
    dropped = 0  # segments of it
    for _, block in blocks:
        if isinstance(block, Separators):
            yield from envelope.take(ids, segments, cut_off=True)
            ids, segments = (), []
            envelope.separators = block
            continue
        block_ids = tuple(map(first_three, block))
        starts = [*compress(count(), map(STARTS.__contains__, block_ids)), len(block)]
        begin = starts[0]
        if begin:
            ids += block_ids[:begin]
            segments += block[:begin]
            if len(ids) > MOST_SEGMENTS:
                dropped += len(ids) - MOST_SEGMENTS - 1
                ids = (*ids[:MOST_SEGMENTS], OVERLONG)
                segments[MOST_SEGMENTS:] = [OVERLONG]
        for end in starts[1:]:
            if ids and envelope.transaction and ids[0] not in ENVELOPE_STARTS:
                yield Part(envelope.position, ids, segments)
                envelope.position += len(ids)
            else:
                yield from envelope.take(ids, segments)
            if dropped:
                envelope.position += dropped
                dropped = 0
            ids = block_ids[begin:end]
            segments = block[begin:end]
            begin = end
    yield from envelope.take(ids, segments, cut_off=True)
    yield from envelope.finish()


class Envelope:
    """What of the envelope is open, and what has been counted in it."""

    separators: Separators

    def __init__(self) -> None:
        self.interchange: Interchange | None = None
        self.group: Group | None = None
        self.transaction: Transaction | None = None
        self.interchanges = 0
        self.groups = 0
        self.transactions = 0
        self.position = 1  # of the next segment in the transaction
        self.interchanges_used: set[str] = set()
        self.groups_used: set[str] = set()
        self.transactions_used: set[str] = set()

    def take(self, ids: tuple[str, ...], segments: list[str], cut_off: bool = False) -> Iterator[Event]:
        """What a run of segments means that begins with one of the envelope, or belongs to no transaction."""
        if not ids:
            return
        elements = segments[0].split(ELEMENT)
        match elements[0]:
            case "ISA":
                yield from self.isa(elements)
            case "GS":
                yield from self.gs(elements)
            case "ST":
                yield from self._st(elements)
                self.position = 1 + len(ids)
                yield Part(1, ids, segments, cut_off)
                return
            case "SE" if self.transaction:
                yield from self._se(elements, self.transaction)
            case "GE" if self.group:
                yield from self._ge(elements, self.group)
            case "IEA" if self.interchange:
                yield from self._iea(elements, self.interchange)
            case "TA1" if self.interchange:
                pass
            case _ if self.transaction:
                yield Part(self.position, ids, segments, cut_off)
                self.position += len(ids)
                return
            case id_:
                if id_ == "CLM":
                    told = "A claim outside of any transaction: the ST segment before it is missing."
                    yield Damage(self._place("CLM"), told, "".join(elements[1:2]))
                yield self._interchange_fault("022", id_)
        if len(ids) > 1:
            stray = segments[1].split(ELEMENT, 1)[0]
            yield self._interchange_fault("024" if self.interchange else "022", stray)

    def finish(self) -> Iterator[Event]:
        """What the end of the stream leaves open."""
        yield from self._close(INTERCHANGE)

    def isa(self, elements: list[str]) -> Iterator[Event]:
        """The beginning of an interchange."""
        yield from self._close(INTERCHANGE)
        self.interchanges += 1
        self.groups = 0
        self.groups_used.clear()
        elements += [""] * (17 - len(elements))
        self.interchange = Interchange(
            number=self.interchanges,
            control_number=elements[13],
            sender=(elements[5], elements[6].rstrip()),
            receiver=(elements[7], elements[8].rstrip()),
            day=elements[9],
            time=elements[10],
            version=elements[12],
            acknowledgment_requested=elements[14] == "1",
            usage=elements[15],
            separators=self.separators,
        )
        yield self.interchange
        for number, (pattern, code) in enumerate(_ISA, 1):
            if not pattern.fullmatch(elements[number]):
                yield self._interchange_fault(code, "ISA", number)
        if self._used(elements[13], self.interchanges_used):
            yield self._interchange_fault("025", "ISA", 13)

    def gs(self, elements: list[str]) -> Iterator[Event]:
        """The beginning of a group."""
        yield from self._close(GROUP)
        if self.interchange is None:
            yield self._interchange_fault("022", "GS")
        self.groups += 1
        self.transactions = 0
        self.transactions_used.clear()
        elements += [""] * (9 - len(elements))
        self.group = Group(
            number=self.groups,
            control_number=elements[6],
            kind=elements[1],
            sender=elements[2],
            receiver=elements[3],
            version=elements[8],
        )
        yield self.group
        if not _NUMBER.fullmatch(elements[6]):
            yield self._group_fault("6", "GS", 6)
        if self._used(elements[6], self.groups_used):
            yield self._group_fault("19", "GS", 6)

    def _st(self, elements: list[str]) -> Iterator[Event]:
        yield from self._close(TRANSACTION)
        if self.group is None:
            yield self._interchange_fault("022", "ST")
        self.transactions += 1
        elements += [""] * (4 - len(elements))
        number = elements[2]
        self.transaction = Transaction(
            interchange=self.interchange.control_number if self.interchange else None,
            group=self.group.control_number if self.group else None,
            control_number=number,
            kind=elements[1],
            guide=elements[3] or (self.group.version if self.group else ""),
            place=self._place(f"ST*{number[:35]}"),
        )
        yield self.transaction
        if not elements[1]:
            yield self._transaction_fault("6", "ST", 1)
        if not 4 <= len(number) <= 9:
            yield self._transaction_fault("7", "ST", 2)
        if self._used(number, self.transactions_used):
            yield self._transaction_fault("23", "ST", 2)

    def _se(self, elements: list[str], transaction: Transaction) -> Iterator[Event]:
        elements += [""] * (3 - len(elements))
        counted = _count(elements[1])
        if counted != self.position:
            yield self._transaction_fault("4", "SE", 1)
        if elements[2] != transaction.control_number:
            yield self._transaction_fault("3", "SE", 2)
        self.transaction = None
        yield End("transaction", counted)

    def _ge(self, elements: list[str], group: Group) -> Iterator[Event]:
        yield from self._close(TRANSACTION)
        elements += [""] * (3 - len(elements))
        counted = _count(elements[1])
        if counted != self.transactions:
            yield self._group_fault("5", "GE", 1)
        if not _same_number(elements[2], group.control_number):
            yield self._group_fault("4", "GE", 2)
        self.group = None
        yield End("group", counted)

    def _iea(self, elements: list[str], interchange: Interchange) -> Iterator[Event]:
        yield from self._close(GROUP)
        elements += [""] * (3 - len(elements))
        counted = _count(elements[1])
        if counted != self.groups:
            yield self._interchange_fault("021", "IEA", 1)
        if not _same_number(elements[2], interchange.control_number):
            yield self._interchange_fault("001", "IEA", 2)
        self.interchange = None
        yield End("interchange", counted)

    def _close(self, level: int) -> Iterator[Event]:
        """End the transaction without its trailer; so the group and the interchange, if they are the level."""
        open_ = (self.transaction, self.group, self.interchange)[:level]
        if not any(open_):
            return
        missing = ", ".join(trailer for trailer, begun in zip(TRAILERS, open_, strict=False) if begun)
        place = self.transaction.place if self.transaction else self._place("").rstrip()
        yield Damage(place, f"It ends without {missing}: part of the file is missing, perhaps claims.")
        if self.transaction:
            yield self._transaction_fault("2", "SE")
            self.transaction = None
            yield End("transaction")
        if self.group and level >= GROUP:
            yield self._group_fault("3", "GE")
            self.group = None
            yield End("group")
        if self.interchange and level >= INTERCHANGE:
            yield self._interchange_fault("023", "IEA")
            self.interchange = None
            yield End("interchange")

    def _used(self, number: str, used: set[str]) -> bool:
        if number in used:
            return True
        if len(used) < MOST_REMEMBERED:
            used.add(number)
        return False

    def _place(self, what: str) -> str:
        """``what``, with the interchange and the group where they are not the first: only there it takes them."""
        interchange = f"ISA[{self.interchanges}] " if self.interchanges > 1 else ""
        group = f"GS[{self.groups}] " if self.groups > 1 else ""
        return f"{interchange}{group}{what}"

    def _interchange_fault(self, code: str, segment: str, element: int | None = None) -> Fault:
        return self._fault("TA105", code, faults.INTERCHANGE[code], self._place(""), segment, element)

    def _group_fault(self, code: str, segment: str, element: int | None = None) -> Fault:
        return self._fault("AK905", code, faults.GROUP[code], self._place(""), segment, element)

    def _transaction_fault(self, code: str, segment: str, element: int | None = None) -> Fault:
        place = self.transaction.place if self.transaction else ""
        return self._fault("IK502", code, faults.TRANSACTION[code], f"{place} ", segment, element)

    def _fault(
        self, codes: CodeList, code: str, message: str, place: str, segment: str, element: int | None
    ) -> Fault:
        shown = segment if is_id(segment) else "?"
        return Fault(
            codes=codes,
            code=code,
            message=message,
            place=f"{place}{shown}" if element is None else f"{place}{shown}{element:02}",
            interchange=self.interchange.control_number if self.interchange else None,
            group=self.group.control_number if self.group else None,
            transaction=self.transaction.control_number if self.transaction else None,
            segment=shown,
            element=element,
        )


first_three = itemgetter(slice(3))
_NUMBER = re.compile("[0-9]{1,9}")
_ISA = tuple(
    (re.compile(pattern, re.DOTALL), code)
    for pattern, code in (
        ("0[0-8]", "010"),
        (".{10}", "011"),
        ("0[01]", "012"),
        (".{10}", "013"),
        ("[A-Z0-9]{2}", "005"),
        (".{15}", "006"),
        ("[A-Z0-9]{2}", "007"),
        (".{15}", "008"),
        ("[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])", "014"),
        ("([01][0-9]|2[0-3])[0-5][0-9]", "015"),
        (".", "022"),
        ("00501", "003"),
        ("[0-9]{9}", "018"),
        ("[01]", "019"),
        ("[PTI]", "020"),
        (".", "022"),
    )
)


def _count(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None


def _same_number(trailer: str, header: str) -> bool:
    """Whether two control numbers are the same; they are numbers, so leading zeros do not count."""
    return trailer == header or (trailer.lstrip("0") == header.lstrip("0") and header.isdigit())
