"""Where in the file a value of a claim stands."""

from collections.abc import Mapping, Sequence

from scrubber.claim import Location
from scrubber.intake.columns import COLUMNS
from scrubber.intake.delimited.header import Table
from scrubber.intake.delimited.rows import Row


def locate(table: Table, rows: Sequence[Row], location: Location) -> str:
    """``("lines", 1, "charge")`` → ``row 13 column charge``, by the name that the file's header has."""
    if location[:1] == ("lines",) and len(location) > 1:
        row = rows[min(int(location[1]), len(rows) - 1)]
        path, paths = location[2:], table.line_paths
        index = _index(paths, path, row)
    else:
        path, paths = location, table.claim_paths
        index = _index(paths, path, rows[0])
        row = next((row for row in rows if index is not None and row.cells[index]), rows[0])
    if index is not None:
        return f"row {row.number} column {table.names[index]}"
    missing = next(
        (name for name, column in COLUMNS.items() if path and column.path[: len(path)] == path), None
    )
    return f"row {row.number} (no column {missing})" if missing else f"row {row.number}"


def _index(paths: Mapping[Location, int], path: Location, row: Row) -> int | None:
    """The column of a value: its own, that of the list or group it is in, or the first of the group it is."""
    if path[:1] == ("modifiers",) and len(path) == 2:  # empty ones among the numbered columns do not count
        filled = [index for other, index in paths.items() if other[0] == "modifiers" and row.cells[index]]
        if len(filled) > int(path[1]):
            return filled[int(path[1])]
    for size in range(len(path), 0, -1):
        if path[:size] in paths:
            return paths[path[:size]]
    return next((index for other, index in paths.items() if path and other[: len(path)] == path), None)
