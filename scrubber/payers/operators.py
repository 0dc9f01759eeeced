"""The operators of a rule: closed, no expressions.

Each asks something of one value of a claim. A value that the claim does not state makes the answer None, *not known*;
only ``present`` and ``absent`` always know. A list (modifiers, diagnoses) is always known, it may be empty.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

from msgspec import Struct

Value: TypeAlias = str | Decimal | date
Ask: TypeAlias = Callable[[Any], bool]


class Type(StrEnum):
    """What kind of value a subject has, and so which operators may ask of it."""

    CODE = "code"
    CODES = "list of codes"
    NUMBER = "number"
    COUNT = "count"
    DATE = "date"
    STATED = "stated or not"


class Argument(StrEnum):
    """What stands behind an operator."""

    TRUE = "true"
    ONE = "a value"
    SEVERAL = "a list of values"
    RANGE = "a list of two values, the first and the last"
    SET = "the name of a code set"


class Operator(Struct, frozen=True, kw_only=True):
    """An operator: what may be asked of which values. ``ask`` makes the question of what stands behind it."""

    name: str
    meaning: str
    types: tuple[Type, ...]
    argument: Argument
    ask: Callable[[tuple[Any, ...], Type], Ask]


def _equals(values: tuple[Any, ...], _type: Type) -> Ask:
    (wanted,) = values
    return lambda value: bool(value == wanted)


def _any_of(values: tuple[Any, ...], type_: Type) -> Ask:
    wanted = frozenset(values)
    if type_ is Type.CODES:
        return lambda value: not wanted.isdisjoint(value)
    return lambda value: value in wanted


def _none_of(values: tuple[Any, ...], type_: Type) -> Ask:
    wanted = frozenset(values)
    if type_ is Type.CODES:
        return wanted.isdisjoint
    return lambda value: value not in wanted


def _all_of(values: tuple[Any, ...], _type: Type) -> Ask:
    return frozenset(values).issubset


def _in_range(values: tuple[Any, ...], type_: Type) -> Ask:
    first, last = values
    length = len(last)

    def within(code: str) -> bool:
        return bool(first <= code and code[:length] <= last)

    if type_ is Type.CODES:
        return lambda value: any(map(within, value))
    return within


def _between(values: tuple[Any, ...], _type: Type) -> Ask:
    least, most = values
    return lambda value: bool(least <= value <= most)


def _at_least(values: tuple[Any, ...], _type: Type) -> Ask:
    (least,) = values
    return lambda value: bool(value >= least)


def _at_most(values: tuple[Any, ...], _type: Type) -> Ask:
    (most,) = values
    return lambda value: bool(value <= most)


def _present(_values: tuple[Any, ...], _type: Type) -> Ask:
    return is_stated


def _absent(_values: tuple[Any, ...], _type: Type) -> Ask:
    return lambda value: not is_stated(value)


class Either(tuple[str, ...]):
    """Values of which one is meant, and the claim leaves open which."""

    __slots__ = ()


def is_stated(value: object) -> bool:
    """Whether a claim states a value: there is one, and it is not empty. Nought is stated."""
    return (
        value is not None and value is not False and value not in ("", ()) and not isinstance(value, Either)
    )


_CODE, _LIST, _AMOUNT = (Type.CODE,), (Type.CODES,), (Type.NUMBER, Type.COUNT, Type.DATE)
_MAY_BE_LEFT_OUT = tuple(type_ for type_ in Type if type_ is not Type.COUNT)

OPERATORS = {
    operator.name: operator
    for operator in (
        Operator(
            name="equals",
            meaning="It is this value. `subject: value` is short for it.",
            types=(Type.CODE, *_AMOUNT),
            argument=Argument.ONE,
            ask=_equals,
        ),
        Operator(
            name="in",
            meaning="It is one of these.",
            types=_CODE,
            argument=Argument.SEVERAL,
            ask=_any_of,
        ),
        Operator(
            name="not_in",
            meaning="It is none of these.",
            types=_CODE,
            argument=Argument.SEVERAL,
            ask=_none_of,
        ),
        Operator(
            name="in_range",
            meaning="It, or one of the list, lies between these two codes, or begins with the second.",
            types=(Type.CODE, Type.CODES),
            argument=Argument.RANGE,
            ask=_in_range,
        ),
        Operator(
            name="any_of",
            meaning="At least one of these is in the list.",
            types=_LIST,
            argument=Argument.SEVERAL,
            ask=_any_of,
        ),
        Operator(
            name="all_of",
            meaning="Each of these is in the list.",
            types=_LIST,
            argument=Argument.SEVERAL,
            ask=_all_of,
        ),
        Operator(
            name="none_of",
            meaning="None of these is in the list.",
            types=_LIST,
            argument=Argument.SEVERAL,
            ask=_none_of,
        ),
        Operator(
            name="present",
            meaning="The claim states it; a list has something in it.",
            types=_MAY_BE_LEFT_OUT,
            argument=Argument.TRUE,
            ask=_present,
        ),
        Operator(
            name="absent",
            meaning="The claim does not state it; a list is empty.",
            types=_MAY_BE_LEFT_OUT,
            argument=Argument.TRUE,
            ask=_absent,
        ),
        Operator(
            name="at_least",
            meaning="It is this or more, this day or later.",
            types=_AMOUNT,
            argument=Argument.ONE,
            ask=_at_least,
        ),
        Operator(
            name="at_most",
            meaning="It is this or less, this day or earlier.",
            types=_AMOUNT,
            argument=Argument.ONE,
            ask=_at_most,
        ),
        Operator(
            name="between",
            meaning="It lies between these two, both included.",
            types=_AMOUNT,
            argument=Argument.RANGE,
            ask=_between,
        ),
        Operator(
            name="matches_set",
            meaning="It, or one of the list, is in the code set of this name.",
            types=(Type.CODE, Type.CODES),
            argument=Argument.SET,
            ask=_any_of,
        ),
    )
}
"""Every operator, by name."""

KNOWS_WHAT_IS_MISSING = frozenset({"present", "absent"})
