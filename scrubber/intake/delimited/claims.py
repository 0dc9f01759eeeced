"""The rows of a claim, and the claim in them."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import msgspec

from scrubber.intake.checked import checked, in_one, shown
from scrubber.intake.columns import Cell, CellInvalid, Column
from scrubber.intake.delimited.header import Table
from scrubber.intake.delimited.places import locate
from scrubber.intake.delimited.rows import Begins, Row
from scrubber.intake.record import Received, Unreadable

MOST_ROWS = 1000
"""Rows of a claim that are kept: one more than a claim may have lines. As many without claim id among them end it."""

REMEMBERED = 20_000
"""Claims back to which it is noticed that the rows of a claim do not stand together."""


class Group(msgspec.Struct):
    """The rows of a claim, or a row without claim id.

    ``earlier`` is where rows of the same claim stand apart from these. ``within`` is a row without claim id among
    those of a claim that may go on behind it.
    """

    claim_id: str | None
    rows: list[Row]
    earlier: Begins | None = None
    within: bool = False


def _fitted(rows: Iterable[Row], table: Table) -> Iterator[Row]:
    """The rows with just the cells of the header; those that don't fit have a fault. Empty rows are left out."""
    width = len(table.names)
    for row in rows:
        cells = row.cells
        if len(cells) != width or table.nameless:
            if any(cells[width:]) or any(cells[index] for index in table.nameless if index < len(cells)):
                row.fault = (
                    row.fault or "it has a cell under no name of the header; quote what holds a delimiter"
                )
            elif len(cells) < width and row.cut_off:
                row.fault = row.fault or "the file breaks off in it"
            row.cells = cells[:width] + [""] * (width - len(cells))
        if row.fault or any(cells):
            yield row


def grouped(rows: Iterable[Row], table: Table, remembered: dict[str, Begins]) -> Iterator[Group]:
    """The rows of each claim together; a row without claim id alone. ``remembered`` are the last rows of claims."""
    claim_id = ""
    group: list[Row] = []
    without_id = 0

    def whole() -> Group:
        earlier = remembered.pop(claim_id, None)
        remembered[claim_id] = Begins(group[0].offset, group[0].number)
        if len(remembered) > REMEMBERED:
            del remembered[next(iter(remembered))]
        return Group(claim_id, group, earlier)

    for row in _fitted(rows, table):
        said = row.cells[table.claim_id]
        if not said:
            yield Group(None, [row], within=bool(group))
            without_id += 1
            if group and without_id > MOST_ROWS:
                yield whole()
                group = []
        elif said == claim_id and group:
            if len(group) < MOST_ROWS:
                group.append(row)
        else:
            if group:
                yield whole()
            claim_id, group, without_id = said, [row], 0
    if group:
        yield whole()


def claim_in(table: Table, group: Group, file: str) -> Received | Unreadable:
    """The claim in the rows of a group of the file."""
    claim_id, rows = group.claim_id, group.rows
    place = (
        f"{file} row {rows[0].number}"
        if len(rows) == 1
        else f"{file} rows {rows[0].number}-{rows[-1].number}"
    )
    fault = None
    if claim_id is None:
        fault = rows[0].fault or f"column {table.names[table.claim_id]} is empty"
    elif group.earlier:
        fault = f"rows of the same claim stand apart, at row {group.earlier.number}; sort the file by claim"
    faults = [fault] if fault else [f"row {row.number}: {row.fault}" for row in rows if row.fault]
    values = {} if faults else _values(table, rows, faults)
    if faults:
        return Unreadable(place=place, message=in_one(faults), claim_id=shown(claim_id))
    return checked(msgspec.json.encode(values), place, partial(locate, table, rows))


def _values(table: Table, rows: list[Row], faults: list[str]) -> dict[str, Any]:
    """The claim as its JSON has it. What can't be read is added to ``faults``."""
    first = rows[0]
    said = table.repeated(first.cells)
    others = {row.number: row for row in rows if table.repeated(row.cells) != said}
    whole = _common(table, first, others.values(), faults) if others else first
    values: dict[str, Any] = {"claim_id": whole.cells[table.claim_id], "payer": {}}
    _fill(values, table.of_claim, whole, table, faults)
    for columns in table.of_either:
        _fill(values, columns, first, table, faults)
    lines: list[dict[str, Any]] = []
    for row in rows:
        line: dict[str, Any] = {}
        _fill(line, table.of_line, row, table, faults)
        lines.append(line)
        if row.number in others:
            for columns in table.of_either:
                if any(row.cells[index] and row.cells[index] != first.cells[index] for index, _ in columns):
                    _fill(line, columns, row, table, faults)
    values["lines"] = lines
    return values


def _common(table: Table, first: Row, others: Iterable[Row], faults: list[str]) -> Row:
    """What the rows of a claim say together of the claim; an empty cell says nothing."""
    cells = first.cells.copy()
    for row in others:
        for index, _ in table.of_claim:
            if (cell := row.cells[index]) and cell != cells[index]:
                if cells[index]:
                    faults.append(
                        f"row {row.number} column {table.names[index]}: not what another row of the claim says"
                    )
                cells[index] = cell
    return Row(first.number, cells)


def _fill(
    values: dict[str, Any], columns: Sequence[tuple[int, Column]], row: Row, table: Table, faults: list[str]
) -> None:
    """Put the cells of some columns where they belong."""
    cells = row.cells
    for index, column in columns:
        cell: Cell = cells[index]
        if not cell:
            continue
        if column.read is not None:
            try:
                cell = column.read(cells[index])
            except CellInvalid as expected:
                faults.append(f"row {row.number} column {table.names[index]}: {expected}")
                continue
        path = column.path
        last = path[-1]
        if isinstance(last, int):  # one of several numbered columns
            listed = values.setdefault(str(path[0]), [])
            if path[0] == "diagnoses" and len(listed) < last:
                faults.append(
                    f"row {row.number} column {table.names[index]}: the diagnoses before it have a gap, and"
                    " pointers count positions"
                )
            listed.append(cell)
        elif len(path) == 1:
            values[last] = cell
        else:
            group = values
            for step in path[:-1]:
                group = group.setdefault(str(step), {})
            group[last] = cell
