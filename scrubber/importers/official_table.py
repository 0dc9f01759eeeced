"""What every importer of a quarterly CMS file gives, and how it tells codes, days and quarters."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from scrubber.importers import ImportRefused
from scrubber.importers.official_rows import RowsRead

CODE = re.compile(r"[0-9A-Z]{5}")
QUARTER = re.compile(r"(20\d\d)Q([1-4])")
_QUARTER_IN_NAME = re.compile(r"(20\d\d)[-_ ]?q([1-4])(?!\d)", re.IGNORECASE)
NO_DAY = frozenset({"", "*", "0", "0000000", "9999999", "00000000", "99999999", "99991231", "9999365"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialTable:
    """The rows of an official file, packed; ``quarter`` is what the files call themselves, None where they don't.

    ``dated`` tells whether the rows have dates of their own, ``newest`` the latest day on which one begins.
    ``written`` is the day of files that are no quarter's, ``part`` what of an edition they are, kept beside the rest.
    """

    content: bytes
    rows: int
    quarter: str | None
    dated: bool
    newest: date | None = None
    written: date | None = None
    part: str = ""
    unreadable: int = 0
    told: tuple[str, ...] = ()


def code(text: str) -> str:
    """A procedure code. Raises ValueError; a spreadsheet may have lost the zeros a code begins with."""
    padded = text.rjust(5, "0") if text.isdigit() else text
    if not CODE.fullmatch(padded):
        raise ValueError("a code is not five letters and digits")
    return padded


@lru_cache(4096)
def day(text: str) -> date | None:
    """A day written YYYYMMDD or YYYYDDD (the day of the year); None where the file says there is none."""
    if text in NO_DAY:
        return None
    try:
        if len(text) == 8:
            return date.fromisoformat(text)
        year, number = int(text[:4]), int(text[4:])
        found = date(year, 1, 1) + timedelta(days=number - 1)
    except (ValueError, OverflowError):
        found, year = date.min, 0
    if len(text) != 7 or found.year != year:
        raise ValueError("a date is not written YYYYMMDD or YYYYDDD")
    return found


def first_day(quarter: str) -> date:
    """The first day of a quarter such as 2026Q4. Raises ImportRefused."""
    match = QUARTER.fullmatch(quarter)
    if match is None:
        raise ImportRefused(f"an edition is a quarter such as 2026Q4, not {quarter}")
    return date(int(match[1]), 3 * int(match[2]) - 2, 1)


def export_day(name: str) -> date:
    """The day of an export, which is what its edition is called. Raises ImportRefused."""
    try:
        day_of = date.fromisoformat(name)
    except ValueError:
        day_of = date.min
    if day_of.isoformat() != name:
        raise ImportRefused(
            f"an edition of this kind is the day of its export such as 2026-11-19, not {name}"
        )
    return day_of


def quarter_of(on: date) -> str:
    """The quarter a day lies in."""
    return f"{on.year}Q{(on.month + 2) // 3}"


def one_quarter(names: Iterable[str], own: Iterable[str | None]) -> str | None:
    """The quarter the files name, by their names or in a way of their own. Raises ImportRefused for two."""
    quarters = {f"{match[1]}Q{match[2]}" for name in names for match in _QUARTER_IN_NAME.finditer(name)}
    quarters |= {quarter for quarter in own if quarter}
    if len(quarters) > 1:
        raise ImportRefused(f"the files are of different quarters: {', '.join(sorted(quarters))}")
    return next(iter(quarters), None)


def told_of(files: Sequence[RowsRead]) -> tuple[str, ...]:
    """The first rows that could not be read, of all files."""
    return tuple(text for file in files for text in file.told)
