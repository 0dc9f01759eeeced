"""The tabular list of ICD-10-CM, the CDC's XML → titles, hierarchy, notes and 7th-character rules.

The list holds base codes (S13.4), not whole ones (S13.4XXA).
"""

import re
from collections.abc import Iterable, Iterator
from typing import IO
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import msgspec

from scrubber.importers import ImportRefused
from scrubber.reference.icd10cm import CodeRange, Note, NotesRow

ROOT = "ICD10CM.tabular"
MOST_BYTES = 100 * 1024**2
"""Ten times what the list has."""
CODE = re.compile(r"[A-Z][0-9A-Z]{2,6}")
"""A code without its dot."""

# A code in a note: "M54.2", "M54.-", "S12.0-". An item is a code or a range, a list is what brackets hold.
_CODE = r"[A-Z](?:[0-9][0-9A-Z]|A[0-9])(?:\.[0-9A-Z]+)?"
_ITEM = rf"({_CODE})(?:(?:\.?-)?\s*(?:-|to)\s*({_CODE}))?(?:\.?-)?"
_PLAIN_ITEM = _ITEM.replace(f"({_CODE})", _CODE)
_ITEMS = re.compile(_ITEM)
_BRACKETS = re.compile(r"\(([^()]*)\)")
_LIST = re.compile(rf"\s*{_PLAIN_ITEM}(?:\s*,\s*{_PLAIN_ITEM})*\s*,?\s*")
_AT_THE_END = re.compile(rf"\b{_PLAIN_ITEM}\s*$")

_WAY_OUT = re.compile(r"\bif applicable\b|\bif known\b|\bany\b|complicating", re.IGNORECASE)
_ASKS_FOR_CAUSE = re.compile(r"^(the )?(underlying|neoplasm)\b|\bto identify\b", re.IGNORECASE)


class Tabular(msgspec.Struct):
    """The tabular list of a year. Keys are undotted codes, blocks (``M50-M54``) and chapters (``13``)."""

    titles: dict[str, str] = {}
    notes: dict[str, NotesRow] = {}
    above: dict[str, tuple[str, ...]] = {}
    """For each category the blocks it is in, narrowest first, and its chapter."""
    codes: list[str] = []
    version: str = ""
    """The fiscal year, as the list tells it."""


class _NoDoctype(ElementTree.TreeBuilder):
    """Refuses a document type before anything in it is read: entities are declared there and nowhere else."""

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        """Called by the parser where a document type begins."""
        raise ValueError("it declares a document type, which the tabular list has none of")


def read_tabular(stream: IO[bytes], name: str) -> Tabular:
    """The tabular list. Raises ImportRefused with ``name`` where it is no such list, cut off or unsafe to read."""
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ImportRefused(f"{name} is larger than any tabular list")
    try:
        parser = ElementTree.XMLParser(target=_NoDoctype())  # noqa: S314 - see there
        return _tabular(ElementTree.fromstring(content, parser))  # noqa: S314
    except (ElementTree.ParseError, LookupError) as wrong:  # a lookup: of the encoding it says it is in
        raise ImportRefused(f"{name} is not whole XML: {wrong}") from None
    except ValueError as wrong:
        raise ImportRefused(f"{name} is not the tabular list: {wrong}") from None


def _tabular(root: Element) -> Tabular:
    if root.tag != ROOT:
        raise ValueError(f"its root is {root.tag[:40]}")
    tabular = Tabular(version=root.findtext("version", "").strip())
    for chapter in root.iterfind("chapter"):
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


def _keep_code(tabular: Tabular, element: Element, under: str = "") -> None:
    code = element.findtext("name", "").replace(".", "")
    if not (CODE.fullmatch(code) and code.startswith(under) and code != under):
        raise ValueError(f"{code[:12]} is not a code under {under or 'a block'}")
    tabular.codes.append(code)
    tabular.titles[code] = element.findtext("desc", "")
    _keep_notes(tabular, code, element)
    for below in element.iterfind("diag"):
        _keep_code(tabular, below, code)


def _keep_notes(tabular: Tabular, carrier: str, element: Element) -> None:
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
