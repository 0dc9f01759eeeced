"""A table of the report, before any form writes it its own way."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from scrubber.report.forms.shown import Unit, Value
from scrubber.report.forms.words import UNSEEN

Row = tuple[Value, ...]


class Column(NamedTuple):
    """A column. ``adds``: its values may be summed over the rows."""

    name: str
    title: str
    unit: Unit
    adds: bool = False

    @property
    def is_number(self) -> bool:
        """Whether its values stand below each other by their last digit."""
        return self.unit not in {"text", "date"}


class Table(NamedTuple):
    """A table. Its first ``keys`` columns tell what a row is of; ``rest`` sums the rows that are left out."""

    name: str
    title: str
    says: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    keys: int = 1
    rest: Row | None = None


def shortened(table: Table, most: int) -> Table:
    """A table of the first ``most`` rows, and of what no edit saw; the others are summed."""
    unseen = [row for row in table.rows[most:] if row[0] == UNSEEN]
    others = [row for row in table.rows[most:] if row[0] != UNSEEN]
    if len(others) < 2:
        return table
    sums = _sums(table.columns, others)
    return table._replace(rows=[*table.rows[:most], *unseen], rest=(f"{len(others):,} others", *sums[1:]))


def totals(table: Table) -> Row | None:
    """The sums of the columns that add up; None where there is nothing to add."""
    if len(table.rows) < 2 or not any(column.adds for column in table.columns):
        return None
    return _sums(table.columns, [*table.rows, table.rest] if table.rest else table.rows)


def without_empty(table: Table) -> Table:
    """A table without the columns in which no row has anything."""
    kept = [
        place
        for place in range(len(table.columns))
        if not table.rows or any(row[place] not in {None, ""} for row in table.rows)
    ]
    return table._replace(
        columns=tuple(table.columns[place] for place in kept),
        rows=[tuple(row[place] for place in kept) for row in table.rows],
        rest=tuple(table.rest[place] for place in kept) if table.rest else None,
        keys=sum(place < table.keys for place in kept),
    )


def _sums(columns: Sequence[Column], rows: Sequence[Row]) -> Row:
    return tuple(_sum(rows, place) if column.adds else None for place, column in enumerate(columns))


def _sum(rows: Sequence[Row], place: int) -> Value:
    values: list[Any] = [row[place] for row in rows if row[place] is not None]
    return sum(values[1:], values[0]) if values else None
