"""The tables of the 837P and the 835 held against those of pyx12, which others made from the same guides.

Every loop, segment and element of one is looked up in the other. What may differ is listed here with its reason.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import TypeAlias

import pytest

from scrubber.intake.x12 import x221, x222
from scrubber.intake.x12.elements import Condition, Element
from scrubber.intake.x12.table import Loop, Use

pyx12 = pytest.importorskip("pyx12")

Node: TypeAlias = ET.Element

MAPS = Path(pyx12.__file__).parent / "map"
TYPES = {one.get("ele_num"): one for one in ET.parse(MAPS / "dataele.xml").iter("data_ele")}  # noqa: S314 - of a package
ENVELOPE = {"ISA_LOOP", "GS_LOOP", "ST_LOOP"}
DATE_TIME_PERIOD = "1251"
NOT_USED = Element("-")
REASON_AND_AMOUNT = "the guide wants an amount with each reason"
READ_APART = "is counted where it is read"

IN_CLAIMS = {
    **{f"1000A PER{at}: pyx12 also ED": "ended with version 4010" for at in ("03", "05", "07")},
    "HEADER BHT06: not in pyx12 31": "the guide has it, for a subrogation demand",
    "2300: optional, 100; pyx12 required, 100": "it stands below the subscriber or below the patient",
    "2000A: optional, 1; pyx12 required, 999999": READ_APART,
    "2000B: optional, 1; pyx12 required, 999999": READ_APART,
    "2000C: optional, 1; pyx12 optional, 999999": READ_APART,
    **{f"2300 HI{at:02}-1: not in pyx12 BO": "the three kinds of HI share a row" for at in range(3, 13)},
}
IN_REMITTANCES = {
    "2100: optional, 999999; pyx12 required, 999999": READ_APART,
    "FOOTER PLB: required, 1; pyx12 optional, 999999": READ_APART,
}


@pytest.mark.parametrize(
    ("name", "roots", "expected", "adjusted"),
    [
        (
            "837.5010.X222.A1.xml",
            (x222.HEADER, x222.BILLING, x222.SUBSCRIBER, x222.PATIENT, x222.CLAIM, x222.LINE),
            IN_CLAIMS,
            ("2320 CAS", "2430 CAS"),
        ),
        (
            "835.5010.X221.A1.xml",
            (x221.HEADER, x221.GROUP, x221.CLAIM, x221.SERVICE, x221.FOOTER),
            IN_REMITTANCES,
            ("2100 CAS", "2110 CAS"),
        ),
    ],
)
def test_the_tables_say_what_pyx12_says(
    name: str, roots: Sequence[Loop], expected: dict[str, str], adjusted: Sequence[str]
) -> None:
    conditions = {
        f"{segment}: {said}": REASON_AND_AMOUNT
        for segment in adjusted
        for at in range(5, 18, 3)
        for said in (f"{at} needs {at + 1}", f"pyx12 {at} needs {at + 1} or {at + 2}")
    }
    assert set(_differences(name, roots)) == expected.keys() | conditions.keys()


def _differences(name: str, roots: Sequence[Loop]) -> Iterator[str]:
    ours = {one.id: one for root in roots for one in _loops_in(root)}
    theirs: dict[str, list[Node]] = {}
    for node in ET.parse(MAPS / name).iter("loop"):  # noqa: S314 - of a package
        id_ = node.get("xid") or ""
        if node.find("segment") is not None and id_ not in ENVELOPE:
            theirs.setdefault(id_, []).append(node)
    yield from (f"{id_} is in one only" for id_ in ours.keys() ^ theirs.keys())
    for id_ in ours.keys() & theirs.keys():
        for node in theirs[id_]:
            yield from _of_loop(ours[id_], node)


def _loops_in(root: Loop) -> list[Loop]:
    return [root, *(inner for one in root.loops for inner in _loops_in(one))]


def _of_loop(loop: Loop, node: Node) -> Iterator[str]:
    if loop.id != "HEADER":
        yield from _unlike(loop.id, loop, [node], "repeat")
    left = node.findall("segment")
    for use in loop.uses:
        if use.id == "ST":  # of the envelope there
            continue
        same = [segment for segment in left if segment.get("xid") == use.id and _has(segment, use.qualifiers)]
        left = [segment for segment in left if segment not in same]
        if same:
            yield from _of_segment(f"{loop.id} {use.id}", use, same)
        else:
            yield f"{loop.id} {use.id}: only ours"
    yield from (f"{loop.id} {segment.get('xid')}: only in pyx12" for segment in left)


def _has(segment: Node, qualifiers: frozenset[str]) -> bool:
    return not qualifiers or not qualifiers.isdisjoint(_codes([_elements(segment)[0]]))


def _unlike(place: str, ours: Loop | Use, nodes: Sequence[Node], most: str) -> Iterator[str]:
    required = any(node.findtext("usage") == "R" for node in nodes)
    times = sum(int((node.findtext(most) or "").replace(">1", "999999")) for node in nodes)
    if (ours.required, ours.most) != (required, times):
        told = (
            f"{'required' if must else 'optional'}, {n}"
            for must, n in ((ours.required, ours.most), (required, times))
        )
        yield f"{place}: {'; pyx12 '.join(told)}"


def _of_segment(place: str, use: Use, nodes: Sequence[Node]) -> Iterator[str]:
    yield from _unlike(place, use, nodes, "max_use")
    if any(int(node.findtext("pos", "")) != use.position for node in nodes):
        yield f"{place}: position"
    yield from _of_elements(place, use.elements, [_elements(node) for node in nodes])
    written = {one.text or "" for node in nodes for one in node.findall("syntax")}
    conditions = [Condition(text[0], tuple(map(int, re.findall("..", text[1:])))) for text in written]
    ours, theirs = (
        {told for condition in all_ for told in _demands(condition, use.elements)}
        for all_ in (use.conditions, conditions)
    )
    yield from (f"{place}: {told}" for told in ours - theirs)
    yield from (f"{place}: pyx12 {told}" for told in theirs - ours)


def _elements(node: Node) -> list[Node]:
    return [one for one in node if one.tag in {"element", "composite"}]


def _of_elements(
    place: str, ours: Sequence[Element], theirs: Sequence[Sequence[Node]], dash: str = ""
) -> Iterator[str]:
    for number in range(1, max(len(ours), *map(len, theirs)) + 1):
        at = f"{place}{dash}{number if dash else f'{number:02}'}"
        element = ours[number - 1] if number <= len(ours) else NOT_USED
        nodes = [one[number - 1] for one in theirs if number <= len(one)]
        used = [node for node in nodes if node.findtext("usage") != "N"]
        required = len(used) == len(theirs) and all(node.findtext("usage") == "R" for node in used)
        if (element.type == "-") != (not used):
            yield f"{at}: used or not"
            continue
        if element.required != required:
            yield f"{at}: required or not"
        if element.components:
            yield from _of_elements(at, element.components, [_elements(node) for node in used], "-")
        elif element.codes:
            codes = _codes(used)
            yield from (f"{at}: not in pyx12 {code}" for code in element.codes - codes)
            yield from (f"{at}: pyx12 also {code}" for code in codes - element.codes)
        elif used and any(_codes([node]) or _type(node) != _told(element) for node in used):
            yield f"{at}: {_told(element)}; pyx12 {' or '.join(map(_type, used))} {_codes(used)}"


def _codes(nodes: Sequence[Node]) -> set[str]:
    return {(code.text or "").strip() for node in nodes for code in node.iter("code")}


def _told(element: Element) -> str:
    if element.type in {"D", "DT", "TM"}:
        return {"D": "DT"}.get(element.type, element.type)
    return f"{element.type} {element.shortest} {element.longest}"


def _type(node: Node) -> str:
    """The type of an element and its lengths, in our words."""
    number = node.findtext("data_ele")
    if number == DATE_TIME_PERIOD:
        return "DT"
    one = TYPES[number]
    type_ = {"ID": "AN", "N0": "N"}.get(one.get("data_type") or "", one.get("data_type") or "")
    return type_ if type_ in {"DT", "TM"} else f"{type_} {one.get('min_len')} {one.get('max_len')}"


def _demands(condition: Condition, elements: Sequence[Element]) -> Iterator[str]:
    """What a condition says that the elements do not say by themselves: an element that is not used needs nothing.

    ``L``, which only pyx12 has: if the first, one of the others.
    """
    numbers = condition.numbers
    used = {number for number in numbers if number <= len(elements) and elements[number - 1].type != "-"}
    given = {number for number in used if elements[number - 1].required}
    first, *others = numbers
    match condition.kind:
        case "P":
            yield from (
                f"{a} needs {b}" for a in numbers for b in numbers if a != b and a in used and b not in given
            )
        case "C":
            yield from (f"{first} needs {b}" for b in others if first in used and b not in given)
        case "L" if first in used and given.isdisjoint(others):
            yield f"{first} needs {' or '.join(map(str, others))}"
        case "R" if not given:
            yield f"one of {sorted(used)}"
        case "E":
            yield from (f"{a} without {b}" for a, b in combinations(numbers, 2) if {a, b} <= used)
