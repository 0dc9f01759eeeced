"""ICD-10-CM: validity of the codes and the tabular list → the sections of the code set.

Two sources. ``lcd_data/icd10cm_validity.csv.gz`` says when each code was billable and on which lists of the
Medicare Code Editor it stands. The tabular list, as XML inside the wheel of simple-icd-10-cm, gives titles,
hierarchy, notes and 7th-character rules. The list holds base codes (S13.4), the file whole ones (S13.4XXA).
"""

import csv
import gzip
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, files
from operator import itemgetter
from pathlib import Path
from typing import TypeAlias
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from scrubber.importers import ImportRefused
from scrubber.reference.icd10cm import (
    ATTRIBUTES,
    CodeRange,
    CodeRow,
    Note,
    NotesRow,
    leaves_open,
    pack_icd10cm,
)

# The edition of the two sources, as lcd_data/SOURCES.md tells it, and the service dates it was made for.
EDITION = "FY2027"
FIRST_DAY = date(2015, 10, 1)
LAST_DAY = date(2027, 3, 31)

TABULAR_WHEEL = "simple-icd-10-cm"

# A code in a note: "M54.2", "M54.-", "S12.0-". An item is a code or a range, a list is what brackets hold.
_CODE = r"[A-Z](?:[0-9][0-9A-Z]|A[0-9])(?:\.[0-9A-Z]+)?"
_ITEM = rf"({_CODE})(?:(?:\.?-)?\s*(?:-|to)\s*({_CODE}))?(?:\.?-)?"
_PLAIN_ITEM = _ITEM.replace(f"({_CODE})", _CODE)
_ITEMS = re.compile(_ITEM)
_BRACKETS = re.compile(r"\(([^()]*)\)")
_LIST = re.compile(rf"\s*{_PLAIN_ITEM}(?:\s*,\s*{_PLAIN_ITEM})*\s*,?\s*")
_AT_THE_END = re.compile(rf"\b{_PLAIN_ITEM}\s*$")

_UNDOTTED = re.compile(r"[A-Z][0-9A-Z]{2,6}")

_WAY_OUT = re.compile(r"\bif applicable\b|\bif known\b|\bany\b|complicating", re.IGNORECASE)
_ASKS_FOR_CAUSE = re.compile(r"^(the )?(underlying|neoplasm)\b|\bto identify\b", re.IGNORECASE)

# What a title says besides the condition when it leaves something open.
_OPEN_PLACE = re.compile(
    r",? (?:site|part|location|side|level) (?:unspecified|not specified)"
    r"|\bunspecified (?:site|part|location|side|level|region)\b"
)
_SMALL_WORDS = frozenset({"unspecified", "or", "and", "of", "the"})

Spell: TypeAlias = tuple[int, int | None, int]
"""First and last day a code was billable, and its lists of the Medicare Code Editor."""

ALWAYS = ((0, None),)
NEVER: frozenset[tuple[int, int | None]] = frozenset()
_first = itemgetter(0)


@dataclass(slots=True)
class _Tabular:
    """The tabular list. Keys are undotted codes, blocks (``M50-M54``) and chapters (``13``)."""

    titles: dict[str, str] = field(default_factory=dict)
    notes: dict[str, NotesRow] = field(default_factory=dict)
    above: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """For each category the blocks it is in, narrowest first, and its chapter."""
    codes: list[str] = field(default_factory=list)


def read_icd10cm(lcd_data: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    """The sections of the code set and their edition.

    Raises ImportRefused naming file and line, OSError if a file can't be read.
    """
    spells = _validity(lcd_data / "icd10cm_validity.csv.gz")
    tabular = _tabular(tabular_path())
    codes = _rows(spells, tabular)
    return pack_icd10cm(codes, tabular.titles, tabular.notes, FIRST_DAY, LAST_DAY), {"icd10cm": EDITION}


def tabular_path() -> Path:
    """Where the tabular list is. The package is not imported: it would read the list too, for seconds."""
    try:
        found = [file for file in files(TABULAR_WHEEL) or () if re.search(r"tabular.*\.xml$", file.name)]
    except PackageNotFoundError:
        found = []
    if len(found) != 1:
        raise ImportRefused(f"the tabular list of ICD-10-CM is missing: install {TABULAR_WHEEL}")
    return Path(str(found[0].locate()))


# ---- validity


def _validity(path: Path) -> dict[str, list[Spell]]:
    """When each code was billable, in order, each time with its lists of the Medicare Code Editor."""
    spells: dict[str, list[Spell]] = {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        if next(reader, None) != ["code", "from", "to", "attributes"]:
            raise ImportRefused(f"{path.name}, line 1: the columns must be code, from, to, attributes")
        for fields in reader:
            try:
                code, first, last, attributes = fields
                spell = (_day(first), _day(last) if last else None, _lists(attributes))
                _check(code, spell, spells.get(code))
            except ValueError as wrong:
                raise ImportRefused(f"{path.name}, line {reader.line_num}: {wrong}") from None
            spells.setdefault(code, []).append(spell)
    if not spells:
        raise ImportRefused(f"{path.name} has no codes")
    return spells


def _check(code: str, spell: Spell, before: list[Spell] | None) -> None:
    first, last, _lists = spell
    if not _UNDOTTED.fullmatch(code):
        raise ValueError("a code has three to seven letters and digits, without the dot")
    if first < 0 or (last is not None and last < first):
        raise ValueError(f"{code}: from must not lie before {FIRST_DAY}, nor after to")
    if before and (before[-1][1] is None or before[-1][1] >= first):
        raise ValueError(f"{code}: its intervals overlap or are out of order")


@lru_cache(256)
def _day(text: str) -> int:
    return (date.fromisoformat(text) - FIRST_DAY).days


@lru_cache(256)
def _lists(attributes: str) -> int:
    return sum(1 << ATTRIBUTES.index(name) for name in attributes.split(";") if name)


# ---- the tabular list


def _tabular(path: Path) -> _Tabular:
    tabular = _Tabular()
    for chapter in ElementTree.parse(path).getroot().iterfind("chapter"):  # noqa: S314 - from an installed wheel
        key = chapter.findtext("name", "")
        tabular.titles[key] = chapter.findtext("desc", "")
        _keep_notes(tabular, key, chapter)
        blocks = [(_block(section), section) for section in chapter.iterfind("section")]
        for (first, last), block in blocks:
            tabular.titles[f"{first}-{last}"] = block.findtext("desc", "")
            _keep_notes(tabular, f"{first}-{last}", block)
        for _range, block in blocks:
            for category in block.iterfind("diag"):
                name = category.findtext("name", "")
                # A block may stand inside a wider one that has notes and no categories of its own (M40-M54).
                around = [(first, last) for (first, last), _block in blocks if first <= name <= last]
                around.sort(key=lambda block: (block[1], -int(block[0][1:], 36)))
                tabular.above[name] = (*(f"{first}-{last}" for first, last in around), key)
                _keep_code(tabular, category)
    return tabular


def _block(section: Element) -> tuple[str, str]:
    """First and last category of a block; a block of one category is told by its name alone (``B20``)."""
    first, _, last = section.get("id", "").partition("-")
    return first, last or first


def _keep_code(tabular: _Tabular, element: Element) -> None:
    code = element.findtext("name", "").replace(".", "")
    tabular.codes.append(code)
    tabular.titles[code] = element.findtext("desc", "")
    _keep_notes(tabular, code, element)
    for below in element.iterfind("diag"):
        _keep_code(tabular, below)


def _keep_notes(tabular: _Tabular, carrier: str, element: Element) -> None:
    found: dict[str, tuple[Note, ...]] = {}
    seventh: tuple[tuple[str, str], ...] = ()
    for part in element:
        if part.tag in {"excludes1", "excludes2"}:
            found[part.tag] = found.get(part.tag, ()) + tuple(_excludes(part))
        elif part.tag == "codeFirst":
            found[part.tag] = found.get(part.tag, ()) + tuple(_code_first(part))
        elif part.tag == "sevenChrDef":
            seventh = tuple((one.get("char", ""), _text(one)) for one in part.iterfind("extension"))
    if seventh or any(found.values()):
        tabular.notes[carrier] = NotesRow(
            excludes1=found.get("excludes1", ()),
            excludes2=found.get("excludes2", ()),
            code_first=found.get("codeFirst", ()),
            seventh=seventh,
        )


def _excludes(notes: Iterable[Element]) -> Iterator[Note]:
    """The notes that name codes.

    One that narrows its codes in words ("with fifth character 4") is left out: the wider range would tell of
    conflicts that are none.
    """
    for note in notes:
        text = _text(note)
        if ranges := tuple(code_ranges(text)):
            yield Note(text, ranges)


def _code_first(notes: Iterable[Element]) -> Iterator[Note]:
    """The notes of one code-first instruction as one: a heading and, often, a list of conditions."""
    parts = [_text(note) for note in notes]
    text = "; ".join(parts).replace(":;", ":").removeprefix(", ")
    # Here a range narrowed in words is taken whole: more codes satisfy the note, and the edit says less.
    if ranges := tuple(code_range for part in parts for code_range in code_ranges(part, narrowed=True)):
        required = bool(_ASKS_FOR_CAUSE.search(parts[0])) and not _WAY_OUT.search(text)
        yield Note(text, ranges, required=required, open="such as" in text)


def code_ranges(text: str, *, narrowed: bool = False) -> Iterator[CodeRange]:
    """The codes a note names: those in brackets, else one the note ends with ("torticollis NOS M43.6").

    ``"cervicalgia due to disc disorder (M50.-)"`` → ``("M50", "M50")``; ``"(M40-M43)"`` → ``("M40", "M43")``.
    ``narrowed`` takes also brackets that go on in words ("T36-T65 with fifth or sixth character 1-4").
    """
    held = [inside for inside in _BRACKETS.findall(text) if _ITEMS.match(inside.strip())]
    if not held and (end := _AT_THE_END.search(text)):
        held = [end.group()]
    for inside in held:
        if _LIST.fullmatch(inside) or narrowed:
            for first, last in _ITEMS.findall(inside):
                yield first.replace(".", ""), (last or first).replace(".", "")


def _text(element: Element) -> str:
    return " ".join((element.text or "").split())


# ---- rows


def _rows(spells: Mapping[str, list[Spell]], tabular: _Tabular) -> dict[str, CodeRow]:
    known = {*tabular.codes, *spells}
    for code in spells.keys() - set(tabular.codes):
        known |= _implied(code, known)

    parents = {code: parent for code in known if (parent := _parent(code, known))}
    in_order = sorted(known)  # a parent comes before what begins with it
    children: dict[str, list[str]] = defaultdict(list)
    for code in in_order:
        if code in parents:
            children[parents[code]].append(code)
    times: dict[str, set[tuple[int, int | None]]] = defaultdict(set)
    for code in reversed(in_order):
        if code in parents:
            of_parent = times[parents[code]]
            of_parent |= times.get(code, NEVER)
            of_parent.update(spell[:2] for spell in spells.get(code, ()))

    specific = _more_specific(tabular, parents, children)
    carriers = {
        kind: {key for key, notes in tabular.notes.items() if getattr(notes, kind)}
        for kind in ("excludes1", "excludes2", "code_first", "seventh")
    }

    def carried(kind: str, code: str, inherited: tuple[str, ...]) -> tuple[str, ...]:
        places = (code, *tabular.above.get(code, ()))
        return tuple(place for place in places if place in carriers[kind]) + inherited

    rows: dict[str, CodeRow] = {}
    for code in in_order:
        above = rows[parents[code]] if code in parents else CodeRow(steady=False)
        own_notes = code in tabular.notes or code in tabular.above
        billable = tuple(spells.get(code, ()))
        rows[code] = CodeRow(
            steady=_merged(spell[:2] for spell in billable) == ALWAYS,
            billable=billable,
            category=_merged(times.get(code, NEVER)),
            children=tuple(children.get(code, ())),
            specific=specific.get(code, ()),
            excludes1=carried("excludes1", code, above.excludes1) if own_notes else above.excludes1,
            excludes2=carried("excludes2", code, above.excludes2) if own_notes else above.excludes2,
            code_first=carried("code_first", code, above.code_first) if own_notes else above.code_first,
            seventh=code if code in carriers["seventh"] else above.seventh,
            above=tabular.above.get(code, ()),
        )
    return rows


def _parent(code: str, known: Set[str]) -> str | None:
    for end in range(len(code) - 1, 2, -1):
        if code[:end] in known:
            return code[:end]
    return None


def _implied(code: str, known: Set[str]) -> set[str]:
    """The rows above a code that neither source has: categories of the past and the newest ones.

    A whole code of seven characters stands under its base without placeholders: T52.811A under T52.811.
    """
    base = code[:6].rstrip("X") if len(code) == 7 else code[:-1]
    return set() if base in known else {base[:end] for end in range(3, len(base) + 1)}


def _merged(intervals: Iterable[tuple[int, int | None]]) -> tuple[tuple[int, int | None], ...]:
    """Intervals in order, with those that touch or overlap made one."""
    merged: list[tuple[int, int | None]] = []
    for first, last in sorted(intervals, key=_first):
        if merged and (merged[-1][1] is None or first <= merged[-1][1] + 1):
            before = merged[-1][1]
            merged[-1] = (merged[-1][0], None if before is None or last is None else max(before, last))
        else:
            merged.append((first, last))
    return tuple(merged)


# ---- what an unspecified code leaves open


def _more_specific(
    tabular: _Tabular, parents: Mapping[str, str], children: Mapping[str, list[str]]
) -> dict[str, tuple[str, ...]]:
    """For codes with an open title, the siblings that say what it leaves open.

    Read from the titles: a sibling leaves fewer things open and says all the rest too ("Pain in unspecified
    knee", "Pain in right knee"); or the open code is its category as a whole ("Dorsalgia, unspecified" under
    "Dorsalgia"), then every sibling that leaves fewer things open. Whole codes follow their base code, 7th
    character by 7th character.
    """
    found: dict[str, tuple[str, ...]] = {}
    titles = tabular.titles
    for code in tabular.codes:
        parent = parents.get(code)
        if parent is None or not leaves_open(titles[code]):
            continue
        said, left_open = _said(titles[code]), _left_open(titles[code])
        whole_category = said == _said(titles[parent])
        specific = tuple(
            sibling
            for sibling in children[parent]
            if sibling in titles
            and _left_open(titles[sibling]) < left_open
            and (whole_category or said <= _said(titles[sibling]))
        )
        if not specific:
            continue
        found[code] = specific
        for whole in children.get(code, ()):
            if len(whole) == 7 and whole not in titles:
                found[whole] = tuple(sibling.ljust(6, "X") + whole[6] for sibling in specific)
    return found


def _said(title: str) -> frozenset[str]:
    """The words of a title without what it leaves open."""
    return frozenset(re.findall(r"[a-z0-9'\-]+", _OPEN_PLACE.sub("", title.lower()))) - _SMALL_WORDS


def _left_open(title: str) -> int:
    lower = title.lower()
    return lower.count("unspecified") + lower.count("not specified")
