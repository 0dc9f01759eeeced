"""Elements of a segment: what a guide allows in them, as one pattern to tell quickly, and element by element to say.

The quick answer is one regular expression over the whole segment. Only a segment it refuses is looked at closely.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache

from msgspec import Struct
from msgspec.structs import replace

from scrubber.intake.x12.tokenizer import COMPONENT, ELEMENT, REPETITION


class Element(Struct, frozen=True):
    """What an element or component may be.

    ``type`` is that of the standard (AN, N, R, DT, TM), ``D`` for a date or span of dates, ``=`` for one of
    ``codes``, ``()`` for a composite of ``components``, ``-`` for one that is not used. ``with_next``: it and the
    next one come both or neither.
    """

    type: str
    required: bool = False
    shortest: int = 1
    longest: int = 0
    codes: frozenset[str] = frozenset()
    components: tuple["Element", ...] = ()
    with_next: bool = False


def elements_in(text: str) -> Iterator[Element]:
    """The elements of a row of a guide; their notation is told in ``scrubber.intake.x12.guide``."""
    for token in _TOKEN.findall(text):
        required, described = token.startswith("!"), token.removeprefix("!")
        if described.startswith("-"):
            yield from [Element("-")] * int(described[1:] or 1)
        elif described.startswith("["):
            first, second = elements_in(described[1:-1])
            yield replace(first, with_next=True)
            yield second
        elif described.startswith("="):
            yield Element("=", required, codes=frozenset(described[1:].split("|")))
        elif described.startswith("("):
            yield Element("()", required, components=tuple(elements_in(described[1:-1])))
        else:
            type_, shortest, longest = _TYPE.fullmatch(described).groups()  # type: ignore[union-attr]
            yield Element(type_, required, int(shortest or 1), int(longest or 0))


def segment_pattern(id_: str, elements: Sequence[Element]) -> str:
    """The regular expression of a well-formed segment; empty elements at its end are left out of one."""
    return f"{id_}{_pattern(elements, ELEMENT)}(?<!{ELEMENT})"


@cache
def check_for(pattern: str, repeats: bool) -> Callable[[str], object]:
    """A function that tells quickly whether a segment has the pattern; one for segments that come again remembers."""
    is_well_formed = re.compile(pattern).fullmatch
    if not repeats:
        return is_well_formed
    return lru_cache(maxsize=1024)(lambda segment: is_well_formed(segment) is not None)


def element_faults(elements: Sequence[Element], segment: str) -> Iterator[tuple[int | None, int | None, str]]:
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
        elif code := _fault(element, value):
            yield number, None, code
        if element.with_next and bool(value) != bool(values[number]):
            yield number + bool(value), None, "2"


def _component_faults(element: Element, value: str) -> Iterator[tuple[int | None, str]]:
    values = value.split(COMPONENT)
    if len(values) > len(element.components):
        yield None, "13"
    for number, component in enumerate(element.components, 1):
        if code := _fault(component, values[number - 1] if number <= len(values) else ""):
            yield number, code


def _fault(element: Element, value: str) -> str | None:
    """The IK403 code of what is wrong with a value."""
    if not value:
        return "1" if element.required else None
    if element.type == "-":
        return "I10"
    if re.fullmatch(_value_pattern(element), value):
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
    if element.type != "AN" and not re.fullmatch(_value_pattern(replace(element, longest=99)), value):
        return "6"
    return "4" if len(value) < element.shortest else "5"


_DATE = "(?:19|2[01])[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"


def _value_pattern(element: Element) -> str:
    longest = element.longest
    match element.type:
        case "=":
            longest_first = sorted(element.codes, key=lambda code: (-len(code), code))
            return f"(?:{'|'.join(longest_first)})"
        case "AN":
            return f"[^{ELEMENT}-{COMPONENT}\ufffd]{{{element.shortest},{longest}}}+"
        case "N":
            return f"-?[0-9]{{1,{longest}}}+"
        case "R":
            return rf"-?(?:[0-9]{{1,{longest}}}+(?:\.[0-9]{{0,{longest}}}+)?|\.[0-9]{{1,{longest}}}+)"
        case "DT":
            return _DATE
        case "D":
            return f"{_DATE}(?:-{_DATE})?+"
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
        if rest and rest[-1].with_next:
            one = f"{separator}{_value_pattern(rest.pop())}{separator}{value}"
            pattern = f"(?:{one}|{separator}{separator}){pattern}"
        elif element.required:
            pattern = f"{separator}{value}{pattern}"
        else:
            pattern = f"{separator}(?:{value})?+{pattern}" if value else f"{separator}{pattern}"
        needed = needed or element.required
        if not needed:
            pattern = f"(?:{pattern})?+"
    return pattern


_TOKEN = re.compile(r"\[[^]]*\]|!?\([^)]*\)|\S+")
_TYPE = re.compile(r"([A-Z]+)(?:([0-9]+)-)?([0-9]+)?")
