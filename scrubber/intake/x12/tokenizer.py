"""Bytes → segments, in blocks, in constant memory. Any X12 file; nothing here knows what a segment means.

The separators are read from each interchange's own ISA segment and from nowhere else, then replaced by four fixed
control characters, so that everything after this module is written once for all files. The same pass over the bytes
takes out line breaks (unless they end the segments) and marks control characters, which no segment may hold.

A segment is a text ``"NM1<ELEMENT>85<ELEMENT>2"`` without its terminator. Splitting it at ``ELEMENT`` and joining it
again gives it back unchanged.
"""

from collections.abc import Generator, Iterator
from typing import BinaryIO, Final, TypeAlias

from msgspec import Struct

from scrubber.intake.stream import BYTE_ORDER_MARK, text_of

TERMINATOR: Final = "\x1c"
ELEMENT: Final = "\x1d"
REPETITION: Final = "\x1e"
COMPONENT: Final = "\x1f"

OVERLONG: Final = "\x1a"
"""Stands in the place of a segment that is too long to be one."""

LONGEST_SEGMENT = 2048
"""Characters of a segment. The longest real ones have less than a thousand; what is read of short texts is kept in
memory, so a long one must never be."""

CHUNK = 32 * 1024
"""Bytes read at once."""

LONGEST_STRETCH = 40 * 1024
"""Bytes without a terminator that may be a segment, most of them line breaks. More than are in view at once behind
another segment, so that only the first in view can be longer."""

LONGEST_ISA = 240
"""Bytes in which an ISA segment ends; it has 106, and line breaks if the file is wrapped."""

LOOKED_BACK: Final = 40
"""Bytes before an ISA segment that tell whether it begins a segment or a line."""

BLANK = b" \t\r\n"


class Separators(Struct, frozen=True):
    """What an interchange is written with: one byte each. ``repetition`` is None where ISA11 names none."""

    element: bytes
    component: bytes
    terminator: bytes
    repetition: bytes | None = None


Blocks: TypeAlias = Iterator[tuple[int, Separators | list[str]]]
"""Segments in lists, each after the offset it begins at; before those of an interchange its separators."""


class NotFramed(Exception):
    """The stream does not begin with a whole ISA segment, so that nothing in it can be told apart."""


def separators_of(start: bytes) -> Separators | None:
    """The separators of an interchange, from the bytes of its ISA segment; None if they can't be told.

    They are found by counting the sixteen elements, not by position: an element that is too short or too long
    is a fault of that element, and the claims behind it can still be read.
    """
    element = start[3:4]
    if not _separates(element) or element in b"\r\n":
        return None
    parts = start[:LONGEST_ISA].split(element, 16)
    if len(parts) != 17 or parts[0] != b"ISA":
        return None
    component, terminator = parts[16][:1], parts[16][1:2]
    if terminator == b"\r" and parts[16][1:3] == b"\r\n":
        terminator = b"\n"
    chosen = (element, component, terminator)
    if len(set(chosen)) < 3 or not all(map(_separates, chosen)) or b"\n" in chosen[:2] or b"\r" in chosen[:2]:
        return None
    repetition = parts[11]
    if len(repetition) != 1 or repetition in chosen or not _separates(repetition):
        return Separators(*chosen)
    return Separators(*chosen, repetition)


def read_blocks(file: BinaryIO, offset: int = 0) -> Blocks:
    """The segments of a stream in lists of about a thousand. ``offset`` is that of the stream in its file.

    Blanks before a segment are left out. A
    stretch without terminator that is too long for a segment becomes OVERLONG. What the segments are does not depend on
    how many bytes a read gives. Raises NotFramed at once if the stream does not begin with an ISA segment, and never
    later: what follows an interchange and begins none belongs to its segments.
    """
    data = file.read(CHUNK)
    if data.startswith(BYTE_ORDER_MARK):
        offset += len(BYTE_ORDER_MARK)
        data = data[len(BYTE_ORDER_MARK) :]
    while not data.strip(BLANK) and (more := file.read(CHUNK)):
        offset += len(data)
        data = more
    offset += len(data) - len(data.lstrip(BLANK))
    yield from _interchanges(file, _at_least(LONGEST_ISA, data.lstrip(BLANK), file), offset)


def read_blocks_from(file: BinaryIO, offset: int, interchange: int) -> Blocks:
    """What ``read_blocks`` gives from the beginning of a segment on, in the interchange that begins at an offset."""
    file.seek(interchange)
    separators = separators_of(_at_least(LONGEST_ISA, b"", file))
    if separators is None:
        raise NotFramed
    yield interchange, separators
    file.seek(offset)
    data, offset = yield from _interchange(file, b"", offset, separators, 3 if offset == interchange else 0)
    yield from _interchanges(file, data, offset)


def _interchanges(file: BinaryIO, data: bytes, offset: int) -> Blocks:
    while data:
        separators = separators_of(data)
        if separators is None:
            raise NotFramed
        yield offset, separators
        # the ISA that begins an interchange is not the next one
        data, offset = yield from _interchange(file, data, offset, separators, begun=3)


def _interchange(
    file: BinaryIO, data: bytes, offset: int, separators: Separators, begun: int
) -> Generator[tuple[int, list[str]], None, tuple[bytes, int]]:
    """The segments up to the next interchange; returns the bytes from there on, none at the end of the stream.

    ``data`` is what has been read from ``offset`` on. The next interchange is looked for ``begun`` bytes behind.
    """
    terminator = separators.terminator
    table, line_breaks = _translation(separators)
    by_line = terminator in b"\r\n"
    overlong = False  # whether the stretch at hand was given as OVERLONG
    at_end = False  # whether nothing more follows
    while True:
        following = _next_isa(data, begun, terminator, at_end)
        end = following if following >= 0 else len(data)
        cut = data.rfind(terminator, 0, end) + 1
        if cut:
            begin = 0
            if overlong or cut > LONGEST_STRETCH:
                first = data.find(terminator)
                if not overlong and first > LONGEST_STRETCH:
                    yield offset, [OVERLONG]
                    overlong = True
                if overlong:
                    begin = first + 1
                    overlong = False
            if segments := _segments(data[begin:cut], table, line_breaks, by_line):
                yield offset + begin, segments
            data = data[cut:]
            offset += cut
            end -= cut
            begun = 0
        found = following >= 0 and (at_end or len(data) - end >= LONGEST_ISA)
        if found or at_end:
            if overlong or end > LONGEST_STRETCH:
                segments = [] if overlong else [OVERLONG]
            else:
                segments = _segments(data[:end], table, line_breaks, by_line)
            if segments:
                yield offset, segments
            return data[end:], offset + end
        if end > LONGEST_STRETCH + 2:  # "IS" at the end may yet begin the next interchange
            if not overlong:
                yield offset, [OVERLONG]
                overlong = True
            begun = LOOKED_BACK
            let_go = end - 2 - begun
            data = data[let_go:]
            offset += let_go
        more = file.read(CHUNK)
        data += more
        at_end = not more


def _segments(block: bytes, table: bytes, line_breaks: bytes, by_line: bool) -> list[str]:
    translated = block.translate(table, line_breaks)
    try:
        text = translated.decode()
    except UnicodeDecodeError:
        text = TERMINATOR.join(map(text_of, translated.split(TERMINATOR.encode())))
    if OVERLONG in text:  # so far the mark of a control character: nothing of that kind may reach a claim
        text = text.replace(OVERLONG, "\ufffd")
    segments = text.split(TERMINATOR)
    if f"{TERMINATOR} " in text or text.startswith(" "):
        segments = [segment.lstrip(" ") for segment in segments]
    if not segments[-1].strip(" \ufffd\ufeff"):  # nothing, the end-of-file mark of DOS, a byte order mark
        segments.pop()
    if by_line:
        segments = [segment for segment in segments if segment]  # empty lines
    if _may_be_long(text):
        segments = [segment if len(segment) <= LONGEST_SEGMENT else OVERLONG for segment in segments]
    return segments


def _may_be_long(text: str) -> bool:
    """Whether a segment may be too long: there is half as much without a terminator."""
    half = LONGEST_SEGMENT // 2
    return any(text.find(TERMINATOR, at, at + half) < 0 for at in range(0, len(text) - half, half))


def _next_isa(data: bytes, start: int, terminator: bytes, at_end: bool) -> int:
    """Where the next interchange begins, or may begin if its ISA segment is not in view as a whole; -1 if nowhere.

    It does so at the start of a segment or a line.
    """
    at = data.find(b"ISA", start)
    while at >= 0:
        before = data[max(0, at - LOOKED_BACK) : at].removesuffix(BYTE_ORDER_MARK).rstrip(b" \t")
        begins = not before or before[-1:] in {terminator, b"\r", b"\n"}
        whole = at_end or len(data) - at >= LONGEST_ISA
        if begins and (not whole or separators_of(data[at : at + LONGEST_ISA])):
            return at
        at = data.find(b"ISA", at + 3)
    return -1


def _translation(separators: Separators) -> tuple[bytes, bytes]:
    """The table for bytes.translate, and the bytes to leave out."""
    table = bytearray(range(256))
    for control in (*range(32), 127):
        table[control] = ord(OVERLONG)
    table[ord("\t")] = ord(" ")
    for separator, standard in (
        (separators.repetition, REPETITION),
        (separators.element, ELEMENT),
        (separators.component, COMPONENT),
        (separators.terminator, TERMINATOR),
    ):
        if separator:
            table[separator[0]] = ord(standard)
    return bytes(table), b"\r\n".replace(separators.terminator, b"")


def _separates(character: bytes) -> bool:
    return len(character) == 1 and not character.isalnum() and character not in b" \t"


def _at_least(size: int, data: bytes, file: BinaryIO) -> bytes:
    while len(data) < size and (more := file.read(CHUNK)):
        data += more
    return data
