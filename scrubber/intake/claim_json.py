"""One claim as JSON: bytes → Claim, in microseconds, with nothing accepted that only looks like a claim.

msgspec checks types, lengths, required and unknown fields while it decodes. What it can't express is checked
here:

* dates lie in 1900-2199;
* amounts and quantities are plain numbers (``45``, ``45.00``, ``"45.00"``) and not all that Decimal reads
  (``" 1"``, ``"1_0"``, ``NaN``): at most 8 digits before the point, 2 behind it (quantities: 3), and negative
  only in adjustments;
* no text holds control characters or half of a surrogate pair.

These checks need the value as it was written, so a quick screen of the bytes tells first whether there can be
anything to say (it may suspect too much, never too little), and only then is the body read a second time.

Where a key stands twice in an object the last one counts, as in most JSON readers; the others must be of the
right type all the same. No message quotes a value.
"""

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

import msgspec

from scrubber.claim import Claim, Location, json_pointer
from scrubber.intake.stream import BYTE_ORDER_MARK

MOST_VALUES = 100_000
"""A claim has fewer values by far; a body with more is not read a second time."""

DEEPEST = 20
"""Levels of nesting below which nothing is looked for."""

LONGEST_NAME = 80
"""Characters of an unknown field's name that an error message repeats."""

NEAR = 0.75
"""From which similarity on, of 1, a field of a claim is asked after for an unknown one."""

UNKNOWN_FIELD = "Unknown field."

QUANTITIES = {"units": 3, "ndc_quantity": 3, "quantity": 3}
"""Digits behind the point, for the fields that may have other than the 2 of money."""

SIGNED = frozenset({"amount", "quantity"})
"""The fields that may be negative: those of an adjustment."""


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one value: its RFC 6901 pointer and a message that never quotes it."""

    pointer: str
    message: str


class ClaimInvalid(Exception):
    """The body is not a claim. ``errors`` say where and why."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__("; ".join(f"{error.pointer or 'the claim'}: {error.message}" for error in errors))
        self.errors = errors


class NotJson(ClaimInvalid):
    """The body is not JSON at all. ``position`` is the byte where that shows, if it is one."""

    def __init__(self, why: str, position: int | None = None) -> None:
        told = why if position is None else f"{why} (byte {position})"
        super().__init__((FieldError("", f"Not readable as JSON: {told}."),))
        self.position = position


def decode_claim(body: bytes) -> Claim:
    """The claim in a JSON document. Raises ClaimInvalid: NotJson, or with at least the first field error."""
    try:
        claim = _CLAIM.decode(body)
    except msgspec.ValidationError as error:
        json_value(body)  # what is not JSON is not JSON, whatever else is wrong with its beginning
        raise ClaimInvalid((_field_error(str(error)),)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Half a surrogate pair and NaN are malformed JSON to msgspec; json reads them, and so can tell where.
        if errors := tuple(_no_json(json_value(body), ())):
            raise ClaimInvalid(errors) from None
        raise NotJson("malformed") from None
    if _is_plain(body) and not _has_rare_numbers(claim):
        return claim
    if errors := tuple(_faults(claim, json_value(body), ())):
        raise ClaimInvalid(errors)
    return claim


def is_json(body: bytes) -> bool:
    """Whether a text is one JSON value, whatever it says."""
    try:
        _ANY_VALUE.decode(body)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return True


def json_value(body: bytes) -> object:
    """The body as plain JSON values, fractions as exact Decimals. Raises NotJson, if it can with the byte."""
    if body.count(b",") > MOST_VALUES:
        raise ClaimInvalid((FieldError("", f"More than {MOST_VALUES} values: no claim has so many."),))
    if not body.strip():
        raise NotJson("the body is empty", 0)
    if body.startswith(BYTE_ORDER_MARK):
        raise NotJson("it begins with a byte order mark", 0)
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise NotJson("the body is not UTF-8", error.start) from None
    try:
        return json.loads(text, parse_float=_decimal, parse_int=_integer, parse_constant=Decimal)
    except json.JSONDecodeError as error:
        raise NotJson(error.msg.removesuffix(" at"), len(text[: error.pos].encode())) from None
    except RecursionError:
        raise NotJson("it is nested too deeply") from None


def text_fault(text: str) -> str | None:
    """What is wrong with the characters of a text."""
    found = _STRANGE_CHARACTER.search(text)
    if found is None:
        return None
    return (
        "Half of a surrogate pair is no character."
        if found[0] >= "\ud800"
        else "Control characters are not allowed."
    )


def date_fault(text: str) -> str | None:
    """What is wrong with a well-formed date: it lies outside 1900-2199."""
    return None if text[:2] in {"19", "20", "21"} else DATE_EXPECTED


def number_fault(number: object, field: str) -> str | None:
    """What is wrong with a number of a field, given as it stood in the JSON: text, int or Decimal."""
    decimals, signed = QUANTITIES.get(field, 2), field in SIGNED
    if isinstance(number, str):
        plain = re.fullmatch(plain_number(field), number) is not None
    else:
        sign, digits, exponent = Decimal(number).as_tuple()  # type: ignore[arg-type]  # by JSON an int or Decimal
        plain = (
            (signed or not sign)
            and isinstance(exponent, int)
            and -decimals <= exponent <= 0
            and len(digits) + exponent <= 8
        )
    least = "-99999999" if signed else "0"
    return None if plain else f"Expected a number from {least} to 99999999 with at most {decimals} decimals."


def plain_number(field: str) -> str:
    """The regular expression of a number of a field, written as text."""
    return rf"^{'-?' if field in SIGNED else ''}[0-9]{{1,8}}(\.[0-9]{{1,{QUANTITIES.get(field, 2)}}})?$"


DATE_EXPECTED = "Expected a date YYYY-MM-DD from 1900-01-01 to 2199-12-31."

_CLAIM = msgspec.json.Decoder(Claim)
_ANY_VALUE = msgspec.json.Decoder(msgspec.Raw)
_STRANGE_CHARACTER = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# The screen. Literal beginnings make the search fast; white space stands inside the lookahead, or
# backtracking over it would suspect every number after a blank. Two decimals do for nearly all units.
_PLAIN_NUMBER = rb'"\s*:(?!\s*(?:"\d{1,8}(?:\.\d\d?)?"|(?:null|\d{1,8}(?:\.\d\d?)?)\s*[,}]))'
_ODD_CHARGE = re.compile(b"charge" + _PLAIN_NUMBER)
_ODD_UNITS = re.compile(b"units" + _PLAIN_NUMBER)
_ODD_DATE = re.compile(rb'-\d\d-\d\d"(?<!"19\d\d-\d\d-\d\d")(?<!"2[01]\d\d-\d\d-\d\d")')


def _is_plain(body: bytes) -> bool:
    """Whether the bytes of a decoded claim alone show that none of the checks of this module can fail."""
    return (
        body.isascii()
        and b"\\" not in body
        and b"\x7f" not in body
        and _ODD_CHARGE.search(body) is None
        and _ODD_UNITS.search(body) is None
        and _ODD_DATE.search(body) is None
    )


def _has_rare_numbers(claim: Claim) -> bool:
    """Whether the claim has numbers that the screen of the bytes does not look for."""
    return (
        bool(claim.other_payers)
        or claim.institutional is not None
        or claim.patient_paid is not None
        or any(line.adjudications or line.ndc_quantity is not None for line in claim.lines)
    )


def _faults(read: Any, written: object, location: Location) -> Iterator[FieldError]:
    """The faults of a value and its parts: ``read`` is what became of it, ``written`` what the JSON holds."""
    fault = None
    if isinstance(written, dict):
        for name, part in written.items():
            yield from _faults(getattr(read, name), part, (*location, name))
    elif isinstance(written, list):
        for number, part in enumerate(written):
            yield from _faults(read[number], part, (*location, number))
    elif isinstance(read, Decimal):
        fault = number_fault(written, str(location[-1]))
    elif isinstance(written, str):
        fault = date_fault(written) if isinstance(read, date) else text_fault(written)
    if fault:
        yield FieldError(json_pointer(location), fault)


def _no_json(written: object, location: Location) -> Iterator[FieldError]:
    """What JSON itself does not allow, in a value of any shape, down to a depth that no claim has."""
    if len(location) > DEEPEST:
        return
    fault = None
    if isinstance(written, dict):
        for name, part in written.items():
            if wrong := text_fault(name):
                yield FieldError(json_pointer((*location, told_name(name))), wrong)
            yield from _no_json(part, (*location, told_name(name)))
    elif isinstance(written, list):
        for number, part in enumerate(written):
            yield from _no_json(part, (*location, number))
    elif isinstance(written, str):
        fault = text_fault(written)
    elif isinstance(written, Decimal) and not written.is_finite():
        fault = "NaN and Infinity are not allowed."
    if fault:
        yield FieldError(json_pointer(location), fault)


def told_name(name: str) -> str:
    """The name of a field as an error may repeat it: cut, and fit for UTF-8."""
    cut = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
    return cut.encode(errors="replace").decode()


def unknown_field(name: str) -> str:
    """What is said of a field that a claim does not have: with the one of a claim that is spelled much like it."""
    near = get_close_matches(name, _field_names(), n=1, cutoff=NEAR)
    return f"{UNKNOWN_FIELD} Is {near[0]} meant?" if near else UNKNOWN_FIELD


@lru_cache
def _field_names() -> list[str]:
    definitions = msgspec.json.schema(Claim)["$defs"].values()
    return sorted({name for described in definitions for name in described.get("properties", ())})


_UNKNOWN = re.compile(r"Object contains unknown field `(.*?)`(?: - at `(\$[^`]*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(\w+)`")


def _field_error(told: str) -> FieldError:
    """The first error of msgspec, its path as a pointer, without the value that some messages quote."""
    if unknown := _UNKNOWN.fullmatch(told):
        name = told_name(unknown[1])
        return FieldError(_pointer(unknown[2], name), unknown_field(name))
    says, _, path = told.partition(" - at `")
    if missing := _MISSING.fullmatch(says):
        return FieldError(_pointer(path, missing[1]), "Missing data for required field.")
    if says.startswith("Invalid enum value"):
        says = "Not one of the values of this field."
    elif says == "Invalid decimal string":
        says = "Expected a number."
    elif "RFC3339" in says:
        says = DATE_EXPECTED
    else:
        says = f"{says.replace('`', '')}."
    return FieldError(_pointer(path), says)


def _pointer(path: str | None, *field: str) -> str:
    """``$.lines[0].charge`` → ``/lines/0/charge``."""
    steps = re.findall(r"\.(\w+)|\[(\d+)\]", path or "")
    return json_pointer((*(name or number for name, number in steps), *field))


def _integer(digits: str) -> int | Decimal:
    return int(digits) if len(digits) < 20 else Decimal(digits)


def _decimal(number: str) -> Decimal:
    try:
        return Decimal(number)
    except InvalidOperation:  # an exponent of a size that no number has
        return Decimal("NaN")
