"""``lcd_data/code_notes.yaml`` → the section of notes on codes."""

from pathlib import Path

import msgspec
import yaml

from scrubber.claim import undotted
from scrubber.importers import ImportRefused
from scrubber.reference.code_notes import CodeRemark, NoteSource, pack_code_notes


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    codes: tuple[str, ...]
    note: str
    source: NoteSource


def read_code_notes(lcd_data: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    """The section ``code_notes``; notes have no edition of their own, each names its source.

    Raises ImportRefused naming the entry, OSError if the file can't be read.
    """
    path = lcd_data / "code_notes.yaml"
    try:
        entries = msgspec.convert(yaml.load(path.read_bytes(), yaml.CSafeLoader), list[_Entry])
    except yaml.YAMLError as error:
        raise ImportRefused(f"{path.name}: {' '.join(str(error).split())}") from None
    except msgspec.ValidationError as error:
        raise ImportRefused(f"{path.name}: {error}") from None
    notes: dict[str, tuple[CodeRemark, ...]] = {}
    for entry in entries:
        for code in map(undotted, entry.codes):
            notes[code] = (*notes.get(code, ()), CodeRemark(note=entry.note.strip(), source=entry.source))
    return {"code_notes": pack_code_notes(notes)}, {}
