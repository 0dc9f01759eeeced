"""Elements of a segment: what a guide allows in them, as one pattern to tell quickly, and element by element to say.

The quick answer is one regular expression over the whole segment. Only a segment it refuses is looked at closely.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import combinations

from msgspec import Struct
from msgspec.structs import replace

from scrubber.intake.x12.tokenizer import COMPONENT, ELEMENT, LONGEST_SEGMENT, REPETITION


class Element(Struct, frozen=True):
    """What an element or component may be.

    ``type`` is that of the standard (AN, N, R, DT, TM), ``D`` for a date or span of dates, ``=`` for one of
    ``codes``, ``()`` for a composite of ``components``, ``-`` for one that is not used.
    """

    type: str
    required: bool = False
    shortest: int = 1
    longest: int = 0
    codes: frozenset[str] = frozenset()
    components: tuple["Element", ...] = ()


class Condition(Struct, frozen=True):
    """What the presence of some elements asks of others, in the standard's letters.

    ``P``: all of them or none; ``C``: if the first, all others too; ``R``: at least one; ``E``: at most one.
    """

    kind: str
    numbers: tuple[int, ...]


def row_in(text: str) -> tuple[tuple[Element, ...], tuple[Condition, ...]]:
    """The elements of a row of a guide, and their conditions; the notation is told in ``guide``."""
    elements: list[Element] = []
    conditions: list[Condition] = []
    for token in _TOKEN.findall(text):
        if _CONDITION.fullmatch(token):
            conditions.append(Condition(token[0], tuple(map(int, re.findall("..", token[1:])))))
        elif token.startswith("["):
            conditions.append(Condition("P", (len(elements) + 1, len(elements) + 2)))
            elements += elements_in(token[1:-1])
        else:
            elements += elements_in(token)
    return tuple(elements), tuple(conditions)


def elements_in(text: str) -> Iterator[Element]:
    """The elements of a text in the notation of ``guide``."""
    for token in _TOKEN.findall(text):
        required, described = token.startswith("!"), token.removeprefix("!")
        if described.startswith("-"):
            yield from [Element("-")] * int(described[1:] or 1)
        elif described.startswith("="):
            yield Element("=", required, codes=frozenset(described[1:].split("|")))
        elif described.startswith("("):
            yield Element("()", required, components=tuple(elements_in(described[1:-1])))
        else:
            type_, shortest, longest = _TYPE.fullmatch(described).groups()  # type: ignore[union-attr]
            yield Element(type_, required, int(shortest or 1), int(longest or 0))


def segment_pattern(id_: str, elements: Sequence[Element], conditions: Sequence[Condition] = ()) -> str:
    """The regular expression of a well-formed segment; empty elements at its end are left out of one."""
    return f"{id_}{_looks(conditions)}{_pattern(elements, ELEMENT)}(?<!{ELEMENT})"


def _looks(conditions: Sequence[Condition]) -> str:
    """A pattern that looks ahead from the segment's id whether all conditions are met.

    Most segments end before the first element that others depend on: that is looked at once.
    """
    always = "".join(_look(condition) for condition in conditions if condition.kind == "R")
    others = [condition for condition in conditions if condition.kind != "R"]
    if not others:
        return always
    first = min(number for condition in others for number in condition.numbers)
    return f"{always}(?:(?!{_up_to(first)})|{''.join(map(_look, others))})"


def _up_to(number: int) -> str:
    return f"(?:[^{ELEMENT}]*+{ELEMENT}){{{number}}}"


def _look(condition: Condition) -> str:
    given = [f"{_up_to(number)}[^{ELEMENT}]" for number in condition.numbers]
    every = "".join(f"(?={one})" for one in given)
    match condition.kind:
        case "P":
            return f"(?:(?!{'|'.join(given)})|{every})"
        case "C":
            return f"(?:(?!{given[0]})|{every})"
        case "R":
            return f"(?={'|'.join(given)})"
        case _:
            return "".join(f"(?!(?={one}){other})" for one, other in combinations(given, 2))


@cache
def check_for(pattern: str, repeats: bool) -> Callable[[str], object]:
    """A function that tells quickly whether a segment has the pattern; one for segments that come again remembers."""
    is_well_formed = re.compile(pattern).fullmatch
    if not repeats:
        return is_well_formed
    return lru_cache(maxsize=256)(lambda segment: is_well_formed(segment) is not None)


def element_faults(
    elements: Sequence[Element], conditions: Sequence[Condition], segment: str
) -> Iterator[tuple[int | None, int | None, str]]:
    """What is wrong with a segment: element, component and IK403 code; without element an IK304 code."""
    values = segment.split(ELEMENT)[1:]
    if values and not values[-1]:
        yield None, None, "8"
    while values and not values[-1]:
        values.pop()
    if len(values) > len(elements):
        yield len(elements) + 1, None, "3"
    values += [""] * (len(elements) - len(values))
    for number, (element, value) in enumerate(zip(elements, values, strict=False), 1):
        if value and element.components:
            yield from ((number, component, code) for component, code in _component_faults(element, value))
        elif code := _fault(element, value, values[number - 2] if number > 1 else ""):
            yield number, None, code
    for condition in conditions:
        yield from ((number, None, code) for number, code in _unmet(condition, values))


def _unmet(condition: Condition, values: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The elements that are missing by a condition or must not be there, each with its IK403 code."""
    given = [number for number in condition.numbers if values[number - 1]]
    match condition.kind:
        case "E":
            yield from ((number, "10") for number in given[1:])
        case "R":
            if not given:
                yield condition.numbers[0], "2"
        case kind:
            if given and (kind == "P" or given[0] == condition.numbers[0]):
                yield from ((number, "2") for number in condition.numbers if number not in given)


def _component_faults(element: Element, value: str) -> Iterator[tuple[int | None, str]]:
    values = value.split(COMPONENT)
    if len(values) > len(element.components):
        yield None, "13"
    for number, component in enumerate(element.components, 1):
        if code := _fault(component, values[number - 1] if number <= len(values) else ""):
            yield number, code


def _fault(element: Element, value: str, before: str = "") -> str | None:
    """The IK403 code of what is wrong with a value. ``before`` is that of the element before it."""
    if not value:
        return "1" if element.required else None
    if element.type == "-":
        return "I10"
    if re.compile(_value_pattern(element)).fullmatch(f"{ELEMENT}{before}{ELEMENT}{value}", len(before) + 2):
        return None
    for sign, code in ((REPETITION, "12"), (COMPONENT, "13"), ("\ufffd", "6")):
        if sign in value:
            return code
    if element.codes:
        return "7"
    if element.type in {"DT", "D"}:
        return "8"
    if element.type == "TM":
        return "9"
    if not re.fullmatch(_value_pattern(replace(element, shortest=1, longest=LONGEST_SEGMENT)), value):
        return "6"
    return "4" if len(value) < element.shortest else "5"


_LEAP = "(?:(?:19|2[01])(?:0[48]|[2468][048]|[13579][26])|2000)"
_DATE = (
    "(?:(?:19|2[01])[0-9]{2}(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)"
    f"|02(?:0[1-9]|1[0-9]|2[0-8]))|{_LEAP}0229)"
)
_TEXT = f"[^{ELEMENT}-{COMPONENT}\ufffd]"


def _value_pattern(element: Element) -> str:
    longest = element.longest
    match element.type:
        case "=":
            longest_first = sorted(element.codes, key=lambda code: (-len(code), code))
            return f"(?:{'|'.join(longest_first)})"
        case "AN":
            return f"(?= *+{_TEXT}){_TEXT}{{{element.shortest},{longest}}}+"  # blanks alone are no text
        case "N":
            return f"-?[0-9]{{1,{longest}}}+"
        case "R":  # neither sign nor point counts for the length
            too_long = f"[0-9]{{{longest + 1}}}|[0-9.]{{{longest + 2}}}"
            return rf"-?(?!{too_long})(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)"
        case "DT":
            return _DATE
        case "D":
            spans, dates = f"{ELEMENT}RD8{ELEMENT}", f"{ELEMENT}D8{ELEMENT}"
            return f"(?:(?<!{spans}){_DATE}|(?<!{dates}){_DATE}-{_DATE})"
        case "TM":
            return "(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9][0-9]{0,2}+)?+"
        case "()":
            first, *others = element.components
            value = _value_pattern(first)
            return f"{value if first.required else f'(?:{value})?+'}{_pattern(others, COMPONENT)}"
        case _:
            return ""  # not used


def _pattern(elements: Sequence[Element], separator: str) -> str:
    """The pattern of elements, each after its separator; behind the last required one any may be left out.

    What a quantifier took it need not give back (``?+``), for a separator always begins the next element.
    """
    pattern = ""
    needed = False  # whether something behind is
    rest = [*elements]
    while rest:
        element = rest.pop()
        value = _value_pattern(element)
        if element.required:
            pattern = f"{separator}{value}{pattern}"
        else:
            pattern = f"{separator}(?:{value})?+{pattern}" if value else f"{separator}{pattern}"
        needed = needed or element.required
        if not needed:
            pattern = f"(?:{pattern})?+"
    return pattern


_TOKEN = re.compile(r"\[[^]]*\]|!?\([^)]*\)|\S+")
_CONDITION = re.compile("[CER](?:[0-9]{2}){2,}")
_TYPE = re.compile(r"([A-Z]+)(?:([0-9]+)-)?([0-9]+)?")
