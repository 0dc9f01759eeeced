"""JSON with repairs: the texts that change are replaced in the bytes as they came, nothing else is touched."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from msgspec import Struct

from scrubber.claim import Location
from scrubber.intake.stream import CHUNK, Damaged
from scrubber.output.corrected_claim import Repair, Tell

NOT_FOUND = "no such text stands there"


class Rewritten(Struct, frozen=True):
    """A record as it stands in the file, and as it is to stand there."""

    old: bytes
    new: bytes


def corrected_record(record: bytes, repairs: Sequence[Repair], tell: Tell) -> bytes:
    """A JSON document with the repairs."""
    texts = _texts(record)
    pieces = []
    at = 0
    for repair in sorted(repairs, key=lambda repair: texts.get(repair.location, (0, 0))):
        begin, end = texts.get(repair.location, (0, 0))
        if begin == end or json.loads(record[begin:end]) != repair.old:
            tell(repair, NOT_FOUND)
            continue
        pieces += [record[at:begin], json.dumps(repair.new).encode()]
        at = end
        tell(repair, "")
    return b"".join([*pieces, record[at:]])


def corrected_json(file: BinaryIO, records: Iterable[Rewritten]) -> Iterator[bytes]:
    """The bytes of a file with records rewritten, which are given in its order.

    A record is known by all of its bytes. Two that have the same bytes are the same claim, repaired in the same way.
    """
    data = b""
    for record in records:
        size = len(record.old)
        while (at := data.find(record.old)) < 0:
            keep = max(0, len(data) - size + 1)
            yield data[:keep]
            more = file.read(max(CHUNK, size))
            if not more:
                raise Damaged("the file was changed while it was read")
            data = data[keep:] + more
        yield data[:at]
        yield record.new
        data = data[at + size :]
    yield data
    yield from iter(lambda: file.read(CHUNK), b"")


_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[{}\[\],]', re.DOTALL)


def _texts(document: bytes) -> dict[Location, tuple[int, int]]:
    """Where each text of a JSON document stands, with its quotes; of a key that stands twice the last."""
    texts: dict[Location, tuple[int, int]] = {}
    path: list[str | int] = []
    key_follows = False
    for token in _TOKEN.finditer(document):
        text = token[0]
        if text in b"{[":
            path.append("" if text == b"{" else 0)
            key_follows = text == b"{"
        elif text in b"}]":
            path.pop()
            key_follows = False
        elif text == b",":
            if isinstance(path[-1], int):
                path[-1] += 1
            else:
                key_follows = True
        elif key_follows:
            path[-1] = json.loads(text)
            key_follows = False
        else:
            texts[tuple(path)] = token.span()
    return texts
