"""The cells of an export: numbers, days, statuses."""

from datetime import date
from functools import lru_cache

NONE = frozenset({"", "N/A", "NULL"})
NO_DAY = date(1900, 1, 1)


def number_in(cell: str) -> int:
    """An id, a version or the number of a group. Raises ValueError."""
    text = cell.strip()
    if not text.isdecimal():
        raise ValueError("an id, a version or a group is not a number")
    return int(text)


@lru_cache(4096)
def day_in(cell: str) -> date | None:
    """A day such as 2026-10-01, with or without a time behind it, or 10/01/2026; None where the export has none."""
    text = cell.strip().partition(" ")[0].partition("T")[0]
    if text.upper() in NONE:
        return None
    try:
        if "/" in text:
            month, day, year = map(int, text.split("/"))
            found = date(year, month, day)
        else:
            found = date.fromisoformat(text)
    except ValueError:
        raise ValueError("a date is not written 2026-10-01 or 10/01/2026") from None
    return None if found == NO_DAY else found


def earliest(*days: date | None) -> date | None:
    """The earliest of the days there are."""
    return min(filter(None, days), default=None)


def status_in(cell: str) -> str:
    """The letter of a status: active, retired, in force from a future day, proposed."""
    return cell.strip()[:1].upper() or "A"
