"""A file of claims with the repairs that are safe, everything else as it came."""

from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

from scrubber.intake.files import SEEN, is_x12, read_claims, unpacked
from scrubber.intake.record import JsonOrigin, Received, Unreadable
from scrubber.intake.x12.files import Reading, read_x12
from scrubber.intake.x12.reading import not_framed
from scrubber.intake.x12.tokenizer import NotFramed
from scrubber.output.corrected_claim import Tell, safe_repairs
from scrubber.output.corrected_json import Rewritten, corrected_json, corrected_record
from scrubber.output.corrected_x12 import changes_of, corrected_x12
from scrubber.output.received_file import Judge

OTHER_FORMAT = "only X12 and claims as JSON are corrected"


def corrected_file(
    read: BinaryIO,
    copied: BinaryIO,
    name: str,
    judge: Judge,
    tell: Tell,
    unreadable: Callable[[Unreadable], None],
) -> Iterator[bytes]:
    """The bytes of a file of any format, out of gzip, with the safe repairs of its claims.

    ``read`` and ``copied`` are the same file opened twice: neither is read far ahead of the other. ``unreadable`` is
    told the records that are no claim, which stay as they are. Raises FileNotUnderstood as ``read_claims`` does, and
    Damaged.
    """
    copy = unpacked(copied, name)
    if is_x12(copy.peek(SEEN)):
        readings = read_x12(cast(BinaryIO, unpacked(read, name)), name, elements=False)
        changes = changes_of(_claims(readings, unreadable), judge, tell)
        try:
            yield from corrected_x12(cast(BinaryIO, copy), changes, tell)
        except NotFramed:
            raise not_framed(name) from None
    else:
        claims = _claims(read_claims(read, name), unreadable)
        yield from corrected_json(cast(BinaryIO, copy), _rewritten(claims, judge, tell))


def _claims(readings: Reading, unreadable: Callable[[Unreadable], None]) -> Reading:
    for reading in readings:
        if isinstance(reading, Unreadable):
            unreadable(reading)
        else:
            yield reading


def _rewritten(readings: Reading, judge: Judge, tell: Tell) -> Iterator[Rewritten]:
    """The records that change."""
    for read in readings:
        if not isinstance(read, Received):
            continue
        repairs = safe_repairs(read.claim, judge(read), tell)
        if not isinstance(read.locate, JsonOrigin):
            for repair in repairs:
                tell(repair, OTHER_FORMAT)
        elif repairs:
            record = read.locate.record
            yield Rewritten(record, corrected_record(record, repairs, tell))
