"""837P → Claim: everything a claim holds, what can't be one, and that it costs no neighbour."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from scrubber.claim import Claim, OtherPayer, Payer
from scrubber.intake.claim_json import decode_claim
from scrubber.intake.record import Received, Unreadable
from tests.unit.x12_files import (
    BILLING,
    CLAIM,
    HEADER,
    LINE,
    SUBSCRIBER,
    claims_in,
    interchange,
    professional,
    read,
    transaction,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "x12"
CLM, HI = CLAIM
SV1, DTP = LINE[1:]


def claim(*segments: str, line: list[str] = LINE) -> Claim:
    """The one claim of a file with these segments between CLM and its line."""
    (only,) = claims_in(professional([CLM, *segments, HI, *line]))
    return only


def below(subscriber: list[str], *more: str) -> Claim:
    (only,) = claims_in(interchange(transaction(*HEADER, *BILLING, *subscriber, *more, *CLAIM, *LINE)))
    return only


def test_everything_an_837p_holds_has_its_place() -> None:
    got, faults = read((GOLDEN / "everything.837").read_bytes())
    assert not faults
    expected = msgspec.json.decode((GOLDEN / "everything.json").read_bytes(), type=list[Claim])
    assert [record.claim for record in got if isinstance(record, Received)] == expected
    assert len(got) == len(expected)


def test_what_is_read_is_a_claim_of_the_api_too() -> None:
    got, _ = read((GOLDEN / "everything.837").read_bytes())
    for record in got:
        assert isinstance(record, Received)
        plain = msgspec.to_builtins(record.claim)
        for other in plain["other_payers"]:
            for adjustment in other["adjustments"]:
                adjustment["amount"] = adjustment["amount"].removeprefix("-")  # JSON has no negative amounts
        decode_claim(msgspec.json.encode(plain))


@pytest.mark.parametrize(
    ("segment", "field", "value"),
    [
        ("DTP*454*D8*20260101", "initial_treatment", date(2026, 1, 1)),
        ("DTP*454*RD8*20260101-20260105", "initial_treatment", date(2026, 1, 1)),
        ("DTP*297*D8*20260101", "last_worked", date(2026, 1, 1)),
        ("DTP*360*D8*20260101", "disability_from", date(2026, 1, 1)),
        ("DTP*361*D8*20260101", "disability_to", date(2026, 1, 1)),
        ("DTP*091*D8*20260101", "relinquished_care", date(2026, 1, 1)),
        ("DTP*096*TM*2337", "discharge", None),
        ("DTP*435*DT*202601010800", "admission", None),
    ],
)
def test_dates_of_the_claim(segment: str, field: str, value: date | None) -> None:
    assert getattr(claim(segment).dates, field) == value


@pytest.mark.parametrize(
    ("sv1", "fields"),
    [
        ("SV1*HC:98940*45*UN*1***1", {"modifiers": (), "units": Decimal(1), "diagnosis_pointers": (1,)}),
        ("SV1*HC:98940:A:B:C:D*45*UN*1***1", {"modifiers": ("A", "B", "C", "D")}),
        ("SV1*HC:98940::B*45*UN*1***1", {"modifiers": ("B",)}),
        ("SV1*HC:98940:at*45*UN*1***1", {"modifiers": ("AT",)}),
        ("SV1*HC:99999:::::WHAT IT WAS*45*UN*1***1", {"description": "WHAT IT WAS"}),
        ("SV1*HC:98940*.5*UN*1***1", {"charge": Decimal("0.5")}),
        ("SV1*HC:98940*0*UN*0***1", {"charge": Decimal(0), "units": Decimal(0)}),
        ("SV1*HC:98940*0045.50*UN*1.5***1", {"charge": Decimal("45.50"), "units": Decimal("1.5")}),
        ("SV1*HC:98940*45.5000*UN*1***1", {"charge": Decimal("45.5")}),
        ("SV1*HC:98940*45.*UN*1.***1", {"charge": Decimal(45), "units": Decimal(1)}),
        ("SV1*HC:98940*45*MJ*30***1:2:3:4", {"unit_basis": "MJ", "diagnosis_pointers": (1, 2, 3, 4)}),
        ("SV1*HC:98940*45*UN*1*12**12:99", {"place_of_service": "12", "diagnosis_pointers": (12, 99)}),
        ("SV1*HC:98940*45*UN*1***A:b", {"diagnosis_pointers": (1, 2)}),
        ("SV1*HC:98940*45*UN*1***1:2:3:4:5:6", {"diagnosis_pointers": (1, 2, 3, 4, 5, 6)}),
        ("SV1*HC:98940*45*UN*1***1>2", {"diagnosis_pointers": ()}),
        ("SV1*HC:98940*45*UN*1", {"diagnosis_pointers": ()}),
        ("SV1*HC:98940*45", {"units": Decimal(1)}),
        ("SV1*HC>98940>AT*45*UN*1***1", {"procedure": ""}),
        ("SV1**45*UN*1***1", {"procedure": ""}),
    ],
)
def test_services(sv1: str, fields: dict[str, object]) -> None:
    line = claim(line=[LINE[0], sv1, DTP]).lines[0]
    assert {name: getattr(line, name) for name in fields} == fields


@pytest.mark.parametrize(
    ("hi", "diagnoses"),
    [
        (["HI*ABK:M542"], ("M542",)),
        (["HI*BK:7242*BF:7390"], ("7242", "7390")),
        (["HI*ABK:m54.2"], ("M542",)),
        (["HI*ABK:M1" + "".join(f"*ABF:M{at}" for at in range(2, 13))], tuple(f"M{at}" for at in range(1, 13))),
        (["HI*ABK:M542", "HI*ABF:M5412"], ("M542", "M5412")),
        (["HI*ABK:M542**ABF:M5412"], ("M542", "", "M5412")),
        (["HI*BK*8901*BF:5559"], ("", "", "5559")),
        (["HI*ABK:M542", "HI*BP:00100", "HI*BG:01"], ("M542",)),
        (["HI"], ()),
        (["HI*"], ()),
        ([], ()),
    ],
)  # fmt: skip
def test_diagnoses_keep_their_positions(hi: list[str], diagnoses: tuple[str, ...]) -> None:
    (only,) = claims_in(professional([CLM, *hi, *LINE]))
    assert only.diagnoses == diagnoses


def test_providers_are_those_of_their_loop() -> None:
    providers = [
        "NM1*DN*1*A*B****XX*1245319599",
        "NM1*P3*1*C*D****XX*1003000126",
        "NM1*82*2*GROUP",
        "REF*G2*77",
    ]
    (only,) = claims_in(professional([*CLAIM, *providers, *LINE]))
    assert only.referring_provider is not None
    assert (only.referring_provider.npi, only.referring_provider.name) == ("1245319599", "B A")
    assert only.rendering_provider is not None
    assert (only.rendering_provider.npi, only.rendering_provider.name) == (None, "GROUP")
    primary_care = ["NM1*P3*1*C*D****XX*1003000126"]
    assert claims_in(professional([*CLAIM, *primary_care, *LINE]))[0].referring_provider is None
    second = ["NM1*DN*1*A*B****XX*1245319599", "NM1*DN*1*C*D****XX*1003000126"]
    first = claims_in(professional([*CLAIM, *second, *LINE]))[0].referring_provider
    assert first is not None
    assert first.npi == "1245319599"


def test_an_id_of_another_kind_is_no_npi() -> None:
    (only,) = claims_in(professional([*CLAIM, "NM1*82*1*A*B****24*421234567", *LINE]))
    assert only.rendering_provider is not None
    assert only.rendering_provider.npi is None


def test_levels_stand_for_the_claims_below_them() -> None:
    second = ["HL*3*1*22*0", "SBR*P*18*******CI", "NM1*IL*1*ROE*R****MI*W1", "NM1*PR*2*OTHER*****PI*77777"]
    other = [
        "HL*4**20*1",
        "NM1*85*2*OTHER CLINIC*****XX*1740289168",
        "N3*2 MAIN",
        "N4*LOUISVILLE*KY*40202",
        "REF*EI*1",
    ]
    third = ["HL*5*4*22*0", *SUBSCRIBER[1:]]
    body = [
        *HEADER,
        *BILLING,
        *SUBSCRIBER,
        *CLAIM,
        *LINE,
        *second,
        *CLAIM,
        *LINE,
        *other,
        *third,
        *CLAIM,
        *LINE,
    ]
    got, faults = read(interchange(transaction(*body)))
    assert not faults
    claims = [record.claim for record in got if isinstance(record, Received)]
    assert [claim.payer.id for claim in claims] == ["05102", "77777", "05102"]
    assert [claim.patient.sex for claim in claims] == ["F", None, "F"]
    assert [claim.billing_provider.npi for claim in claims] == ["1234567893", "1234567893", "1740289168"]
    assert [claim.billing_provider.taxonomy for claim in claims] == ["111N00000X", "111N00000X", None]


@pytest.mark.parametrize(
    ("code", "relationship"), [("18", "self"), ("01", "spouse"), ("19", "child"), ("G8", "other"), ("", None)]
)
def test_relationship_is_told_in_the_words_of_the_paper_form(code: str, relationship: str | None) -> None:
    sbr = [segment if segment[:3] != "SBR" else f"SBR*P*{code}*******MB" for segment in SUBSCRIBER]
    assert below(sbr).subscriber.relationship == relationship


def test_a_dependent_is_the_patient_and_the_subscriber_is_not() -> None:
    dependent = [
        "HL*3*2*23*0",
        "PAT*01",
        "NM1*QC*1*DOE*DAN",
        "N3*1 ELM",
        "N4*AMES*IA*50010",
        "DMG*D8*19490101*M",
    ]
    only = below(SUBSCRIBER, *dependent)
    assert (only.patient.birth_date, only.patient.sex) == (date(1949, 1, 1), "M")
    assert (only.subscriber.id, only.subscriber.relationship) == ("1EG4TE5MK73", "spouse")
    only = below(SUBSCRIBER, *dependent[:-1])
    assert (only.patient.birth_date, only.patient.sex) == (None, None)


def test_what_is_left_out_is_none() -> None:
    (only,) = claims_in(interchange(transaction(*HEADER, "CLM*A-1", "LX*1", "SV1*HC:98940*1", DTP)))
    assert (only.claim_id, only.payer, only.place_of_service, only.frequency_code) == (
        "A-1",
        Payer(),
        None,
        "1",
    )
    assert only.total_charge is None
    assert only.diagnoses == ()


def test_other_payers_without_decision() -> None:
    (only,) = claims_in(professional([*CLAIM, "SBR*S*18*******CI", "OI***Y***Y", *LINE]))
    assert len(only.other_payers) == 1
    assert only.other_payers[0] == OtherPayer(
        payer=Payer(responsibility="S", claim_filing_indicator="CI"),
        subscriber=only.other_payers[0].subscriber,
    )
    assert only.other_payers[0].subscriber.relationship == "self"


UNREADABLE = [
    ("CLM**45***11:B:1*Y*A*Y*Y", "CLM01", "is missing"),
    (f"CLM*{'A' * 81}*45***11:B:1*Y*A*Y*Y", "CLM01", "is too long"),
    ("CLM*A-1*4,5***11:B:1*Y*A*Y*Y", "CLM02", "is not an amount"),
    ("CLM*A-1*-45***11:B:1*Y*A*Y*Y", "CLM02", "is not an amount"),
    ("CLM*A-1*123456789***11:B:1*Y*A*Y*Y", "CLM02", "is not an amount"),
    (f"CLM*A-1*45***{'1' * 40}:B:1*Y*A*Y*Y", "CLM05", "is too long"),
    ("DTP*454*D8*20260230", "DTP*454 DTP03", "is not a date"),
    ("DTP*454*D8*2026-01-01", "DTP*454 DTP03", "is not a date"),
    ("DTP*454*D8*２０２６０１０１", "DTP*454 DTP03", "is not a date"),
    ("DTP*454*D8*18990101", "DTP*454 DTP03", "is not a date of the years 1900 to 2199"),
    ("DTP*454*D8*22000101", "DTP*454 DTP03", "is not a date of the years 1900 to 2199"),
    ("DTP*454*D8*00000101", "DTP*454 DTP03", "is not a date"),
    ("DTP*454*D8*", "DTP*454 DTP03", "is missing"),
    ("DTP*314*RD8*20260101", "DTP*314 DTP03", "is not a span of dates"),
    ("DTP*314*RD8*20260101-20260230", "DTP*314 DTP03", "is not a span of dates"),
    ("DTP*314*RD8*20260101-29990101", "DTP*314 DTP03", "is not a span of dates of the years 1900 to 2199"),
    ("AMT*F5*free", "AMT*F5 AMT02", "is not an amount"),
    (f"REF*G1*{'1' * 81}", "REF*G1 REF02", "is too long"),
    (f"HI*ABK:{'M' * 21}", "HI01", "is too long"),
    ("SV1*HC:98940*forty*UN*1***1", "2400[1] SV102", "is not an amount"),
    ("SV1*HC:98940*NaN*UN*1***1", "2400[1] SV102", "is not an amount"),
    ("SV1*HC:98940*1_0*UN*1***1", "2400[1] SV102", "is not an amount"),
    ("SV1*HC:98940*1E2*UN*1***1", "2400[1] SV102", "is not an amount"),
    ("SV1*HC:98940*45.555*UN*1***1", "2400[1] SV102", "is not an amount"),
    ("SV1*HC:98940**UN*1***1", "2400[1] SV102", "is missing"),
    ("SV1", "2400[1] SV102", "is missing"),
    ("SV1*HC:98940*45*UN*many***1", "2400[1] SV104", "is not a quantity"),
    ("SV1*HC:98940*45*UN*-1***1", "2400[1] SV104", "is not a quantity"),
    (f"SV1*HC:{'9' * 21}*45*UN*1***1", "2400[1] SV101", "is too long"),
    ("DTP*472*D8*yesterday", "2400[1] DTP*472 DTP03", "is not a date"),
    ("DTP*472*RD8*20260302", "2400[1] DTP*472 DTP03", "is not a span of dates"),
    ("DTP*472*TM*0800", "2400[1] DTP*472 DTP02", "is neither D8 nor RD8"),
    ("DTP*472", "2400[1] DTP*472 DTP02", "is neither D8 nor RD8"),
    ("SVD*12*paid*HC:98940**1", "2400[1] 2430 SVD02", "is not an amount"),
    ("CTP****some*UN", "2400[1] 2410 CTP04", "is not a quantity"),
]  # fmt: skip


def spoiled(segment: str) -> list[str]:
    """A claim with this segment instead of the one that says the same, else where it belongs."""
    good = [*CLAIM, *LINE]
    for at, old in enumerate(good):
        if segment.startswith(old[:7] if old.startswith("DTP") else old[:3]):
            return [*good[:at], segment, *good[at + 1 :]]
    if segment.startswith(("SVD", "CTP")):
        return [*good, *(["LIN**N4*00009307301"] if segment.startswith("CTP") else []), segment]
    return [good[0], segment, *good[1:]]


@pytest.mark.parametrize(("segment", "where", "says"), UNREADABLE)
def test_a_value_that_is_none_makes_its_claim_unreadable_and_no_other(
    segment: str, where: str, says: str
) -> None:
    good = [*CLAIM, *LINE]
    got, _ = read(professional(good, spoiled(segment), good))
    assert [type(record) for record in got] == [Received, Unreadable, Received]
    assert got[0].claim == got[2].claim  # type: ignore[union-attr]
    unreadable = got[1]
    assert isinstance(unreadable, Unreadable)
    assert unreadable.place == f"a.837 ST*0001 CLM[2] {where}"
    assert unreadable.message == f"{where} {says}."
    assert unreadable.claim_id == (None if where == "CLM01" else "A-1")


def test_a_message_quotes_no_value() -> None:
    for segment in ("SV1*HC:98940*SECRET*UN*1***1", "DTP*472*D8*SECRET", "DTP*472*SECRET*SECRET"):
        line = [segment if segment[:3] == old[:3] else old for old in LINE]
        got, faults = read(professional([CLM.replace("45", "SECRET"), "REF*SECRET*X", "SECRET*1", HI, *line]))
        assert isinstance(got[0], Unreadable)
        assert "SECRET" not in str(got)
        assert "SECRET" not in str(faults)


def test_all_problems_of_a_claim_are_told() -> None:
    lines = [*LINE, "LX*2", "SV1*HC:98940*x*UN*1***1", DTP, "LX*3", SV1, "LX*4", "SV1*HC:1*1*UN*x", DTP]
    got, _ = read(professional([CLM.replace("45", "x"), HI, *lines]))
    assert isinstance(got[0], Unreadable)
    assert got[0].message == (
        "CLM02 is not an amount; 2400[2] SV102 is not an amount; 2400[3] DTP*472 is missing;"
        " 2400[4] SV104 is not a quantity."
    )


def test_a_problem_of_a_level_is_one_of_the_claims_below_and_of_no_other() -> None:
    wrong = [segment.replace("19500402", "19501342") for segment in SUBSCRIBER]
    second = ["HL*3*1*22*0", *SUBSCRIBER[1:]]
    body = [*HEADER, *BILLING, *wrong, *CLAIM, *LINE, *CLAIM, *LINE, *second, *CLAIM, *LINE]
    got, _ = read(interchange(transaction(*body)))
    assert [type(record) for record in got] == [Unreadable, Unreadable, Received]
    assert got[0].place == "a.837 ST*0001 CLM[1] 2010BA DMG02"
    assert got[0].message == "2010BA DMG02 is not a date."  # type: ignore[union-attr]


@pytest.mark.parametrize("level", ["HL*3*1*24*0", "HL*3*1", "HL"])
def test_a_claim_below_a_level_that_is_none_is_not_one_of_the_level_before(level: str) -> None:
    third = ["HL*4*1*22*0", *SUBSCRIBER[1:]]
    body = [*HEADER, *BILLING, *SUBSCRIBER, *CLAIM, *LINE, level, *SUBSCRIBER[1:], *CLAIM, *LINE]
    got, _ = read(interchange(transaction(*body, *third, *CLAIM, *LINE)))
    assert [type(record) for record in got] == [Received, Unreadable, Received]
    assert got[1].place == "a.837 ST*0001 CLM[2] HL03"
    assert got[1].message == "HL03 is none of 20, 22 and 23: whose claim this is can't be told."  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("lines", "procedures"),
    [
        ([SV1, DTP], ["98940"]),
        ([SV1, DTP, SV1.replace("98940", "98941"), DTP], ["98940", "98941"]),
        ([*LINE, SV1.replace("98940", "98941"), DTP], ["98940", "98941"]),
        ([LINE[0], DTP, SV1], ["98940"]),
        ([*LINE, "LX*2", SV1.replace("98940", "98941"), DTP], ["98940", "98941"]),
    ],
)
def test_a_line_without_its_number_is_a_line(lines: list[str], procedures: list[str]) -> None:
    (only,) = claims_in(professional([CLM, HI, *lines]))
    assert [line.procedure for line in only.lines] == procedures


def test_segments_out_of_order_are_read_where_they_belong() -> None:
    mixed = [CLM, HI, "NM1*82*1*A*B****XX*1003000126", "REF*G1*AUTH", "PRV*PE*PXC*111N00000X", *LINE]
    got, faults = read(professional(mixed))
    assert isinstance(got[0], Received)
    assert got[0].claim.prior_authorization == "AUTH"
    assert got[0].claim.rendering_provider is not None
    assert got[0].claim.rendering_provider.npi == "1003000126"
    assert {fault.code for fault in faults} == {"7", "2"}


def test_what_follows_an_unknown_loop_is_not_taken_for_its_neighbours() -> None:
    billing = [*BILLING, "NM1*ZZ*2*SOMEBODY", "N3*9 ELSEWHERE", "N4*ELSEWHERE*TX*75201"]
    (only,) = claims_in(interchange(transaction(*HEADER, *billing, *SUBSCRIBER, *CLAIM, *LINE)))
    assert only.billing_provider.address is not None
    assert only.billing_provider.address.state == "IA"


def test_a_claim_without_lines_is_none() -> None:
    got, _ = read(professional(CLAIM, [*CLAIM, *LINE]))
    assert [type(record) for record in got] == [Unreadable, Received]
    assert got[0].message == "2400 is missing."  # type: ignore[union-attr]


def test_more_than_a_claim_holds_is_none() -> None:
    lines = LINE * 1000
    others = ["SBR*P*18", "OI***Y***Y"] * 21
    adjustments = ["SBR*P*18", *["CAS*CO*1*1**2*1**3*1**4*1**5*1**6*1"] * 9]
    decisions = [*LINE, *["SVD*1*1*HC:1**1", "DTP*573*D8*20260101"] * 51]
    diagnoses = ["HI*" + "*".join(["ABF:M542"] * 12)] * 9
    for bad, where in (
        ([*CLAIM, *lines], "2400"),
        ([*CLAIM, *others, *LINE], "2320 SBR01"),
        ([*CLAIM, *adjustments, *LINE], "2320 CAS01"),
        ([*CLAIM, *decisions], "2400[1] 2430 SVD01"),
        ([CLM, *diagnoses, *LINE], "HI01"),
    ):
        got, _ = read(professional(bad, [*CLAIM, *LINE]))
        assert [type(record) for record in got] == [Unreadable, Received]
        assert got[0].message == f"{where} comes too often for a claim."  # type: ignore[union-attr]


def test_the_longest_claim_is_read() -> None:
    (only,) = claims_in(professional([*CLAIM, *(LINE * 999)]))
    assert len(only.lines) == 999


def test_texts_fit_into_a_claim() -> None:
    long = [*CLAIM, f"NM1*82*1*{'A' * 150}*{'B' * 150}****XX*1003000126", *LINE, *[f"NTE*ADD*{'N' * 80}"] * 4]
    (only,) = claims_in(professional(long))
    decode_claim(msgspec.json.encode(only))
