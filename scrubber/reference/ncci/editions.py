"""The editions of a table: which of them answers for a code on a service date.

CMS publishes each table anew every quarter. The newest edition that speaks of a service date and of the codes asked
about answers; after the newest one its rows go on answering. A starter table speaks of some codes only.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Generic, Self, TypeVar

import msgspec

from scrubber.reference.container import Sections

T = TypeVar("T")

ANSWERS_KEPT = 32_768


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """One edition of a table.

    ``effective`` is the first day of the quarter it was published for, ``speaks_from`` the first service date its
    rows tell of (long before, where they have dates of their own); ``codes`` are the only ones it is complete for,
    None: all.
    """

    name: str
    effective: date
    speaks_from: date
    codes: frozenset[str] | None = None

    def covers(self, codes: Iterable[str]) -> bool:
        """Whether the edition is complete for these codes."""
        return self.codes is None or self.codes.issuperset(codes)

    @property
    def label(self) -> str:
        """What to call it: ``2026Q4`` or ``2024Q3 starter table``."""
        return self.name if self.codes is None else f"{self.name} starter table"

    def told(self, on: date) -> str:
        """The edition as a finding names it, with its age where the service is of a later quarter."""
        months = (on.year - self.effective.year) * 12 + on.month - self.effective.month
        return self.label if months < 3 else f"{self.label}, {months} months older than the service"


class Editions(Generic[T]):
    """The editions of one table, newest first, each with its rows."""

    def __init__(self, editions: Sequence[tuple[Edition, T]]) -> None:
        self.all = tuple(editions)
        self.complete_from = next(
            (edition.speaks_from for edition, _ in self.all if edition.codes is None), None
        )
        """The first service date from which every code is answered for; None: no edition has every code."""
        self.answers = lru_cache(ANSWERS_KEPT)(self._answers)
        """Whether any edition speaks of the day and the codes."""

    @classmethod
    def read(cls, sections: Sections, name: str, table: Callable[[memoryview], T]) -> Self:
        """The editions in the sections of a snapshot; ``table`` reads the rows of one."""
        editions = msgspec.json.decode(sections[name], type=tuple[Edition, ...])
        return cls([(edition, table(sections[f"{name}/{edition.label}"])) for edition in editions])

    def answering(self, on: date, *codes: str) -> tuple[Edition, T] | None:
        """The newest edition that speaks of the day and the codes, with its rows."""
        for edition, rows in self.all:
            if edition.speaks_from <= on and edition.covers(codes):
                return edition, rows
        return None

    def _answers(self, on: date, *codes: str) -> bool:
        return self.answering(on, *codes) is not None

    def speaking(self, on: date) -> str | None:
        """What the newest edition that speaks of the day is called, whatever the code; None where none does."""
        return next((edition.label for edition, _ in self.all if edition.speaks_from <= on), None)

    @property
    def earliest(self) -> date:
        """The first service date any edition speaks of."""
        return min(edition.speaks_from for edition, _ in self.all)

    @property
    def newest(self) -> Edition:
        """The newest edition."""
        return self.all[0][0]


def in_use(editions: Iterable[tuple[Edition, T]]) -> list[tuple[Edition, T]]:
    """The editions newest first, without those that a newer complete one answers for throughout."""
    ordered = sorted(editions, key=lambda entry: (entry[0].effective, entry[0].codes is None), reverse=True)
    used: list[tuple[Edition, T]] = []
    complete_from = date.max
    for edition, rows in ordered:
        if edition.speaks_from < complete_from:
            used.append((edition, rows))
            if edition.codes is None:
                complete_from = edition.speaks_from
    return used


def pack_editions(
    name: str, editions: Sequence[tuple[Edition, bytes]]
) -> tuple[dict[str, bytes], dict[str, str]]:
    """The sections of a table with these editions (newest first), and what a snapshot calls its edition."""
    sections = {f"{name}/{edition.label}": rows for edition, rows in editions}
    sections[name] = msgspec.json.encode([edition for edition, _ in editions], order="deterministic")
    return sections, {name: ", ".join(edition.label for edition, _ in editions)}
