"""Texts of elements → values. None for what is none, so that the reader can say where it stands.

The same days, amounts and units come again and again in a file; those that came last are kept.
"""

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

_is_charge = re.compile(r"0*[0-9]{1,8}(?:\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*").fullmatch
_is_quantity = re.compile(r"0*[0-9]{1,8}(?:\.[0-9]{0,3}0*)?|\.[0-9]{1,3}0*").fullmatch
_is_pointer = re.compile("[0-9]{1,2}|[A-La-l]").fullmatch

MOST_POINTERS = 24


def day_of(text: str) -> date | None:
    """``20260302``, from 1900 to 2199."""
    day = _any_day_of(text)
    return day if day and 1900 <= day.year < 2200 else None


def days_of(text: str) -> tuple[date, date] | None:
    """``20260302-20260305``."""
    first, _, last = text.partition("-")
    begin, end = day_of(first), day_of(last)
    return (begin, end) if begin and end else None


def why_no_date(text: str, span: bool = False) -> str:
    """What is wrong with a text that is no day for ``day_of``, or no ``span`` for ``days_of``."""
    if not text:
        return "is missing"
    days = text.split("-", 1) if span else [text]
    years = " of the years 1900 to 2199" if len(days) == 1 + span and all(map(_any_day_of, days)) else ""
    return f"is not {'a span of dates' if span else 'a date'}{years}"


def _any_day_of(text: str) -> date | None:
    """A day of any year."""
    try:
        return date.fromisoformat(text) if len(text) == 8 and text.isdigit() else None
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def charge_of(text: str) -> Decimal | None:
    """An amount of money a claim may ask: not negative, at most 8 digits before the point and 2 behind it."""
    return Decimal(text) if len(text) < 20 and _is_charge(text) else None


def amount_of(text: str) -> Decimal | None:
    """An amount of money as a payer tells it: like a charge, but it may be negative."""
    amount = charge_of(text.removeprefix("-"))
    return -amount if amount is not None and text.startswith("-") else amount


@lru_cache(maxsize=1024)
def quantity_of(text: str) -> Decimal | None:
    """A number of units: not negative, at most 8 digits before the point and 3 behind it."""
    return Decimal(text) if len(text) < 20 and _is_quantity(text) else None


def pointers_of(text: str, separator: str) -> tuple[int | str, ...]:
    """Diagnosis pointers: numbers, or the letters of the paper form. One that is neither leaves none at all.

    A line without pointers is a finding, so nothing is hidden by that.
    """
    pointers = text.rstrip(separator).split(separator)
    if len(pointers) > MOST_POINTERS or not all(map(_is_pointer, pointers)):
        return ()
    return tuple(int(pointer) if pointer.isdigit() else pointer for pointer in pointers)
