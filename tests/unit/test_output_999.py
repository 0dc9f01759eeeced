"""999s: what they say, their counts and envelopes, read back with our own reader."""

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrubber.intake.x12 import envelope, read_x12
from scrubber.intake.x12.faults import Fault as ReadFault
from scrubber.intake.x12.tokenizer import ELEMENT
from scrubber.output import Reply, write_999
from scrubber.output.received import (
    Claim,
    End,
    Event,
    Fault,
    Group,
    Interchange,
    Party,
    Separators,
    Transaction,
)

REPLY = Reply(7, datetime(2026, 3, 2, 9, 5))  # noqa: DTZ001 - as a user gives it
INTERCHANGE = Interchange(sender=("ZZ", "BILLER"), receiver=("30", "HOUSE"), usage="T")
GROUP = Group(control_number="41", kind="HC", sender="BILL", receiver="HOUS", version="005010X222A1")
TRANSACTION = Transaction(control_number="0001", kind="837", guide="005010X222A1")
ENDS = [End("group", 1), End("interchange", 1)]
NOBODY = Party()


def claim(**difference: Any) -> Claim:
    facts: dict[str, Any] = {
        "claim_id": "A-1",
        "charge": None,
        "first_day": None,
        "last_day": None,
        "submitter": NOBODY,
        "submission": "",
        "payer": NOBODY,
        "billing": NOBODY,
        "patient": NOBODY,
    }
    return Claim(**facts | difference)


def fault(code: str, segment: str = "DTP", position: int = 24, **difference: Any) -> Fault:
    facts = {"of": "segment", "belongs": "claim", "segment": segment, "position": position, "loop": "2300"}
    return Fault(code=code, **facts | difference)


def answer(*events: Event, interchange: Interchange = INTERCHANGE) -> list[str]:
    """The segments of the answer to a group with these events."""
    written = b"".join(write_999([interchange, GROUP, *events, *ENDS], REPLY))
    return written.decode().splitlines()


def told(*events: Event) -> list[str]:
    """What is said of a transaction with these events, and of its group."""
    segments = answer(TRANSACTION, *events, End("transaction", 30))
    return [segment.removesuffix("~") for segment in segments[4:-3]]


def read_back(data: bytes) -> list[Any]:
    """The envelope events of an answer; what our own reader finds wrong with its envelope is a failure."""
    events = list(envelope.read_events(BytesIO(data)))
    assert not [event for event in events if isinstance(event, ReadFault)]
    return events


def test_everything_of_an_accepted_transaction() -> None:
    assert answer(TRANSACTION, claim(), End("transaction", 30)) == [
        "ISA*00*          *00*          *30*HOUSE          *ZZ*BILLER         *260302*0905*^*00501*000000007*0*T*:~",
        "GS*FA*HOUS*BILL*20260302*0905*7*X*005010X231A1~",
        "ST*999*0001*005010X231A1~",
        "AK1*HC*41*005010X222A1~",
        "AK2*837*0001*005010X222A1~",
        "IK5*A~",
        "AK9*A*1*1*1~",
        "SE*6*0001~",
        "GE*1*7~",
        "IEA*1*000000007~",
    ]


def test_a_faulty_claim_does_not_take_its_neighbour_with_it() -> None:
    faulty = claim(faulty=True)
    assert told(fault("1", "ZZZ", claim_id="A-1"), faulty, claim()) == [
        "AK2*837*0001*005010X222A1",
        "IK3*ZZZ*24*2300*1",
        "CTX*CLM01:A-1",
        "IK5*E*5",
        "AK9*E*1*1*1",
    ]
    assert told(fault("1", "ZZZ"), faulty)[-2:] == ["IK5*R*5", "AK9*R*1*1*0"]


def test_a_fault_of_the_header_or_envelope_rejects() -> None:
    assert told(fault("3", "BHT", 2, belongs="transaction", loop="HEADER"), claim())[1:3] == [
        "IK3*BHT*2**3",
        "IK5*R*5",
    ]
    assert told(claim(), Fault(of="transaction", code="4"), Fault(of="transaction", code="3"))[1:] == [
        "IK5*R*4*3",
        "AK9*R*1*1*0",
    ]


@pytest.mark.parametrize(
    "harmless", [fault("8"), fault("I10", of="element", element=3)], ids=["empty-elements", "not-used"]
)
def test_what_loses_nothing_is_noted(harmless: Fault) -> None:
    assert told(harmless, claim())[-2:] == ["IK5*E*5", "AK9*E*1*1*1"]


def test_elements_are_told_below_their_segment_and_their_values_never() -> None:
    faults = [
        fault("8", of="element", element=3, loop="2010AA"),
        fault("7", of="element", element=1, component=2, loop="2010AA"),
        fault("7", of="element", element=1, position=25),
    ]
    assert told(*faults, claim())[1:7] == [
        "IK3*DTP*24*2010*8",
        "IK4*3**8",
        "IK4*1:2**7",
        "IK3*DTP*25*2300*8",
        "IK4*1**7",
        "IK5*E*5",
    ]


def test_a_segment_in_the_wrong_place_is_told_once_and_its_elements_below_a_second_one() -> None:
    assert told(fault("2"), fault("8", of="element", element=3), claim())[1:4] == [
        "IK3*DTP*24*2300*2",
        "IK3*DTP*24*2300*8",
        "IK4*3**8",
    ]


def test_most_elements_of_a_segment() -> None:
    faults = [fault("7", of="element", element=number) for number in range(1, 300)]
    assert sum(segment.startswith("IK4") for segment in told(*faults, claim())) == 99


def test_what_can_not_be_written_is_not() -> None:
    assert told(fault("1", "?", claim_id="A*1~IK5*A~"), claim())[1:3] == ["IK3*???*24*2300*1", "IK5*E*5"]
    hostile = Group(control_number="4~1", kind="H*", sender="A*B~", receiver="\x00", version="x" * 13)
    written = b"".join(write_999([INTERCHANGE, hostile, *ENDS], REPLY)).decode().splitlines()
    assert written[1].startswith("GS*FA**A B*")
    assert written[3] == "AK1~"


@pytest.mark.parametrize(
    ("accepted", "faulty", "counted", "codes", "expected"),
    [
        (2, 0, 2, [], "AK9*A*2*2*2"),
        (1, 1, 2, [], "AK9*P*2*2*1"),
        (0, 2, 2, [], "AK9*R*2*2*0"),
        (2, 0, 3, ["5"], "AK9*R*3*2*2*5"),
        (1, 0, None, ["3"], "AK9*R*1*1*1*3"),
        (0, 0, 0, [], "AK9*R*0*0*0"),
    ],
)
def test_groups(accepted: int, faulty: int, counted: int | None, codes: list[str], expected: str) -> None:
    events: list[Event] = [INTERCHANGE, GROUP]
    for number in range(accepted + faulty):
        wrong = [Fault(of="transaction", code="4")] if number < faulty else []
        events += [TRANSACTION, *wrong, claim(), End("transaction")]
    events += [*(Fault(of="group", code=code) for code in codes), End("group", counted), End("interchange")]
    written = b"".join(write_999(events, REPLY)).decode().splitlines()
    assert f"{expected}~" in written


def test_acknowledgments_and_what_has_no_group_are_not_acknowledged() -> None:
    of_acknowledgment = Group(control_number="1", kind="FA", sender="A", receiver="B", version="005010X231A1")
    for group in ([], [of_acknowledgment]):
        events = [INTERCHANGE, *group, TRANSACTION, Fault(of="transaction", code="1"), *ENDS]
        assert b"".join(write_999(events, REPLY)) == b""


def test_a_group_behind_the_end_of_its_interchange_is_not_answered() -> None:
    one = [GROUP, TRANSACTION, claim(), End("transaction"), End("group", 1)]
    data = b"".join(write_999([INTERCHANGE, *one, End("interchange"), *one], REPLY))
    assert len([event for event in read_back(data) if isinstance(event, envelope.Group)]) == 1


def test_each_group_is_answered_in_its_interchange_and_numbers_count_up() -> None:
    one = [GROUP, TRANSACTION, claim(), End("transaction"), End("group", 1)]
    events = [INTERCHANGE, *one, *one, End("interchange"), INTERCHANGE, *one, End("interchange")]
    data = b"".join(write_999(events, Reply(999_999_999, REPLY.at)))
    got = read_back(data)
    numbers = [event.control_number for event in got if isinstance(event, envelope.Interchange)]
    assert numbers == ["999999999", "000000001"]
    assert [event.control_number for event in got if isinstance(event, envelope.Group)] == [
        "999999999",
        "1",
        "2",
    ]


def test_the_received_separators_are_used_unless_they_would_cut_numbers() -> None:
    theirs = Separators(element="|", component=">", terminator="\n", repetition="!")
    interchange = Interchange(sender=("ZZ", "A"), receiver=("ZZ", "B"), usage="X", separators=theirs)
    written = answer(TRANSACTION, fault("7", element=1, component=2), claim(), interchange=interchange)
    assert written[0].endswith("|!|00501|000000007|0|P|>")
    assert "IK4|1>2||7" in written
    for broken in (
        Separators(element="."),
        Separators(component="*"),
        Separators(terminator=""),
        Separators(element="|", terminator="\t"),
    ):
        interchange = Interchange(sender=("ZZ", "A"), receiver=("ZZ", "B"), usage="P", separators=broken)
        assert answer(TRANSACTION, claim(), interchange=interchange)[0][3] == "*"


ASKING = Interchange(
    sender=("ZZ", "BILLER"),
    receiver=("30", "HOUSE"),
    usage="T",
    control_number="000000288",
    day="260301",
    time="2359",
    acknowledgment_requested=True,
)
COUNTED_WRONG = Fault(of="interchange", code="021")
NOT_NUMBERED = Fault(of="interchange", code="018")


def test_a_ta1_follows_in_an_interchange_of_its_own_where_it_is_asked_for() -> None:
    written = answer(TRANSACTION, claim(), End("transaction", 30), interchange=ASKING)
    assert written[-4] == "IEA*1*000000007~"
    assert written[-3].startswith(
        "ISA*00*          *00*          *30*HOUSE          *ZZ*BILLER         *260302*"
    )
    assert written[-3].endswith("*000000008*0*T*:~")
    assert written[-2:] == ["TA1*000000288*260301*2359*A*000~", "IEA*0*000000008~"]
    assert written[:-3] == answer(TRANSACTION, claim(), End("transaction", 30))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([GROUP, End("group", 0)], "A*000"),
        ([GROUP, End("group", 0), COUNTED_WRONG, NOT_NUMBERED], "E*021"),
        ([NOT_NUMBERED, GROUP, End("group", 0), COUNTED_WRONG], "E*018"),
        ([Group(control_number="1", kind="FA", sender="A", receiver="B", version="005010X231A1")], "A*000"),
        ([], "A*000"),
        ([COUNTED_WRONG], "R*021"),
    ],
)
def test_what_a_ta1_says(events: list[Event], expected: str) -> None:
    written = b"".join(write_999([ASKING, *events, End("interchange")], REPLY)).decode().splitlines()
    assert written[-2] == f"TA1*000000288*260301*2359*{expected}~"


def test_numbers_count_up_over_ta1s_and_not_over_what_has_no_answer() -> None:
    one = [GROUP, TRANSACTION, claim(), End("transaction"), End("group", 1), End("interchange")]
    events = [INTERCHANGE, End("interchange"), ASKING, *one, ASKING, End("interchange"), INTERCHANGE, *one]
    got = read_back(b"".join(write_999(events, REPLY)))
    numbers = [event.control_number for event in got if isinstance(event, envelope.Interchange)]
    assert numbers == ["000000007", "000000008", "000000009", "000000010"]


TEXTS = st.text(max_size=20)
FAULTS = st.builds(
    Fault,
    of=st.sampled_from(["interchange", "group", "transaction", "segment", "element"]),
    code=st.sampled_from(["1", "3", "8", "I10"]),
    belongs=st.sampled_from(["claim", "level", "transaction"]),
    segment=TEXTS,
    position=st.integers(1, 10**9),
    loop=st.sampled_from(["", "HEADER", "2010AA", "2300"]),
    element=st.none() | st.integers(1, 40),
    component=st.none() | st.integers(1, 10),
    claim_id=TEXTS,
)
ANY_GROUP = st.builds(Group, control_number=TEXTS, kind=TEXTS, sender=TEXTS, receiver=TEXTS, version=TEXTS)
ANY_TRANSACTION = st.builds(Transaction, control_number=TEXTS, kind=TEXTS, guide=TEXTS)


def _events(
    interchange: Interchange, groups: Iterable[tuple[Group, list[tuple[Transaction, list[Fault]]]]]
) -> Any:
    yield interchange
    for group, transactions in groups:
        yield group
        for transaction, faults in transactions:
            yield from (transaction, *faults, claim(), End("transaction"))
        yield End("group", len(transactions))
    yield End("interchange")


@given(
    st.builds(
        Interchange,
        sender=st.tuples(TEXTS, TEXTS),
        receiver=st.tuples(TEXTS, TEXTS),
        usage=TEXTS,
        control_number=TEXTS,
        day=TEXTS,
        time=TEXTS,
        acknowledgment_requested=st.booleans(),
        separators=st.builds(
            Separators, **dict.fromkeys(Separators.__struct_fields__, st.characters(codec="latin-1"))
        ),
    ),
    st.lists(
        st.tuples(ANY_GROUP, st.lists(st.tuples(ANY_TRANSACTION, st.lists(FAULTS, max_size=4)), max_size=3)),
        min_size=1,
        max_size=3,
    ),
)
def test_whatever_was_received_the_answer_has_a_whole_envelope(interchange: Interchange, groups: Any) -> None:
    groups = [(group, below) for group, below in groups if group.kind != "FA"]
    data = b"".join(write_999(_events(interchange, groups), REPLY))
    if not groups and not interchange.acknowledgment_requested:
        assert data == b""
        return
    got = read_back(data)
    interchanges = [event for event in got if isinstance(event, envelope.Interchange)]
    assert len(interchanges) == bool(groups) + interchange.acknowledgment_requested
    transactions = [event for event in got if isinstance(event, envelope.Transaction)]
    assert [event.kind for event in transactions] == ["999"] * len(groups)
    segments = [
        segment.split(ELEMENT) for part in got if isinstance(part, envelope.Part) for segment in part.segments
    ]
    assert sum(segment[0] == "AK2" for segment in segments) == sum(len(below) for _, below in groups)
    for segment in segments:
        if segment[0] == "AK9":
            assert int(segment[4]) <= int(segment[3])


def test_our_own_reader_knows_the_answer_as_one() -> None:
    data = b"".join(write_999([INTERCHANGE, GROUP, TRANSACTION, claim(), End("transaction"), *ENDS], REPLY))
    assert [
        event.guide for event in read_x12(BytesIO(data), "a.999") if isinstance(event, envelope.Transaction)
    ] == ["005010X231A1"]
