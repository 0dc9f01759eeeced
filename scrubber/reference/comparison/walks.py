"""The rows of a table in the order of their keys, whatever it is made of."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from heapq import merge
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from scrubber.reference.comparison.change import NEWEST
from scrubber.reference.container import Sections
from scrubber.reference.icd10cm import CodeStatus, Icd10cm
from scrubber.reference.jurisdictions import Jurisdictions
from scrubber.reference.ncci import AddOnRow, Edition, Editions
from scrubber.reference.table import Table

T = TypeVar("T")
V = TypeVar("V")
Key = TypeVar("Key", str, tuple[str, ...])


def answering(
    editions: Editions[T],
    on: date,
    walk: Callable[[T], Iterator[tuple[Key, V]]],
    codes: Callable[[Key], Sequence[str]],
) -> Iterator[tuple[Key, V]]:
    """For each key the row of the edition that answers for its codes on a day of service."""
    chain: list[tuple[Edition, T]] = []
    for edition, rows in editions.all:
        if edition.speaks_from <= on:
            chain.append((edition, rows))
            if edition.codes is None:
                break
    if len(chain) == 1:
        yield from walk(chain[0][1])
        return

    def placed(place: int, rows: T) -> Iterator[tuple[Key, int, V]]:
        for key, row in walk(rows):
            yield key, place, row

    walks = [placed(place, rows) for place, (_, rows) in enumerate(chain)]
    for key, group in groupby(merge(*walks, key=lambda entry: entry[:2]), key=lambda entry: entry[0]):
        asked = codes(key)
        answers = next((place for place, (edition, _) in enumerate(chain) if edition.covers(asked)), None)
        for _, place, row in group:
            if place == answers:
                yield key, row


def table_rows(table: Table[V]) -> Iterator[tuple[str, V]]:
    """The rows of a packed table."""
    for key in table.keys():  # noqa: SIM118 - a table is no mapping
        row = table.get(key)
        if row is not None:
            yield key, row


def add_on_rows(
    table: Table[tuple[AddOnRow, ...]],
) -> Iterator[tuple[tuple[str, ...], tuple[AddOnRow, ...]]]:
    """The primary services of each add-on code, each with all its rows."""
    for code, rows in table_rows(table):
        for primary in sorted({row.primary for row in rows}):
            yield (code, primary), tuple(row for row in rows if row.primary == primary)


class DiagnosisSpell(NamedTuple):
    """A diagnosis code was ``status`` from ``first`` to ``last`` day, and stood on these lists of the code editor."""

    first: date
    last: date | None
    status: CodeStatus
    lists: frozenset[str] = frozenset()


def code_rows(sections: Sections, _on: date) -> Iterator[tuple[str, tuple[DiagnosisSpell, ...]]]:
    """The diagnosis codes, each with all its intervals."""
    codes = Icd10cm.read(sections)
    for code in codes.codes():
        intervals = codes.intervals(code)
        yield (
            code,
            tuple(
                DiagnosisSpell(of.first, of.last, of.status, codes.attributes(code, of.last or NEWEST))
                for of in intervals
            ),
        )


def zip_rows(sections: Sections, on: date) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The ZIP codes, each with the numbers of the contracts it may belong to."""
    places = Jurisdictions.read(sections)
    for number in range(100_000):
        if contracts := places.of_zip(f"{number:05}", None, None if on == NEWEST else on):
            yield f"{number:05}", tuple(contract.number for contract in contracts)


def mapped(rows: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The rows of a small table held whole."""
    yield from sorted(rows.items())
