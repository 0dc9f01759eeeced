"""Where in an 837P something of a claim stands."""

from pathlib import Path

import pytest

from scrubber.claim import Claim, ClaimDates, LineDates, Location, ServiceLine
from scrubber.intake.record import Received
from tests.unit.x12_files import CLAIM, LINE, professional, read

GOLDEN = Path(__file__).parents[1] / "golden" / "x12"
FIRST, SECOND = (
    record for record in read((GOLDEN / "everything.837").read_bytes())[0] if isinstance(record, Received)
)


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ((), ""),
        (("claim_id",), "CLM01"),
        (("total_charge",), "CLM02"),
        (("place_of_service",), "CLM05-1"),
        (("frequency_code",), "CLM05-3"),
        (("related_causes", 1), "CLM11-2"),
        (("original_reference",), "REF*F8 REF02"),
        (("dates", "initial_treatment"), "DTP*454 DTP03"),
        (("payer", "id"), "2010BB NM109"),
        (("payer", "claim_filing_indicator"), "2000B SBR09"),
        (("subscriber", "id"), "2010BA NM109"),
        (("patient", "birth_date"), "2010BA DMG02"),
        (("billing_provider",), "2010AA"),
        (("billing_provider", "npi"), "2010AA NM109"),
        (("billing_provider", "taxonomy"), "2000A PRV03"),
        (("billing_provider", "tax_id"), "2010AA REF02"),
        (("billing_provider", "address", "zip"), "2010AA N403"),
        (("rendering_provider", "taxonomy"), "2310B PRV03"),
        (("service_facility", "npi"), "2310C NM109"),
        (("diagnoses",), "HI"),
        (("diagnoses", 1), "HI02-2"),
        (("lines", 0), "2400[1]"),
        (("lines", 1, "procedure"), "2400[2] SV101-2"),
        (("lines", 1, "modifiers"), "2400[2] SV101-3"),
        (("lines", 1, "modifiers", 1), "2400[2] SV101-4"),
        (("lines", 1, "charge"), "2400[2] SV102"),
        (("lines", 1, "units"), "2400[2] SV104"),
        (("lines", 1, "place_of_service"), "2400[2] SV105"),
        (("lines", 1, "diagnosis_pointers"), "2400[2] SV107"),
        (("lines", 1, "diagnosis_pointers", 0), "2400[2] SV107-1"),
        (("lines", 1, "service_date"), "2400[2] DTP*472 DTP03"),
        (("lines", 0, "ndc"), "2400[1] 2410 LIN03"),
        (("lines", 0, "rendering_provider", "npi"), "2400[1] 2420A NM109"),
        (("lines", 0, "adjudications", 0, "paid"), "2400[1] 2430[1]"),
        (("other_payers", 1, "payer", "id"), "2320[2] 2330B NM109"),
        (("other_payers", 1, "paid"), "2320[2] AMT*D AMT02"),
        (("documentation", "imaging"), ""),
    ],
)
def test_places(location: Location, place: str) -> None:
    assert FIRST.locate(location) == f"ST*0021 CLM[1] {place}".rstrip()


def test_a_dependent_is_found_in_a_loop_of_its_own() -> None:
    assert SECOND.locate(("patient", "birth_date")) == "ST*0021 CLM[2] 2010CA DMG02"
    assert SECOND.locate(("subscriber", "id")) == "ST*0021 CLM[2] 2010BA NM109"


def test_diagnoses_in_a_second_segment_and_modifiers_behind_a_gap() -> None:
    claim = [
        CLAIM[0],
        "HI*ABK:M542*ABF:M5412",
        "HI*ABF:M9901",
        LINE[0],
        "SV1*HC:98940::AT*45*UN*1***1",
        LINE[2],
    ]
    (record,) = read(professional(claim))[0]
    assert isinstance(record, Received)
    assert record.claim.diagnoses[2] == "M9901"
    assert record.locate(("diagnoses", 2)) == "ST*0001 CLM[1] HI[2]01-2"
    assert record.claim.lines[0].modifiers == ("AT",)
    assert record.locate(("lines", 0, "modifiers", 0)) == "ST*0001 CLM[1] 2400[1] SV101-4"


def test_every_field_of_a_claim_has_a_place() -> None:
    """A field added to the claim needs a row in the table, or is one an 837 does not carry."""
    for field in set(Claim.__struct_fields__) - {"documentation", "dates", "institutional"}:
        assert FIRST.locate((field,)) != "ST*0021 CLM[1]", field
    for field in set(ClaimDates.__struct_fields__) - {"received"}:
        assert "DTP*" in str(FIRST.locate(("dates", field))), field
    for field in set(ServiceLine.__struct_fields__) - {"dates", "revenue_code"}:
        assert FIRST.locate(("lines", 0, field)) != "ST*0021 CLM[1] 2400[1]", field
    for field in LineDates.__struct_fields__:
        assert "DTP*" in str(FIRST.locate(("lines", 0, "dates", field))), field
