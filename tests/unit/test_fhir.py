"""FHIR R4 Claims and Bundles."""

import copy
import io
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrubber.claim import Claim, Location
from scrubber.intake.files import read_claims
from scrubber.intake.record import Received, Unreadable

GOLDEN = Path(__file__).parents[1] / "golden/intake"
HL7 = next(Path(__file__).parents[3].glob("*/data/fhir"), None)
"""The examples of the specification, where a folder of sample data lies beside the checkout."""
CPT = "http://www.ama-assn.org/go/cpt"
SNOMED = "http://snomed.info/sct"
NPI = "http://hl7.org/fhir/sid/us-npi"
X12_DATE = "https://codesystem.x12.org/005010/374"


def read(*resources: Any) -> list[Received | Unreadable]:
    return list(read_claims(io.BytesIO("\n".join(map(json.dumps, resources)).encode()), "f"))


def only(resource: Any) -> Received:
    (reading,) = read(resource)
    assert isinstance(reading, Received), reading
    return reading


def fault(resource: Any) -> str:
    (reading,) = read(resource)
    assert isinstance(reading, Unreadable), reading
    return reading.message


def concept(code: str, system: str | None = None) -> dict[str, Any]:
    return {"coding": [{"code": code, **({"system": system} if system else {})}]}


def ref(address: str) -> dict[str, Any]:
    return {"reference": address}


def npi(number: str) -> dict[str, Any]:
    return {"system": NPI, "value": number}


def item(**difference: Any) -> dict[str, Any]:
    return {
        "sequence": 1,
        "diagnosisSequence": [1],
        "productOrService": concept("98940", CPT),
        "servicedDate": "2026-03-02",
        "net": {"value": 45.00},
        **difference,
    }


def claim(**difference: Any) -> dict[str, Any]:
    return {
        "resourceType": "Claim",
        "id": "c",
        "status": "active",
        "use": "claim",
        "type": concept("professional", "http://terminology.hl7.org/CodeSystem/claim-type"),
        "diagnosis": [
            {
                "sequence": 1,
                "diagnosisCodeableConcept": concept("M99.01", "http://hl7.org/fhir/sid/icd-10-cm"),
            }
        ],
        "item": [item()],
        **difference,
    }


def patient(birth_date: Any) -> dict[str, Any]:
    contained = {"resourceType": "Patient", "id": "p", "birthDate": birth_date}
    return {"contained": [contained], "patient": ref("#p")}


def slim(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: kept for key, one in value.items() if (kept := slim(one)) not in (None, {}, [])}
    return [slim(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", ["professional-claim.fhir.json", "bundle.fhir.json"])
def test_golden_files(name: str) -> None:
    told = [
        {"place": one.place, "claim": slim(json.loads(msgspec.json.encode(one.claim)))}
        if isinstance(one, Received)
        else {"place": one.place, "unreadable": one.message}
        for one in read_claims(io.BytesIO((GOLDEN / name).read_bytes()), name)
    ]
    assert told == json.loads((GOLDEN / f"{name}.expected.json").read_text())


@pytest.mark.skipif(HL7 is None, reason="the examples of HL7 are not on this machine")
def test_the_examples_of_hl7_are_read_or_refused_with_the_reason() -> None:
    reasons = {
        "oral": "This is a dental claim", "vision": "This is a vision claim", "pharmacy": "This is a pharmacy claim",
        "institutional": "This is an institutional claim",
        "professional": "Claim.item[0].productOrService: no CPT or HCPCS code.",  # HL7's own example code system
    }  # fmt: skip
    assert HL7
    for path in sorted(HL7.glob("*.json")):
        resource = json.loads(path.read_text())
        message = fault(resource)
        if resource["resourceType"] != "Claim":
            assert message.startswith(f"This is a resource {resource['resourceType']}")
        elif resource["use"] != "claim":
            assert message.startswith(f"This is a {resource['use']}")
        else:
            assert message.startswith(reasons[resource["type"]["coding"][0]["code"]])
            resource["type"] = concept("professional")
            for one in resource["item"]:  # with codes of this country the same resources can be read
                one["productOrService"] = concept("99213", CPT)
                one.pop("detail", None)
            for one in resource.get("diagnosis", ()):
                one["diagnosisCodeableConcept"] = concept("M54.2")
            if not {"CAD", "CDN"} & set(path.read_text().split('"')):
                reading = only(resource)
                assert len(reading.claim.lines) == len(resource["item"])
                assert len(reading.claim.diagnoses) == len(resource.get("diagnosis", ()))


# What is refused


@pytest.mark.parametrize(
    ("difference", "says"),
    [
        ({"use": "preauthorization"}, "This is a preauthorization, not a claim"),
        ({"use": "predetermination"}, "This is a predetermination, not a claim"),
        ({"use": None}, "Claim.use does not say 'claim'"),
        ({"status": "cancelled"}, "marked cancelled"),
        ({"status": "entered-in-error"}, "marked entered-in-error"),
        ({"type": concept("institutional")}, "institutional claim"),
        ({"type": concept("pharmacy")}, "pharmacy claim"),
        ({"type": concept("something")}, "Claim.type does not say 'professional'"),
        ({"type": None}, "Claim.type does not say 'professional'"),
        ({"item": []}, "Claim.item: Expected array of length >= 1"),
        ({"item": [item()] * 1000}, "Claim.item: Expected array of length <= 999"),
        ({"item": {}}, "Claim.item: Expected array, got object."),
        (
            {"item": [item(diagnosisSequence=["1"])]},
            r"Claim.item[0].diagnosisSequence[0]: Expected int, got str.",
        ),
        ({"item": [item(net=None)]}, "Claim.item[0].net: Missing data"),
        ({"item": [item(servicedDate=None)]}, "Claim.item[0].serviced: Missing data"),
        ({"item": [item(servicedDate="2026-03")]}, "Claim.item[0].servicedDate: Expected a date"),
        ({"item": [item(productOrService=None)]}, "Claim.item[0].productOrService: Missing data"),
        ({"item": [item(productOrService=concept("x", SNOMED))]}, "Claim.item[0].productOrService: no CPT"),
        (
            {"item": [item(net={"value": 45, "currency": "CAD"})]},
            "Claim.item[0].net: the currency is not USD",
        ),
        ({"item": [item(net={"value": -45})]}, "Claim.item[0].net: Expected a number"),
        ({"item": [item(detail=[{}])]}, "Claim.item[0].detail: lines made of several"),
        ({"diagnosis": [{"diagnosisCodeableConcept": concept("1", SNOMED)}]}, "no ICD-10-CM code"),
        (
            {"diagnosis": [{"diagnosisReference": ref("Condition/9")}]},
            "Claim.diagnosis[0].diagnosisReference: no ICD",
        ),
        (patient(5), "Claim.contained[0].birthDate: Expected str"),
        (patient("1950"), "Claim.contained[0].birthDate: Expected a date"),
        ({"id": None}, "Claim.identifier: Missing data"),
    ],
)
def test_what_can_not_be_scrubbed_is_said(difference: dict[str, Any], says: str) -> None:
    assert says in fault(claim(**difference))


def test_other_resources_are_named() -> None:
    assert fault({"resourceType": "Patient"}).startswith("This is a resource Patient.")
    assert fault({"resourceType": "Jane Doe"}).startswith("This is another resource.")
    assert fault({"resourceType": "Bundle"}) == "The Bundle holds no Claim."
    assert (
        fault({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}}, {}]})
        == "The Bundle holds no Claim."
    )
    assert fault({"resourceType": "Bundle", "entry": 7}) == "Bundle.entry: Expected array, got int."
    # not a resource after all
    assert fault({"claim_id": "A", "resourceType": 7, "payer": {}}).startswith("/resourceType: Unknown field")


# What is read


def test_diagnoses_and_pointers() -> None:
    diagnosis = [
        {"sequence": 7, "diagnosisCodeableConcept": concept("M54.2")},
        {"sequence": 3, "diagnosisCodeableConcept": concept("M99.01")},
        {"sequence": 9, "diagnosisCodeableConcept": concept("M62.830"), "type": [concept("principal")]},
    ]
    reading = only(claim(diagnosis=diagnosis, item=[item(diagnosisSequence=[7, 9, 4, 200])]))
    assert reading.claim.diagnoses == ("M62830", "M9901", "M542")
    assert reading.claim.lines[0].pointers == (3, 1, 4, 99)  # no diagnosis has sequence 4 or 200
    assert reading.locate(("diagnoses", 0)) == "Claim.diagnosis[2].diagnosisCodeableConcept"
    assert reading.locate(("lines", 0, "diagnosis_pointers")) == "Claim.item[0].diagnosisSequence"
    assert reading.locate(("lines", 0, "diagnosis_pointers", 2)) == "Claim.item[0].diagnosisSequence[2]"


def test_the_code_of_the_right_system_is_taken() -> None:
    coding = [
        {"system": SNOMED, "code": "1"},
        {"code": "2"},
        {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M54.2"},
    ]
    service = [{"system": "http://hl7.org/fhir/sid/ndc", "code": "00069-1"}, {"system": CPT, "code": "J3301"}]
    reading = only(
        claim(
            diagnosis=[{"diagnosisCodeableConcept": {"coding": coding}}],
            item=[item(productOrService={"coding": service})],
        )
    )
    assert reading.claim.diagnoses == ("M542",)
    assert (reading.claim.lines[0].procedure, reading.claim.lines[0].ndc) == ("J3301", "00069-1")


def test_dates_units_and_charges_of_lines() -> None:
    items = [
        item(servicedDate="2026-03-02T23:30:00-06:00", quantity={"value": 15, "unit": "min"}),
        item(
            servicedDate=None,
            servicedPeriod={"start": "2026-03-01", "end": "2026-03-03T00:00:00Z"},
            quantity={"value": 1.0000},
        ),
        item(net=None, unitPrice={"value": 12.50}, quantity={"value": 3}, factor=0.5),
        item(net={"value": 1e2}),
    ]
    lines = only(claim(item=items)).claim.lines
    assert [line.service_date.isoformat() for line in lines[:2]] == ["2026-03-02", "2026-03-01"]
    assert lines[1].service_date_to == date(2026, 3, 3)
    assert [(line.units, line.unit_basis) for line in lines[:2]] == [(Decimal(15), "MJ"), (Decimal(1), "UN")]
    assert [line.charge for line in lines] == [45, 45, Decimal("18.75"), 100]
    for huge in ("1e999999999", "1e-999999999", "1" * 400):
        text = json.dumps(claim()).replace("45.0", huge)
        (reading,) = read_claims(io.BytesIO(text.encode()), "f")
        assert "Claim.item[0].net: Expected a number" in reading.message  # type: ignore[union-attr]
        text = json.dumps(claim(item=[item(net=None, unitPrice={"value": 45.0})])).replace("45.0", huge)
        (reading,) = read_claims(io.BytesIO(text.encode()), "f")
        assert "Claim.item[0].unitPrice: not an amount" in reading.message  # type: ignore[union-attr]


def test_the_day_of_the_claim_counts_for_a_line_without_one() -> None:
    without = [item(servicedDate=None)]
    reading = only(claim(item=without, billablePeriod={"start": "2026-03-02", "end": "2026-03-02"}))
    assert reading.claim.lines[0].service_date == date(2026, 3, 2)
    assert reading.locate(("lines", 0, "service_date")) == "Claim.billablePeriod.start"
    assert "Missing" in fault(
        claim(item=without, billablePeriod={"start": "2026-03-02", "end": "2026-03-03"})
    )


def test_place_of_service_of_the_claim_and_of_a_line() -> None:
    places = [None, concept("11"), concept("12"), concept("11"), concept("999", SNOMED)]
    reading = only(claim(item=[item(locationCodeableConcept=place) for place in places]))
    assert reading.claim.place_of_service == "11"
    assert [line.place_of_service for line in reading.claim.lines] == [None, None, "12", None, None]
    assert reading.locate(("place_of_service",)) == "Claim.item[1].locationCodeableConcept"
    assert reading.locate(("lines", 2, "place_of_service")) == "Claim.item[2].locationCodeableConcept"


def member(sequence: int, number: str, role: str | None = None, **difference: Any) -> dict[str, Any]:
    provider = {"identifier": npi(number)}
    return {
        "sequence": sequence,
        "provider": provider,
        **({"role": concept(role)} if role else {}),
        **difference,
    }


def test_care_team() -> None:
    team = [
        member(5, "1", "rendering", qualification=concept("225100000X", "http://nucc.org/provider-taxonomy")),
        member(6, "2", "rendering"),
        member(7, "3", "referring"),
        member(8, "4", "supervisor"),
        member(9, "5", "DK"),
        member(10, "6", "assist"),
    ]
    items = [item(careTeamSequence=[5, 9]), item(careTeamSequence=[6]), item()]
    reading = only(claim(careTeam=team, item=items))
    made = reading.claim
    roles = (made.rendering_provider, made.referring_provider, made.supervising_provider)
    assert [role.npi for role in roles if role] == ["1", "3", "4"]
    assert made.rendering_provider.taxonomy == "225100000X"  # type: ignore[union-attr]
    assert [line.rendering_provider and line.rendering_provider.npi for line in made.lines] == [
        None,
        "2",
        None,
    ]
    assert [line.ordering_provider and line.ordering_provider.npi for line in made.lines] == ["5", None, "5"]
    assert reading.locate(("rendering_provider", "npi")) == "Claim.careTeam[0].provider.identifier"
    assert (
        reading.locate(("lines", 1, "rendering_provider", "npi")) == "Claim.careTeam[1].provider.identifier"
    )
    assert reading.locate(("rendering_provider", "address", "zip")) == "Claim.careTeam[0].address"
    assert only(claim(careTeam=[member(1, "7")])).claim.rendering_provider.npi == "7"  # type: ignore[union-attr]


def test_providers_by_reference() -> None:
    contained = [
        {
            "resourceType": "PractitionerRole",
            "id": "r",
            "practitioner": ref("#p"),
            "organization": ref("#o"),
            "code": [concept("111N00000X", "http://nucc.org/provider-taxonomy")],
        },
        {
            "resourceType": "Practitioner",
            "id": "p",
            "identifier": [npi("1")],
            "name": [{"given": ["A", None, "B"], "family": "C"}],
        },
        {
            "resourceType": "Organization",
            "id": "o",
            "name": "O",
            "address": [{"state": "ia", "postalCode": "50309"}],
            "identifier": [{"type": concept("TAX"), "value": "12-3456789"}, npi("2")],
        },
        {
            "resourceType": "Location",
            "id": "l",
            "name": "L",
            "managingOrganization": ref("#o"),
            "address": {"state": "TX"},
        },
        {"resourceType": "ServiceRequest", "id": "s", "requester": ref("#p")},
        {"resourceType": "PractitionerRole", "id": "loop", "practitioner": ref("#loop")},
    ]
    reading = only(
        claim(
            contained=contained,
            provider=ref("#r"),
            facility=ref("#l"),
            referral=ref("#s"),
            careTeam=[{"sequence": 1, "provider": ref("#o")}],
        )
    )
    made = reading.claim
    billing, facility, rendering = made.billing_provider, made.service_facility, made.rendering_provider
    assert (billing.npi, billing.taxonomy, billing.name, billing.tax_id) == ("1", "111N00000X", "A B C", None)
    assert billing.address
    assert billing.address.state == "IA"
    assert facility
    assert facility.address
    assert (facility.npi, facility.name, facility.address.state) == ("2", "L", "TX")
    assert rendering
    assert (rendering.npi, rendering.tax_id, rendering.name) == ("2", "12-3456789", "O")
    assert made.referring_provider
    assert made.referring_provider.npi == "1"
    assert reading.locate(("billing_provider", "npi")) == "Claim.contained[1].identifier[0]"
    assert reading.locate(("billing_provider", "taxonomy")) == "Claim.contained[0].code[0]"
    assert (
        reading.locate(("billing_provider", "address", "zip")) == "Claim.contained[2].address[0].postalCode"
    )
    assert only(claim(contained=contained, provider=ref("#loop"))).claim.billing_provider.npi is None


def test_insurance() -> None:
    contained = [
        {
            "resourceType": "Coverage",
            "id": "a",
            "subscriberId": "M1",
            "relationship": concept("self"),
            "payor": [ref("#x")],
            "type": concept("MB", "https://codesystem.x12.org/005010/1032"),
        },
        {
            "resourceType": "Coverage",
            "id": "b",
            "identifier": [{"type": concept("MB"), "value": "M2"}],
            "payor": [{"display": "Second"}],
        },
        {
            "resourceType": "Organization",
            "id": "x",
            "name": "First",
            "identifier": [
                npi("1"),
                {"system": "urn:any", "value": "any"},
                {"type": concept("payerid"), "value": "05102"},
            ],
        },
        {
            "resourceType": "Patient",
            "id": "p",
            "identifier": [{"system": "http://hl7.org/fhir/sid/us-mbi", "value": "1EG4"}],
        },
    ]
    insurance = [
        {"sequence": 2, "focal": False, "coverage": ref("#b")},
        {"sequence": 1, "focal": True, "coverage": ref("#a"), "preAuthRef": ["P1", "P2"]},
    ]
    reading = only(claim(contained=contained, insurance=insurance))
    made = reading.claim
    assert (made.payer.id, made.payer.name, made.payer.claim_filing_indicator) == ("05102", "First", "MB")
    assert (made.payer.responsibility, made.subscriber.id, made.prior_authorization) == ("P", "M1", "P1")
    (other,) = made.other_payers
    assert (other.payer.name, other.payer.responsibility, other.subscriber.id) == ("Second", "S", "M2")
    assert reading.locate(("payer", "id")) == "Claim.contained[2].identifier[2]"
    assert reading.locate(("subscriber", "id")) == "Claim.contained[0].subscriberId"
    assert reading.locate(("other_payers", 0, "subscriber", "id")) == "Claim.contained[1].identifier[0]"
    insurer = {"identifier": {"system": "urn:payers", "value": "60054"}, "display": "Other"}
    by_number = only(claim(contained=contained, insurance=insurance, insurer=insurer))
    assert (by_number.claim.payer.id, by_number.claim.payer.name) == ("60054", "Other")
    of_patient = only(claim(contained=contained, insurance=[{"coverage": ref("#c")}], patient=ref("#p")))
    assert of_patient.claim.subscriber.id is None  # no Coverage, no membership
    contained.append({"resourceType": "Coverage", "id": "c"})
    of_patient = only(claim(contained=contained, insurance=[{"coverage": ref("#c")}], patient=ref("#p")))
    assert of_patient.claim.subscriber.id == "1EG4"
    assert of_patient.locate(("subscriber", "id")) == "Claim.contained[3].identifier[0]"


def test_supporting_information_and_accident() -> None:
    information = [
        {"category": concept("onset"), "timingDate": "2026-02-01"},
        {
            "category": concept("related"),
            "code": concept("454", X12_DATE),
            "timingDate": "2026-02-03T08:00:00Z",
        },
        {"category": concept("455", X12_DATE), "timingPeriod": {"start": "2026-02-04"}},
        {"category": concept("hospitalized"), "timingPeriod": {"start": "2026-01-05", "end": "2026-01-09"}},
        {"category": concept("employmentimpacted"), "timingPeriod": {"start": "2026-01-06"}},
        {"category": concept("clmrecvddate"), "timingDate": "2026-03-09"},
        {"category": concept("onset"), "timingDate": "2026-02-28"},
        {"category": concept("454"), "timingDate": "2025-01-01"},
        {"category": concept("info"), "valueString": "no date"},
    ]
    accident = {"date": "2026-01-31", "type": concept("WPA"), "locationAddress": {"state": "IA"}}
    reading = only(claim(supportingInfo=information, accident=accident))
    dates = {key: value for key, value in msgspec.to_builtins(reading.claim.dates).items() if value}
    assert dates == {
        "onset": "2026-02-01", "initial_treatment": "2026-02-03", "last_x_ray": "2026-02-04", "admission": "2026-01-05",
        "discharge": "2026-01-09", "disability_from": "2026-01-06", "received": "2026-03-09", "accident": "2026-01-31",
    }  # fmt: skip
    assert (reading.claim.related_causes, reading.claim.accident_state) == (("EM",), "IA")
    assert reading.locate(("dates", "initial_treatment")) == "Claim.supportingInfo[1].timingDate"
    assert reading.locate(("dates", "last_seen")) == "Claim.supportingInfo"
    assert reading.locate(("dates", "accident")) == "Claim.accident.date"


def test_a_replaced_claim() -> None:
    reading = only(
        claim(
            related=[
                {"relationship": concept("associated")},
                {"relationship": concept("prior"), "reference": {"value": "I1"}},
            ]
        )
    )
    assert (reading.claim.frequency_code, reading.claim.original_reference) == ("7", "I1")
    assert reading.locate(("original_reference",)) == "Claim.related[1].reference"
    assert only(claim(related=[{"relationship": concept("prior")}])).claim.original_reference is None


def test_missing_values_have_the_place_where_they_would_be() -> None:
    reading = only(claim(patient=ref("Patient/9")))
    for location, path in (
        (("patient", "birth_date"), "Claim.patient.birthDate"),
        (("referring_provider", "npi"), "Claim.careTeam"),
        (("subscriber", "id"), "Claim.insurance"),
        (("lines", 0, "modifiers"), "Claim.item[0].modifier"),
        (("lines", 0, "units"), "Claim.item[0].quantity"),
        (("total_charge",), "Claim.total"),
        (("place_of_service",), "Claim.item[0].locationCodeableConcept"),
        (("diagnoses", 4), "Claim.diagnosis"),
        (("documentation", "spinal_level"), "Claim"),
        ((), "Claim"),
    ):
        assert reading.locate(location) == path


def test_references_in_a_bundle() -> None:
    patient = {"resourceType": "Patient", "id": "1", "birthDate": "1950-04-02"}
    for reference, full_url in (
        ("Patient/1", None),
        ("Patient/1/_history/4", None),
        ("https://example.org/r4/Patient/1", None),
        ("urn:uuid:0b7c5c1e", "urn:uuid:0b7c5c1e"),
        ("https://example.org/x", "https://example.org/x"),
    ):
        entry = {"resource": patient, **({"fullUrl": full_url} if full_url else {})}
        bundle = {
            "resourceType": "Bundle",
            "entry": [{"resource": claim(patient=ref(reference))}, entry],
        }
        reading = only(bundle)
        assert reading.claim.patient.birth_date == date(1950, 4, 2)
        assert reading.locate(("patient", "birth_date")) == "Bundle.entry[1].resource.birthDate"
        assert reading.locate(("lines", 0, "charge")) == "Bundle.entry[0].resource.item[0].net"
        assert reading.place == "f Bundle.entry[0].resource"
    strange = {
        "resourceType": "Bundle",
        "entry": [{"resource": claim(patient=ref("Patient/2"))}, {"resource": patient}],
    }
    assert only(strange).claim.patient.birth_date is None


def test_one_bad_claim_of_a_bundle_costs_no_other() -> None:
    entries = [{"resource": one} for one in (claim(id="1"), claim(id="2", item=7), claim(id="3"))]
    first, second, third = read({"resourceType": "Bundle", "entry": entries})
    assert isinstance(first, Received)
    assert isinstance(third, Received)
    assert isinstance(second, Unreadable)
    assert second.message == "Bundle.entry[1].resource.item: Expected array, got int."


def test_a_resource_of_too_many_values_is_refused() -> None:
    assert "More than 200000 values" in fault(claim(extension=[0] * 210_000))
    (reading,) = list(read_claims(io.BytesIO(json.dumps(claim(text={"div": "x" * 4_194_304})).encode()), "f"))
    assert isinstance(reading, Unreadable)
    assert "More than 4194304 bytes" in reading.message


# Anything at all


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    for key, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from nodes(inner, (*path, key))


RESOURCES = [
    json.loads((GOLDEN / name).read_text()) for name in ("professional-claim.fhir.json", "bundle.fhir.json")
]
PATHS = [list(nodes(resource)) for resource in RESOURCES]
texts = st.text(max_size=5) | st.sampled_from(["#coverage", "Patient/p1", "professional"])
names = st.sampled_from(["coding", "code", "reference", "value"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=5,
)


@given(st.data(), st.sampled_from([0, 1]))
@settings(deadline=None, max_examples=400)
def test_any_value_anywhere_is_read_or_refused(data: st.DataObject, which: int) -> None:
    resource = copy.deepcopy(RESOURCES[which])
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(PATHS[which]))
        target = resource
        try:
            for step in path[:-1]:
                target = target[step]
            target[path[-1]] = data.draw(anything)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change has taken it away
    for reading in read(resource):
        assert isinstance(reading, Received | Unreadable)
        if isinstance(reading, Received):
            for location in locations(reading.claim):
                assert reading.locate(location)


def locations(claim: Claim) -> Iterator[Location]:
    yield from nodes(msgspec.to_builtins(claim))
