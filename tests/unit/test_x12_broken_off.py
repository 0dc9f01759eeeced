"""A file that is not whole says so, and every claim begun in it is told: as a claim or as unreadable."""

from collections.abc import Sequence
from io import BytesIO

import pytest
from click import unstyle
from click.testing import CliRunner

from scrubber.cli.main import scrubber
from scrubber.cli.text import result_lines
from scrubber.intake.files import read_claims
from scrubber.intake.record import FileNotUnderstood, Received, Unreadable
from scrubber.intake.x12 import envelope
from scrubber.output import received_in
from scrubber.output.received import Claim, Fault
from tests.unit.test_cuts import assert_same
from tests.unit.x12_files import (
    BILLING,
    CLAIM,
    HEADER,
    LINE,
    SUBSCRIBER,
    interchange,
    professional,
    read,
    told,
    transaction,
    write,
)

BODY = [*HEADER, *BILLING, *SUBSCRIBER, *CLAIM, *LINE, *CLAIM, *LINE]
OTHER = transaction(*BODY, number=2, guide="005010X223A2")
FILE = [*interchange(transaction(*BODY), OTHER), *interchange(transaction(*BODY), number=2)]
IN_CLAIM = "CLM is the last there is: the file breaks off, and part of the claim may be missing"
WITHOUT_TRAILER = {("transaction", "2"), ("group", "3"), ("interchange", "023")}
MISSING = "part of the file is missing, perhaps claims."


def got(segments: Sequence[str] | bytes) -> list[Received | Unreadable]:
    """What is read of a file, as a whole and in cuts alike."""
    content = segments if isinstance(segments, bytes) else write(segments)
    assert_same(content, (1, 2))
    return list(read_claims(BytesIO(content), "a.837"))


def damages(segments: Sequence[str] | bytes) -> list[str]:
    """What is damaged in a file, each with its place."""
    return [f"{one.place}: {one.message}" for one in got(segments) if isinstance(one, Unreadable)]


@pytest.mark.parametrize("length", range(1, len(FILE)))
def test_at_every_segment(length: int) -> None:
    records = got(FILE[:length])
    *before, last = FILE[:length]
    claims = sum(segment.startswith("CLM") for segment in before)
    answered = list(received_in(BytesIO(write(FILE[:length])), "a.837"))
    assert sum(isinstance(event, Claim) for event in answered) == claims + last.startswith("CLM")
    ends = {(event.of, event.code) for event in answered if isinstance(event, Fault)} & WITHOUT_TRAILER
    assert bool(ends) is not last.startswith("IEA")
    if last.startswith("IEA"):
        assert [type(record) for record in records] == [Received] * claims
        return
    *whole, damage = records
    assert all(isinstance(record, Received) for record in whole)
    assert isinstance(damage, Unreadable)
    trailers = {"ISA": "IEA", "GS*": "GE, IEA", "SE*": "GE, IEA", "GE*": "IEA"}.get(last[:3], "SE, GE, IEA")
    if damage.message.startswith(IN_CLAIM):
        assert (damage.claim_id, len(whole)) == ("A-1", claims - (not last.startswith("CLM")))
    else:
        assert damage.message == f"It ends without {trailers}: {MISSING}"
        assert len(whole) == claims
        assert last[:3] not in {"CLM", "HI*", "LX*", "SV1", "DTP"}


def test_at_every_byte() -> None:
    content = write(interchange(transaction(*BODY)))
    head = content.index(b"GS*")
    for length in range(head, content.index(b"IEA") + 3, 3):
        records = got(content[:length])
        assert len([one for one in records if "CLM[" in one.place]) == content[:length].count(b"~CLM")
        assert isinstance(records[-1], Unreadable)


def test_an_interchange_that_breaks_off_before_the_next_one() -> None:
    whole = interchange(transaction(*BODY), number=2)
    torn = interchange(transaction(*BODY))
    assert damages([*torn[:-2], *whole]) == [f"a.837: It ends without GE, IEA: {MISSING}"]
    assert damages([*torn[:-3], *whole]) == [f"a.837 ST*0001 CLM[2] CLM: {IN_CLAIM}."]
    assert damages([*torn[:2], *torn[:3], *whole]) == [
        f"a.837: It ends without GE, IEA: {MISSING}",
        f"a.837 ISA[2] ST*0001: It ends without SE, GE, IEA: {MISSING}",
    ]


@pytest.mark.parametrize(
    ("trailer", "place"), [("SE*27*0001", " ST*0001"), ("GE*2*1", ""), ("SE*27*0002", " ST*0002")]
)
def test_a_trailer_that_is_missing_in_between_costs_no_claim(trailer: str, place: str) -> None:
    segments = [segment for segment in interchange(transaction(*BODY), OTHER) if segment != trailer]
    assert sum(isinstance(record, Received) for record in got(segments)) == 4
    assert damages(segments) == [f"a.837{place}: It ends without {trailer[:2]}: {MISSING}"]


def test_a_transaction_that_nobody_reads_breaks_off_too() -> None:
    old = transaction(*BODY, number=2, guide="004010X098A1")
    segments = interchange(transaction(*BODY), old)
    *_, refused, damage = damages(segments[:-6])
    assert refused.startswith("a.837 ST*0002: Written in version 4010")
    assert damage == f"a.837 ST*0002: It ends without SE, GE, IEA: {MISSING}"


def test_claims_in_no_transaction_are_told_one_by_one() -> None:
    segments = [one for one in interchange(transaction(*BODY), OTHER) if not one.startswith("ST*837*0001")]
    records = got(segments)
    assert [type(record) for record in records] == [Unreadable, Unreadable, Received, Received]
    assert (records[0].place, records[0].claim_id) == ("a.837 CLM", "A-1")  # type: ignore[union-attr]
    assert damages(segments)[0] == (
        "a.837 CLM: A claim outside of any transaction: the ST segment before it is missing."
    )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("SE*27*0001", "SE*28*0001", "ST*0001 SE01: SE counts other than the segments that are there"),
        ("SE*27*0001", "SE*27*1", "ST*0001 SE02: the control number of SE differs from that of ST"),
        ("GE*1*1", "GE*2*1", "GE01: GE counts other than the transactions that are there"),
        ("GE*1*1", "GE*1*2", "GE02: the control number of GE differs from that of GS"),
        ("IEA*1*000000001", "IEA*2*000000001", "IEA01: IEA counts other than the groups that are there"),
        ("IEA*1*000000001", "IEA", "IEA01: IEA counts other than the groups that are there"),
        ("IEA*1*000000001", "IEA*1*2", "IEA02: the control number of IEA differs from that of ISA"),
    ],
)
def test_a_trailer_that_does_not_agree_is_a_note_and_costs_no_claim(old: str, new: str, says: str) -> None:
    segments = [new if segment == old else segment for segment in interchange(transaction(*BODY))]
    notes: list[str] = []
    records = list(read_claims(BytesIO(write(segments)), "a.837", note=notes.append))
    assert [type(record) for record in records] == [Received, Received]
    assert notes[0] == f"a.837 {says}"
    assert {fault.place for fault in read(segments)[1]} == {note.split(":")[0][6:] for note in notes}


def test_a_good_file_has_no_note_and_neither_has_one_with_an_endless_claim(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(envelope, "MOST_SEGMENTS", 1000)
    endless = ["NTE*ADD*X"] * 10_000
    notes: list[str] = []
    for segments in (FILE, professional([*CLAIM, *endless, *LINE], [*CLAIM, *LINE])):
        assert list(read_claims(BytesIO(write(segments)), "a.837", note=notes.append))
    assert not notes


def test_a_missing_billing_provider_names_its_loop() -> None:
    segments = [segment for segment in BODY if segment not in BILLING[2:]]
    records, faults = read(interchange(transaction(*segments)))
    assert told(faults) == ["IK304 3 ST*0001 2010AA NM1 (segment 8)"]
    assert isinstance(records[0], Received)
    assert records[0].locate(("billing_provider", "npi")) == "ST*0001 CLM[1] 2010AA NM109"


def test_a_torn_isa_is_told_in_one_sentence() -> None:
    for reading in (read_claims(BytesIO(b"ISA*00*  "), "a.837"), received_in(BytesIO(b"ISA*00*  "), "a.837")):
        with pytest.raises(FileNotUnderstood, match=r"^a.837 does not begin with an ISA segment of sixteen"):
            list(reading)


def test_a_place_is_told_once() -> None:
    wrong = [segment.replace("*45*UN", "*x*UN") for segment in LINE]
    torn = interchange(transaction(*BODY, *CLAIM, *wrong))[:-1]
    unreadable = [one for one in got(torn) if isinstance(one, Unreadable)]
    assert [unstyle(line) for one in unreadable for line in result_lines(one)] == [
        "A-1  UNREADABLE",
        "    a.837 ST*0001 CLM[3]: 2400[1] SV102 is not an amount.",
        "a.837  UNREADABLE",
        f"    It ends without IEA: {MISSING}",
    ]


@pytest.mark.parametrize(
    ("trailers", "code", "says"),
    [
        ([], 1, f"stdin ST*0001 CLM[2]: {IN_CLAIM}."),
        (["SE*27*0001", "GE*1*1"], 1, f"stdin: It ends without IEA: {MISSING}"),
        (
            ["SE*27*0001", "GE*1*1", "IEA*2*1"],
            0,
            "stdin IEA01: IEA counts other than the groups that are there",
        ),
    ],
)
def test_what_is_read_of_it_is_told_all_the_same(trailers: list[str], code: int, says: str) -> None:
    file = write([*interchange(transaction(*BODY))[:-3], *trailers])
    result = CliRunner().invoke(scrubber, ["convert", "-"], input=file)
    assert (result.exit_code, result.stderr) == (code, f"{says}\n")
    assert result.stdout.count('"claim_id"') == (2 if trailers else 1)
