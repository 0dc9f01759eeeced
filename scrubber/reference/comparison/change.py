"""Two tables in the order of their keys → what was added, removed or changed."""

from collections.abc import Callable, Iterator
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias, TypeVar

from msgspec import Struct

V = TypeVar("V")
Key = TypeVar("Key", str, tuple[str, ...])

NEWEST = date.max
"""The service date that asks the newest editions: after them their rows go on answering."""

Facts: TypeAlias = dict[str, Any]
"""What a row says, by the name of the fact; an empty one is not told."""


class Kind(StrEnum):
    """What became of a row."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Change(Struct, frozen=True, kw_only=True):
    """A row that differs, as it is told. ``before`` and ``after`` are its facts; of a changed one those that differ."""

    table: str
    key: str
    kind: Kind
    before: Facts
    after: Facts


class Telling(NamedTuple):
    """How the rows of a table are told.

    ``in_force`` tells whether a row counts on a day of service: files keep rows that ended, so one that no longer
    counts was removed. ``named`` is what a row is shown as, by its key and what it says.
    """

    table: str
    facts: Callable[[Any], Facts]
    in_force: Callable[[Any, date], bool] = lambda _row, _on: True
    named: Callable[[Any, Any], str] = lambda key, _row: str(key)


class Difference(NamedTuple):
    """A row that differs: as it was and as it is, None where there is none. Telling it costs more than finding it."""

    telling: Telling
    kind: Kind
    key: Any
    old: Any
    new: Any

    @property
    def table(self) -> str:
        """The table it is in."""
        return self.telling.table

    def told(self) -> Change:
        """The difference in words."""
        before, after = (
            _without_empty(self.telling.facts(row)) if row is not None else {} for row in (self.old, self.new)
        )
        if self.old is not None and self.new is not None:
            before, after = _differing(before, after), _differing(after, before)
        row = self.old if self.new is None else self.new
        return Change(
            table=self.table,
            key=self.telling.named(self.key, row),
            kind=self.kind,
            before=before,
            after=after,
        )


def differences(
    telling: Telling, before: Iterator[tuple[Key, V]], after: Iterator[tuple[Key, V]], on: date = NEWEST
) -> Iterator[Difference]:
    """What differs between two walks in ascending order of keys, for services of a day.

    For the newest, rows that ended are compared too: they still answer for earlier services.
    """
    old, new = next(before, None), next(after, None)
    while old is not None or new is not None:
        key: Key | None = None
        was: V | None = None
        now: V | None = None
        if old is not None and (new is None or old[0] < new[0]):
            key, was = old
            old = next(before, None)
        elif new is not None and (old is None or new[0] < old[0]):
            key, now = new
            new = next(after, None)
        elif old is not None and new is not None:
            (key, was), (_, now) = old, new
            old, new = next(before, None), next(after, None)
        if was != now and (kind := _kind(telling, was, now, on)):
            yield Difference(telling, kind, key, was, now)


def _kind(telling: Telling, old: Any, new: Any, on: date) -> Kind | None:
    """What became of a row; None where neither side of it counts on the day."""
    was = old is not None and telling.in_force(old, on)
    now = new is not None and telling.in_force(new, on)
    if was != now:
        return Kind.ADDED if now else Kind.REMOVED
    if not now and on != NEWEST:
        return None
    return Kind.ADDED if old is None else Kind.REMOVED if new is None else Kind.CHANGED


def _without_empty(facts: Facts) -> Facts:
    return {name: value for name, value in facts.items() if value not in ("", None)}


def _differing(facts: Facts, other: Facts) -> Facts:
    return {name: value for name, value in facts.items() if other.get(name) != value}
