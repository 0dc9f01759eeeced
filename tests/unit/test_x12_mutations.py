"""Good files spoiled at random: nothing crashes or hangs, and no claim is read otherwise for what befell another."""

import re
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrubber.claim import Claim
from scrubber.intake.record import Received, Unreadable
from scrubber.intake.x12 import read_837
from scrubber.intake.x12.remittance import PaidClaim, RemittanceEnd, read_835
from tests.fuzz.targets import claims_837, payments_835
from tests.unit import test_x12_835 as remitted
from tests.unit.x12_files import (
    BILLING,
    CLAIM,
    HEADER,
    LINE,
    SUBSCRIBER,
    interchange,
    read,
    transaction,
    write,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "x12"
FILE_837 = (GOLDEN / "everything.837").read_bytes()
FILE_835 = (GOLDEN / "payments.835").read_bytes()
FILES = [pytest.param(FILE_837, claims_837, id="837"), pytest.param(FILE_835, payments_835, id="835")]
"""A file with much in it, and what reads it through: it holds that nothing depends on whether faults are asked for."""

Target = Callable[[bytes], None]

ELEMENT = st.sampled_from(
    ["", "*", "x", "1", "-1", "20261399", "HC:98940", ":::", "^", "99", "*" * 50, "A" * 300, "9" * 50, "1e5", "\x00",
     "é", "＊", "٣", "NaN", "CLP", "ISA"]
)  # fmt: skip
SEGMENT = st.one_of(
    st.sampled_from(
        ["", "X", "LX*1", "SV1", "HI", "DTP*472", "DTP*472*D8*20260303", "NM1*82", "NM1*IL*1*X", "N4", "REF*G1", "PWK",
         "SBR*S", "CAS*CO*1", "AMT*D*1", "SVD*1", "LIN", "CTP", "NTE*ADD*X", "PRV*PE*PXC*1", "ISB", "K3*" + "9" * 5_000,
         "SVC", "SVC*HC:98940*1*1", "LQ*HE*N1", "MOA", "TS3"]
    ),
    st.builds("*".join, st.lists(st.one_of(st.sampled_from(["CR1", "MEA", "PER", "DMG"]), ELEMENT), min_size=1)),
)  # fmt: skip
HIERARCHY = st.sampled_from(
    ["HL*1**20*1", "HL*9*9*22*0", "HL*2*1*22", "HL***23", "HL*-1*x*22*1", "HL*3*2*99", "HL"]
)
ENVELOPE = st.sampled_from(
    ["ST*837*0001*005010X222A1", "ST*835*1", "ST", "SE*9*0021", "SE", "GS*HC", "GE*1*17", "IEA", "TA1*1", "CLM*B*1",
     "CLP*B*1*1*1", "PLB*1*20261231*L6*1", "ISA*00*x"]
)  # fmt: skip


@st.composite
def spoiled(draw: st.DrawFn, good: list[str]) -> list[str]:
    """The segments of a claim, changed. The first stays and none ends it: else it would be part of another, or two."""
    segments = [*good]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(1, len(segments)))
        match draw(
            st.sampled_from(["add", "drop", "double", "swap", "cut", "element", "elements", "separator"])
        ):
            case "add":
                segments.insert(at, draw(SEGMENT))
            case "drop" if at < len(segments):
                del segments[at]
            case "double" if at < len(segments):
                segments[at:at] = [segments[at]] * draw(st.sampled_from([1, 2, 60]))
            case "swap" if at + 1 < len(segments):
                segments[at], segments[at + 1] = segments[at + 1], segments[at]
            case "cut" if at < len(segments):
                segments[at] = segments[at][: draw(st.integers(0, 12))]
            case "element" if at < len(segments):
                elements = segments[at].split("*")
                elements[draw(st.integers(0, len(elements) - 1))] = draw(ELEMENT)
                segments[at] = "*".join(elements)
            case "elements" if at < len(segments):
                segments[at] += "*" * draw(st.integers(1, 30)) + draw(ELEMENT)
            case "separator" if at < len(segments):
                old, new = draw(st.sampled_from([("*", "|"), (":", ">"), ("*", ":"), (":", "*"), ("*", "^")]))
                segments[at] = segments[at].replace(old, new)
            case _:
                pass
    return [segments[0], *(segment for segment in segments[1:] if segment[:3] not in {"CLP", "ISA"})]


CLAIMS = [
    [CLAIM[0].replace("A-1", f"A-{number}"), CLAIM[1], "NM1*82*1*ROE*R****XX*1003000126", *LINE, *LINE]
    for number in range(5)
]
BEFORE = [*HEADER, *BILLING, *SUBSCRIBER]


def file_837(claims: list[list[str]]) -> list[str]:
    return interchange(transaction(*BEFORE, *chain.from_iterable(claims)))


GOOD = [record.claim for record in read(file_837(CLAIMS))[0] if isinstance(record, Received)]


@settings(max_examples=200)
@given(claim=spoiled(CLAIMS[0]), which=st.integers(0, len(CLAIMS) - 1))
def test_a_spoiled_claim_costs_no_neighbour(claim: list[str], which: int) -> None:
    got, faults = read(file_837([*CLAIMS[:which], claim, *CLAIMS[which + 1 :]]))
    assert len(got) == len(CLAIMS)
    for number, (record, good) in enumerate(zip(got, GOOD, strict=True)):
        if number != which:
            assert isinstance(record, Received)
            assert record.claim == good
    record = got[which]
    if isinstance(record, Received):
        assert isinstance(record.claim, Claim)
        assert record.claim.lines
    else:
        assert record.message
    for fault in faults:
        assert fault.message
        assert fault.place


PAID = [*remitted.CLAIM, *remitted.SERVICE, *remitted.SERVICE]


@settings(max_examples=200)
@given(claim=spoiled(PAID), which=st.integers(0, 2))
def test_a_spoiled_payment_costs_no_neighbour(claim: list[str], which: int) -> None:
    claims = [PAID, PAID, PAID]
    claims[which] = claim
    got, _ = remitted.read(remitted.payment(*chain.from_iterable(claims)))
    records = [one for one in got if isinstance(one, PaidClaim | Unreadable)]
    good = remitted.claims_in(remitted.read(remitted.payment(*PAID))[0])
    others = [one for number, one in enumerate(records) if number != which]
    assert [one.claim for one in others if isinstance(one, PaidClaim)] == good * 2
    assert isinstance(got[-1], RemittanceEnd)
    assert got[-1].claims == 3


@pytest.mark.parametrize(("file", "read_through"), FILES)
@settings(max_examples=150)
@given(data=st.data())
def test_segments_spoiled_anywhere(file: bytes, read_through: Target, data: st.DataObject) -> None:
    segments = file.decode().replace("\n", "").split("~")[:-1]
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(1, len(segments) - 1))
        other = data.draw(st.integers(1, len(segments) - 1))
        match data.draw(st.sampled_from(["swap", "drop", "many", "add", "cut", "move", "within"])):
            case "swap":
                segments[at], segments[other] = segments[other], segments[at]
            case "drop" if len(segments) > 2:
                del segments[at]
            case "many":
                segments[other:other] = [segments[at]] * data.draw(st.sampled_from([1, 3, 200]))
            case "add":
                segments.insert(at, data.draw(st.one_of(SEGMENT, HIERARCHY, ENVELOPE)))
            case "cut":
                del segments[max(at, 2) :]
            case "move":
                first, last = sorted((at, other))
                segments[1:1] = segments[first:last]
            case "within":
                segments[at - 1 : at + 1] = data.draw(spoiled(segments[at - 1 : at + 1]))
            case _:
                pass
        if len(segments) < 2:
            break
    read_through(write(segments))


@pytest.mark.parametrize(("file", "read_through"), FILES)
@settings(max_examples=120)
@given(data=st.data())
def test_separators_change_on_the_way(file: bytes, read_through: Target, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(file)))
    old = data.draw(st.sampled_from([b"*", b":", b"~", b"~\n", b"^"]))
    new = data.draw(st.sampled_from([b"|", b">", b"\n", b"\r\n", b"", b"*", b"~", b"\x1d", b"A"]))
    count = data.draw(st.sampled_from([1, 16, -1]))
    read_through(file[:at] + file[at:].replace(old, new, count))


@pytest.mark.parametrize(("file", "read_through"), FILES)
@settings(max_examples=120)
@given(data=st.data())
def test_bytes_spoiled_anywhere(file: bytes, read_through: Target, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(file)))
    length = data.draw(st.integers(0, 40))
    strange = st.sampled_from(
        [b"~", b"*", b"~~~~", b"ISA*", b"~ISA*00*", b"SE*1*1~", file[:106], file[:106] * 3]
    )
    read_through(file[:at] + data.draw(st.one_of(st.binary(max_size=40), strange)) + file[at + length :])


@pytest.mark.parametrize(("file", "read_through"), FILES)
@settings(max_examples=50)
@given(data=st.binary(max_size=2_000))
def test_any_bytes_behind_an_isa(file: bytes, read_through: Target, data: bytes) -> None:
    read_through(file[:106] + data)


@pytest.mark.parametrize(("file", "reader"), [(FILE_837, read_837), (FILE_835, read_835)], ids=["837", "835"])
def test_memory_does_not_grow_with_what_is_spoiled(file: bytes, reader: Callable[..., Iterator[Any]]) -> None:
    random = Random(1)
    pieces = re.split(rb"([*~])", file)

    def spoiled_file() -> bytes:
        changed = [*pieces]
        for at in random.choices(range(40, len(changed)), k=20):
            changed[at] = random.choice([b"", b"~", changed[at] * 2, random.randbytes(40)])
        return b"".join(changed)

    def read_all(files: list[bytes]) -> None:
        for _ in reader(remitted.Pieces(iter(files)), "a", lambda _: None):
            pass

    files = [spoiled_file() for _ in range(10)]
    read_all(files)  # fills what is kept of texts and shapes
    tracemalloc.start()
    try:
        read_all(files * 24)
        assert tracemalloc.get_traced_memory()[1] < 300_000  # the files are twice as much
    finally:
        tracemalloc.stop()
