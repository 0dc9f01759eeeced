"""An 837I transaction → claims: what is read, what is missing, where it stands."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import msgspec
import pytest
from msgspec.structs import replace

from scrubber.claim import (
    Address,
    Claim,
    DatedCode,
    Institutional,
    Location,
    ServiceLine,
    ValueCode,
    pointed_diagnoses,
)
from scrubber.intake.record import Received, Unreadable
from scrubber.intake.x12 import x223
from scrubber.intake.x12.envelope import Transaction, read_events
from scrubber.intake.x12.institutional import read_institutional
from scrubber.intake.x12.institutional_loops import KINDS, READERS
from scrubber.intake.x12.table import Loop
from tests.unit.x12_files import CLAIM as PROFESSIONAL_CLAIM
from tests.unit.x12_files import LINE as PROFESSIONAL_LINE
from tests.unit.x12_files import claims_in, institutional, professional, read, told, write

CLAIM = [
    "CLM*H-1*350***11:A:1**A*Y*Y",
    "DTP*096*TM*1130",
    "DTP*434*RD8*20260928-20261002",
    "DTP*435*DT*202609281415",
    "CL1*1*7*01",
    "REF*G1*AUTH1",
    "REF*LU*IA",
    "HI*ABK:M4806:::::::Y",
    "HI*ABJ:M545",
    "HI*APR:R5082*APR:R0602",
    "HI*ABN:W010XXA:::::::N",
    "HI*DR:0470",
    "HI*ABF:I10:::::::Y*ABF:E119:::::::U",
    "HI*BBR:0SG00AJ:D8:20260929",
    "HI*BBQ:0SB20ZZ:D8:20260930",
    "HI*BI:74:RD8:20260929-20260930",
    "HI*BH:11:D8:20260901",
    "HI*BE:01:::450.5*BE:80:::4",
    "HI*BG:C5*BG:02",
    "NM1*71*1*ROE*ANN****XX*1234567893",
    "PRV*AT*PXC*207X00000X",
    "NM1*72*1*POE*BEN****XX*1245319599",
    "NM1*ZZ*1*LOE*CAL****XX*1003000126",
    "NM1*82*1*MOE*DEE****XX*1467560003",
    "NM1*77*2*NORTH CAMPUS*****XX*1306849450",
    "N3*2 HILL RD",
    "N4*AMES*IA*500101234",
    "NM1*DN*1*FOE*EVE****XX*1528036027",
]
ROOM = ["LX*1", "SV2*0120**300*DA*4"]
SERVICE = ["LX*2", "SV2*0320*HC:72100:TC*50*UN*1", "DTP*472*D8*20260929", "REF*6R*L2"]
LEAST = ["CLM*H-2*50***13:A:1**A*Y*Y", "DTP*434*RD8*20260929-20260929", "CL1*1**01", "HI*ABK:M545"]


def first(*segments: str) -> Received:
    record, *_ = read(institutional(segments))[0]
    assert isinstance(record, Received), record
    return record


def test_everything_is_read() -> None:
    (claim,) = claims_in(institutional([*CLAIM, *ROOM, *SERVICE]))
    assert claim.institutional is not None
    facts = claim.institutional
    named = (facts.attending_provider, facts.operating_provider, facts.other_operating_provider)
    assert [person and (person.name, person.npi) for person in named] == [
        ("ANN ROE", "1234567893"),
        ("BEN POE", "1245319599"),
        ("CAL LOE", "1003000126"),
    ]
    assert facts.attending_provider is not None
    assert facts.attending_provider.taxonomy == "207X00000X"
    assert replace(
        facts, attending_provider=None, operating_provider=None, other_operating_provider=None
    ) == Institutional(
        facility_code="11",
        statement_from=date(2026, 9, 28),
        statement_to=date(2026, 10, 2),
        admission_type="1",
        admission_source="7",
        patient_status="01",
        admitting_diagnosis="M545",
        visit_reasons=("R5082", "R0602"),
        external_causes=("W010XXA",),
        present_on_admission=("Y", "Y", "U"),
        drg="0470",
        procedures=(
            DatedCode(code="0SG00AJ", on=date(2026, 9, 29)),
            DatedCode(code="0SB20ZZ", on=date(2026, 9, 30)),
        ),
        occurrences=(
            DatedCode(code="74", on=date(2026, 9, 29), until=date(2026, 9, 30)),
            DatedCode(code="11", on=date(2026, 9, 1)),
        ),
        values=(ValueCode(code="01", amount=Decimal("450.5")), ValueCode(code="80", amount=Decimal(4))),
        conditions=("C5", "02"),
    )
    assert (claim.claim_id, claim.total_charge, claim.frequency_code) == ("H-1", Decimal(350), "1")
    assert (claim.place_of_service, claim.dates.admission) == (None, date(2026, 9, 28))
    assert claim.diagnoses == ("M4806", "I10", "E119")
    assert (claim.prior_authorization, claim.accident_state) == ("AUTH1", "IA")
    others = (claim.rendering_provider, claim.service_facility, claim.referring_provider)
    assert [one and one.npi for one in others] == ["1467560003", "1306849450", "1528036027"]
    assert claim.service_facility is not None
    assert claim.service_facility.address == Address(state="IA", zip="500101234")


def test_lines() -> None:
    (claim,) = claims_in(institutional([*CLAIM, *ROOM, *SERVICE]))
    assert claim.lines == (
        ServiceLine(
            revenue_code="0120", procedure="", charge=Decimal(300), unit_basis="DA", units=Decimal(4),
            service_date=date(2026, 9, 28), service_date_to=date(2026, 10, 2),
        ),
        ServiceLine(
            revenue_code="0320", procedure="72100", modifiers=("TC",), charge=Decimal(50), units=Decimal(1),
            service_date=date(2026, 9, 29), control_number="L2",
        ),
    )  # fmt: skip
    assert [line.service for line in claim.lines] == ["revenue code 0120", "72100"]


def test_a_line_has_all_diagnoses_of_its_claim() -> None:
    (claim,) = claims_in(institutional([*CLAIM, *SERVICE]))
    assert pointed_diagnoses(claim, claim.lines[0]) == ("M4806", "I10", "E119")


def test_a_statement_of_one_day_is_no_span() -> None:
    (claim,) = claims_in(institutional([*LEAST, "LX*1", "SV2*0320*HC:72100*50*UN*1"]))
    assert (claim.lines[0].service_date, claim.lines[0].service_date_to) == (date(2026, 9, 29), None)


def test_the_principal_diagnosis_comes_first_wherever_it_stands() -> None:
    record = first(*LEAST[:3], "HI*ABF:I10*ABF:E119", "HI*ABK:M545", *SERVICE)
    assert record.claim.diagnoses == ("M545", "I10", "E119")
    places = [record.locate(("diagnoses", number)) for number in range(3)]
    assert places == [f"ST*0001 CLM[1] {at}" for at in ("HI[2]01-2", "HI01-2", "HI02-2")]


@pytest.mark.parametrize(
    ("segments", "place"),
    [
        ([*LEAST, "LX*1", "SV2*0320*HC:72100*5O*UN*1"], "2400[1] SV203"),
        ([*LEAST, "LX*1", "SV2*0320*HC:72100"], "2400[1] SV203"),
        ([*LEAST, "LX*1", "DTP*472*D8*20260929"], "2400[1] SV2"),
        ([LEAST[0], *LEAST[2:], *ROOM], "2400[1] DTP*472"),
        ([LEAST[0], "DTP*434*RD8*20260929", *LEAST[2:], *ROOM], "DTP*434 DTP03"),
        ([*LEAST[:2], "DTP*435*D8*20260931", *LEAST[2:], *SERVICE], "DTP*435 DTP03"),
        ([*LEAST, "HI*BE:01:::MANY", *SERVICE], "HI01"),
        ([*LEAST, "HI*BH:11:D8:20261301", *SERVICE], "HI01"),
        ([*LEAST, "HI*BI:74:RD8:20260929", *SERVICE], "HI01"),
        ([*LEAST, f"HI*BG:01*BG:{'0' * 21}", *SERVICE], "HI02"),
        ([*LEAST, *["HI*" + "*".join(["BG:01"] * 12)] * 5, *SERVICE], "HI02"),
        (LEAST, "2400"),
    ],
)
def test_what_can_not_be_read_costs_that_claim_only(segments: list[str], place: str) -> None:
    records, _ = read(institutional(segments, [*CLAIM, *ROOM]))
    broken, good = records
    assert isinstance(broken, Unreadable)
    assert broken.place == f"a.837 ST*0001 CLM[1] {place}"
    assert broken.claim_id == "H-2"
    assert isinstance(good, Received)


@pytest.mark.parametrize(
    ("segments", "faults"),
    [
        ([*CLAIM, *ROOM, *SERVICE], []),
        ([*LEAST, *ROOM], []),
        ([LEAST[0], *LEAST[2:], *SERVICE], ["IK304 3 2300 DTP (segment 20)"]),
        ([*LEAST[:3], *SERVICE], ["IK304 3 2300 HI (segment 20)"]),
        ([LEAST[0].replace(":A:", ":B:"), *LEAST[1:], *ROOM], ["IK403 7 2300 CLM05-2 (segment 17)"]),
        ([*LEAST, *ROOM, *PROFESSIONAL_LINE], [
            "IK304 2 2400 SV1 (segment 24)", "IK304 3 2400 SV2 (segment 26)",
        ]),
        ([*LEAST, "NM1*DQ*1*ROE*ANN", *ROOM], ["IK403 7 2300 NM101 (segment 21)"]),
        ([*LEAST, "HI*XX:1", *ROOM], ["IK403 7 2300 HI01-1 (segment 21)"]),
        ([*LEAST, "LX*1", "SV2**HC:72100*50*UN*1"], ["IK403 1 2400 SV201 (segment 22)"]),
    ],
)  # fmt: skip
def test_segments_are_held_against_the_guide(segments: list[str], faults: list[str]) -> None:
    _, found = read(institutional(segments))
    assert [fault.replace("ST*0001 ", "") for fault in told(found)] == faults


def test_the_service_of_a_professional_claim_is_read() -> None:
    (claim,) = claims_in(institutional([*LEAST, *PROFESSIONAL_LINE]))
    assert (claim.lines[0].procedure, claim.lines[0].charge) == ("98940", Decimal(45))


@pytest.mark.parametrize("guide", sorted(x223.GUIDES))
def test_guides(guide: str) -> None:
    assert claims_in(institutional([*LEAST, *SERVICE], guide=guide))[0].institutional is not None


def test_a_professional_claim_has_nothing_institutional() -> None:
    assert claims_in(professional([*PROFESSIONAL_CLAIM, *PROFESSIONAL_LINE]))[0].institutional is None


def test_claims_are_counted_on_from_those_before() -> None:
    events = read_events(BytesIO(write(institutional([*LEAST, *SERVICE]))))
    transaction = next(event for event in events if isinstance(event, Transaction))
    transaction = replace(transaction, claims_before=4)
    (record,) = (
        one for one in read_institutional("a.837", transaction, events, False) if isinstance(one, Received)
    )
    assert record.place == "a.837 ST*0001 CLM[5]"


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ((), ""),
        (("institutional", "facility_code"), "CLM05-1"),
        (("frequency_code",), "CLM05-3"),
        (("institutional", "statement_to"), "DTP*434 DTP03"),
        (("dates", "admission"), "DTP*435 DTP03"),
        (("institutional", "patient_status"), "CL103"),
        (("diagnoses", 0), "HI01-2"),
        (("diagnoses", 2), "HI[6]02-2"),
        (("diagnoses", 9), "HI"),
        (("institutional", "present_on_admission", 1), "HI[6]01-2"),
        (("institutional", "admitting_diagnosis"), "HI[2]01-2"),
        (("institutional", "visit_reasons", 1), "HI[3]02-2"),
        (("institutional", "procedures", 1, "on"), "HI[8]01-2"),
        (("institutional", "values", 1, "amount"), "HI[11]02-2"),
        (("institutional", "attending_provider", "npi"), "2310A NM109"),
        (("institutional", "other_operating_provider"), "2310C"),
        (("rendering_provider", "npi"), "2310D NM109"),
        (("service_facility", "address", "zip"), "2310E N403"),
        (("referring_provider",), "2310F"),
        (("billing_provider", "npi"), "2010AA NM109"),
        (("payer", "id"), "2010BB NM109"),
        (("lines", 0), "2400[1]"),
        (("lines", 0, "revenue_code"), "2400[1] SV201"),
        (("lines", 1, "procedure"), "2400[2] SV202-2"),
        (("lines", 1, "modifiers", 0), "2400[2] SV202-3"),
        (("lines", 1, "charge"), "2400[2] SV203"),
        (("lines", 1, "service_date"), "2400[2] DTP*472 DTP03"),
        (("lines", 1, "rendering_provider", "npi"), "2400[2] 2420C NM109"),
    ],
)
def test_places(location: Location, place: str) -> None:
    assert first(*CLAIM, *ROOM, *SERVICE).locate(location) == f"ST*0001 CLM[1] {place}".rstrip()


def test_every_institutional_field_has_a_place() -> None:
    record = first(*CLAIM, *ROOM)
    for field in Institutional.__struct_fields__:
        assert record.locate(("institutional", field)) != "ST*0001 CLM[1]", field


def test_every_reader_reads_something_of_the_guide() -> None:
    def named(loop: Loop) -> set[str]:
        qualified = {f"{loop.id} {use.id}*{code}" for use in loop.uses for code in use.qualifiers}
        plain = {loop.id, *(f"{loop.id} {use.id}" for use in loop.uses)}
        return qualified.union(plain, *map(named, loop.loops))

    roots = (x223.BILLING, x223.SUBSCRIBER, x223.PATIENT, x223.CLAIM, x223.LINE)
    assert READERS.keys() - set().union(*map(named, roots)) == set()


def test_every_kind_of_code_is_one_of_the_guide() -> None:
    (codes,) = (use.elements[0].components[0].codes for use in x223.CLAIM.uses if use.id == "HI")
    assert KINDS.keys() <= codes


def test_a_claim_read_is_a_claim_of_json() -> None:
    claim = first(*CLAIM, *ROOM, *SERVICE).claim
    assert msgspec.json.decode(msgspec.json.encode(claim), type=Claim) == claim
