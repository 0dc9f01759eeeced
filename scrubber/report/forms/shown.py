"""A value as people in the United States read it."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Unit = Literal["text", "count", "expected", "dollars", "share", "date"]
Value = str | int | float | Decimal | date | None

NOTHING = "–"
LONGEST_KEY = 80
LONGEST_ADVICE = 1_000
_NOT_PRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def shown(value: Value, unit: Unit) -> str:
    """A value with its unit: 1,234, 12.3 and 0.85 for counts, $1,234.50, 12.3%, Mar 2, 2026; a dash for None."""
    if value is None or value == "":
        return NOTHING
    if unit == "count":
        return f"{value:,}"
    if unit == "expected":
        return f"{value:,.1f}" if float(value) >= 10 else f"{value:.2f}"  # type: ignore[arg-type]
    if unit == "dollars":
        return f"${value:,.2f}"
    if unit == "share":
        return f"{value:.1%}"
    if unit == "date" and isinstance(value, date):
        return f"{value:%b} {value.day}, {value.year}"
    return printable(str(value))


def shown_moment(moment: datetime) -> str:
    """A point in time, with its zone."""
    return f"{shown(moment, 'date')}, {moment:%H:%M} {moment.tzname() or ''}".rstrip()


def about(count: float) -> str:
    """A number of claims that is an estimate: whole, but for small ones."""
    return f"{count:.1f}".removesuffix(".0") if 0 < count < 9.95 else f"{count:,.0f}"


def plural(count: float, one: str, many: str) -> str:
    """One claim, two claims, no claims."""
    return f"{count:,} {one if count == 1 else many}"


def printable(text: str) -> str:
    """A text without what can't be drawn or would break a line."""
    return _NOT_PRINTABLE.sub("\ufffd", text)


def cut(text: str, most: int = LONGEST_KEY) -> str:
    """A text no longer than its place bears."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
