"""835 files → payments of claims: what is read, what adds up, and that nothing bad loses what stands beside it."""

import csv
import json
import tracemalloc
from collections.abc import Iterator, Sequence
from decimal import Decimal
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrubber.claim import Adjustment, ClaimPayment, Imbalance, ServicePayment, imbalances
from scrubber.intake.record import FileNotUnderstood, Unreadable
from scrubber.intake.x12 import Fault
from scrubber.intake.x12.remittance import AdjustedProvider, PaidClaim, RemittanceEnd, Remitted, read_835
from tests.benchmarks.x12_835 import remittance_file
from tests.unit.x12_files import ISA, told, write

GOLDEN = Path(__file__).parents[1] / "golden/x12"
CORPUS = next(Path(__file__).parents[3].glob("*/data/x12"), None)
"""Sample files of others, where a folder of them lies beside the checkout."""

HEADER = [
    "BPR*I*28*C*CHK************20260310", "TRN*1*88001*1421234567", "DTM*405*20260309", "N1*PR*MEDICARE PART B",
    "N3*PO BOX 1", "N4*DES MOINES*IA*50309", "PER*BL*EDI DESK", "N1*PE*SPINE CLINIC*XX*1234567893", "LX*1",
]  # fmt: skip
CLAIM = ["CLP*A-1*1*45*28*7*MB*226000000001*11*1", "NM1*QC*1*DOE*ANN****MI*1EG4TE5MK73"]
SERVICE = ["SVC*HC:98940:AT*45*28**1", "DTM*472*20260302", "CAS*CO*45*10", "CAS*PR*2*7"]


def transaction(*segments: str, number: int = 1) -> list[str]:
    return [f"ST*835*{number:04}", *segments, f"SE*{len(segments) + 2}*{number:04}"]


def interchange(*transactions: Sequence[str], guide: str = "005010X221A1") -> list[str]:
    return [
        ISA.format(1),
        f"GS*HP*PAYER*CLINIC*20260310*0805*1*X*{guide}",
        *(segment for segments in transactions for segment in segments),
        f"GE*{len(transactions)}*1",
        "IEA*1*000000001",
    ]


def payment(*segments: str, header: Sequence[str] = HEADER) -> list[str]:
    return interchange(transaction(*header, *segments))


def read(data: bytes | Sequence[str]) -> tuple[list[Remitted], list[Fault]]:
    faults: list[Fault] = []
    file = BytesIO(data if isinstance(data, bytes) else write(data))
    return list(read_835(file, "a.835", faults.append)), faults


def claims_in(got: Sequence[Remitted]) -> list[ClaimPayment]:
    return [one.claim for one in got if isinstance(one, PaidClaim)]


def end_of(got: Sequence[Remitted]) -> RemittanceEnd:
    assert isinstance(got[-1], RemittanceEnd)
    return got[-1]


def unreadable_in(got: Sequence[Remitted]) -> list[str]:
    return [f"{one.place}: {one.message}" for one in got if isinstance(one, Unreadable)]


def slim(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: kept for key, one in value.items() if (kept := slim(one)) not in (None, {}, [])}
    return [slim(one) for one in value] if isinstance(value, list) else value


def plain(one: Remitted) -> dict[str, Any]:
    kept = slim(json.loads(msgspec.json.encode(one)))
    if not isinstance(one, RemittanceEnd):
        kept.pop("remittance", None)
    return {type(one).__name__: kept}


def test_golden_file() -> None:
    got, faults = read((GOLDEN / "payments.835").read_bytes())
    assert not faults
    assert [plain(one) for one in got] == json.loads((GOLDEN / "payments.json").read_text())
    first = got[0]
    assert isinstance(first, PaidClaim)
    assert first.remittance == next(one for one in got if isinstance(one, RemittanceEnd)).remittance


def test_a_balanced_payment() -> None:
    got, faults = read(payment(*CLAIM, *SERVICE))
    assert (faults, unreadable_in(got)) == ([], [])
    (claim,) = claims_in(got)
    assert imbalances(claim) == ()
    assert end_of(got).difference == 0


def test_a_claim_decided_as_a_whole_has_no_services() -> None:
    got, faults = read(payment(CLAIM[0], "CAS*CO*45*10", "CAS*PR*2*7", *CLAIM[1:]))
    assert (faults, claims_in(got)[0].services) == ([], ())
    assert end_of(got).difference == 0


def test_where_a_payment_does_not_add_up() -> None:
    claim = ClaimPayment(
        patient_control_number="A-1",
        status="1",
        charge=Decimal(100),
        paid=Decimal(60),
        adjustments=(Adjustment(group="CO", reason="A2", amount=Decimal(5)),),
        services=(
            ServicePayment(charge=Decimal(60), paid=Decimal(60)),
            ServicePayment(
                charge=Decimal(40),
                paid=Decimal(5),
                adjustments=(Adjustment(group="CO", reason="45", amount=Decimal(30)),),
            ),
        ),
    )
    assert imbalances(claim) == (
        Imbalance(location=(), stated=Decimal(60), computed=Decimal(65)),
        Imbalance(location=("services", 1), stated=Decimal(5), computed=Decimal(10)),
    )


@pytest.mark.parametrize(
    ("segments", "difference"),
    [
        (["PLB*1234567893*20261231*WO:A-77*-2"], -2),
        (["PLB*1234567893*20261231*WO:A-77*2*L6*-2"], 0),
        (["PLB*1234567893*20261231*WO:A-77*1", "PLB*1234567893*20261231*FB*2"], 3),
    ],
)
def test_provider_adjustments_make_the_payment_smaller(segments: list[str], difference: int) -> None:
    got, faults = read(payment(*CLAIM, *SERVICE, *segments))
    assert (faults, end_of(got).difference) == ([], difference)


def test_each_payment_has_its_own_claims_and_balance() -> None:
    second = [segment.replace("*28*", "*30*") for segment in HEADER]
    got, faults = read(
        interchange(
            transaction(*HEADER, *CLAIM, *SERVICE), transaction(*second, *CLAIM, *SERVICE, number=2),
        )
    )  # fmt: skip
    assert not faults
    assert [one.place for one in got] == [
        "a.835 ST*0001 CLP[1]", "a.835 ST*0001", "a.835 ST*0002 CLP[1]", "a.835 ST*0002",
    ]  # fmt: skip
    assert [one.difference for one in got if isinstance(one, RemittanceEnd)] == [0, 2]
    assert [one.remittance.amount for one in got if isinstance(one, PaidClaim)] == [28, 30]


@pytest.mark.parametrize(
    ("index", "segment", "where", "says"),
    [
        (0, "CLP", "CLP01", "is missing"),
        (0, "CLP*A-2**45*28*7*MB*2", "CLP02", "is missing"),
        (0, "CLP*A-2*1*many*28*7*MB*2", "CLP03", "is not an amount"),
        (0, "CLP*A-2*1*45*NaN*7*MB*2", "CLP04", "is not an amount"),
        (0, f"CLP*A-2*1*45*{'2' * 30}*7*MB*2", "CLP04", "is not an amount"),
        (2, "SVC*HC:98940*45", "2110[1] SVC03", "is missing"),
        (2, f"SVC*HC:{'9' * 90}*45*28", "2110[1] SVC01", "is too long"),
        (3, "DTM*472*20260230", "2110[1] DTM02", "is not a date"),
        (4, "CAS*CO*45*ten", "2110[1] CAS03", "is not an amount"),
        (4, "CAS*CO**10", "2110[1] CAS02", "is missing"),
        (4, "CAS*CO*45*10*1e9", "2110[1] CAS04", "is not a quantity"),
    ],
)
def test_a_bad_claim_loses_no_other(index: int, segment: str, where: str, says: str) -> None:
    bad = [*CLAIM, *SERVICE]
    bad[index] = segment
    good = [*CLAIM, *SERVICE]
    got, _ = read(payment(*good, *bad, *good))
    assert len(claims_in(got)) == 2
    assert unreadable_in(got) == [f"a.835 ST*0001 CLP[2] {where}: {where} {says}."]
    assert end_of(got).claims == 3


@pytest.mark.parametrize(
    ("added", "says"),
    [
        (SERVICE * 999, "2110: 2110 comes too often for a claim"),
        (
            [*SERVICE, *["CAS*CO*45*0*1*45*0*1*45*0*1*45*0*1*45*0*1*45*0*1"] * 99],
            "2110[2] CAS01: 2110[2] CAS01 comes too",
        ),
        ([*SERVICE, *["LQ*HE*N1"] * 100], "2110[2] LQ01: 2110[2] LQ01 comes too often for a claim"),
        ([*SERVICE, "LQ*HE*" + "x" * 70_000], "2100: 2100 has a segment too long to be read"),
    ],
)
def test_a_claim_has_its_limits_and_loses_no_other(added: list[str], says: str) -> None:
    good = [*CLAIM, *SERVICE]
    got, _ = read(payment(*good, *good, *added, *good))
    (unreadable,) = unreadable_in(got)
    assert unreadable.startswith(f"a.835 ST*0001 CLP[2] {says}")
    assert len(claims_in(got)) == 2


def test_the_order_of_segments_in_a_service_does_not_change_what_is_read() -> None:
    service = [*SERVICE, "REF*6R*L1", "AMT*B6*35", "LQ*HE*N22"]
    (usual,) = claims_in(read(payment(*CLAIM, *service))[0])
    got, faults = read(payment(*CLAIM, service[0], service[6], service[5], service[4], *service[1:4]))
    assert claims_in(got) == [usual]
    assert {fault.code for fault in faults} == {"7"}


def test_the_sum_is_not_told_where_a_paid_amount_could_not_be_read() -> None:
    got, _ = read(payment(*CLAIM, *SERVICE, "CLP*A-2*1*45*x*7*MB*2"))
    assert end_of(got).difference is None
    got, _ = read(payment(*CLAIM, *SERVICE, "PLB*1234567893*20261231*WO*x"))
    assert end_of(got).difference is None
    assert unreadable_in(got) == ["a.835 ST*0001 PLB[1] PLB04: PLB04 is not an amount."]
    got, _ = read(payment(*CLAIM, *SERVICE, "CLP*A-2*1*x*0*7*MB*2"))
    assert end_of(got).difference == 0  # the paid amount is there, only the charge is not


def test_a_bad_header_leaves_out_only_what_is_bad() -> None:
    header = ["BPR*I*28*C*CHK************20260399", *HEADER[1:]]
    got, faults = read(payment(*CLAIM, *SERVICE, header=header))
    assert unreadable_in(got) == ["a.835 ST*0001 BPR16: BPR16 is not a date."]
    assert told(faults) == ["IK403 8 ST*0001 HEADER BPR16 (segment 2)"]
    assert len(claims_in(got)) == 1
    remittance = end_of(got).remittance
    assert (remittance.paid_on, remittance.amount, remittance.trace_number) == (None, 28, "88001")
    assert end_of(got).difference == 0


@pytest.mark.parametrize(
    ("segments", "fault"),
    [
        ([*HEADER[:-1], *CLAIM, *SERVICE], "IK304 3 ST*0001 2000 LX (segment 10)"),
        ([*HEADER, CLAIM[0], *SERVICE], "IK304 3 ST*0001 2100 NM1 (segment 12)"),
        ([*HEADER, *CLAIM, *SERVICE[:2], "XX1*1", *SERVICE[2:]], "IK304 1 ST*0001 2110 XX1 (segment 15)"),
        ([*HEADER, *CLAIM, *SERVICE, "CLM*1"], "IK304 2 ST*0001 CLM (segment 17)"),
        ([*HEADER, "PLB*1*20261231*WO*0", *CLAIM, *SERVICE], "IK304 7 ST*0001 2100 CLP (segment 12)"),
        ([*HEADER, *CLAIM, *SERVICE, "LQ*ZZ*N1"], "IK403 7 ST*0001 2110 LQ01 (segment 17)"),
        ([*HEADER, *CLAIM, *SERVICE, "LX*two"], "IK403 6 ST*0001 2000 LX01 (segment 17)"),
    ],
)
def test_faults_of_the_structure_are_data_and_the_claim_is_read(segments: list[str], fault: str) -> None:
    got, faults = read(interchange(transaction(*segments)))
    assert told(faults) == [fault]
    assert len(claims_in(got)) == 1


@pytest.mark.parametrize(
    ("kind", "guide", "message"),
    [
        ("835", "004010X091A1", "Written in version 4010; only version 5010 is read: 004010X091A1."),
        ("835", "", "It names no implementation guide of remittances that is read here."),
        ("837", "005010X222A1", "A claim file (837), not a remittance (835): 005010X222A1."),
        ("820", "005010X218", "Not a remittance (835): 005010X218."),
    ],
)
def test_what_is_no_remittance_is_refused_by_name(kind: str, guide: str, message: str) -> None:
    other = [segment.replace("ST*835", f"ST*{kind}") for segment in transaction(*HEADER, *CLAIM)]
    got, _ = read(interchange(other, guide=guide))
    assert unreadable_in(got) == [f"a.835 ST*0001: {message}"]
    assert len(got) == 1


def test_a_file_without_interchange_is_refused() -> None:
    with pytest.raises(FileNotUnderstood, match="does not begin with an ISA segment"):
        read(b"CLP*1*1*1")


def test_a_file_that_breaks_off_is_not_taken_for_whole() -> None:
    whole = write(payment(*CLAIM, *SERVICE, *CLAIM, *SERVICE))
    got, _ = read(whole[: whole.rindex(b"CAS*CO") + 8])
    assert len(claims_in(got)) == 1
    assert [one.split(":")[0] for one in unreadable_in(got)] == ["a.835 ST*0001 CLP[2] CLP"]
    assert end_of(got).difference is None


def test_what_is_unreadable_is_never_quoted() -> None:
    secret = "SECRET"  # noqa: S105 - a value of the file
    got, faults = read(
        payment(
            *CLAIM, f"SVC*HC:98940*{secret}*1", f"DTM*472*{secret}", f"CAS*CO*45*{secret}", f"PLB*{secret}*{secret}",
            header=[f"BPR*I*{secret}*C*CHK************{secret}", *HEADER[1:]],
        )
    )  # fmt: skip
    assert len(unreadable_in(got)) == 3
    assert secret not in " ".join(unreadable_in(got)) + " ".join(told(faults))


ODD = [
    "",
    "*",
    ":",
    "~",
    "CLP",
    "SVC",
    "*" * 40,
    "9" * 50,
    "-1",
    "1e5",
    "NaN",
    "\x00",
    "\xe9",
    "20260231",
    "LX*1",
    "ISA",
]
BASE = (GOLDEN / "payments.835").read_text().replace("\n", "").removesuffix("~").split("~")


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """The golden file with segments and elements dropped, doubled, exchanged or made odd."""
    segments = [*BASE]
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(segments) - 1))
        match draw(st.sampled_from(["drop", "double", "swap", "element", "cut"])):
            case "drop" if len(segments) > 2:
                del segments[at]
            case "double":
                segments.insert(at, segments[draw(st.integers(0, len(segments) - 1))])
            case "swap":
                other = draw(st.integers(0, len(segments) - 1))
                segments[at], segments[other] = segments[other], segments[at]
            case "cut":
                segments[at] = segments[at][: draw(st.integers(0, 20))]
            case _:
                elements = segments[at].split("*")
                elements[draw(st.integers(0, len(elements) - 1))] = draw(st.sampled_from(ODD))
                segments[at] = "*".join(elements)
    return "~".join(segments).encode()


@given(mutated())
@settings(max_examples=400)
def test_no_mutation_of_a_good_file_breaks_the_reader(data: bytes) -> None:
    try:
        got, _ = read(data)
    except FileNotUnderstood:
        return
    assert all(isinstance(one, PaidClaim | AdjustedProvider | RemittanceEnd | Unreadable) for one in got)
    assert all(one.imbalances == imbalances(one.claim) for one in got if isinstance(one, PaidClaim))
    assert (
        list(read_835(BytesIO(data), "a.835")) == got
    )  # what is read does not depend on whether faults are asked for


@given(st.integers(0, 5), st.integers(1, 9), st.sampled_from([odd for odd in ODD if odd not in {"~", "ISA"}]))
def test_an_odd_element_concerns_its_own_claim_only(segment: int, element: int, odd: str) -> None:
    good, bad = [*CLAIM, *SERVICE], [*CLAIM, *SERVICE]
    elements = [*bad[segment].split("*"), *[""] * 9]
    elements[element] = odd
    bad[segment] = "*".join(elements).rstrip("*")
    got, _ = read(payment(*good, *bad, *good))
    records = [one for one in got if isinstance(one, PaidClaim | Unreadable)]
    (whole,) = claims_in(read(payment(*good))[0])
    assert [one.claim for one in (records[0], records[-1]) if isinstance(one, PaidClaim)] == [whole, whole]
    assert end_of(got).claims == 3


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(noise: bytes) -> None:
    start = write(payment(*CLAIM, *SERVICE))
    for cut in (106, 400, len(start) - 60):
        read(start[:cut] + noise + start[cut:])


class Pieces(RawIOBase):
    """A file that is made while it is read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces = pieces
        self.rest = b""

    def read(self, size: int = -1) -> bytes:
        while len(self.rest) < size and (piece := next(self.pieces, b"")):
            self.rest += piece
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken


def peak_of(pieces: Iterator[bytes]) -> int:
    """Bytes allocated at most while a file is read and what it says thrown away."""
    tracemalloc.start()
    try:
        for _ in read_835(Pieces(pieces), "a.835", lambda _: None):  # type: ignore[arg-type]
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_file() -> None:
    assert peak_of(remittance_file(6_000)) < 16_000_000


def test_hostile_files_are_bounded() -> None:
    def endless(segment: str, times: int) -> Iterator[bytes]:
        yield write(payment(*CLAIM, *SERVICE)[:-3])
        for _ in range(times):
            yield f"{segment}~".encode() * 100

    for segment in ("CAS*CO*45*1", "SVC*HC:98940*1*1", "LQ*HE*N1", "LX*1", f"DTM*472*20260302*{'x' * 9000}"):
        assert peak_of(endless(segment, 300 if len(segment) < 99 else 20)) < 80_000_000


def test_generated_payments_balance() -> None:
    got, faults = read(b"".join(remittance_file(300)))
    assert not faults
    assert len(claims_in(got)) == 300
    assert not any(one.imbalances for one in got if isinstance(one, PaidClaim))
    assert end_of(got).difference == 0


@pytest.mark.skipif(CORPUS is None, reason="the sample files are not on this machine")
def test_the_corpus_gives_the_claims_its_manifest_counts() -> None:
    assert CORPUS
    with (CORPUS / "MANIFEST.tsv").open() as manifest:
        rows = list(csv.DictReader(manifest, delimiter="\t"))
    checked = 0
    for row in rows:
        try:
            got, faults = read((CORPUS / row["file"]).read_bytes())
        except FileNotUnderstood:
            assert row["family"] != "835", row["file"]
            continue
        if row["family"] == "835" and row["gen"] == "5010":
            checked += 1
            assert len(claims_in(got)) == int(row["clps"]), row["file"]
            assert all(one.difference == 0 for one in got if isinstance(one, RemittanceEnd)), row["file"]
        elif row["family"] == "835":
            assert [one.rpartition(": ")[0].split(": ")[1] for one in unreadable_in(got)] == [
                "Written in version 4010; only version 5010 is read"
            ], row["file"]
            assert faults
    assert checked


@pytest.mark.parametrize("last", range(1, len(HEADER) + 1))
def test_a_payment_that_breaks_off_in_its_header_is_not_said_to_balance(last: int) -> None:
    """Of no payment at all, for the difference would be nothing."""
    header = ["BPR*I*0*C*NON************20260310", *HEADER[1:]]
    segments = [*interchange()[:2], "ST*835*0001", *header[:last]]
    got, _ = read(write(segments))
    assert end_of(got).difference is None
