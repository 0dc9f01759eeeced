"""Procedure-to-procedure edits: two codes that Medicare does not pay together for one day.

A table holds millions of pairs in six bytes each, over bytes that may be memory-mapped. Layout (little-endian), the
only description of it there is::

    u32  number of codes n
    u32  number of entries p
    u32 × (n + 1)  where the entries of each code begin, p at the end
    u32 × p        the number of the row that each entry has
    u16 × p        the number of the other code of each entry; ascending within a code
    n × 5          the codes in ascending order, ASCII
    rest           the rows as JSON

An entry stands with the lower of its two codes, whichever of them is column one. A row says what holds of a pair
(which is column one, from when to when, with which indicator and rationale); some thousand rows serve all pairs, so
they are read when the table is opened. A pair has one entry for each row it ever had. A lookup is one dictionary and
one bisection.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import combinations

import msgspec

from scrubber.reference.ncci.editions import Edition, Editions

CODE_LENGTH = 5
SETS_KEPT = PAIRS_KEPT = 16_384


class PairRow(msgspec.Struct, frozen=True, array_like=True):
    """What held of a pair from ``first`` to ``last`` day of service (None: open).

    ``lower_first`` tells whether the lower of the two codes is column one.
    """

    lower_first: bool
    first: date | None
    last: date | None
    modifier_allowed: bool
    rationale: str

    def holds(self, on: date) -> bool:
        """Whether the row holds on a day of service."""
        return (self.first is None or self.first <= on) and (self.last is None or on <= self.last)


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A pair in force: column one is paid, column two is not, unless an allowed modifier tells them apart.

    ``edition`` names the edition that tells it, with its age.
    """

    column_one: str
    column_two: str
    modifier_allowed: bool
    rationale: str
    edition: str


class PairTable:
    """The pairs of one edition. ``view`` is what ``pack_pairs`` made."""

    def __init__(self, view: memoryview) -> None:
        codes, self._count = view[:8].cast("I")
        starts_at, rows_at = 8, 8 + 4 * (codes + 1)
        others_at = rows_at + 4 * self._count
        codes_at = others_at + 2 * self._count
        rest_at = codes_at + CODE_LENGTH * codes
        self._starts = view[starts_at:rows_at].cast("I")
        self._row_numbers = view[rows_at:others_at].cast("I")
        self._others = view[others_at:codes_at].cast("H")
        text = str(view[codes_at:rest_at], "ascii")
        self._numbers = {
            text[at : at + CODE_LENGTH]: at // CODE_LENGTH for at in range(0, len(text), CODE_LENGTH)
        }
        self._rows = msgspec.json.decode(view[rest_at:], type=list[PairRow])

    def __len__(self) -> int:
        return self._count

    def walk(self) -> Iterator[tuple[tuple[str, str], tuple[PairRow, ...]]]:
        """Every pair, (lower, higher) in ascending order, with everything that ever held of it."""
        codes, starts, others, row_numbers = (
            list(self._numbers),
            self._starts,
            self._others,
            self._row_numbers,
        )
        for number, lower in enumerate(codes):
            place, end = starts[number], starts[number + 1]
            while place < end:
                other, rows = others[place], [self._rows[row_numbers[place]]]
                place += 1
                while place < end and others[place] == other:
                    rows.append(self._rows[row_numbers[place]])
                    place += 1
                yield (lower, codes[other]), tuple(rows)

    def history(self, lower: str, higher: str) -> Sequence[PairRow]:
        """Everything that ever held of two codes, given in ascending order; empty for most."""
        numbers = self._numbers
        one, other = numbers.get(lower), numbers.get(higher)
        if one is None or other is None:
            return ()
        end, others = self._starts[one + 1], self._others
        place = bisect_left(others, other, self._starts[one], end)
        if place == end or others[place] != other:
            return ()
        rows = []
        while place < end and others[place] == other:
            rows.append(self._rows[self._row_numbers[place]])
            place += 1
        return rows


class Pairs(Editions[PairTable]):
    """The pairs of all editions."""

    def __init__(self, editions: Sequence[tuple[Edition, PairTable]]) -> None:
        super().__init__(editions)
        self.ever_paired = lru_cache(SETS_KEPT)(self._ever_paired)
        """Those of the codes that were ever a pair in any edition, each as (lower, higher)."""
        self.ever_inseparable = lru_cache(SETS_KEPT)(self._ever_inseparable)
        """Whether any two of the codes were ever a pair that no modifier tells apart."""
        self.pair = lru_cache(PAIRS_KEPT)(self._pair)
        """The pair of two codes, given in any order, that is in force on a day; None where there is none."""

    def _pair(self, one: str, other: str, on: date) -> Pair | None:
        answering = self.answering(on, one, other)
        if answering is None:
            return None
        edition, table = answering
        lower, higher = (one, other) if one < other else (other, one)
        for row in table.history(lower, higher):
            if row.holds(on):
                column_one, column_two = (lower, higher) if row.lower_first else (higher, lower)
                return Pair(
                    column_one=column_one,
                    column_two=column_two,
                    modifier_allowed=row.modifier_allowed,
                    rationale=row.rationale,
                    edition=edition.told(on),
                )
        return None

    def _ever_paired(self, codes: frozenset[str]) -> frozenset[tuple[str, str]]:
        pairs = combinations(sorted(codes), 2)
        return frozenset(pair for pair in pairs if any(table.history(*pair) for _, table in self.all))

    def _ever_inseparable(self, codes: frozenset[str]) -> bool:
        return any(
            not row.modifier_allowed
            for pair in self.ever_paired(codes)
            for _, table in self.all
            for row in table.history(*pair)
        )


def pack_pairs(rows: Iterable[tuple[str, str, date | None, date | None, bool, str]]) -> bytes:
    """The bytes of a table of pairs.

    A row is column one, column two, first and last day, whether a modifier is allowed, rationale; in any order.
    Raises ValueError for a code that has not five ASCII characters.
    """
    numbers: dict[str, int] = {}
    told: dict[tuple[bool, date | None, date | None, bool, str], int] = {}
    keys = array("Q")
    for one, two, first, last, modifier_allowed, rationale in rows:
        lower, higher = (one, two) if one < two else (two, one)
        keys.append(
            numbers.setdefault(lower, len(numbers)) << 40
            | numbers.setdefault(higher, len(numbers)) << 24
            | told.setdefault((one == lower, first, last, modifier_allowed, rationale), len(told))
        )
    codes = sorted(numbers)
    if any(len(code) != CODE_LENGTH or not code.isascii() for code in codes) or len(codes) > 0xFFFF:
        raise ValueError("a code has five characters, and there are at most 65,535 of them")
    rank = {numbers[code]: place for place, code in enumerate(codes)}
    ordered = sorted(rank[key >> 40] << 40 | rank[key >> 24 & 0xFFFF] << 24 | key & 0xFFFFFF for key in keys)
    starts, others, row_numbers = array("I", [0] * (len(codes) + 1)), array("H"), array("I")
    before = -1
    for key in ordered:
        if key == before:  # the same row twice in a file
            continue
        before = key
        starts[(key >> 40) + 1] += 1
        others.append(key >> 24 & 0xFFFF)
        row_numbers.append(key & 0xFFFFFF)
    for number in range(len(codes)):
        starts[number + 1] += starts[number]
    return b"".join(
        [
            array("I", [len(codes), len(others)]).tobytes(),
            starts.tobytes(),
            row_numbers.tobytes(),
            others.tobytes(),
            "".join(codes).encode("ascii"),
            msgspec.json.encode([PairRow(*row) for row in told]),
        ]
    )
