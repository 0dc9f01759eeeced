"""The ZIP code to carrier locality file of CMS (ZIP5) → which Part B contract each ZIP code belongs to.

Fixed width: state 1-2, ZIP code 3-7, carrier 8-12, locality 13-14, plus-four flag 21, year and quarter 76-80. A flag of
1 says that only the last four digits of a ZIP+4 would tell the carrier and locality; ZIP9, which does, is not read.
"""

import re
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec

from scrubber.importers import ImportRefused
from scrubber.importers.official_files import official_files
from scrubber.importers.official_rows import RowsRead, records_of
from scrubber.importers.official_table import OfficialTable, one_quarter

RECORD = re.compile(r"([A-Z]{2})(\d{5})(\d{5}).{8}([01]).{54}(20\d\d)([1-4])\s*")
STATES = {"EK": "KS", "WK": "KS", "EM": "MO", "WM": "MO"}
"""The halves of a state that CMS gives a code of its own."""
FEWEST = 35_000
"""ZIP codes: every edition has about 43,000, and one that breaks off between two lines has nothing else to tell."""


class ZipCodes(msgspec.Struct, frozen=True):
    """One edition: for each ZIP code its contract and whether it is split; for each contract its states."""

    zips: dict[int, tuple[str, bool]]
    contracts: dict[str, tuple[str, ...]]


def read_zip5(files: Sequence[Path]) -> OfficialTable:
    """The ZIP codes of one quarter. Raises ImportRefused, OSError."""
    with ExitStack() as opened:
        found = [file for path in files for file in opened.enter_context(official_files(path, (".txt",)))]
        named = [file for file in found if _is_zip5(file.name)]
        if len(named) != 1:
            raise ImportRefused(f"one ZIP5 file is needed, such as ZIP5_JAN2026.txt; there are {len(named)}")
        rows = RowsRead(named[0].name)
        quarters: set[str] = set()
        zips: dict[int, tuple[str, bool]] = {}
        states: dict[str, set[str]] = {}
        for line, record in records_of(named[0], RECORD, rows):
            state, zip_code, contract, split, year, quarter = record.groups()
            if int(zip_code) in zips:
                rows.unreadable(line, "its ZIP code was there before")
                continue
            rows.read()
            zips[int(zip_code)] = contract, split == "1"
            states.setdefault(contract, set()).add(STATES.get(state, state))
            quarters.add(f"{year}Q{quarter}")
    rows.check()
    if len(zips) < FEWEST:
        raise ImportRefused(f"{rows.name} has {len(zips):,} ZIP codes of about 43,000: download it again")
    content = ZipCodes(zips, {contract: tuple(sorted(served)) for contract, served in sorted(states.items())})
    return OfficialTable(
        content=msgspec.msgpack.encode(content),
        rows=len(zips),
        quarter=one_quarter((), quarters),
        dated=False,
        unreadable=rows.bad,
        told=tuple(rows.told),
    )


def _is_zip5(name: str) -> bool:
    base = name.rpartition("/")[2].lower()
    return "zip5" in base and "lyout" not in base and "layout" not in base
