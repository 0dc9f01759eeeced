"""Small code sets of ``lcd_data`` → sections of a snapshot: places of service, taxonomy, therapy, CLIA, modifiers."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from scrubber.importers.code_set_csv import DATED, PLACE, Columns, dated, place, read_code_set
from scrubber.importers.editions import tables_kept
from scrubber.reference.codes import CodeRow, pack_code_set

# The editions the files were taken from, as lcd_data/SOURCES.md tells them: change both together.
EDITIONS = {
    "place_of_service": "CMS 2024-05-02",
    "taxonomy": "NUCC 2024",
    "therapy_codes": "own list after CMS 2026-11, not held against its file",
    "clia_tests": "own list after CMS 2026-11, not complete",
    "modifiers": "own list after CMS and CPT 2026-11, not complete",
}

PLACES_OF = date(2024, 5, 2)


def read_code_sets(lcd_data: Path, editions: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    """The sections ``place_of_service``, ``taxonomy``, ``therapy_codes``, ``clia_tests``, ``modifiers``, with editions.

    ``editions`` is where imported editions are kept: the newest of the places of service, whose rows have their own
    dates, takes the place of the one that comes along. Raises ImportRefused naming file and line, OSError if a file
    can't be read.
    """
    sections = {
        "place_of_service": _code_set(lcd_data / "place_of_service.csv", PLACE, place),
        "taxonomy": _code_set(lcd_data / "taxonomy.csv", ("code",), lambda _row: CodeRow()),
        "therapy_codes": _code_set(lcd_data / "therapy_codes.csv", DATED, dated),
        "clia_tests": _code_set(lcd_data / "clia_tests.csv", DATED, dated),
        "modifiers": _code_set(lcd_data / "modifiers.csv", DATED, dated),
    }
    told = dict(EDITIONS)
    newest = PLACES_OF
    for edition, content in tables_kept(editions, "pos"):
        if edition.effective >= newest:
            newest = edition.effective
            sections["place_of_service"], told["place_of_service"] = content, edition.name
    return sections, told


def _code_set(path: Path, columns: Columns, row_of: Callable[[Mapping[str, str]], CodeRow]) -> bytes:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return pack_code_set(read_code_set(file, path.name, columns, row_of))
