"""The NCCI tables that come with the program, ``lcd_data/ncci`` → the sections of a snapshot, with the editions kept.

The starter tables are one more edition of each table, complete for the codes that ``starter.yaml`` lists.
"""

from datetime import date
from pathlib import Path

import msgspec

from scrubber.importers import ImportRefused
from scrubber.importers.starter import csv_rows, decoded, with_editions
from scrubber.reference.ncci import (
    AddOnRow,
    AddOnType,
    Edition,
    PairModifier,
    UnitRow,
    pack_add_ons,
    pack_pair_modifiers,
    pack_pairs,
    pack_unit_limits,
)

FOLDER = "ncci"


class _Starter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``starter.yaml``: which edition the tables are of, and what they are complete for."""

    edition: str
    effective: date
    codes: tuple[str, ...]


class _Modifiers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``modifiers.yaml``: the list of the NCCI policy manual."""

    edition: str
    sources: tuple[str, ...]
    modifiers: dict[str, PairModifier]


def read_ncci(lcd_data: Path, editions: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    """The sections of pairs, unit limits, add-on codes and modifiers, and their editions.

    ``editions`` is where imported editions are kept. A table of which there is neither starter nor edition is left
    out. Raises ImportRefused or OSError.
    """
    folder = lcd_data / FOLDER
    sections: dict[str, bytes] = {}
    told: dict[str, str] = {}
    starter = _starter(folder / "starter.yaml")
    for table in _STARTER_TABLES:
        content = _starter_table(folder, table) if starter is not None else None
        packed, labels = with_editions(table, editions, (starter, content) if starter and content else None)
        sections |= packed
        told |= labels
    path = folder / "modifiers.yaml"
    if path.exists():
        modifiers = decoded(path, _Modifiers)
        sections["ncci_modifiers"] = pack_pair_modifiers(modifiers.modifiers)
        told["ncci_modifiers"] = modifiers.edition
    return sections, told


def practice_codes(lcd_data: Path) -> frozenset[str] | None:
    """The codes that the starter tables are complete for; None where there are none. Raises ImportRefused."""
    starter = _starter(lcd_data / FOLDER / "starter.yaml")
    return starter.codes if starter else None


def _starter(path: Path) -> Edition | None:
    if not path.exists():
        return None
    starter = decoded(path, _Starter)
    # The source has no effective dates: its own stands in, and nothing is said of earlier services.
    return Edition(
        name=starter.edition,
        effective=starter.effective,
        speaks_from=starter.effective,
        codes=frozenset(starter.codes),
    )


def _starter_table(folder: Path, table: str) -> bytes | None:
    try:
        return _STARTER_TABLES[table](folder)
    except ValueError as wrong:
        raise ImportRefused(
            f"the starter table {FOLDER}/{table} has a row that can't be read: {wrong}"
        ) from None


def _pairs(folder: Path) -> bytes | None:
    path = folder / "ptp.csv.gz"
    if not path.exists():
        return None
    return pack_pairs(
        (row["column_one"], row["column_two"], None, None, row["modifier"] == "1", row["rationale"])
        for row in csv_rows(path, ("column_one", "column_two", "modifier", "rationale"))
    )


def _unit_limits(folder: Path) -> bytes | None:
    path = folder / "mue.csv"
    if not path.exists():
        return None
    return pack_unit_limits(
        {
            row["code"]: UnitRow(
                units=int(row["units"]), indicator=int(row["mai"]), rationale=row["rationale"]
            )
            for row in csv_rows(path, ("code", "units", "mai", "rationale"))
        }
    )


def _add_ons(folder: Path) -> bytes | None:
    path = folder / "add_on.csv"
    if not path.exists():
        return None
    return pack_add_ons(
        (row["add_on"], AddOnRow(AddOnType(int(row["type"])), row["primary"], None, None))
        for row in csv_rows(path, ("add_on", "type", "primary"))
    )


_STARTER_TABLES = {"ptp": _pairs, "mue": _unit_limits, "add_on": _add_ons}
