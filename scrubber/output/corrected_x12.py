"""X12 with repairs: elements are replaced in the bytes as they came, nothing else is touched.

The file is read twice at once. One reading gives the claims; where a repair belongs, it gives the position of the
segment in its transaction, as the claim's origin knows it. The other copies the bytes, counting segments, up to there.
A level stands before its claims, so the first claim below it brings its repairs: nothing has to be held back.

What is replaced has to be certain: the segment at that position must be the one that was read, to the letter.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, TypeAlias

from msgspec import Struct

from scrubber.intake.record import Received
from scrubber.intake.x12.envelope import Part, Transaction
from scrubber.intake.x12.files import Reading
from scrubber.intake.x12.places import Level, Origin
from scrubber.intake.x12.tokenizer import (
    CHUNK,
    COMPONENT,
    ELEMENT,
    LONGEST_ISA,
    REPETITION,
    Separators,
    separators_of,
)
from scrubber.output.corrected_claim import Repair, Tell, safe_repairs
from scrubber.output.received_file import Judge

Position: TypeAlias = tuple[int, int]
"""Of a segment: number of its transaction in the file, and in that of the segment, both from 1."""

NO_SUCH_PLACE = "its element can't be told with certainty"
NOT_AGAIN = "its segment was not found again in the file"
TOO_LATE = "what stands above the claim was already written"


class Change(Struct, frozen=True):
    """A repair in a segment, which reads ``segment``. ``component`` is None for the whole element."""

    position: Position
    segment: str
    element: int
    component: int | None
    repair: Repair


def changes_of(readings: Reading, judge: Judge, tell: Tell) -> Iterator[Change]:
    """Where the repairs of the claims belong, in the order of the file."""
    transactions = 0
    last: Position = (0, 0)
    made: set[Position] = set()  # in the levels that are open
    for reading in readings:
        if isinstance(reading, Transaction):
            transactions += 1
        elif isinstance(reading, Received):
            changes = []
            origin = reading.locate
            for repair in safe_repairs(reading.claim, judge(reading), tell):
                change = _change(transactions, origin, repair) if isinstance(origin, Origin) else None
                if change:
                    changes.append(change)
                else:
                    tell(repair, NO_SUCH_PLACE)
            if not changes or not isinstance(origin, Origin):
                continue
            for change in sorted(changes, key=lambda change: change.position):
                if change.position > last:
                    last = change.position
                    yield change
                elif change.position not in made:
                    tell(change.repair, TOO_LATE)
            above = [
                range(part.position, part.position + len(part.segments)) for part in _levels(origin.level)
            ]
            made = {
                (transaction, position)
                for transaction, position in made.union(change.position for change in changes)
                if transaction == transactions and any(position in part for part in above)
            }


def corrected_x12(file: BinaryIO, changes: Iterable[Change], tell: Tell) -> Iterator[bytes]:
    """The bytes of a file with changes, which are given in its order."""
    following = iter(changes)
    change = next(following, None)
    transaction = position = 0
    for separators, stretch in _stretches(file):
        if change is None:
            yield stretch
            continue
        begins, by_line = b"ST" + separators.element, separators.terminator in b"\r\n"
        *segments, rest = stretch.split(separators.terminator)
        for index, segment in enumerate(segments):
            start = segment.translate(None, b"\r\n").lstrip(b" \t")  # a line may break within the id
            if by_line and not start:
                continue
            position += 1
            if start.startswith(begins):
                transaction, position = transaction + 1, 1
            while change and change.position <= (transaction, position):
                here = change.position == (transaction, position)
                new = _rewritten(segment, change, separators) if here else None
                segments[index] = segment if new is None else new
                tell(change.repair, NOT_AGAIN if new is None else "")
                change = next(following, None)
        yield separators.terminator.join([*segments, rest])
    while change:
        tell(change.repair, NOT_AGAIN)
        change = next(following, None)


# Where a repair belongs

LOOPS = {
    "2010AA": ("20", "85"),
    "2010BA": ("22", "IL"),
    "2010CA": ("23", "QC"),
    "2310C": ("", "77"),
    "2310E": ("", "77"),
}
"""Loop of someone named → the level it is in (HL03), none being the claim, and who it is (NM101)."""

_PLACE = re.compile(r"(?:(\d{4}[A-Z]*)(?:\[(\d+)\])? )?([A-Z][A-Z0-9]{1,2})(\d\d)(?:-(\d))?")


def _change(transaction: int, origin: Origin, repair: Repair) -> Change | None:
    """The change, if just one element can be meant: that of the place a finding tells, with the text to replace."""
    found = _PLACE.fullmatch(repair.place.removeprefix(origin.place).lstrip())
    if found is None:
        return None
    loop, line, id_, number, component_number = found.groups()
    element, component = int(number), int(component_number) if component_number else None
    part, indexes = _loop(origin, loop or "", int(line or 0))
    meant = []
    for index in indexes:
        segment = part.segments[index]
        if segment.startswith(f"{id_}{ELEMENT}") and _text(segment, element, component) == repair.old:
            meant.append(index)
    if len(meant) != 1:
        return None
    position = (transaction, part.position + meant[0])
    return Change(position, part.segments[meant[0]], element, component, repair)


def _loop(origin: Origin, loop: str, line: int) -> tuple[Part, Sequence[int]]:
    """The part of a loop, and which of its segments belong to it."""
    claim = origin.claim
    ids = [segment.partition(ELEMENT)[0] for segment in claim.segments]
    lines = [*(index for index, id_ in enumerate(ids) if id_ == "LX"), len(ids)]
    if loop == "2400":
        return claim, range(*lines[line - 1 : line + 1]) if 0 < line < len(lines) else ()
    head = range(lines[0])
    if not loop:
        return claim, head
    level, entity = LOOPS.get(loop, ("", ""))
    if not entity:
        return claim, ()
    part = claim
    if level:
        at = f"{ELEMENT}{level}{ELEMENT}"
        above = [part for part in _levels(origin.level) if at in f"{part.segments[0]}{ELEMENT}"]
        if not above:
            return claim, ()
        part, head = above[0], range(len(above[0].segments))
    named = ""
    indexes = []
    for index in head:
        if part.segments[index].startswith(f"NM1{ELEMENT}"):
            named = part.segments[index].split(ELEMENT, 2)[1]
        if named == entity:
            indexes.append(index)
    return part, indexes


def _levels(level: Level | None) -> Iterator[Part]:
    """The levels above a claim, the nearest first."""
    while level and level.part:
        yield level.part
        level = level.above


def _text(segment: str, element: int, component: int | None) -> str:
    text = "".join(segment.split(ELEMENT)[element : element + 1])
    return text if component is None else "".join(text.split(COMPONENT)[component - 1 : component])


# The bytes

_ISA = re.compile(rb"(?:\xef\xbb\xbf|[ \t\r\n])*+(?=ISA[^A-Za-z0-9])")


def _stretches(file: BinaryIO) -> Iterator[tuple[Separators, bytes]]:
    """The bytes of a file in stretches of whole segments, each of one interchange, with its separators."""
    data = b""
    separators: Separators | None = None
    more = True
    while more:
        chunk = file.read(CHUNK)
        more = bool(chunk)
        data += chunk
        while data:
            behind = 0
            if isa := _ISA.match(data):
                behind = isa.end() + 3
                if more and len(data) < behind + LONGEST_ISA:
                    break
                separators = separators_of(data[isa.end() :]) or separators
            if separators is None:
                break
            terminator = separators.terminator
            following = re.compile(re.escape(terminator) + _ISA.pattern).search(data, behind)
            cut = following.start() + 1 if following else data.rfind(terminator) + 1
            if not cut and len(data) > CHUNK:  # no segment is so long
                cut = len(data)
            if not cut:
                break
            yield separators, data[:cut]
            data = data[cut:]
    if data and separators:
        yield separators, data


def _rewritten(written: bytes, change: Change, separators: Separators) -> bytes | None:
    """A segment with the change; None if it is another than was read, or a line breaks within the text."""
    if not _reads(written, change.segment, separators):
        return None
    elements = written.split(separators.element)
    texts = [elements[change.element]]
    at = 0
    if change.component is not None:
        texts, at = texts[0].split(separators.component), change.component - 1
    text = texts[at].strip(b"\r\n")
    new = change.repair.new.encode()
    if text.replace(b"\t", b" ") != change.repair.old.encode() or any(
        one in new for one in _marks(separators)
    ):
        return None
    texts[at] = texts[at].replace(text, new, 1)
    elements[change.element] = separators.component.join(texts)
    return separators.element.join(elements)


def _reads(written: bytes, segment: str, separators: Separators) -> bool:
    """Whether a segment in the file is the one that was read."""
    for mark, separator in (
        (ELEMENT, separators.element),
        (COMPONENT, separators.component),
        (REPETITION, separators.repetition or b""),
    ):
        segment = segment.replace(mark, separator.decode("latin-1"))
    text = written.translate(None, b"\r\n").replace(b"\t", b" ").lstrip(b" ")
    return text in {segment.encode(), segment.encode("cp1252", "replace")}


def _marks(separators: Separators) -> Iterator[bytes]:
    yield from (separators.element, separators.component, separators.terminator)
    if separators.repetition:
        yield separators.repetition
