"""What a payer decided on a line: denials told from the patient's share and from what a contract takes off."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from scrubber.claim import Adjustment
from scrubber.claim.remittance import ClaimPayment, ServicePayment
from scrubber.importers import ImportRefused
from scrubber.importers.denial_codes import read_denial_codes
from scrubber.reference.denial_codes import DenialCodes, Meaning
from scrubber.risk.decision import Decided, Decision, decide

LCD_DATA = Path(__file__).parents[2] / "lcd_data"


class _Sections(dict[str, bytes]):
    """As much of opened sections as is read here."""


@pytest.fixture(scope="module")
def codes() -> DenialCodes:
    sections, _ = read_denial_codes(LCD_DATA)
    return DenialCodes.read(_Sections(sections))  # type: ignore[arg-type]


def off(told: str) -> tuple[Adjustment, ...]:
    """``CO-45 40, PR-2 12`` as adjustments."""
    parts = [one.replace("-", " ", 1).split() for one in told.split(",") if one]
    return tuple(Adjustment(group=g, reason=r, amount=Decimal(amount)) for g, r, amount in parts)


def decided(codes: DenialCodes, paid: str, told: str, *, status: str = "1", whole: str = "") -> Decided:
    """The decision on the first of two services, 100 dollars charged; ``whole`` are reasons of the claim."""
    service = ServicePayment(
        charge=Decimal(100), paid=Decimal(paid), procedure="98940", adjustments=off(told)
    )
    other = ServicePayment(charge=Decimal(50), paid=Decimal(50), procedure="97140")
    payment = ClaimPayment(
        patient_control_number="A",
        status=status,
        charge=Decimal(150),
        paid=service.paid + other.paid,
        adjustments=off(whole),
        services=(service, other),
    )
    return decide(payment, [service], codes)


@pytest.mark.parametrize(
    ("paid", "told", "expected", "denied"),
    [
        ("100", "", Decision.PAID, 0),
        ("60", "CO-45 40", Decision.PAID, 0),
        ("48", "CO-45 40,PR-2 12", Decision.PAID, 0),
        ("58.8", "CO-45 40,CO-253 1.20", Decision.PAID, 0),
        ("0", "CO-45 40,PR-1 60", Decision.PATIENT, 0),
        ("0", "PR-1 40,PR-2 30,PR-3 30", Decision.PATIENT, 0),
        ("0", "PR-96 100", Decision.DENIED, 10_000),
        ("0", "CO-50 100", Decision.DENIED, 10_000),
        ("0", "CO-45 40,CO-50 60", Decision.DENIED, 6_000),
        ("0", "CO-97 100", Decision.DENIED, 10_000),
        ("0", "CO-59 100", Decision.DENIED, 10_000),
        ("0", "OA-18 100", Decision.DENIED, 10_000),
        ("40", "CO-45 40,CO-151 20", Decision.REDUCED, 2_000),
        ("0", "CO-45 40,CO-151 20,PR-1 40", Decision.REDUCED, 2_000),
        ("50", "CO-59 50", Decision.REDUCED, 5_000),
        ("0", "CO-246 100", Decision.CONTRACT, 0),
        ("0", "CO-24 100", Decision.CONTRACT, 0),
        ("0", "CO-45 100", Decision.CONTRACT, 0),
        ("0", "PR-45 100", Decision.PATIENT, 0),
        ("0", "OA-23 100", Decision.OTHER_PAYER, 0),
        ("0", "OA-133 100", Decision.OPEN, 0),
        ("0", "", Decision.OPEN, 0),
        ("0", "CO-999 100", Decision.DENIED, 10_000),
        ("0", "CO-50 100,CO-45 -10", Decision.DENIED, 10_000),
        ("60", "CO-45 50,OA-94 -10", Decision.PAID, 0),
    ],
)
def test_reasons_tell_the_decision(
    codes: DenialCodes, paid: str, told: str, expected: Decision, denied: int
) -> None:
    found = decided(codes, paid, told)
    assert (found.decision, found.charge, found.denied) == (expected, 10_000, denied)


@pytest.mark.parametrize(
    ("status", "paid", "told", "expected"),
    [
        ("4", "0", "", Decision.DENIED),
        ("4", "0", "CO-45 100", Decision.DENIED),
        ("4", "0", "PR-1 100", Decision.PATIENT),
        ("19", "0", "CO-50 100", Decision.DENIED),
        ("2", "0", "CO-50 100", Decision.SECONDARY),
        ("21", "20", "OA-23 80", Decision.SECONDARY),
        ("22", "-60", "CO-45 -40", Decision.REVERSED),
        ("23", "0", "", Decision.OPEN),
        ("25", "0", "OA-101 100", Decision.OPEN),
    ],
)
def test_the_status_of_the_claim_counts(
    codes: DenialCodes, status: str, paid: str, told: str, expected: Decision
) -> None:
    assert decided(codes, paid, told, status=status).decision is expected


def test_a_line_without_reasons_has_those_of_its_claim(codes: DenialCodes) -> None:
    found = decided(codes, "0", "", whole="CO-29 100")
    assert (found.decision, found.denied) == (Decision.DENIED, 10_000)
    assert [taken.reason for taken in found.taken if taken.denies] == ["29"]
    assert decided(codes, "100", "", whole="CO-29 50").decision is Decision.PAID


def test_a_claim_is_repeated_where_that_is_the_only_reason(codes: DenialCodes) -> None:
    services = tuple(
        ServicePayment(charge=Decimal(50), paid=Decimal(0), procedure="98940", adjustments=off("OA-18 50"))
        for _ in range(2)
    )
    payment = ClaimPayment(
        patient_control_number="A", status="4", charge=Decimal(100), paid=Decimal(0), services=services
    )
    found = decide(payment, services[:1], codes)
    assert (found.decision, found.denied) == (Decision.REPEATED, 0)
    assert decide(payment, (), codes).decision is Decision.REPEATED


def test_a_claim_decided_as_a_whole(codes: DenialCodes) -> None:
    payment = ClaimPayment(
        patient_control_number="A",
        status="4",
        charge=Decimal("120.55"),
        paid=Decimal(0),
        adjustments=off("CO-29 120.55"),
    )
    assert decide(payment, (), codes)[:4] == (Decision.DENIED, 12_055, 0, 12_055)


def test_reasons_that_are_not_listed_are_told(codes: DenialCodes) -> None:
    assert decided(codes, "0", "CO-999 100").unlisted == ("CO-999",)
    assert decided(codes, "0", "CO-50 100").unlisted == ()


def test_every_reason_in_use_is_told_apart() -> None:
    with (LCD_DATA / "adjustment_codes.csv").open() as file:
        listed = {row["code"] for row in csv.DictReader(file) if row["kind"] == "CARC" and not row["to"]}
    with (LCD_DATA / "denial_codes.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert listed <= {row["code"] for row in rows}
    assert {row["class"] for row in rows} == set(Meaning)
    assert {row["basis"] for row in rows} == {"definition", "judgement"}
    assert all(row["meaning"] for row in rows)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("group,code\n", "there is no column class"),
        ("group,code,class\n,45,contract\n,45,denial\n", "line 3: 45 is there twice"),
        ("group,code,class\nCO,,denial\n", "line 2: there is no code"),
        ("group,code,class\n,45,lost\n", "line 2: class must be one of"),
    ],
)
def test_a_broken_table_is_refused(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "denial_codes.csv").write_text(content)
    with pytest.raises(ImportRefused, match=says):
        read_denial_codes(tmp_path)
