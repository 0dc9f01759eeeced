"""Validity and tabular lists of ICD-10-CM → one row for each code, category and subcategory there ever was.

A row holds for all years: when the code was billable, and which codes, blocks and chapters carry notes for it in any of
them. What the notes say is kept by year.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from operator import itemgetter
from typing import TypeAlias

from scrubber.importers.icd10cm_tabular import Tabular
from scrubber.reference.icd10cm import CodeRow, leaves_open

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


def code_rows(spells: Mapping[str, Sequence[Spell]], years: Sequence[Tabular]) -> dict[str, CodeRow]:
    """The rows, parents before children. ``years`` are the tabular lists, the newest first."""
    listed = {code for tabular in years for code in tabular.codes}
    known = {*listed, *spells}
    for code in spells.keys() - listed:
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

    specific = _joined(_more_specific(tabular, parents, children) for tabular in years)
    carriers = {
        kind: {key for tabular in years for key, notes in tabular.notes.items() if getattr(notes, kind)}
        for kind in ("excludes1", "excludes2", "code_first", "seventh")
    }
    with_notes = {key for tabular in years for key in tabular.notes}
    blocks = _joined(tabular.above for tabular in years)

    def carried(kind: str, code: str, inherited: tuple[str, ...]) -> tuple[str, ...]:
        places = (code, *blocks.get(code, ()))
        return tuple(place for place in places if place in carriers[kind]) + inherited

    rows: dict[str, CodeRow] = {}
    for code in in_order:
        above = rows[parents[code]] if code in parents else CodeRow(steady=False)
        own_notes = code in with_notes or code in blocks
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
            above=next((tabular.above[code] for tabular in years if code in tabular.above), ()),
        )
    return rows


def _joined(years: Iterable[Mapping[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    """What is told for a code in any year, in the order of the newest."""
    joined: dict[str, tuple[str, ...]] = {}
    for year in years:
        for code, told in year.items():
            before = joined.get(code, ())
            joined[code] = (*before, *(one for one in told if one not in before))
    return joined


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
    tabular: Tabular, parents: Mapping[str, str], children: Mapping[str, list[str]]
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
        if parent not in titles or not leaves_open(titles[code]):
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
