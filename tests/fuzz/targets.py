"""What is fuzzed: each target takes any bytes. It reads them or refuses them as a whole; anything else is a finding."""

from collections.abc import Callable, Iterator
from datetime import datetime
from io import BytesIO
from types import SimpleNamespace
from typing import cast

import scrubber.intake.delimited  # these three are imported when a file needs them: for the fuzzer, now
import scrubber.intake.fhir
import scrubber.intake.json_array  # noqa: F401
from scrubber.engine import Result
from scrubber.intake.cuts import cut_claims, read_cut
from scrubber.intake.files import read_claims, unpacked
from scrubber.intake.record import FileNotUnderstood, Received, Unreadable
from scrubber.intake.stream import GZIP, Damaged
from scrubber.intake.x12 import Fault, read_837
from scrubber.intake.x12.remittance import Remitted, read_835
from scrubber.output import Reply, corrected_file, received_in, write_999


def any_file(data: bytes) -> None:
    """A file of whatever format, as users give it; with nothing to repair, it is given back byte for byte."""
    _told(read_claims(BytesIO(data), "file"))
    try:
        corrected = corrected_file(BytesIO(data), BytesIO(data), "file", _judge, _ignore, _ignore)
        assert b"".join(corrected) == unpacked(BytesIO(data), "file").read()
    except (FileNotUnderstood, Damaged):
        pass


def cut_up(data: bytes) -> None:
    """A file of whatever format in parts, each read on its own as a batch does: the same claims."""
    if data.startswith(GZIP):
        return
    told: list[object] = []
    try:
        for cut in cut_claims(BytesIO(data), "file", 2):
            told += _told(read_cut(BytesIO(data), "file", cut))
    except FileNotUnderstood as refused:
        told = [str(refused)]
    assert told == _told(read_claims(BytesIO(data), "file"))


def claims_837(data: bytes) -> None:
    """An 837, read the same with its faults and without, and in small pieces."""
    faults: list[Fault] = []
    told = _told(read_837(BytesIO(data), "file", faults.append))
    assert all(fault.message and fault.place for fault in faults)
    assert told == _told(read_837(BytesIO(data), "file"))
    assert told == _told(read_837(Dripping(data), "file"))


def payments_835(data: bytes) -> None:
    """An 835, likewise."""
    faults: list[Fault] = []
    told = _told(read_835(BytesIO(data), "file", faults.append))
    assert all(fault.message and fault.place for fault in faults)
    assert told == _told(read_835(BytesIO(data), "file"))
    assert told == _told(read_835(Dripping(data), "file"))


def answer_999(data: bytes) -> None:
    """The 999 for an 837."""
    try:
        for segment in write_999(received_in(BytesIO(data), "file"), Reply(1, datetime(2026, 3, 2, 8, 5))):  # noqa: DTZ001
            assert segment.endswith(b"\n")
    except (FileNotUnderstood, Damaged):
        pass


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target for target in (any_file, cut_up, claims_837, payments_835, answer_999)
}


class Dripping(BytesIO):
    """A file of which each read gives few bytes."""

    def read(self, size: int | None = -1) -> bytes:
        few = 11 + len(self.getbuffer()) % 300
        return super().read(few if size is None or size < 0 else min(few, size))


def _told(read: Iterator[Received | Remitted]) -> list[object]:
    """What a reader gives, as what can be compared; of a file that is refused only why."""
    told: list[object] = []
    try:
        for one in read:
            assert one.place
            told.append((one.place, one.claim) if isinstance(one, Received) else one)
            if isinstance(one, Received):
                one.locate(("lines", 0, "charge"))
                one.locate(("diagnoses", 11))
            elif isinstance(one, Unreadable):
                assert one.message
    except FileNotUnderstood as refused:
        return [str(refused)]
    return told


def _judge(_: Received) -> Result:
    return cast(Result, SimpleNamespace(findings=()))


def _ignore(*_: object) -> None:
    pass
