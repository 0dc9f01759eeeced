"""Where the claims of an 837 begin, and reading on from there.

What stands above a claim is read again: the ISA, GS and ST segments and the levels that are open. A place to begin
holds where these are and what has been counted up to it.
"""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain, compress, count
from typing import BinaryIO, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from scrubber.intake.record import Received, Unreadable
from scrubber.intake.stream import Damaged
from scrubber.intake.x12.envelope import (
    ENVELOPE_STARTS,
    STARTS,
    Damage,
    End,
    Envelope,
    Event,
    Group,
    Interchange,
    Part,
    Transaction,
    events_of,
    first_three,
)
from scrubber.intake.x12.files import READERS, claims_of
from scrubber.intake.x12.reading import not_framed
from scrubber.intake.x12.tokenizer import (
    ELEMENT,
    Blocks,
    NotFramed,
    Separators,
    read_blocks,
    read_blocks_from,
)

Address: TypeAlias = tuple[int, int]
"""Where a segment is read again: the offset of one before it or its own, and how many come between."""

MOST_READ_AGAIN = 256 * 1024
"""Bytes of what stands above a claim: where it is more, which no real file has, nobody begins."""

HEADER = -1
DEPTHS = {"20": 0, "22": 1, "23": 2}
UNKNOWN = 2
"""Of the header, of the levels by HL03, of one that is none of them: each ends those that are as deep or deeper."""


class Above(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What stands above a claim, by where it is read again; None is what is not open.

    ``separators`` is the offset of the ISA segment that names them, ``parts`` are the header of the transaction and its
    levels. ``interchanges`` and ``groups`` are how many have begun, in the file and in the last interchange; ``claims``
    those of the transaction before this one.
    """

    separators: int
    interchanges: int
    groups: int
    interchange: Address | None = None
    group: Address | None = None
    parts: tuple[Address, ...] = ()
    claims: int = 0


Beginning: TypeAlias = Callable[[], tuple[Address, Above] | None]
"""Tells where a reading begins and what stands above it; None if too much does, or if no segment begins it, neither of
which is so for the first of a file. To be called before the next one is asked for."""


def beginnings(file: BinaryIO, name: str, offset: int) -> Iterator[Beginning | None]:
    """Where the readings that ``read_837`` gives begin, in their order; None takes the last one back.

    That happens where damage follows before it ends. ``offset`` is that of the stream in the file. Raises
    FileNotUnderstood as ``read_837`` does.
    """
    try:
        yield from _Course().beginnings(read_blocks(file, offset))
    except NotFramed:
        raise not_framed(name) from None


def read_837_from(
    file: BinaryIO, name: str, begins: Address, above: Above
) -> Iterator[Received | Unreadable]:
    """What ``read_837`` gives from a beginning on."""
    envelope = Envelope()
    rest = events_of(_blocks(file, begins, above.separators), envelope)
    return claims_of(chain(_events_above(file, envelope, above), rest), name)


class _Open(Struct):
    """A header or a level that claims may stand below: its depth, where it begins and the block in which it ends."""

    depth: int
    at: Address
    end: int


class _Course:
    """What is open in the course of a file.

    It takes the segments that begin a part and leaves out all between, which makes it several times as quick as
    reading claims.
    """

    def __init__(self) -> None:
        self.envelope = Envelope()
        self.interchanges = self.groups = self.claims = self.separators = 0
        self.first: int | None = None  # offset of the first interchange
        self.interchange: Address | None = None
        self.group: Address | None = None
        self.at: Address = (0, 0)
        self.parts: list[_Open] = []
        self.opened: _Open | None = None  # by the start before
        self.is_read = False  # whether the claims of this transaction are
        self.is_begun = False
        self.is_open = False  # whether the last reading may go on
        self.tells_itself = False  # whether it is a claim in which the interchange breaks off

    def __call__(self) -> tuple[Address, Above] | None:
        """The Beginning of the reading that has just been given."""
        if self.is_begun and sum(part.end - part.at[0] for part in self.parts) > MOST_READ_AGAIN:
            return None
        self.is_begun = True
        above = Above(
            separators=self.separators,
            interchanges=self.interchanges,
            groups=self.groups,
            interchange=self.interchange,
            group=self.group,
            parts=tuple(part.at for part in self.parts),
            claims=self.claims,
        )
        return self.at, above

    def at_first(self) -> tuple[Address, Above] | None:
        """The Beginning of a reading that no segment begins: that of the file."""
        if self.is_begun or self.first is None:
            return None
        self.is_begun = True
        return (self.first, 0), Above(separators=self.first, interchanges=0, groups=0)

    def beginnings(self, blocks: Blocks) -> Iterator[Beginning | None]:
        """Where the readings of a file begin; None takes the last one back."""
        try:
            yield from self._beginnings(blocks)
        except Damaged:
            if self.is_open:
                yield None
            raise

    def _beginnings(self, blocks: Blocks) -> Iterator[Beginning]:
        for offset, block in blocks:
            if isinstance(block, Separators):
                self.first = offset if self.first is None else self.first
                self.envelope.separators, self.separators = block, offset
                self._cut_off()
                continue
            for index in compress(count(), map(STARTS.__contains__, map(first_three, block))):
                id_ = block[index][:3]
                self.at = (offset, index)
                self.is_open = False
                if self.opened:
                    self.opened.end = offset
                    self.opened = None
                if self.is_read and id_ == "CLM":
                    self.is_open = True
                    yield self
                    self.claims += 1
                elif self.is_read and id_ in _HL:
                    kind = [*block[index].split(ELEMENT, 4), "", "", ""][3]
                    self._open(DEPTHS.get(kind, UNKNOWN))
                elif id_ in ENVELOPE_STARTS:
                    yield from self._in_envelope(self.envelope.take((id_,), [block[index]]))
                elif not self.envelope.transaction:
                    outside = self.envelope.take((id_,), [block[index]])
                    if any(isinstance(event, Damage) for event in outside):
                        self.is_open = True
                        yield self
        self._cut_off()
        yield from self._in_envelope(self.envelope.finish())

    def _cut_off(self) -> None:
        """The interchange is over: if it breaks off in a claim, the reading of that claim tells it."""
        self.tells_itself = self.is_open and self.is_read
        self.is_open = False

    def _in_envelope(self, events: Iterator[Event]) -> Iterator[Beginning]:
        """The readings among what a segment of the envelope means; what else it means is noted."""
        for event in events:
            match event:
                case Damage() if not self.tells_itself:
                    yield self.at_first
                case Interchange():
                    self.interchanges, self.interchange = event.number, self.at
                    self.groups = 0
                case Group():
                    self.groups, self.group = event.number, self.at
                case Transaction():
                    self.claims = 0
                    self.is_read = event.guide in READERS
                    if self.is_read:
                        self._open(HEADER)
                    else:
                        self.is_open = True
                        yield self
                case End(of="transaction"):
                    self.is_read = False
                    self.parts.clear()
                case End(of="group"):
                    self.group = None
                case End():
                    self.interchange = None
                case _:
                    pass
        self.tells_itself = False

    def _open(self, depth: int) -> None:
        while self.parts and self.parts[-1].depth >= depth:
            self.parts.pop()
        self.opened = _Open(depth, self.at, self.at[0])
        self.parts.append(self.opened)


_HL = ("HL", f"HL{ELEMENT}")


def _events_above(file: BinaryIO, envelope: Envelope, above: Above) -> Iterator[Event]:
    """The events that open a transaction and its levels again; the envelope is brought to where it then is."""
    envelope.interchanges, envelope.groups = above.interchanges, above.groups
    envelope.separators = next(
        block
        for _, block in read_blocks_from(file, above.separators, above.separators)
        if isinstance(block, Separators)
    )
    if above.interchange:
        envelope.interchanges -= 1
        _exhaust(envelope.isa(_elements(file, above.interchange, above.separators)))
        envelope.groups = above.groups
    if above.group:
        envelope.groups -= 1
        _exhaust(envelope.gs(_elements(file, above.group, above.separators)))
    for part in above.parts:
        for event in events_of(_blocks(file, part, above.separators), envelope):
            if isinstance(event, Transaction):
                yield replace(event, claims_before=above.claims)
            elif isinstance(event, Part):
                yield event
                break


def _elements(file: BinaryIO, at: Address, separators: int) -> list[str]:
    """The elements of the segment at an address."""
    blocks = _blocks(file, at, separators)
    return next(block for _, block in blocks if isinstance(block, list))[0].split(ELEMENT)


def _blocks(file: BinaryIO, begins: Address, separators: int) -> Blocks:
    """The blocks from an address on."""
    offset, skipped = begins
    for at, block in read_blocks_from(file, offset, separators):
        if isinstance(block, Separators) or not skipped:
            yield at, block
        else:
            if skipped < len(block):
                yield at, block[skipped:]
            skipped = max(0, skipped - len(block))


def _exhaust(events: Iterator[Event]) -> None:
    deque(events, maxlen=0)
