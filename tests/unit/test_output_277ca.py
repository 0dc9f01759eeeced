"""277CAs: the status of each claim, the levels, the totals; read back with our own reader."""

import re
import tracemalloc
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from scrubber.edits.catalog import EDITS
from scrubber.engine import Disposition, Result
from scrubber.engine.result import ReferenceUsed
from scrubber.output import Reply, write_277ca
from scrubber.output.claim_status import OF_EDIT
from scrubber.output.received import Claim, End, Event, Fault, Group, Interchange, Party, Transaction
from scrubber.rule import DENY, INFO, REJECT, REVIEW, Finding, Severity
from scrubber.rule.finding import Advice, Citation
from tests.risks import NO_RISK
from tests.unit.test_output_999 import read_back

REPLY = Reply(7, datetime(2026, 3, 2, 9, 5))  # noqa: DTZ001 - as a user gives it
INTERCHANGE = Interchange(sender=("ZZ", "BILLER"), receiver=("30", "HOUSE"), usage="P")
GROUP = Group(control_number="41", kind="HC", sender="BILL", receiver="HOUS", version="005010X222A1")
TRANSACTION = Transaction(control_number="0001", kind="837", guide="005010X222A1")
CLINIC = Party(name="SPINE CLINIC", qualifier="XX", id="1234567893")
DOCTOR = Party(name="ROE", first="RAY", person=True, qualifier="XX", id="1234567893")
PATIENT = Party(name="DOE", first="ANN", middle="B", person=True, qualifier="MI", id="1EG4TE5MK73")


def result(*findings: tuple[str, Severity]) -> Result:
    return Result(
        claim_id="A-1",
        disposition=Disposition.CLEAN,
        denial_risk=NO_RISK,
        findings=tuple(
            Finding(
                edit=edit,
                name="",
                severity=severity,
                line=None,
                pointer="",
                source_location=None,
                message="",
                carc=None,
                rarc=(),
                because={},
                citation=Citation("", ""),
                advice=Advice(""),
            )
            for edit, severity in findings
        ),
        not_evaluated=(),
        waived=(),
        coverage=(),
        ruleset="",
        reference=ReferenceUsed(digest="", editions={}),
    )


def claim(*findings: tuple[str, Severity], **difference: Any) -> Claim:
    facts: dict[str, Any] = {
        "claim_id": "A-1",
        "charge": Decimal("45.00"),
        "first_day": date(2026, 3, 2),
        "last_day": date(2026, 3, 2),
        "submitter": Party(name="BILLER", qualifier="46", id="BILL"),
        "submission": "B-77",
        "payer": Party(name="HOUSE", qualifier="46", id="HOUS"),
        "billing": CLINIC,
        "patient": PATIENT,
        "result": result(*findings),
    }
    return Claim(**facts | difference)


def answer(*events: Event) -> list[str]:
    """The segments of the answer to a transaction with these events."""
    ends = [End("transaction", 30), End("group", 1), End("interchange", 1)]
    data = b"".join(write_277ca([INTERCHANGE, GROUP, TRANSACTION, *events, *ends], REPLY))
    if data:
        read_back(data)
    return [line.removesuffix("~") for line in data.decode().splitlines()]


def told(one: Claim) -> str:
    """The STC segment of a claim."""
    return [segment for segment in answer(one) if segment.startswith("STC")][2]


def test_everything_of_two_claims() -> None:
    assert answer(
        claim(), claim(("CLM101", REJECT), claim_id="A-2", charge=Decimal("50.25"), trace="T-9")
    ) == [
        "ISA*00*          *00*          *30*HOUSE          *ZZ*BILLER         *260302*0905*^*00501*000000007*0*P*:",
        "GS*HN*HOUS*BILL*20260302*0905*7*X*005010X214",
        "ST*277*0001*005010X214",
        "BHT*0085*08*7-1-1*20260302*0905*TH",
        "HL*1**20*1",
        "NM1*PR*2*HOUSE*****46*HOUS",
        "TRN*1*7-1-1",
        "DTP*050*D8*20260302",
        "DTP*009*D8*20260302",
        "HL*2*1*21*1",
        "NM1*41*2*BILLER*****46*BILL",
        "TRN*2*B-77",
        "STC*A1:19:PR*20260302*WQ*95.25",
        "QTY*90*1",
        "QTY*AA*1",
        "AMT*YU*45",
        "AMT*YY*50.25",
        "HL*3*2*19*1",
        "NM1*85*2*SPINE CLINIC*****XX*1234567893",
        "TRN*1*0",
        "STC*A1:19:PR**WQ*95.25",
        "QTY*QA*1",
        "QTY*QC*1",
        "AMT*YU*45",
        "AMT*YY*50.25",
        "HL*4*3*PT",
        "NM1*QC*1*DOE*ANN*B***MI*1EG4TE5MK73",
        "TRN*2*A-1",
        "STC*A2:20*20260302*WQ*45",
        "DTP*472*D8*20260302",
        "HL*5*3*PT",
        "NM1*QC*1*DOE*ANN*B***MI*1EG4TE5MK73",
        "TRN*2*A-2",
        "STC*A7:562:85*20260302*U*50.25",
        "REF*D9*T-9",
        "DTP*472*D8*20260302",
        "SE*35*0001",
        "GE*1*7",
        "IEA*1*000000007",
    ]


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([], "STC*A2:20*20260302*WQ*45"),
        ([("DX313", INFO)], "STC*A2:20*20260302*WQ*45"),
        ([("CHI801", DENY)], "STC*A2:20*20260302*WQ*45******A1:453"),
        ([("DX311", REVIEW), ("CHI801", DENY)], "STC*A2:20*20260302*WQ*45******A1:453*A1:255"),
        ([("CHI801", DENY), ("CLM114", REJECT)], "STC*A7:477*20260302*U*45"),
        ([("DTE201", REJECT), ("CLM101", REJECT)], "STC*A7:510*20260302*U*45******A7:187*A7:562:85"),
        ([("DX301", REJECT), ("DX301", REJECT)], "STC*A7:255*20260302*U*45"),
        ([("XYZ999", REJECT)], "STC*A3:275*20260302*U*45"),
    ],
)
def test_the_status_of_a_claim(findings: list[tuple[str, Severity]], expected: str) -> None:
    assert told(claim(*findings)) == expected


def test_a_claim_that_could_not_be_read() -> None:
    assert told(claim(result=None, charge=None)) == "STC*A3:481*20260302*U*0"


def test_a_claim_with_faults_is_rejected_whatever_else_it_is_and_its_neighbour_is_not() -> None:
    fault = Fault(of="segment", code="1", belongs="claim")
    segments = answer(fault, claim(faulty=True), claim(claim_id="A-2"))
    assert [segment for segment in segments if segment.startswith("STC")][2:] == [
        "STC*A3:684*20260302*U*45",
        "STC*A2:20*20260302*WQ*45",
    ]


def test_what_the_999_rejects_is_not_told_again() -> None:
    assert answer(Fault(of="transaction", code="4"), claim()) == []
    assert answer(Fault(of="segment", code="1", belongs="claim"), claim(faulty=True)) == []
    assert answer() == []


def test_levels_of_providers() -> None:
    segments = answer(claim(), claim(), claim(billing=DOCTOR))
    assert [segment for segment in segments if segment.startswith("HL")] == [
        "HL*1**20*1", "HL*2*1*21*1", "HL*3*2*19*1", "HL*4*3*PT", "HL*5*3*PT", "HL*6*2*19*1", "HL*7*6*PT",
    ]  # fmt: skip
    assert "NM1*85*1*ROE*RAY****XX*1234567893" in segments
    assert segments.count("QTY*QA*2") == segments.count("QTY*QA*1") == 1


def test_a_claim_over_several_days_and_one_without_any() -> None:
    assert "DTP*472*RD8*20260302-20260305" in answer(claim(last_day=date(2026, 3, 5)))
    assert "DTP*472*D8*19000101" in answer(claim(first_day=None, last_day=None))


def test_what_can_not_be_written_is_not() -> None:
    hostile = Party(name="DOE~HL*9", first="Á", person=True, qualifier="M*", id="1~")
    segments = answer(claim(claim_id="A*1~", patient=hostile, submission="", billing=Party()))
    assert "NM1*QC*1*DOE HL 9" in segments
    assert "TRN*2*0" in segments
    assert "NM1*85*2*UNKNOWN" in segments


def test_groups_count_up_and_those_without_claims_are_not_answered() -> None:
    one = [TRANSACTION, claim(), End("transaction", 9), End("group", 1)]
    empty = [TRANSACTION, End("transaction", 9), End("group", 1)]
    events = [INTERCHANGE, GROUP, *one, GROUP, *empty, GROUP, *one, End("interchange", 3)]
    data = b"".join(write_277ca(events, REPLY)).decode()
    assert re.findall(r"GE\*.*|IEA.*", data) == ["GE*1*7~", "GE*1*8~", "IEA*2*000000007~"]


def test_little_is_kept_of_a_long_transaction_and_it_is_whole() -> None:
    many = 5_000

    def events() -> Iterator[Event]:
        yield from (INTERCHANGE, GROUP, TRANSACTION)
        for number in range(many):
            billing = CLINIC if number % 1_000 else DOCTOR
            yield claim(claim_id=f"A-{number}", billing=billing, charge=Decimal(number))
        kept.append(tracemalloc.get_traced_memory()[0] - before)
        yield from (End("transaction"), End("group", 1), End("interchange", 1))

    kept: list[int] = []
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    try:
        data = b"".join(write_277ca(events(), REPLY))
    finally:
        tracemalloc.stop()
    assert kept[0] < 400_000  # of which the packer itself is 270_000
    assert len(data) > 110 * many
    read_back(data)
    assert re.findall(rb"TRN\*2\*(A-\d+)", data) == [b"A-%d" % number for number in range(many)]
    assert data.count(b"QTY*QA*999~") == data.count(b"QTY*QA*1~") == 5


def test_the_table_names_edits_there_are_and_all_that_reject() -> None:
    assert OF_EDIT.keys() <= {edit.id for edit in EDITS}
    assert {edit.id for edit in EDITS if edit.severity in {REJECT, DENY}} <= OF_EDIT.keys()


# Status codes whose usage note wants an entity, and those that want a second code beside them.
WITH_ENTITY = {"126", "128", "142", "145", "157", "158", "164", "562"}
NEED_ANOTHER = {"402", "510"}


@pytest.mark.parametrize("edit", OF_EDIT)
def test_codes_are_told_with_what_they_need(edit: str) -> None:
    codes = {status[1] for status in OF_EDIT[edit]}
    assert all((status[1] in WITH_ENTITY) == (len(status) == 3) for status in OF_EDIT[edit])
    assert not codes & NEED_ANOTHER or len(codes) > 1
    assert all(re.fullmatch("A[3678]", status[0]) for status in OF_EDIT[edit])
