"""A file of claims in cuts, so that several can read it at once, each only the bytes of its own records.

Nothing is copied: a cut says where reading begins and how many records it gives. What a claim needs of what stands
before it (the header of a CSV file, the levels above it in X12) is read again from where it stands.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import BinaryIO, TypeAlias, cast

from msgspec import Struct

from scrubber.intake import files
from scrubber.intake.delimited import Begins, Group, groups_in, read_delimited_from
from scrubber.intake.fhir.resources import head_of
from scrubber.intake.files import Columns, Format, Readings
from scrubber.intake.json_array import Broken, array_elements
from scrubber.intake.record import Received
from scrubber.intake.stream import BYTE_ORDER_MARK, BrokenOff, Damaged, Stream, lines, skip_mark
from scrubber.intake.x12.cuts import Above, Beginning, beginnings, read_837_from


class Start(Struct, frozen=True, omit_defaults=True):
    """Where reading begins: ``offset`` in bytes and, by format, the ``number`` of line, element, row or record.

    In X12 it is how many segments further on, and ``above`` is what stands above the claim.
    """

    offset: int
    number: int
    above: Above | None = None


class Cut(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a file: ``records`` of them, Received and Unreadable, behind the ``first`` ones of the file.

    It holds offsets and counts and nothing that the file says. ``remember_from`` is a row before, from which on rows
    are looked for that belong to a claim here; ``damage`` is what the file ends with.
    """

    format: Format
    first: int
    records: int
    start: Start
    remember_from: Begins | None = None
    damage: str | None = None


def cut_claims(
    file: BinaryIO, name: str, size: int, *, columns: Columns | None = None, damage: str | None = None
) -> Iterator[Cut]:
    """The cuts of a file that is not packed, in its order: each has ``size`` records, or more where no other can begin.

    ``file`` can be sought and stands at its beginning. ``damage`` is that with which it broke off when it was
    unpacked. What the cuts hold is what ``read_claims`` gives, and FileNotUnderstood is raised where that raises it.
    """
    source = _source(file, damage)
    stream = Stream(source.read)
    first = records = 0
    start: Start | None = None
    remember_from: Begins | None = None

    def cut(damage: str | None = None) -> Cut:
        assert start  # noqa: S101 - for the type checker
        return Cut(
            format=format_,
            first=first,
            records=records,
            start=start,
            remember_from=remember_from,
            damage=damage,
        )

    try:
        offset = skip_mark(stream)
        format_ = files.format_of(stream, name, columns)
        for begins, count, earlier in _units(stream, format_, name, columns, offset):
            if (start is None or records >= size) and (begun := begins()):
                if start:
                    yield cut()
                first, records = first + records, 0
                start, remember_from = begun, None
            records += count
            if earlier and start and earlier.offset < start.offset:
                remember_from = min(earlier, remember_from or earlier)
    except Damaged:
        source.seek(0)  # where no claim comes before the damage, the file is refused
        any(isinstance(read, Received) for read in files.read_claims(source, name, columns=columns))
        records += 1
    if start:
        yield cut(damage)


def read_cut(file: BinaryIO, name: str, cut: Cut, *, columns: Columns | None = None) -> Readings:
    """What ``read_claims`` gives of a cut, by the same ``name`` and ``columns``. ``file`` can be sought."""
    try:
        yield from islice(_read_from(_source(file, cut.damage), name, cut, columns), cut.records)
    except Damaged as damage:
        yield files.nothing_more(name, damage)


def _source(file: BinaryIO, damage: str | None) -> BinaryIO:
    return file if damage is None else cast(BinaryIO, BrokenOff(file, damage))


def _read_from(file: BinaryIO, name: str, cut: Cut, columns: Columns | None) -> Readings:
    start = cut.start
    file.seek(start.offset)
    stream = Stream(file.read)
    match cut.format:
        case "x12":
            assert start.above  # noqa: S101 - for the type checker
            return read_837_from(file, name, (start.offset, start.number), start.above)
        case "ndjson":
            return files.read_lines(stream, name, start.number)
        case "array":
            return files.read_array(stream, name, start.number)
        case "document":
            return islice(files.read_document(stream, name), start.number, None)
        case "delimited":
            begins = Begins(start.offset, start.number)
            return read_delimited_from(file, name, columns, begins, cut.remember_from)


Unit: TypeAlias = tuple[Callable[[], Start | None], int, Begins | None]
"""Records that are not cut apart: what tells where they begin, or None if they are not to be cut off from those before;
how many they are; and the row before that has to be remembered."""


def _units(
    stream: Stream, format_: Format, name: str, columns: Columns | None, offset: int
) -> Iterator[Unit]:
    match format_:
        case "x12":
            for begins in beginnings(cast(BinaryIO, stream), name, offset):
                yield partial(_in_x12, begins), 1 if begins else -1, None
        case "ndjson":
            for number, (at, line) in enumerate(lines(stream, files.LONGEST_RECORD, offset), 1):
                if not line.isspace():
                    record = line.removeprefix(BYTE_ORDER_MARK)
                    yield partial(Start, at, number), _records(record), None
        case "array":
            for number, (at, element) in enumerate(array_elements(stream, files.LONGEST_RECORD, offset)):
                yield partial(Start, at, number), _records(element), None
        case "document":
            for number, _ in enumerate(files.read_document(stream, name)):
                yield partial(Start, offset, number), 1, None
        case "delimited":
            yield from _row_units(groups_in(stream, name, columns, offset))


def _row_units(groups: Iterator[Group]) -> Iterator[Unit]:
    within = 0
    for group in groups:
        if group.within:  # it is given before the claim whose rows it stands between
            within += 1
        else:
            row = group.rows[0]
            yield partial(Start, row.offset, row.number), within + 1, group.earlier
            within = 0


def _in_x12(begins: Beginning | None) -> Start | None:
    begun = begins() if begins else None
    return Start(*begun[0], begun[1]) if begun else None


def _records(record: bytes | Broken) -> int:
    """How many readings a JSON record gives: only a Bundle may give several."""
    if (
        isinstance(record, Broken)
        or b'"resourceType"' not in record
        or len(record) > files.LONGEST_RECORD
        or head_of(record).resource_type != "Bundle"
    ):
        return 1
    return sum(1 for _ in files.read_record(record, "", ""))
