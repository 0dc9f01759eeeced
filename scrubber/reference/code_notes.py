"""Notes on single diagnosis codes: where other pages contradict the data, which neighbour fits better."""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from scrubber.reference.container import Sections


class NoteSource(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The document a note rests on."""

    title: str
    url: str
    edition: str


class CodeRemark(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A note in our own words and its source."""

    note: str
    source: NoteSource


class CodeNotes:
    """The notes, by code without the dot."""

    def __init__(self, notes: Mapping[str, tuple[CodeRemark, ...]]) -> None:
        self._notes = notes

    @classmethod
    def read(cls, sections: Sections) -> "CodeNotes":
        """The notes in their section."""
        return cls(msgspec.json.decode(sections["code_notes"], type=dict[str, tuple[CodeRemark, ...]]))

    def of(self, code: str) -> tuple[CodeRemark, ...]:
        """The notes on a code; none for most."""
        return self._notes.get(code, ())


def pack_code_notes(notes: Mapping[str, tuple[CodeRemark, ...]]) -> bytes:
    """The section of the notes."""
    return msgspec.json.encode(dict(sorted(notes.items())))
