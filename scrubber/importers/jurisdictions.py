"""``contractors.csv`` and ``zip_contracts.csv`` of ``lcd_data``, and ZIP codes imported → the jurisdictions table."""

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import msgspec

from scrubber.importers import ImportRefused
from scrubber.importers.editions import tables_kept
from scrubber.importers.zip5 import ZipCodes
from scrubber.reference.jurisdictions import Contract, pack_jurisdictions
from scrubber.reference.ncci import Edition

# The edition the two files were taken from, as lcd_data/SOURCES.md tells it: change both together.
EDITION = "2025 Q4"
EFFECTIVE = date(2025, 10, 1)


def read_jurisdictions(lcd_data: Path, editions: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    """The sections of the jurisdictions table and their editions.

    ``editions`` is where imported editions are kept. A contract that ``contractors.csv`` does not have goes by its
    number. Raises ImportRefused naming file and line, OSError if a file can't be read.
    """
    contracts = read_contracts(lcd_data)
    carried = Edition(name=EDITION, effective=EFFECTIVE, speaks_from=EFFECTIVE)
    zips = {EFFECTIVE: (carried, _zips(lcd_data / "zip_contracts.csv", contracts))}
    for edition, content in tables_kept(editions, "zip5"):
        imported = msgspec.msgpack.decode(content, type=ZipCodes)
        for number, states in imported.contracts.items():
            if number not in contracts:
                contracts[number] = Contract(
                    number=number, mac=f"contract {number}", jurisdiction="unknown", states=states
                )
        zips[edition.effective] = edition, imported.zips
    newest_first = [zips[effective] for effective in sorted(zips, reverse=True)]
    return (
        pack_jurisdictions(list(contracts.values()), newest_first),
        {"jurisdictions": ", ".join(edition.name for edition, _ in newest_first)},
    )


def read_contracts(lcd_data: Path) -> dict[str, Contract]:
    """The Part B contracts by number, each with the states it serves. Raises like ``read_jurisdictions``."""
    contracts: dict[str, Contract] = {}
    for place, row in _rows(lcd_data / "contractors.csv", {"contract", "mac", "jurisdiction", "state"}):
        number, state = row["contract"], row["state"]
        five_digits = len(number) == 5 and number.isdigit()
        if not (five_digits and row["mac"] and row["jurisdiction"] and len(state) == 2):
            raise ImportRefused(f"{place}: a contract has five digits, a MAC, a jurisdiction and a state")
        known = contracts.get(number)
        if known is None:
            contracts[number] = Contract(
                number=number, mac=row["mac"], jurisdiction=row["jurisdiction"], states=(state,)
            )
        elif (known.mac, known.jurisdiction) != (row["mac"], row["jurisdiction"]):
            raise ImportRefused(f"{place}: contract {number} is given two contractors or jurisdictions")
        elif state in known.states:
            raise ImportRefused(f"{place}: contract {number} has {state} twice")
        else:
            contracts[number] = Contract(
                number=number, mac=known.mac, jurisdiction=known.jurisdiction, states=(*known.states, state)
            )
    return contracts


def _zips(path: Path, contracts: Mapping[str, Contract]) -> dict[int, tuple[str, bool]]:
    zips: dict[int, tuple[str, bool]] = {}
    for place, row in _rows(path, {"first", "last", "contract", "state", "plus4"}):
        first, last, number = row["first"], row["last"], row["contract"]
        if not all(len(code) == 5 and code.isdigit() for code in (first, last)) or first > last:
            raise ImportRefused(f"{place}: first and last are ZIP codes of five digits, first not above last")
        contract = contracts.get(number)
        if contract is None or row["state"] not in contract.states:
            raise ImportRefused(f"{place}: contractors.csv has no contract {number} in {row['state']}")
        if row["plus4"] not in {"", "1"}:
            raise ImportRefused(f"{place}: plus4 is 1 or empty")
        for code in range(int(first), int(last) + 1):
            if code in zips:
                raise ImportRefused(f"{place}: {code:05} is there twice")
            zips[code] = (number, row["plus4"] == "1")
    return zips


def _rows(path: Path, columns: set[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of a CSV file, each with what to call it in an error."""
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if missing := columns - set(reader.fieldnames or ()):
            raise ImportRefused(f"{path.name}: the header lacks {', '.join(sorted(missing))}")
        for row in reader:
            yield f"{path.name}, line {reader.line_num}", row
