"""CSV and TSV: a header, one row a service line, the rows of a claim one after the other (docs/guide/csv.md)."""

from collections import deque
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import BinaryIO

from scrubber.intake.columns import COLUMNS
from scrubber.intake.delimited.claims import Group, claim_in, grouped
from scrubber.intake.delimited.header import Table, key_of, our_names, table_of
from scrubber.intake.delimited.rows import LONGEST_ROW, Begins, Row, first_row, rows_in
from scrubber.intake.record import FileNotUnderstood, Received, Unreadable
from scrubber.intake.stream import Stream, skip_mark

__all__ = ["Begins", "Group", "groups_in", "read_delimited", "read_delimited_from", "seems_delimited"]


def seems_delimited(start: bytes, mapping: Mapping[str, str | None] | None) -> bool:
    """Whether a file that begins so has a header of ours: the claim id, or three other columns."""
    ours = our_names(mapping)
    known = {ours.get(key, key) for key in map(key_of, first_row(start)[1])} & COLUMNS.keys()
    return "claim_id" in known or len(known) >= 3


def read_delimited(
    stream: Stream, name: str, mapping: Mapping[str, str | None] | None
) -> Iterator[Received | Unreadable]:
    """The claims of a CSV or TSV stream. Raises FileNotUnderstood for a header that can't be used."""
    table, _, rows = _opened(stream, name, mapping, 0)
    for group in grouped(rows, table, {}):
        yield claim_in(table, group, name)


def groups_in(
    stream: Stream, name: str, mapping: Mapping[str, str | None] | None, offset: int
) -> Iterator[Group]:
    """The rows of a CSV or TSV stream claim by claim, as ``read_delimited`` reads them.

    ``offset`` is that of the stream.
    """
    table, _, rows = _opened(stream, name, mapping, offset)
    yield from grouped(rows, table, {})


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
            lambda row: row.offset < begins.offset, rows_in(Stream(file.read), delimiter, remember_from)
        )
        deque(grouped(before, table, remembered), maxlen=0)
    file.seek(begins.offset)
    rows = rows_in(Stream(file.read), delimiter, begins)
    for group in grouped(rows, table, remembered):
        yield claim_in(table, group, name)


def _opened(
    stream: Stream, name: str, mapping: Mapping[str, str | None] | None, offset: int
) -> tuple[Table, str, Iterator[Row]]:
    """What the header says, the delimiter, and the rows behind it."""
    delimiter = first_row(stream.peek(LONGEST_ROW))[0]
    rows = rows_in(stream, delimiter, Begins(offset, 1))
    header = next((row for row in rows if row.fault or any(row.cells)), Row(1, []))
    if header.fault:
        raise FileNotUnderstood(f"{name}: the header, row {header.number}, can't be read: {header.fault}")
    return table_of(header.cells, mapping, name), delimiter, rows
