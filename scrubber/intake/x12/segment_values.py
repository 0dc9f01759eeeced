"""Elements of segments as values of a claim: codes, texts, amounts, quantities, days."""

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from scrubber.intake.x12.guide import Fields
from scrubber.intake.x12.tokenizer import ELEMENT
from scrubber.intake.x12.values import amount_of, charge_of, day_of, days_of, quantity_of, why_no_date

Elements: TypeAlias = list[str]

LONGEST_CODE = 20
LONGEST_IDENTIFIER = 80
LONGEST_TEXT = 200
"""Characters of a code, an identifier and a text in a claim."""

TOLD_APART = frozenset({"AMT", "DTP", "REF"})
"""Segments named with their qualifier, for there are several of them."""


class Misread(Exception):
    """A value that can't be what it should be. ``where`` is its segment and element; the message never quotes it."""

    def __init__(self, elements: Elements, number: int, message: str) -> None:
        super().__init__(message)
        id_ = elements[0]
        told_apart = id_ in TOLD_APART and len(elements) > 1 and len(elements[1]) <= 3
        self.where = f"{f'{id_}*{elements[1]} ' if told_apart else ''}{id_}{number:02}"


def element(elements: Elements, number: int, longest: int = LONGEST_CODE) -> str | None:
    """An element; None if it is empty or left out. Raises Misread if it is too long for a claim."""
    if len(elements) <= number:
        return None
    text = elements[number]
    if len(text) > longest:
        raise Misread(elements, number, "is too long")
    return text or None


def charge_in(elements: Elements, number: int) -> Decimal:
    """The charge of a line."""
    charge = charge_of(elements[number]) if len(elements) > number else None
    if charge is None:
        missing = len(elements) <= number or not elements[number]
        raise Misread(elements, number, "is missing" if missing else "is not an amount")
    return charge


def amount_in(elements: Elements, number: int) -> Decimal:
    """An amount of money, perhaps negative."""
    amount = amount_of(elements[number]) if len(elements) > number else None
    if amount is None:
        raise Misread(elements, number, "is not an amount")
    return amount


def quantity_in(elements: Elements, number: int) -> Decimal | None:
    """A number of units; None if it is empty or left out."""
    if len(elements) <= number or not elements[number]:
        return None
    quantity = quantity_of(elements[number])
    if quantity is None:
        raise Misread(elements, number, "is not a quantity")
    return quantity


@lru_cache(maxsize=1024)
def days_in(segment: str) -> tuple[date, date | None] | None:
    """The date of a DTP segment, and the last one if it is a span; None if it says something else (an hour)."""
    elements = segment.split(ELEMENT)
    match elements[2:4]:
        case ["D8", text]:
            day = day_of(text)
            if day is None:
                raise Misread(elements, 3, why_no_date(text))
            return day, None
        case ["RD8", text]:
            days = days_of(text)
            if days is None:
                raise Misread(elements, 3, why_no_date(text, span=True))
            return days
    return None


def append_to(fields: Fields, name: str, value: object, most: int, segment: str) -> None:
    """Append to a field that a claim holds so many of. Raises Misread."""
    values = fields.setdefault(name, [])
    if len(values) >= most:
        raise Misread(segment.split(ELEMENT), 1, "comes too often for a claim")
    values.append(value)
