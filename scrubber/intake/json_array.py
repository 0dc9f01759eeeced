"""The elements of a JSON array one by one, in constant memory, each as the bytes it is written in.

Where an element ends is found without a loop over bytes. A claim begins with its ``claim_id``, a FHIR resource with
its ``resourceType``, so the beginning of the next claim is one search away, and msgspec says quickly whether all
before it is one whole JSON value. Only where that fails (another order of keys, a broken element) brackets and
strings are followed, by one regular expression. As no claim begins within another, a broken one costs no other.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from scrubber.intake.claim_json import is_json
from scrubber.intake.stream import CHUNK, Damaged, Stream

LEVELS: Final = 40
"""Levels of brackets that are followed within an element."""


class Broken(msgspec.Struct, frozen=True):
    """An element that can't be read, and why."""

    message: str


def array_elements(
    stream: Stream, longest: int, offset: int = 0, within: bool = False
) -> Iterator[tuple[int, bytes | Broken]]:
    """The elements of the array that a stream begins with, each after the offset it begins at.

    ``offset`` is that of the stream; it begins with an element of the array if ``within`` says so. An element is not
    necessarily JSON, but what is wrong with it is wrong with it alone. Raises Damaged where nothing more can be told
    apart.
    """
    window = _Window(stream, offset)
    if not within:
        window.first()
        window.at += 1
    if within or window.first() != b"]":
        yield _element(window, longest)
        while window.first() == b",":
            window.at += 1
            yield _element(window, longest)
    if window.first() != b"]":
        raise Damaged(_BREAKS_OFF)
    window.at += 1
    if window.first():
        raise Damaged("something follows the end of the JSON array")


class _Window:
    """The part of the stream in view: ``data``, read up to ``at``. ``offset`` is where in the file it begins."""

    def __init__(self, stream: Stream, offset: int) -> None:
        self._stream = stream
        self.offset = offset
        self._next_claim: int | None = -1
        self.data = b""
        self.at = 0

    def more(self) -> bool:
        """Read on and let go of what lies before ``at``. False at the end of the stream."""
        more = self._stream.read(max(CHUNK, len(self.data) - self.at))
        self.data = self.data[self.at :] + more
        self.offset += self.at
        self.at = 0
        self._next_claim = -1
        return bool(more)

    def first(self) -> bytes:
        """The next byte that is not white space; ``at`` is moved there. Empty at the end."""
        while True:
            self.at = _SPACE.match(self.data, self.at).end()  # type: ignore[union-attr]  # it always matches
            if self.at < len(self.data):
                return self.data[self.at : self.at + 1]
            if not self.more():
                return b""

    def next_claim(self) -> int | None:
        """Where the comma before the next claim in view stands; none in view is remembered until more is read."""
        if self._next_claim is not None and self._next_claim <= self.at:
            found = _NEXT_CLAIM.search(self.data, self.at + 1)
            self._next_claim = found.start() if found else None
        return self._next_claim

    def to_next_claim(self) -> bool:
        """Leave out everything before the next claim. False if there is none."""
        while self.next_claim() is None:
            self.at = max(self.at, len(self.data) - LONGEST_BEGINNING)
            if not self.more():
                return False
        self.at = self.next_claim() or 0
        return True


def _element(window: _Window, longest: int) -> tuple[int, bytes | Broken]:
    """The element that begins here, and where that is. The window is moved to what follows it."""
    if not window.first():
        raise Damaged(_BREAKS_OFF)
    offset = window.offset + window.at
    while True:
        data, at = window.data, window.at
        cut = window.next_claim()
        if cut is None or not is_json(data[at:cut]):
            end = _VALUE.match(data, at, len(data) if cut is None else cut).end()  # type: ignore[union-attr]  # it always matches
        else:
            end = cut
        if end < len(data) and data[end] in b",]" and end - at <= longest:
            window.at = end
            return offset, data[at:end]
        if cut is not None:
            window.at = cut
            return offset, Broken(_TOO_LONG.format(longest) if cut - at > longest else _UNBALANCED)
        if len(data) - at > longest:
            if not window.to_next_claim():
                raise Damaged("the JSON array can't be followed any further")
            return offset, Broken(_TOO_LONG.format(longest))
        if not window.more():
            raise Damaged(_BREAKS_OFF)


def _balanced(levels: int) -> bytes:
    """The regular expression of anything in which the brackets match, without the commas between two elements."""
    text = rb'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'
    inner = rb'(?:[^"{}\[\]]++|' + text + rb")*+"
    for _ in range(levels):
        inner = rb'(?:[^"{}\[\]]++|' + text + rb"|[{\[]" + inner + rb"[}\]])*+"
    return rb'(?:[^"{}\[\],]++|' + text + rb"|[{\[]" + inner + rb"[}\]])*+"


LONGEST_BEGINNING: Final = 1024
"""Bytes in which the beginning of a claim shows, white space included."""

_BREAKS_OFF = "it is not well-formed JSON: the array breaks off"
_TOO_LONG = "More than {} bytes: no claim is so long."
_UNBALANCED = "Not readable as JSON: brackets or quotes do not match."
_SPACE = re.compile(rb"[ \t\r\n]*+")
_VALUE = re.compile(_balanced(LEVELS), re.DOTALL)
_NEXT_CLAIM = re.compile(rb',(?=\s*+\{\s*+"(?:claim_id"\s*+:|resourceType"\s*+:\s*+"(?:Claim|Bundle)"))')
