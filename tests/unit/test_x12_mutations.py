"""Good files spoiled at random: nothing crashes or hangs, and no claim is read otherwise for what befell another."""

from io import BytesIO
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from scrubber.claim import Claim
from scrubber.intake.record import FileNotUnderstood, Received, Unreadable
from scrubber.intake.x12 import Fault, read_837
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

EVERYTHING = (Path(__file__).parents[1] / "golden" / "x12" / "everything.837").read_bytes()
CLAIMS = [
    [CLAIM[0].replace("A-1", f"A-{number}"), CLAIM[1], "NM1*82*1*ROE*R****XX*1003000126", *LINE, *LINE]
    for number in range(5)
]
BEFORE = [*HEADER, *BILLING, *SUBSCRIBER]
GOOD = [
    record.claim for record in read(interchange(transaction(*BEFORE, *[s for c in CLAIMS for s in c])))[0]
]  # type: ignore[union-attr]

ELEMENT = st.sampled_from(
    [
        "",
        "*",
        "x",
        "1",
        "-1",
        "20261399",
        "HC:98940",
        ":::",
        "^",
        "99",
        "*" * 50,
        "A" * 300,
        "\x00",
        "é",
        "＊",
        "NaN",
    ]
)
SEGMENT = st.one_of(
    st.sampled_from(
        ["", "X", "LX*1", "SV1", "HI", "DTP*472", "DTP*472*D8*20260303", "NM1*82", "NM1*IL*1*X", "N4", "REF*G1", "PWK",
         "SBR*S", "CAS*CO*1", "AMT*D*1", "SVD*1", "LIN", "CTP", "NTE*ADD*X", "PRV*PE*PXC*1", "ISB", "K3*" + "9" * 5_000]
    ),
    st.builds("*".join, st.lists(st.one_of(st.sampled_from(["CR1", "MEA", "PER", "DMG"]), ELEMENT), min_size=1)),
)  # fmt: skip


@st.composite
def spoiled_claims(draw: st.DrawFn) -> tuple[list[list[str]], int]:
    """The claims, one of them changed, and which. Its first segment stays: without it, it would be part of another."""
    claims = [list(claim) for claim in CLAIMS]
    which = draw(st.integers(0, len(claims) - 1))
    claim = claims[which]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(1, len(claim)))
        match draw(st.sampled_from(["add", "drop", "double", "swap", "element"])):
            case "add":
                claim.insert(at, draw(SEGMENT))
            case "drop" if at < len(claim):
                del claim[at]
            case "double" if at < len(claim):
                claim.insert(at, claim[at])
            case "swap" if at + 1 < len(claim):
                claim[at], claim[at + 1] = claim[at + 1], claim[at]
            case "element" if at < len(claim):
                elements = claim[at].split("*")
                elements[draw(st.integers(0, len(elements) - 1))] = draw(ELEMENT)
                claim[at] = "*".join(elements)
            case _:
                pass
    return claims, which


@settings(max_examples=400, deadline=None)
@given(spoiled=spoiled_claims())
def test_a_spoiled_claim_costs_no_neighbour(spoiled: tuple[list[list[str]], int]) -> None:
    claims, which = spoiled
    got, faults = read(interchange(transaction(*BEFORE, *[segment for claim in claims for segment in claim])))
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


SEGMENTS = EVERYTHING.decode().replace("\n", "").split("~")[:-1]


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_segments_shuffled_lost_and_doubled_anywhere(data: st.DataObject) -> None:
    segments = list(SEGMENTS)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(1, len(segments) - 1))
        other = data.draw(st.integers(1, len(segments) - 1))
        match data.draw(st.sampled_from(["swap", "drop", "double", "add", "cut"])):
            case "swap":
                segments[at], segments[other] = segments[other], segments[at]
            case "drop" if len(segments) > 2:
                del segments[at]
            case "double":
                segments.insert(other, segments[at])
            case "add":
                segments.insert(at, data.draw(SEGMENT))
            case "cut":
                segments = segments[: max(at, 2)]
            case _:
                pass
    reads_through(write(segments))


@settings(max_examples=400, deadline=None)
@given(
    at=st.integers(0, len(EVERYTHING) - 1),
    length=st.integers(0, 40),
    instead=st.one_of(
        st.binary(max_size=40), st.sampled_from([b"~", b"*", b"~~~~", b"ISA*", b"~ISA*00*", b"SE*1*1~"])
    ),
)
def test_bytes_spoiled_anywhere(at: int, length: int, instead: bytes) -> None:
    reads_through(EVERYTHING[:at] + instead + EVERYTHING[at + length :])


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=2_000))
def test_any_bytes_behind_an_isa(data: bytes) -> None:
    reads_through(EVERYTHING[:106] + data)


def reads_through(data: bytes) -> None:
    """The file is read to its end, or refused as a whole."""
    faults: list[Fault] = []
    try:
        got = list(read_837(BytesIO(data), "a.837", faults.append))
    except FileNotUnderstood:
        return
    for record in got:
        assert isinstance(record, (Received, Unreadable))
        if isinstance(record, Received):
            assert record.locate(("lines", 0, "charge"))
            assert record.claim.claim_id
        else:
            assert record.message
            assert record.place
    without = list(read_837(BytesIO(data), "a.837"))
    assert [record.place for record in without] == [record.place for record in got]
