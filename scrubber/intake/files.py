"""Claims in a file: the format is told by content, each claim is given with its place, and so is what is not one.

What reads a format is imported when a file needs it: the command line starts for one claim, too.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import BinaryIO, Final, Literal, TypeAlias, cast

from scrubber.claim import json_pointer
from scrubber.intake.checked import checked
from scrubber.intake.claim_json import is_json
from scrubber.intake.record import FileNotUnderstood, JsonOrigin, Received, Unreadable
from scrubber.intake.stream import (
    BYTE_ORDER_MARK,
    CHUNK,
    GZIP,
    MOST_RATIO,
    MOST_UNPACKED,
    Damaged,
    Stream,
    TooLarge,
    gunzipped,
    lines,
    skip_mark,
)

LONGEST_RECORD = 4 * 1024**2
"""Bytes of one claim: a line of NDJSON, an element of a JSON array."""

LONGEST_DOCUMENT = 32 * 1024**2
"""Bytes of a JSON document that is not an array: it is read whole, for a FHIR Bundle may refer from end to end."""

SEEN: Final = 64 * 1024
"""Bytes at the beginning by which the format is told."""

Readings: TypeAlias = Iterator[Received | Unreadable]

Columns: TypeAlias = Mapping[str, str | None]
"""Names of CSV columns that differ from ours: theirs → ours, or None for a column to leave out."""

Note: TypeAlias = Callable[[str], None]
"""Takes one line for a user: the place in a file and what is wrong there."""

Format: TypeAlias = Literal["x12", "ndjson", "document", "array", "delimited"]
"""How the records of a file are told apart: as segments, lines, one JSON document, JSON array, rows."""


def read_claims(
    file: BinaryIO,
    name: str,
    *,
    columns: Columns | None = None,
    note: Note | None = None,
    most_unpacked: int = MOST_UNPACKED,
    most_ratio: int = MOST_RATIO,
) -> Readings:
    """The claims of a file in its order. ``name`` is how the file is called in messages.

    Reads X12 837, JSON (one claim or an array of claims), NDJSON, FHIR R4 (a Claim, a Bundle, either in an array
    or one a line) and CSV or TSV, plain or as gzip. A gzip file may unpack to ``most_unpacked`` bytes and to
    ``most_ratio`` times its size. ``note`` is told what is wrong and costs no claim: trailers of an 837 that do not
    agree with what they end.

    Raises FileNotUnderstood if the format can't be told or the file is damaged before its first claim; damage
    further on is the last thing that is given, as Unreadable.
    """
    any_received = False
    try:
        stream = unpacked(file, name, most_unpacked, most_ratio)
        for reading in _readings(stream, name, columns, note):
            any_received = any_received or isinstance(reading, Received)
            yield reading
    except Damaged as damage:
        if not any_received:
            raise FileNotUnderstood(f"{name}: {damage}") from None
        yield nothing_more(name, damage)


def _readings(stream: Stream, name: str, columns: Columns | None, note: Note | None) -> Readings:
    """What the reader of the format makes of the stream."""
    skip_mark(stream)
    match format_of(stream, name, columns):
        case "x12":
            from scrubber.intake.x12 import read_837  # noqa: PLC0415
            from scrubber.intake.x12.faults import TRAILERS, Fault  # noqa: PLC0415

            def report(fault: Fault) -> None:
                if note and (fault.codes, fault.code) in TRAILERS:
                    note(f"{name} {fault.place}: {fault.message}")

            return read_837(cast(BinaryIO, stream), name, report, elements=False)
        case "ndjson":
            return read_lines(stream, name)
        case "document":
            return read_document(stream, name)
        case "array":
            return read_array(stream, name)
        case "delimited":
            from scrubber.intake.delimited import read_delimited  # noqa: PLC0415

            return read_delimited(stream, name, columns)


def nothing_more(name: str, damage: Damaged) -> Unreadable:
    """What is given in the place of all that follows damage."""
    return Unreadable(place=name, message=f"Nothing more of this file can be read: {damage}.")


def unpacked(
    file: BinaryIO, name: str, most_unpacked: int = MOST_UNPACKED, most_ratio: int = MOST_RATIO
) -> Stream:
    """The bytes of a file, out of gzip if it is packed. Reading them raises Damaged where the file is damaged."""
    stream = Stream(file.read)
    if not stream.peek(SEEN).startswith(GZIP):
        return stream
    plain = Stream(gunzipped(stream, most_unpacked, most_ratio))
    if plain.peek(SEEN).startswith(GZIP):
        raise FileNotUnderstood(f"{name} is packed with gzip twice; unpack it once")
    return plain


def is_packed(start: bytes) -> bool:
    """Whether a file that begins so is gzip."""
    return start.startswith(GZIP)


def unpack(
    file: BinaryIO,
    name: str,
    into: BinaryIO,
    most_unpacked: int = MOST_UNPACKED,
    most_ratio: int = MOST_RATIO,
) -> str | None:
    """Write the bytes of a file, out of gzip if it is packed. Returns the damage in which they break off, if any.

    Raises FileNotUnderstood for a file that unpacks to more than it may.
    """
    try:
        stream = unpacked(file, name, most_unpacked, most_ratio)
        while data := stream.read(CHUNK):
            into.write(data)
    except TooLarge as large:
        raise FileNotUnderstood(f"{name}: {large}") from None
    except Damaged as damage:
        return str(damage)
    return None


def format_of(stream: Stream, name: str, columns: Columns | None) -> Format:
    """The format of a stream without byte order mark. Raises FileNotUnderstood where it can't be told."""
    start = stream.peek(SEEN)
    begins = start.lstrip()
    if not begins:
        stream.read_to(len(start) + 1)  # damage, if there is any, is what to tell
        told = f"holds nothing in its first {SEEN} bytes" if len(start) == SEEN else "is empty"
        raise FileNotUnderstood(f"{name} {told}")
    if is_x12(begins):
        return "x12"
    if what := _other_format(start):
        raise FileNotUnderstood(f"{name} is {what}")
    if _is_ndjson(_with_first_line(stream) if begins.startswith(b"{") else begins):
        return "ndjson"
    if begins.startswith(b"{"):
        return "document"
    if begins.startswith(b"["):
        return "array"
    from scrubber.intake.delimited import seems_delimited  # noqa: PLC0415

    if b"\0" in start:
        raise FileNotUnderstood(f"{name} is {_NONE_OF_THEM}: it holds binary data")
    if seems_delimited(start, columns):
        return "delimited"
    stream.read_to(len(start) + 1)
    raise FileNotUnderstood(
        f"{name} is {_NONE_OF_THEM}: it begins with none of ISA, {{ and [, and its first line does not name"
        " the columns that are known, claim_id before all"
    )


_NONE_OF_THEM: Final = "neither JSON nor NDJSON, FHIR, X12 837, CSV or TSV"

is_x12 = re.compile(rb"(?:\xef\xbb\xbf)?\s*ISA[^A-Za-z0-9_]").match
"""Whether a file that begins so is X12."""

OTHER_FORMATS: Final = (
    (rb"PK\x03\x04.{0,4096}?(?:xl/|\[Content_Types\])", "an Excel workbook (.xlsx); save it as CSV UTF-8"),
    (rb"PK[\x03\x05]", "a zip archive; unpack it first"),
    (rb"\xd0\xcf\x11\xe0", "an old Excel or Word file (.xls, .doc); save it as CSV UTF-8"),
    (rb"%PDF", "a PDF; the data of the claims is needed, not their printed form"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|II\*\0|MM\0\*", "an image; the data of the claims is needed"),
    (
        rb"BZh|\xfd7zXZ|\x28\xb5\x2f\xfd|7z\xbc\xaf|Rar!",
        "packed in a way that is not read here; pack it with gzip",
    ),
    (
        rb"\xff\xfe|\xfe\xff|(?:[\t\n\r -~]\0){4}|(?:\0[\t\n\r -~]){4}",
        "UTF-16 text, as Excel writes 'Unicode Text'; save it as CSV UTF-8",
    ),
    (rb"\{\\rtf", "a Word document (RTF); the data of the claims is needed"),
    (rb"\s*(?i:<!doctype html|<html)", "a web page; the data of the claims is needed"),
    (rb"\s*<", "XML; FHIR is read as JSON only"),
    (rb"\s*(?:FHS|BHS|MSH)\|", "HL7 version 2; claims are read as X12 837, JSON, FHIR, CSV or TSV"),
    (rb"\s*(?:GS|ST|BHT)[*|^~:]", "a part of an X12 file; it must begin with its ISA segment"),
)
"""How other files begin, and what is said of them."""


def _other_format(start: bytes) -> str | None:
    return next((what for begins, what in OTHER_FORMATS if re.match(begins, start, re.DOTALL)), None)


def _with_first_line(stream: Stream) -> bytes:
    """The beginning of a JSON stream, up to the end of its first line if that is not too far."""
    size = SEEN
    while True:
        start = stream.peek(size)
        if len(start) < size or size > LONGEST_RECORD or b"\n" in start.lstrip():
            return start.lstrip()
        size *= 4


_CLAIM_LINE = re.compile(
    rb'\{\s*+"(?:claim_id"\s*+:|resourceType"\s*+:\s*+"(?:Claim|Bundle)").*\}\s*', re.DOTALL
)


def _is_ndjson(start: bytes) -> bool:
    """Whether every line is a JSON value of its own: the first is, or it is broken and others are claims."""
    first, *others = start.splitlines()
    if not any(map(bytes.strip, others)):
        return False
    if first.startswith(b"{") and is_json(first):
        return True
    # Of a document in several lines, only the last element of a list can look like a line of NDJSON.
    needed = 2 if first.rstrip().endswith((b"{", b"[", b",", b":")) else 1
    claims = (line for line in others if _CLAIM_LINE.fullmatch(line) and is_json(line))
    return len(list(islice(claims, needed))) == needed


def read_lines(stream: Stream, name: str, number: int = 1) -> Readings:
    """The claims of NDJSON, of which the stream begins with line ``number``."""
    for at, (_, line) in enumerate(lines(stream, LONGEST_RECORD), number):
        if len(line) > LONGEST_RECORD:
            yield Unreadable(
                place=f"{name} line {at}",
                message=f"More than {LONGEST_RECORD} bytes: no claim is so long.",
            )
        elif not line.isspace():
            yield from read_record(line.removeprefix(BYTE_ORDER_MARK), name, f"line {at} ")


def read_document(stream: Stream, name: str) -> Readings:
    """The claims of a file that is one JSON document. Raises FileNotUnderstood if it is too long."""
    document = stream.read_to(LONGEST_DOCUMENT + 1)
    if len(document) > LONGEST_DOCUMENT:
        raise FileNotUnderstood(
            f"{name} is a JSON document of more than {LONGEST_DOCUMENT} bytes; write it as NDJSON, one claim a line"
        )
    yield from read_record(document, name, "")


def read_array(stream: Stream, name: str, number: int | None = None) -> Readings:
    """The claims of a JSON array, or of its rest from element ``number`` on, with which the stream begins."""
    from scrubber.intake.json_array import Broken, array_elements  # noqa: PLC0415

    elements = array_elements(stream, LONGEST_RECORD, within=number is not None)
    for at, (_, element) in enumerate(elements, number or 0):
        pointer = json_pointer((at,))
        if isinstance(element, Broken):
            yield Unreadable(place=f"{name} {pointer}", message=element.message)
        else:
            yield from read_record(element, name, pointer)


def read_record(record: bytes, name: str, at: str) -> Readings:
    """The claims of one JSON record: one, or those of a FHIR Bundle. ``at`` is put before each pointer."""
    if b'"resourceType"' in record:
        from scrubber.intake.fhir import is_fhir, read_fhir  # noqa: PLC0415

        if is_fhir(record):
            yield from read_fhir(record, name, at)
            return
    yield checked(record, f"{name} {at}".rstrip(), JsonOrigin(record, at), _told_pointer)


def _told_pointer(pointer: str) -> str:
    return pointer or "the claim"
