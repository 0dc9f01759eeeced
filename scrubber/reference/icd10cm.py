"""ICD-10-CM by code and service date: what a code was on a day, what stands around it, the notes it inherits.

Codes are undotted (``M5381``). Categories and subcategories are rows like the codes below them. Days are
counted from the first service date of the edition (2015-10-01 is 0); an interval without a last day is
open-ended.

The notes (Excludes1, Excludes2, code first) and titles are those of a tabular list, which is kept for each year and
chosen by service date (``of``). A note is kept once, at the code, block (``M50-M54``) or chapter (``13``) that carries
it; each code knows what carries notes for it in any year, nearest first.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Literal, TypeAlias

import msgspec

from scrubber.reference.container import Sections
from scrubber.reference.ncci import Edition
from scrubber.reference.table import Table, pack_table

ATTRIBUTES = (
    "adult", "clintrial", "delout", "diabtypeI", "ecodepdx", "female", "male", "manifestation", "maternity",
    "ncov6", "ncov7", "ncov_z302", "newborn", "pediatric", "qadm", "reqsdx", "unacceptable", "unspecified",
    "wrngproc",
)  # fmt: skip
"""The lists of the Medicare Code Editor a code may stand on, by bit: the order is part of the format."""

ANSWERS_KEPT = 32_768
SEVENTH_CHARACTERS = frozenset("ABCDEFGHJKMNPQRS")
"""The letters ICD-10-CM uses in the seventh place."""

CodeRange: TypeAlias = tuple[str, str]
"""First and last code, each with everything below it: ``("M40", "M43")``, ``("M54", "M54")``."""


class CodeStatus(StrEnum):
    """What a code is on a day."""

    BILLABLE = "billable"
    CATEGORY = "category"
    NOT_IN_EFFECT = "not-in-effect"
    UNKNOWN = "unknown"


class Interval(msgspec.Struct, frozen=True):
    """A code was ``status`` from ``first`` to ``last`` (None: no end known)."""

    first: date
    last: date | None
    status: CodeStatus


class CodeRow(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A code, category or subcategory."""

    steady: bool
    """Billable on every day of the edition."""
    billable: tuple[tuple[int, int | None, int], ...] = ()
    """First day, last day, lists of the Medicare Code Editor (bits of ``ATTRIBUTES``)."""
    category: tuple[tuple[int, int | None], ...] = ()
    """First and last day on which codes below it were billable."""
    children: tuple[str, ...] = ()
    """The rows directly below, of any time."""
    specific: tuple[str, ...] = ()
    """Where the title says "unspecified": siblings that say what it leaves open."""
    excludes1: tuple[str, ...] = ()
    excludes2: tuple[str, ...] = ()
    code_first: tuple[str, ...] = ()
    """The carriers of the notes that hold here, nearest first."""
    seventh: str = ""
    """The carrier of the 7th-character rule, "" where there is none."""
    above: tuple[str, ...] = ()
    """For a category: the blocks it is in, narrowest first, and its chapter."""


class Note(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A note of the tabular list and the codes it names.

    For a code-first note ``required`` tells that it asks for an underlying condition and leaves no way out
    ("if applicable"), ``open`` that the codes named are examples ("such as").
    """

    text: str
    ranges: tuple[CodeRange, ...]
    required: bool = False
    open: bool = False


class NotesRow(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The notes one code, block or chapter carries."""

    excludes1: tuple[Note, ...] = ()
    excludes2: tuple[Note, ...] = ()
    code_first: tuple[Note, ...] = ()
    seventh: tuple[tuple[str, str], ...] = ()
    """The 7th characters allowed, each with its meaning."""


class CarriedNote(msgspec.Struct, frozen=True):
    """A note and the code, block or chapter that carries it."""

    carrier: str
    note: Note


class Conflict(msgspec.Struct, frozen=True):
    """Two codes of a list that exclude each other: ``code`` carries the note that names ``excluded``.

    ``later`` is the 0-based position of the one that stands later.
    """

    later: int
    code: str
    excluded: str
    note: CarriedNote


class SeventhCharacterFault(msgspec.Struct, frozen=True):
    """What is wrong with the 7th character of a code.

    ``missing``: ``base`` needs one and the code has none; ``misplaced``: it stands before the seventh place;
    ``not-allowed``: ``base`` takes another one, or none at all (``allowed`` is empty). ``codes`` can be
    billed instead.
    """

    fault: Literal["missing", "misplaced", "not-allowed"]
    base: str
    allowed: str
    codes: tuple[str, ...]


class _Days(msgspec.Struct, frozen=True):
    """The service dates the code set speaks of, and its years, the newest first."""

    first: date
    last: date
    editions: tuple[Edition, ...]


class Tabulated(msgspec.Struct, frozen=True):
    """The tabular list of a year: what it calls each code, and the notes by what carries them."""

    edition: Edition
    titles: Mapping[str, str]
    notes: Mapping[str, NotesRow]


class Icd10cm:
    """The code set. Every answer is by code and service date, never by edition."""

    def __init__(
        self,
        codes: Table[CodeRow],
        titles: Table[str],
        notes: Table[NotesRow],
        first_day: date,
        last_day: date,
        newest: Edition,
        older: "Sequence[Icd10cm]" = (),
    ) -> None:
        self.newest = newest
        """The newest of its years."""
        self.years = (self, *older)
        """The same codes with the notes and titles of each year, the newest first."""
        self.first_day = first_day
        """The first service date the edition answers for."""
        self.last_day = last_day
        """The last service date the edition was made for. Open-ended rows answer later ones too."""
        self._codes, self._titles, self._notes = codes, titles, notes
        self._day_zero = first_day.toordinal()
        self.get = codes.get
        """The row of a code, None where there never was one."""
        self.billable = lru_cache(ANSWERS_KEPT)(self._billable)
        """Whether a code may stand on a claim for a service date."""
        self.any_conflict = lru_cache(ANSWERS_KEPT)(self._any_conflict)
        """Whether in any year one of these codes carries or inherits an Excludes1 note that names another."""
        self.nearest = lru_cache(ANSWERS_KEPT)(self._nearest)
        """For a code that may not be billed: billable codes nearest to it, the unspecified one first."""
        self.excludes = lru_cache(ANSWERS_KEPT)(self._excludes)
        """The Excludes1 note that ``code`` carries or inherits and that names ``other``, or None."""
        self.more_specific = lru_cache(ANSWERS_KEPT)(self._more_specific)
        """For a code whose title leaves something unspecified: the siblings billable that day that say it."""
        self.intervals = lru_cache(ANSWERS_KEPT)(self._intervals)
        """When a code was billable and when a category, in order; () for an unknown code."""
        self.children = lru_cache(ANSWERS_KEPT)(self._children)
        """The rows directly below a code that are in effect on the day, in code order."""
        self.seventh_character_fault = lru_cache(ANSWERS_KEPT)(self._seventh_character_fault)
        """What is wrong with the 7th character of a code that can't be billed; None if it is not that."""

    @classmethod
    def read(cls, sections: Sections) -> "Icd10cm":
        """The code set in the sections ``pack_icd10cm`` made."""
        days = msgspec.json.decode(sections["icd10cm_days"], type=_Days)
        codes = Table(sections["icd10cm"], CodeRow)

        def year(edition: Edition, name: str, older: Sequence[Icd10cm] = ()) -> Icd10cm:
            titles = Table(sections[f"icd10cm_titles{name}"], str)
            notes = Table(sections[f"icd10cm_notes{name}"], NotesRow)
            return cls(codes, titles, notes, days.first, days.last, edition, older)

        newest, *others = days.editions
        return year(newest, "", [year(edition, f"/{edition.name}") for edition in others])

    def of(self, on: date) -> "Icd10cm":
        """The same codes with the notes and titles of the newest year in force on a day; before the oldest, of that."""
        return next((year for year in self.years if year.newest.speaks_from <= on), self.years[-1])

    def __contains__(self, code: str) -> bool:
        return self.get(code) is not None

    def codes(self) -> Sequence[str]:
        """Every row there ever was, in code order."""
        return self._codes.keys()

    # ---- one code on one day

    def status(self, code: str, on: date) -> CodeStatus:
        """What the code is on a day. Before ``first_day`` no code of the set was in effect."""
        row = self.get(code)
        if row is None:
            return CodeStatus.UNKNOWN
        day = on.toordinal() - self._day_zero
        if row.steady and day >= 0:
            return CodeStatus.BILLABLE
        for first, last, _lists in row.billable:
            if first <= day and (last is None or day <= last):
                return CodeStatus.BILLABLE
        for first, last in row.category:
            if first <= day and (last is None or day <= last):
                return CodeStatus.CATEGORY
        return CodeStatus.NOT_IN_EFFECT

    def _billable(self, code: str, on: date) -> bool:
        return self.status(code, on) is CodeStatus.BILLABLE

    def _intervals(self, code: str) -> tuple[Interval, ...]:
        row = self.get(code)
        if row is None:
            return ()
        found = [(first, last, CodeStatus.BILLABLE) for first, last in _joined(row.billable)]
        found += [(first, last, CodeStatus.CATEGORY) for first, last in row.category]
        return tuple(
            Interval(self._date(first), None if last is None else self._date(last), status)
            for first, last, status in sorted(found, key=lambda interval: interval[0])
        )

    def attributes(self, code: str, on: date) -> frozenset[str]:
        """The lists of the Medicare Code Editor the code stands on that day (names in ``ATTRIBUTES``)."""
        row = self.get(code)
        day = on.toordinal() - self._day_zero
        for first, last, lists in row.billable if row else ():
            if first <= day and (last is None or day <= last):
                return _names(lists)
        return frozenset()

    def ever(self, code: str) -> frozenset[str]:
        """The lists of the Medicare Code Editor the code stood on at any time."""
        row = self.get(code)
        lists = 0
        for _first, _last, some in row.billable if row else ():
            lists |= some
        return _names(lists)

    # ---- what it is called and what stands around it

    def title(self, code: str) -> str | None:
        """The title in the tabular list; None where it has none (a newer code, or one that ended)."""
        title = self._titles.get(code)
        if title is None and len(code) == 7:
            base, meaning = self._titles.get(self.parent(code) or ""), self.seventh(code).get(code[6])
            title = f"{base}, {meaning}" if base and meaning else None
        return title

    def parent(self, code: str) -> str | None:
        """The row above; for an unknown code, the longest known row it begins with."""
        for length in range(min(len(code) - 1, 7), 2, -1):
            if self.get(code[:length]) is not None:
                return code[:length]
        return None

    def ancestors(self, code: str) -> tuple[str, ...]:
        """What a code stands under: subcategories, category, blocks (``M50-M54``), chapter (``13``)."""
        found: list[str] = []
        parent = self.parent(code)
        while parent is not None:
            found.append(parent)
            parent = self.parent(parent)
        category = self.get(found[-1] if found else code)
        return (*found, *(category.above if category else ()))

    def _children(self, code: str, on: date) -> tuple[str, ...]:
        row = self.get(code)
        return tuple(child for child in row.children if self._in_effect(child, on)) if row else ()

    def siblings(self, code: str, on: date) -> tuple[str, ...]:
        """The other rows under the same parent that are in effect on the day, in code order."""
        parent = self.parent(code)
        return tuple(child for child in self.children(parent, on) if child != code) if parent else ()

    def _nearest(self, code: str, on: date, limit: int = 10) -> tuple[str, ...]:
        """For a code that may not be billed: billable codes nearest to it, the unspecified one first."""
        known = code if self.get(code) is not None else self.parent(code)
        if known is None:
            return ()
        if self.billable(known, on):
            return (known,)
        found: list[str] = []
        level: list[str] = [known]
        while level and len(found) < limit:
            below = [child for row in level for child in self.children(row, on)]
            found += sorted((row for row in below if self.billable(row, on)), key=self._specific_last)
            level = [row for row in below if not self.billable(row, on)]
        return tuple(found[:limit])

    # ---- the 7th character

    def seventh(self, code: str) -> dict[str, str]:
        """The 7th characters the rule for this code knows, with their meaning; {} where it takes none."""
        row = self.get(code)
        notes = self._notes.get(row.seventh) if row and row.seventh else None
        return dict(notes.seventh) if notes else {}

    def _seventh_character_fault(self, code: str, on: date) -> SeventhCharacterFault | None:
        row = self.get(code)
        base = code if row is not None else self.parent(code)
        base_row = row if row is not None or base is None else self.get(base)
        if base is None or base_row is None or len(code) > 7 or self.billable(code, on):
            return None
        rest = code[len(base) :].lstrip("X")
        whole = [child for child in base_row.children if len(child) == 7 and base_row.seventh]
        whole = [child for child in whole if self.billable(child, on)]
        if whole:
            allowed = "".join(child[6] for child in whole)
            if not rest:
                return SeventhCharacterFault("missing", base, allowed, tuple(whole))
            if len(rest) == 1 and len(code) == 7:
                return SeventhCharacterFault("not-allowed", base, allowed, tuple(whole))
            if len(rest) == 1 and rest in allowed:
                meant = tuple(child for child in whole if child[6] == rest)
                return SeventhCharacterFault("misplaced", base, allowed, meant)
        # A letter behind a whole code is meant as a 7th character; a digit may be any slip of the hand.
        meant_as_seventh = not rest or (len(rest) == 1 and (rest in SEVENTH_CHARACTERS or len(code) == 7))
        if meant_as_seventh and row is None and not base_row.seventh and self.billable(base, on):
            return SeventhCharacterFault("not-allowed", base, "", (base,))
        return None

    # ---- notes

    def excludes1(self, code: str) -> tuple[CarriedNote, ...]:
        """The Excludes1 notes that name codes, of the code itself and of what stands above it."""
        row = self.get(code)
        return tuple(self._carried(row.excludes1, "excludes1")) if row else ()

    def excludes2(self, code: str) -> tuple[CarriedNote, ...]:
        """The Excludes2 notes that name codes, of the code itself and of what stands above it."""
        row = self.get(code)
        return tuple(self._carried(row.excludes2, "excludes2")) if row else ()

    def code_first(self, code: str) -> tuple[CarriedNote, ...]:
        """The code-first notes that name codes, of the code itself and of what stands above it."""
        row = self.get(code)
        return tuple(self._carried(row.code_first, "code_first")) if row else ()

    def _more_specific(self, code: str, on: date) -> tuple[str, ...]:
        row = self.get(code)
        return tuple(sibling for sibling in row.specific if self.billable(sibling, on)) if row else ()

    def _any_conflict(self, codes: frozenset[str]) -> bool:
        return any(
            year.excludes(code, other) is not None for year in self.years for code in codes for other in codes
        )

    def conflicts(self, codes: tuple[str, ...]) -> tuple[Conflict, ...]:
        """The pairs among these codes of which one carries or inherits an Excludes1 note that names the other."""
        found = []
        for later, code in enumerate(codes):
            for other in codes[:later]:
                for one, excluded in ((code, other), (other, code)):
                    note = self.excludes(one, excluded)
                    if note is not None:
                        found.append(Conflict(later, one, excluded, note))
                        break
        return tuple(found)

    def _excludes(self, code: str, other: str) -> CarriedNote | None:
        other_row = self.get(other)
        shared = other_row.excludes1 if other_row else ()
        for carried in self.excludes1(code):
            # A note both codes stand under sorts conditions inside its own block or category.
            if carried.carrier not in shared and in_ranges(other, carried.note.ranges):
                return carried
        return None

    def _carried(
        self, carriers: tuple[str, ...], kind: Literal["excludes1", "excludes2", "code_first"]
    ) -> Iterator[CarriedNote]:
        for carrier in carriers:
            row = self._notes.get(carrier)
            notes: tuple[Note, ...] = getattr(row, kind) if row else ()
            for note in notes:
                yield CarriedNote(carrier, note)

    def _in_effect(self, code: str, on: date) -> bool:
        return self.status(code, on) in {CodeStatus.BILLABLE, CodeStatus.CATEGORY}

    def _specific_last(self, code: str) -> tuple[bool, str]:
        title = self.title(code)
        return (title is None or not leaves_open(title), code)

    def _date(self, day: int) -> date:
        return self.first_day + timedelta(days=day)


def in_ranges(code: str, ranges: tuple[CodeRange, ...]) -> bool:
    """Whether the code stands in one of the ranges: ``M9901`` is in ``("M99", "M99")``, ``M542`` is not."""
    return any(first <= code[: len(first)] and code[: len(last)] <= last for first, last in ranges)


def leaves_open(title: str) -> bool:
    """Whether a title says that something is not specified."""
    lower = title.lower()
    return "unspecified" in lower or "not specified" in lower


def pack_icd10cm(
    codes: Mapping[str, CodeRow], years: Sequence[Tabulated], first_day: date, last_day: date
) -> dict[str, bytes]:
    """The sections of the code set. The years come newest first."""
    days = _Days(first_day, last_day, tuple(year.edition for year in years))
    sections = {"icd10cm": pack_table(codes), "icd10cm_days": msgspec.json.encode(days)}
    for number, year in enumerate(years):
        name = f"/{year.edition.name}" if number else ""
        sections[f"icd10cm_titles{name}"] = pack_table(year.titles)
        sections[f"icd10cm_notes{name}"] = pack_table(year.notes)
    return sections


def _joined(spells: tuple[tuple[int, int | None, int], ...]) -> list[tuple[int, int | None]]:
    """The billable intervals with those that follow each other made one (only their attributes differ)."""
    joined: list[tuple[int, int | None]] = []
    for first, last, _lists in spells:
        if joined and joined[-1][1] == first - 1:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


@lru_cache(256)
def _names(lists: int) -> frozenset[str]:
    return frozenset(name for bit, name in enumerate(ATTRIBUTES) if lists >> bit & 1)
