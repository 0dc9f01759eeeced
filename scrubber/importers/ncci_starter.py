"""The NCCI tables that come with the program, ``lcd_data/ncci`` → the sections of a snapshot, with the editions kept.

The starter tables are one more edition of each table, complete for the codes that ``starter.yaml`` lists.
"""

import csv
import gzip
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TypeVar

import msgspec
import yaml

from scrubber.importers import ImportRefused
from scrubber.importers.editions import KINDS, tables_kept
from scrubber.reference.ncci import (
    AddOnRow,
    AddOnType,
    Edition,
    PairModifier,
    UnitRow,
    in_use,
    pack_add_ons,
    pack_editions,
    pack_pair_modifiers,
    pack_pairs,
    pack_unit_limits,
)

T = TypeVar("T")

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
    for kind, of_kind in KINDS.items():
        tables = tables_kept(editions, kind)
        if starter is not None and (content := _starter_table(folder, of_kind.table)) is not None:
            tables.append((starter, content))
        if tables:
            packed, labels = pack_editions(of_kind.table, in_use(tables))
            sections |= packed
            told |= labels
    path = folder / "modifiers.yaml"
    if path.exists():
        modifiers = _decoded(path, _Modifiers)
        sections["ncci_modifiers"] = pack_pair_modifiers(modifiers.modifiers)
        told["ncci_modifiers"] = modifiers.edition
    return sections, told


def _starter(path: Path) -> Edition | None:
    if not path.exists():
        return None
    starter = _decoded(path, _Starter)
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
        for row in _rows(path, ("column_one", "column_two", "modifier", "rationale"))
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
            for row in _rows(path, ("code", "units", "mai", "rationale"))
        }
    )


def _add_ons(folder: Path) -> bytes | None:
    path = folder / "add_on.csv"
    if not path.exists():
        return None
    return pack_add_ons(
        (row["add_on"], AddOnRow(AddOnType(int(row["type"])), row["primary"], None, None))
        for row in _rows(path, ("add_on", "type", "primary"))
    )


_STARTER_TABLES = {"ptp": _pairs, "mue": _unit_limits, "add_on": _add_ons}


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[Mapping[str, str]]:
    """The rows of a CSV file, packed or not. Raises ImportRefused for one that can't be read."""
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="ascii", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if tuple(reader.fieldnames or ()) != columns:
                raise ImportRefused(f"{path.name}: the columns must be {', '.join(columns)}")
            yield from reader
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile, csv.Error):
        raise ImportRefused(f"{path.name} can't be read: restore it as it was shipped") from None


def _decoded(path: Path, form: type[T]) -> T:
    try:
        return msgspec.convert(yaml.load(path.read_bytes(), yaml.CSafeLoader), form)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise ImportRefused(f"{path.name}: {' '.join(str(error).split())}") from None
