"""The envelope: what it says, what is wrong with it, and that the claims in it are read all the same."""

from io import BytesIO

import pytest

from scrubber.intake.record import Received, Unreadable
from scrubber.intake.x12 import Fault, read_x12
from scrubber.intake.x12.envelope import (
    MOST_SEGMENTS,
    End,
    Group,
    Interchange,
    Part,
    Transaction,
    read_events,
)
from scrubber.intake.x12.guide import MOST_FAULTS
from tests.unit.x12_files import (
    BILLING,
    CLAIM,
    HEADER,
    ISA,
    LINE,
    SUBSCRIBER,
    claims_in,
    interchange,
    professional,
    read,
    transaction,
    write,
)

GOOD = professional([*CLAIM, *LINE], [*CLAIM, *LINE])
BODY = [*HEADER, *BILLING, *SUBSCRIBER, *CLAIM, *LINE]


def changed(old: str, new: str) -> list[str]:
    """The good file with one segment written otherwise; left out if ``new`` is empty."""
    assert old in GOOD
    at = GOOD.index(old)
    return [*GOOD[:at], *([new] if new else []), *GOOD[at + 1 :]]


def test_a_good_envelope_says_who_sends_what_to_whom() -> None:
    events = list(read_x12(BytesIO(write(GOOD)), "a.837"))
    assert not [event for event in events if isinstance(event, Fault)]
    opened, group, begun, first, second, *ends = events
    assert isinstance(opened, Interchange)
    assert (opened.control_number, opened.sender, opened.receiver) == (
        "000000001",
        ("ZZ", "SENDER"),
        ("ZZ", "RECEIVER"),
    )
    assert (opened.version, opened.acknowledgment_requested, opened.usage) == ("00501", False, "P")
    assert isinstance(group, Group)
    assert (group.kind, group.control_number, group.version) == ("HC", "1", "005010X222A1")
    assert isinstance(begun, Transaction)
    assert (begun.kind, begun.control_number, begun.guide) == ("837", "0001", "005010X222A1")
    assert isinstance(first, Received)
    assert isinstance(second, Received)
    assert ends == [End("transaction", 27), End("group", 1), End("interchange", 1)]


def test_parts_hold_every_segment_of_a_transaction_with_its_position() -> None:
    parts = [event for event in read_events(BytesIO(write(GOOD))) if isinstance(event, Part)]
    assert [part.ids[0].strip("\x1d") for part in parts] == ["ST", "HL", "HL", "CLM", "CLM"]
    assert [part.position for part in parts] == [1, 6, 12, 17, 22]
    assert sum(len(part.segments) for part in parts) == 26
    assert all(len(part.ids) == len(part.segments) for part in parts)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("SE*27*0001", "SE*26*0001", "IK502 4 ST*0001 SE01"),
        ("SE*27*0001", "SE*x*0001", "IK502 4 ST*0001 SE01"),
        ("SE*27*0001", "SE", "IK502 4 ST*0001 SE01"),
        ("SE*27*0001", "SE*27*0002", "IK502 3 ST*0001 SE02"),
        ("SE*27*0001", "", "IK502 2 ST*0001 SE"),
        ("GE*1*1", "GE*2*1", "AK905 5 GE01"),
        ("GE*1*1", "GE*1*2", "AK905 4 GE02"),
        ("GE*1*1", "", "AK905 3 GE"),
        ("IEA*1*000000001", "IEA*2*000000001", "TA105 021 IEA01"),
        ("IEA*1*000000001", "IEA*1*000000002", "TA105 001 IEA02"),
        ("IEA*1*000000001", "", "TA105 023 IEA"),
        ("GS*HC*SENDER*RECEIVER*20260302*0805*1*X*005010X222A1", "", "TA105 022 ST"),
        (GOOD[1], GOOD[1].replace("*1*X*", "*A1*X*"), "AK905 6 GS06"),
        ("ST*837*0001*005010X222A1", "ST**0001*005010X222A1", "IK502 6 ST*0001 ST01"),
        ("ST*837*0001*005010X222A1", "ST*837*1*005010X222A1", "IK502 7 ST*1 ST02"),
        (GOOD[0], GOOD[0].replace("*00501*", "*00401*"), "TA105 003 ISA12"),
        (GOOD[0], GOOD[0].replace("260302*0805", "261302*0805"), "TA105 014 ISA09"),
        (GOOD[0], GOOD[0].replace("260302*0805", "260302*2405"), "TA105 015 ISA10"),
        (GOOD[0], GOOD[0].replace("*000000001*0*P*", "*00000001A*0*P*"), "TA105 018 ISA13"),
        (GOOD[0], GOOD[0].replace("*0*P*", "*2*P*"), "TA105 019 ISA14"),
        (GOOD[0], GOOD[0].replace("*0*P*", "*0*X*"), "TA105 020 ISA15"),
        (GOOD[0], GOOD[0].replace("*ZZ*SENDER ", "*zz*SENDER "), "TA105 005 ISA05"),
    ],
)
def test_a_fault_of_the_envelope_is_told_and_costs_no_claim(old: str, new: str, fault: str) -> None:
    got, faults = read(changed(old, new))
    assert fault in [f"{one.codes} {one.code} {one.place}" for one in faults]
    if old != "ST*837*0001*005010X222A1" or "837" in new:
        assert len([record for record in got if isinstance(record, Received)]) == 2
    assert all(one.message for one in faults)


def test_control_numbers_are_compared_as_numbers() -> None:
    assert not read(changed("IEA*1*000000001", "IEA*1*1"))[1]
    assert read(changed("IEA*1*000000001", "IEA*1*"))[1]


def test_numbers_that_come_again_are_told() -> None:
    again = interchange(transaction(*BODY), transaction(*BODY))
    _, faults = read(again)
    assert [(fault.codes, fault.code) for fault in faults] == [("IK502", "23")]
    _, faults = read([*GOOD, *GOOD])
    assert [(fault.codes, fault.code, fault.place) for fault in faults] == [("TA105", "025", "ISA[2] ISA13")]
    two_groups = [*GOOD[:-1], *GOOD[1:-1], "IEA*2*000000001"]
    _, faults = read(two_groups)
    assert [(fault.codes, fault.code, fault.place) for fault in faults] == [("AK905", "19", "GS[2] GS06")]


def test_places_tell_interchange_and_group_where_there_are_several() -> None:
    got, _ = read([*GOOD, *professional([*CLAIM, *LINE])])
    assert [record.place for record in got] == [
        "a.837 ST*0001 CLM[1]",
        "a.837 ST*0001 CLM[2]",
        "a.837 ISA[2] ST*0001 CLM[1]",
    ]


@pytest.mark.parametrize(
    ("at", "stray", "code"),
    [(-1, "LX*1", "024"), (1, "NTE*ADD*HERE", "024"), (len(GOOD), "trailing garbage", "022")],
)
def test_what_belongs_nowhere_is_told(at: int, stray: str, code: str) -> None:
    segments = list(GOOD)
    segments.insert(at, stray)
    got, faults = read(segments)
    assert len(got) == 2
    assert [(fault.codes, fault.code) for fault in faults] == [("TA105", code)]
    assert "garbage" not in str(faults)


def test_an_acknowledgment_of_an_interchange_may_stand_in_the_next_one() -> None:
    ta1 = "TA1*000000099*260301*0805*A*000"
    assert not read([GOOD[0], ta1, *GOOD[1:]])[1]


def test_hierarchy_and_claims_are_counted_anew_in_each_transaction() -> None:
    body = [*BODY, *CLAIM, *LINE]
    got, faults = read(interchange(transaction(*body), transaction(*body, number=2)))
    assert not faults
    assert [record.place for record in got] == [
        f"a.837 ST*000{number} CLM[{claim}]" for number in (1, 2) for claim in (1, 2)
    ]


def test_a_file_that_breaks_off_gives_no_half_claim() -> None:
    data = write(GOOD)
    whole = claims_in(GOOD)
    for length in range(len(data) - len(write(GOOD[-3:])) - 1, 106, -7):
        got, faults = read(data[:length])
        received = [record.claim for record in got if isinstance(record, Received)]
        assert received == whole[: len(received)]
        assert len(received) < 2
        assert "023" in [fault.code for fault in faults]
    got, _ = read(data[: data.rindex(b"SE*")])
    assert isinstance(got[-1], Unreadable)
    assert got[-1].message == (
        "CLM is the last there is: the file breaks off, and part of the claim may be missing."
    )


def test_a_claim_of_endless_segments_is_one_unreadable_claim() -> None:
    endless = ["NTE*ADD*X"] * (MOST_SEGMENTS + 50_000)
    got, faults = read(professional([*CLAIM, *endless, *LINE], [*CLAIM, *LINE]))
    assert isinstance(got[0], Unreadable)
    assert isinstance(got[1], Received)
    assert len(faults) <= 2 * MOST_FAULTS + 10


@pytest.mark.parametrize(
    ("kind", "guide", "says"),
    [
        ("837", "005010X224A2", "A dental claim file (837D); dental claims are not scrubbed: 005010X224A2."),
        ("837", "004010X098A1", "Written in version 4010; only version 5010 is read: 004010X098A1."),
        ("837", "005010", "It names no implementation guide that is read here: 005010."),
        ("837", "a guide", "It names no implementation guide that is read here."),
        ("835", "005010X221A1", "A remittance (835), not a claim file: 005010X221A1."),
        ("999", "005010X231A1", "An acknowledgment (999), not a claim file: 005010X231A1."),
        ("270", "005010X279A1", "Not a claim file: 005010X279A1."),
    ],
)
def test_other_transactions_are_refused_one_by_one(kind: str, guide: str, says: str) -> None:
    other = transaction(*BODY, kind=kind, guide=guide, number=2)
    got, faults = read(interchange(transaction(*BODY), other, transaction(*BODY, number=3)))
    assert [type(record) for record in got] == [Received, Unreadable, Received]
    assert (got[1].place, got[1].message) == ("a.837 ST*0002", says)  # type: ignore[union-attr]
    assert [(fault.codes, fault.code) for fault in faults] == [("IK502", "I6" if kind == "837" else "1")]


def test_4010_names_its_guide_in_the_group() -> None:
    old = [*interchange(["ST*837*0001", *BODY, "SE*24*0001"], guide="004010X098A1")]
    got, _ = read(old)
    assert [record.message for record in got if isinstance(record, Unreadable)] == [
        "Written in version 4010; only version 5010 is read: 004010X098A1."
    ]


def test_guides_that_are_read() -> None:
    for guide in ("005010X222", "005010X222A1", "005010X222A2"):
        assert len(claims_in(interchange(transaction(*BODY, guide=guide), guide=guide))) == 1
    unnamed = interchange(["ST*837*0001", *BODY, "SE*24*0001"])
    assert len(claims_in(unnamed)) == 1  # GS08 names it


def test_segments_counted_are_those_of_the_transaction() -> None:
    for count in (0, 1, 300, 5_000):
        claims = [[*CLAIM, *LINE]] * count
        assert not [fault for fault in read(professional(*claims))[1] if fault.codes == "IK502"]


def test_isa_is_written_right_here() -> None:
    assert len(ISA.format(1)) == 105
