"""Claims in a file: the format is told by content, each claim is given with its place, and so is what is not one.

What reads a format is imported when a file needs it: the command line starts for one claim, too.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import BinaryIO, Final, TypeAlias, cast

import msgspec

from scrubber.claim import json_pointer
from scrubber.intake.checked import checked
from scrubber.intake.record import FileNotUnderstood, Received, Unreadable
from scrubber.intake.stream import GZIP, MOST_RATIO, MOST_UNPACKED, Damaged, Stream, gunzipped, lines

LONGEST_RECORD = 4 * 1024**2
"""Bytes of one claim: a line of NDJSON, an element of a JSON array."""

LONGEST_DOCUMENT = 32 * 1024**2
"""Bytes of a JSON document that is not an array: it is read whole, for a FHIR Bundle may refer from end to end."""

SEEN: Final = 64 * 1024
"""Bytes at the beginning by which the format is told."""

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

Readings: TypeAlias = Iterator[Received | Unreadable]


def read_claims(
    file: BinaryIO,
    name: str,
    *,
    columns: Mapping[str, str | None] | None = None,
    most_unpacked: int = MOST_UNPACKED,
    most_ratio: int = MOST_RATIO,
) -> Readings:
    """The claims of a file in its order. ``name`` is how the file is called in messages.

    Reads X12 837, JSON (one claim or an array of claims), NDJSON, FHIR R4 (a Claim, a Bundle, either in an array
    or one a line) and CSV or TSV, plain or as gzip. ``columns`` are the names of CSV columns that differ from ours
    (theirs → ours, or None for a column to leave out). A gzip file may unpack to ``most_unpacked`` bytes and to
    ``most_ratio`` times its size.

    Raises FileNotUnderstood if the format can't be told or the file is damaged before its first claim; damage
    further on is the last thing that is given, as Unreadable.
    """
    any_received = False
    try:
        stream = _plain(Stream(file.read), name, most_unpacked, most_ratio)
        for reading in _readings(stream, name, columns):
            any_received = any_received or isinstance(reading, Received)
            yield reading
    except Damaged as damage:
        if not any_received:
            raise FileNotUnderstood(f"{name}: {damage}") from None
        yield Unreadable(place=name, message=f"Nothing more of this file can be read: {damage}.")


def _plain(stream: Stream, name: str, most_unpacked: int, most_ratio: int) -> Stream:
    """The stream without gzip."""
    if stream.peek(len(GZIP)) != GZIP:
        return stream
    plain = Stream(gunzipped(stream, most_unpacked, most_ratio))
    if plain.peek(len(GZIP)) == GZIP:
        raise FileNotUnderstood(f"{name} is packed with gzip twice; unpack it once")
    return plain


def _readings(stream: Stream, name: str, columns: Mapping[str, str | None] | None) -> Readings:
    """What the reader of the format makes of the stream. Raises FileNotUnderstood where the format can't be told."""
    if stream.peek(len(BYTE_ORDER_MARK)) == BYTE_ORDER_MARK:
        stream.read(len(BYTE_ORDER_MARK))
    start = stream.peek(SEEN)
    begins = start.lstrip()
    if not begins:
        stream.read_to(len(start) + 1)  # damage, if there is any, is what to tell
        told = f"holds nothing in its first {SEEN} bytes" if len(start) == SEEN else "is empty"
        raise FileNotUnderstood(f"{name} {told}")
    if _X12.match(begins):
        return _read_x12(stream, name)
    if what := _other_format(start):
        raise FileNotUnderstood(f"{name} is {what}")
    if _is_ndjson(_with_first_line(stream) if begins.startswith(b"{") else begins):
        return _read_ndjson(stream, name)
    if begins.startswith(b"{"):
        return _read_document(stream, name)
    if begins.startswith(b"["):
        return _read_array(stream, name)
    from scrubber.intake.delimited import read_delimited, seems_delimited  # noqa: PLC0415

    if b"\0" in start:
        raise FileNotUnderstood(f"{name} is {_NONE_OF_THEM}: it holds binary data")
    if seems_delimited(start, columns):
        return read_delimited(stream, name, columns)
    stream.read_to(len(start) + 1)
    raise FileNotUnderstood(
        f"{name} is {_NONE_OF_THEM}: it begins with none of ISA, {{ and [, and its first line does not name"
        " the columns that are known, claim_id before all"
    )


_NONE_OF_THEM: Final = "neither JSON nor NDJSON, FHIR, X12 837, CSV or TSV"
_X12 = re.compile(rb"ISA[^A-Za-z0-9_]")

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


def _read_x12(stream: Stream, name: str) -> Readings:
    from scrubber.intake.x12 import read_837  # noqa: PLC0415

    return read_837(cast(BinaryIO, stream), name)


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
    if first.startswith(b"{") and _is_json(first):
        return True
    # Of a document in several lines, only the last element of a list can look like a line of NDJSON.
    needed = 2 if first.rstrip().endswith((b"{", b"[", b",", b":")) else 1
    claims = (line for line in others if _CLAIM_LINE.fullmatch(line) and _is_json(line))
    return len(list(islice(claims, needed))) == needed


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return True


def _read_ndjson(stream: Stream, name: str) -> Readings:
    for number, line in enumerate(lines(stream, LONGEST_RECORD), 1):
        if len(line) > LONGEST_RECORD:
            yield Unreadable(
                place=f"{name} line {number}",
                message=f"More than {LONGEST_RECORD} bytes: no claim is so long.",
            )
        elif not line.isspace():
            yield from _claims(line.removeprefix(BYTE_ORDER_MARK), name, f"line {number} ")


def _read_document(stream: Stream, name: str) -> Readings:
    document = stream.read_to(LONGEST_DOCUMENT + 1)
    if len(document) > LONGEST_DOCUMENT:
        raise FileNotUnderstood(
            f"{name} is a JSON document of more than {LONGEST_DOCUMENT} bytes; write it as NDJSON, one claim a line"
        )
    yield from _claims(document, name, "")


def _read_array(stream: Stream, name: str) -> Readings:
    from scrubber.intake.json_array import Broken, array_elements  # noqa: PLC0415

    for number, element in enumerate(array_elements(stream, LONGEST_RECORD)):
        at = json_pointer((number,))
        if isinstance(element, Broken):
            yield Unreadable(place=f"{name} {at}", message=element.message)
        else:
            yield from _claims(element, name, at)


def _claims(record: bytes, name: str, at: str) -> Readings:
    """The claims of one JSON record: one, or those of a FHIR Bundle. ``at`` is put before each pointer."""
    if b'"resourceType"' in record:
        from scrubber.intake.fhir import is_fhir, read_fhir  # noqa: PLC0415

        if is_fhir(record):
            yield from read_fhir(record, name, at)
            return
    yield checked(
        record, f"{name} {at}".rstrip(), lambda location: at + json_pointer(location), _told_pointer
    )


def _told_pointer(pointer: str) -> str:
    return pointer or "the claim"
