"""CSV and TSV: a header, one row a service line, the rows of a claim one after the other (docs/guide/csv.md)."""

import csv
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from itertools import takewhile
from operator import itemgetter
from typing import Any, BinaryIO, Final, NamedTuple

import msgspec

from scrubber.claim import Location
from scrubber.intake.checked import MOST_TOLD, checked, in_one, shown
from scrubber.intake.columns import COLUMNS, MEANT, NEEDED, Cell, CellInvalid, Column, plain
from scrubber.intake.record import FileNotUnderstood, Received, Unreadable
from scrubber.intake.stream import Stream, lines, skip_mark

DELIMITERS: Final = (",", ";", "\t", "|")

LONGEST_ROW = 64 * 1024
"""Bytes of a row."""

MOST_ROW_LINES = 100
"""Lines of text in one row; a quotation mark that is never closed is given up after them."""

MOST_COLUMNS = 1000

MOST_ROWS = 1000
"""Rows of a claim that are kept: one more than a claim may have lines. As many without claim id among them end it."""

REMEMBERED = 20_000
"""Claims back to which it is noticed that the rows of a claim do not stand together."""


class Row(msgspec.Struct):
    """A row of cells without the blanks around them. ``number`` is the spreadsheet's, ``fault`` what is wrong.

    ``cut_off`` says that the file ends in this row, without the end of a line. ``offset`` is where it begins.
    """

    number: int
    cells: list[str]
    fault: str | None = None
    cut_off: bool = False
    offset: int = 0


class Begins(NamedTuple):
    """Where a row begins: its offset in the file and its number."""

    offset: int
    number: int


class Group(msgspec.Struct):
    """The rows of a claim, or a row without claim id.

    ``earlier`` is where rows of the same claim stand apart from these. ``within`` is a row without claim id among
    those of a claim that may go on behind it.
    """

    claim_id: str | None
    rows: list[Row]
    earlier: Begins | None = None
    within: bool = False


class Table(msgspec.Struct):
    """What a header says: its names, and which of our columns stand at which index.

    ``repeated`` gives the cells of a row that the rows of a claim may have in common.
    """

    names: list[str]
    claim_id: int
    nameless: list[int]
    of_claim: list[tuple[int, Column]]
    of_line: list[tuple[int, Column]]
    of_either: list[list[tuple[int, Column]]]
    repeated: Callable[[list[str]], object]
    claim_paths: dict[Location, int]
    line_paths: dict[Location, int]


def seems_delimited(start: bytes, mapping: Mapping[str, str | None] | None) -> bool:
    """Whether a file that begins so has a header of ours: the claim id, or three other columns."""
    ours = _ours(mapping)
    known = {ours.get(key, key) for key in map(_key, _first_row(start)[1])} & COLUMNS.keys()
    return "claim_id" in known or len(known) >= 3


def read_delimited(
    stream: Stream, name: str, mapping: Mapping[str, str | None] | None
) -> Iterator[Received | Unreadable]:
    """The claims of a CSV or TSV stream. Raises FileNotUnderstood for a header that can't be used."""
    table, _, rows = _opened(stream, name, mapping, 0)
    for group in _grouped(_fitted(rows, table), table, {}):
        yield _claim(table, group, name)


def groups_in(
    stream: Stream, name: str, mapping: Mapping[str, str | None] | None, offset: int
) -> Iterator[Group]:
    """The rows of a CSV or TSV stream claim by claim, as ``read_delimited`` reads them.

    ``offset`` is that of the stream.
    """
    table, _, rows = _opened(stream, name, mapping, offset)
    yield from _grouped(_fitted(rows, table), table, {})


def read_delimited_from(
    file: BinaryIO,
    name: str,
    mapping: Mapping[str, str | None] | None,
    begins: Begins,
    remember_from: Begins | None,
) -> Iterator[Received | Unreadable]:
    """What ``read_delimited`` gives of a file from a row on that begins a claim.

    From ``remember_from`` on the claims before are looked through for rows that stand apart.
    """
    file.seek(0)
    header = Stream(file.read)
    skip_mark(header)
    table, delimiter, _ = _opened(header, name, mapping, 0)
    remembered: dict[str, Begins] = {}
    if remember_from:
        file.seek(remember_from.offset)
        before = takewhile(
            lambda row: row.offset < begins.offset, _rows(Stream(file.read), delimiter, remember_from)
        )
        deque(_grouped(_fitted(before, table), table, remembered), maxlen=0)
    file.seek(begins.offset)
    rows = _rows(Stream(file.read), delimiter, begins)
    for group in _grouped(_fitted(rows, table), table, remembered):
        yield _claim(table, group, name)


def _opened(
    stream: Stream, name: str, mapping: Mapping[str, str | None] | None, offset: int
) -> tuple[Table, str, Iterator[Row]]:
    """What the header says, the delimiter, and the rows behind it."""
    delimiter = _first_row(stream.peek(LONGEST_ROW))[0]
    rows = _rows(stream, delimiter, Begins(offset, 1))
    header = next((row for row in rows if row.fault or any(row.cells)), Row(1, []))
    if header.fault:
        raise FileNotUnderstood(f"{name}: the header, row {header.number}, can't be read: {header.fault}")
    return _table(header.cells, mapping, name), delimiter, rows


# The rows


class _RowTooLong(Exception):
    pass


class _Lines:
    """The lines of text that the csv module asks for, with those of the present row at hand and where they begin."""

    def __init__(self, source: Iterable[tuple[int, bytes]]) -> None:
        self._source = iter(source)
        self._again: deque[tuple[int, bytes]] = deque()
        self._size = 0
        self.taken: list[tuple[int, bytes]] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        taken = self._again.popleft() if self._again else next(self._source)
        self.taken.append(taken)
        line = taken[1]
        self._size += len(line)
        if self._size > LONGEST_ROW or len(self.taken) > MOST_ROW_LINES:
            raise _RowTooLong
        return _text(line)

    def next_row(self) -> None:
        """Begin a row."""
        self.taken.clear()
        self._size = 0

    def only_first(self) -> str:
        """Give back all lines of the row but the first, which is returned."""
        self._again.extendleft(reversed(self.taken[1:]))
        return _text(self.taken[0][1][:LONGEST_ROW])


def _text(line: bytes) -> str:
    """UTF-8; if it is not, what Excel writes in Western countries. Codes are the same in both."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def _rows(stream: Stream, delimiter: str, begins: Begins) -> Iterator[Row]:
    """All rows of a stream that begins with the one said.

    One that can't be read has the cells of its first line as far as they can be told, and its fault.
    """
    source = _Lines(lines(stream, LONGEST_ROW, begins.offset))
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    number = begins.number
    while True:
        source.next_row()
        fault = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _RowTooLong):
            fault = f"its quotation marks do not match, or it has more than {LONGEST_ROW} bytes"
            cells = next(csv.reader([source.only_first()], delimiter=delimiter), [])
        offset, line = source.taken[0]
        if number == 1 and _names_delimiter(line):
            continue  # a spreadsheet does not count this line either
        cells = list(map(str.strip, cells))
        if b'="' in line:
            cells = [_AS_TEXT.sub(r"\1", cell) for cell in cells]
        yield Row(number, cells, fault, not source.taken[-1][1].endswith((b"\n", b"\r")), offset)
        number += 1


_AS_TEXT = re.compile(r'^="(.*)"$', re.DOTALL)
"""How a cell is written whose leading zeros Excel must keep: ``="01234"``."""


def _names_delimiter(line: bytes) -> str | None:
    """The delimiter from a first line ``sep=;``, which Excel understands."""
    found = re.fullmatch(rb"\"?sep=([,;\t|])\"?\s*", line)
    return found[1].decode() if found else None


def _first_row(start: bytes) -> tuple[str, list[str]]:
    """The delimiter and the header: the delimiter is the one that makes the most cells of it."""
    text = start.lstrip().splitlines(keepends=True)
    named = _names_delimiter(text[0])
    header = list(map(_text, text[1:] if named else text))
    cells = {delimiter: _header_cells(header, delimiter) for delimiter in ([named] if named else DELIMITERS)}
    delimiter = max(cells, key=lambda one: len(cells[one]))
    return delimiter, cells[delimiter]


def _header_cells(text: Sequence[str], delimiter: str) -> list[str]:
    try:
        return next((cells for cells in csv.reader(text, delimiter=delimiter, strict=True) if any(cells)), [])
    except csv.Error:
        return []


# The header


def _key(name: str) -> str:
    return plain(name) or name.strip()


def _ours(mapping: Mapping[str, str | None] | None) -> dict[str, str | None]:
    return {_key(theirs): our for theirs, our in (mapping or {}).items()}


def _table(names: list[str], mapping: Mapping[str, str | None] | None, file: str) -> Table:
    """What the header says. Raises FileNotUnderstood with everything that is wrong with it."""
    if len(names) > MOST_COLUMNS:
        raise FileNotUnderstood(f"{file}: the header can't be used: it has more than {MOST_COLUMNS} columns.")
    ours = _ours(mapping)
    keys = list(map(_key, names))
    at: dict[str, int] = {}
    nameless = []
    faults = [
        f"the column mapping says {our!r}, which is not one of the columns{_meant(our, COLUMNS)}"
        for our in ours.values()
        if our is not None and our not in COLUMNS
    ]
    faults += [
        f"the column mapping names {theirs!r}, which the header does not have{_meant(_key(theirs), keys)}"
        for theirs, our in (mapping or {}).items()
        if our is not None and _key(theirs) not in keys
    ]
    for index, key in enumerate(keys):
        our = ours.get(key, key)
        if not key:
            nameless.append(index)
        elif our in at:
            faults.append(f"{names[index]!r} and {names[at[our]]!r} are the same column")
        elif our in COLUMNS:
            at[our] = index
        elif our is not None and key not in ours:
            # What a column may have been meant to be takes long to find, and only the first faults are told.
            meant = _meant(our, COLUMNS) if len(faults) < MOST_TOLD else ""
            faults.append(f"{names[index]!r} is not one of the columns{meant}")
    faults += [f"there is no column {needed}" for needed in NEEDED if needed not in at]
    for several, one in (("diagnoses", "diagnosis_"), ("modifiers", "modifier_")):
        if several in at and any(our.startswith(one) and our[len(one) :].isdecimal() for our in at):
            faults.append(f"there are both {several} and {one}1, 2 …; use either")
    if faults:
        raise FileNotUnderstood(
            f"{file}: the header can't be used: {in_one(faults)} A column mapping gives columns our names,"
            " or null to leave one out."
        )
    present = [(at[name], column) for name, column in COLUMNS.items() if name in at and name != "claim_id"]
    either: dict[Location, list[tuple[int, Column]]] = {}
    for index, column in present:
        if column.of == "either":
            either.setdefault(column.path if column.path[0] == "dates" else column.path[:1], []).append(
                (index, column)
            )
    return Table(
        names=names,
        claim_id=at["claim_id"],
        nameless=nameless,
        of_claim=[(index, column) for index, column in present if column.of == "claim"],
        of_line=[(index, column) for index, column in present if column.of == "line"],
        of_either=list(either.values()),
        repeated=itemgetter(at["claim_id"], *(index for index, column in present if column.of != "line")),
        claim_paths={column.path: index for index, column in present if column.of != "line"}
        | {("claim_id",): at["claim_id"]},
        line_paths={column.path: index for index, column in present if column.of != "claim"},
    )


def _meant(name: str, among: Iterable[str]) -> str:
    """The nearest name, for the end of a message."""
    near = [MEANT[name]] if name in MEANT and among is COLUMNS else get_close_matches(name, list(among), 1)
    return f" (did you mean {near[0]}?)" if near else ""


# The claims


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


def _grouped(rows: Iterable[Row], table: Table, remembered: dict[str, Begins]) -> Iterator[Group]:
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

    for row in rows:
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


def _claim(table: Table, group: Group, file: str) -> Received | Unreadable:
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
    return checked(msgspec.json.encode(values), place, partial(_locate, table, rows))


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


# The places


def _locate(table: Table, rows: Sequence[Row], location: Location) -> str:
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
