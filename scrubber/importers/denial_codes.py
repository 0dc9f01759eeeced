"""``lcd_data/denial_codes.csv`` → the section that tells denials from what the patient owes and contracts take off."""

from pathlib import Path

from scrubber.importers import ImportRefused
from scrubber.importers.code_set_csv import csv_rows
from scrubber.reference.denial_codes import Meaning, pack_denial_codes

# The edition of our own table: changed with the file.
EDITION = "2026-11"


def read_denial_codes(lcd_data: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    """The section ``denial_codes`` and its edition.

    Raises ImportRefused naming file and line, OSError if the file can't be read.
    """
    path = lcd_data / "denial_codes.csv"
    rows: dict[str, Meaning] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for line, fields in csv_rows(file, path.name, ("group", "code", "class")):
            place, code = f"{path.name}, line {line}", fields["code"]
            key = f"{fields['group']}-{code}" if fields["group"] else code
            if not code or key in rows:
                raise ImportRefused(f"{place}: {f'{key} is there twice' if code else 'there is no code'}")
            try:
                rows[key] = Meaning(fields["class"])
            except ValueError:
                raise ImportRefused(f"{place}: class must be one of {', '.join(Meaning)}") from None
    return {"denial_codes": pack_denial_codes(rows)}, {"denial_codes": EDITION}
