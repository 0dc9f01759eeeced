"""Bytes → segments, in blocks, in constant memory. Any X12 file; nothing here knows what a segment means.

The separators are read from each interchange's own ISA segment and from nowhere else, then replaced by four fixed
control characters, so that everything after this module is written once for all files. The same pass over the bytes
takes out line breaks (unless they end the segments) and marks control characters, which no segment may hold.

A segment is a text ``"NM1<ELEMENT>85<ELEMENT>2"`` without its terminator. Splitting it at ``ELEMENT`` and joining it
again gives it back unchanged.
"""

from collections.abc import Generator, Iterator
from typing import BinaryIO, Final

from msgspec import Struct

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
"""Bytes read at once; a stretch as long without a terminator is one overlong segment."""

LONGEST_ISA = 240
"""Bytes in which an ISA segment ends; it has 106, and line breaks if the file is wrapped."""

BLANK = b" \t\r\n"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Separators(Struct, frozen=True):
    """What an interchange is written with: one byte each. ``repetition`` is None where ISA11 names none."""

    element: bytes
    component: bytes
    terminator: bytes
    repetition: bytes | None = None


class NotFramed(Exception):
    """The stream does not begin with a whole ISA segment, so that nothing in it can be told apart."""


def separators_of(start: bytes) -> Separators | None:
    """The separators of an interchange, from the bytes of its ISA segment; None if they can't be told.

    They are found by counting the sixteen elements, not by position: an element that is too short or too long
    is a fault of that element, and the claims behind it can still be read.
    """
    element = start[3:4]
    parts = start[:LONGEST_ISA].split(element, 16) if element else []
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


def read_blocks(file: BinaryIO) -> Iterator[Separators | list[str]]:
    """The segments of a stream in lists of about a thousand; before each interchange its separators.

    Blanks before a segment are left out. A stretch without terminator that is too long for a segment becomes
    OVERLONG. Raises NotFramed at once if the stream does not begin with an ISA segment, and never later:
    what follows an interchange and begins none belongs to its segments.
    """
    data = file.read(CHUNK).removeprefix(BYTE_ORDER_MARK)
    while not data.strip(BLANK) and (more := file.read(CHUNK)):
        data = more
    data = _at_least(LONGEST_ISA, data.lstrip(BLANK), file)
    while data:
        separators = separators_of(data)
        if separators is None:
            raise NotFramed
        yield separators
        data = yield from _interchange(data, file, separators)


def _interchange(data: bytes, file: BinaryIO, separators: Separators) -> Generator[list[str], None, bytes]:
    """The segments up to the next interchange; returns the bytes from there on, empty at the end of the stream."""
    terminator = separators.terminator
    table, line_breaks = _translation(separators)
    begun = 3  # the ISA that began this interchange is not the next one
    while True:
        following = _next_isa(data, begun, terminator)
        if following >= 0 and len(data) - following < LONGEST_ISA:
            if more := file.read(CHUNK):
                data += more
                continue
            if separators_of(data[following:]) is None:
                following = -1
        if following == 0:
            return data
        cut = following if following > 0 else data.rfind(terminator) + 1
        if not cut:
            if len(data) > CHUNK:
                yield [OVERLONG]
                data = _after_terminator(file, terminator)
                begun = 0
                continue
            if more := file.read(CHUNK):
                data += more
                continue
            cut = len(data)
        block, data = data[:cut], data[cut:]
        if segments := _segments(block, table, line_breaks, terminator in b"\r\n"):
            yield segments
        if following > 0 or (not data and not (data := file.read(CHUNK))):
            return data
        begun = 0


def _segments(block: bytes, table: bytes, line_breaks: bytes, by_line: bool) -> list[str]:
    translated = block.translate(table, line_breaks)
    try:
        text = translated.decode()
    except UnicodeDecodeError:
        text = translated.decode("cp1252", "replace")
    if OVERLONG in text:  # so far the mark of a control character: nothing of that kind may reach a claim
        text = text.replace(OVERLONG, "\ufffd")
    segments = text.split(TERMINATOR)
    if f"{TERMINATOR} " in text or text.startswith(" "):
        segments = [segment.lstrip(" ") for segment in segments]
    if not segments[-1].strip(" \ufffd\ufeff"):  # nothing, the end-of-file mark of DOS, a byte order mark
        segments.pop()
    if by_line:
        segments = [segment for segment in segments if segment]  # empty lines
    if max(map(len, segments), default=0) > LONGEST_SEGMENT:
        segments = [segment if len(segment) <= LONGEST_SEGMENT else OVERLONG for segment in segments]
    return segments


def _next_isa(data: bytes, start: int, terminator: bytes) -> int:
    """Where the next interchange begins: an ISA segment at the start of a segment or a line; -1 if nowhere."""
    at = data.find(b"ISA", start)
    while at >= 0:
        before = data[max(0, at - 40) : at].removesuffix(BYTE_ORDER_MARK).rstrip(b" \t")
        begins = not before or before[-1:] in {terminator, b"\r", b"\n"}
        if begins and (len(data) - at < LONGEST_ISA or separators_of(data[at : at + LONGEST_ISA])):
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


def _after_terminator(file: BinaryIO, terminator: bytes) -> bytes:
    while more := file.read(CHUNK):
        _, found, rest = more.partition(terminator)
        if found:
            return rest + file.read(CHUNK)
    return b""
