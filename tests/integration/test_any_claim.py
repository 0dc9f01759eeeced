"""Whatever stands in a claim, every edit answers: no exception, no edit that fails, and the same answer again."""

from datetime import date
from decimal import Decimal
from typing import TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scrubber.claim import (
    Address,
    Claim,
    ClaimDates,
    Documentation,
    LineDates,
    Patient,
    Payer,
    Provider,
    ServiceLine,
    Subscriber,
)
from scrubber.engine import Engine, explain, scrub
from scrubber.rule import Outcome, Reason

T = TypeVar("T")

ODD = st.text(max_size=9)
DATES = st.dates(date(1900, 1, 1), date(2199, 12, 31)) | st.dates(date(2015, 9, 28), date(2027, 4, 3))
# fmt: off
CODES = st.sampled_from([
    "M9901", "M9900", "M542", "M5381", "M5389", "M545", "M538", "M53", "M5381A", "S134XX",
    "S134XXA", "S134", "T52811A", "F0280", "V0001XA", "O80", "P000", "Z3A20", "Q000", "C4120",
    "M5382", "G5791", "R079", "12345", ".", "M",
])
PROCEDURES = st.sampled_from([
    "98940", "98941", "98942", "98943", "99213", "72040", "64450", "64405", "76942", "64633",
    "22510", "20552", "J3301", "97035", "22800", "95873", "A0425", "00100", "G8730", "1125F",
    "9894",
])
# fmt: on
MODIFIERS = st.sampled_from(["AT", "GA", "GY", "GZ", "GX", "59", "76", "LT", "RT", "26", "XS"]) | ODD
STATES = st.sampled_from(["IA", "VA", "CA", "KY", "GA", "IL", "ZZ", "PR", "GU"]) | ODD
ZIPS = st.sampled_from(["50309", "23220", "22201", "503091234", "00000", "99999"]) | ODD
MONEY = st.decimals(0, 99_999_999, places=2) | st.just(Decimal(0))


def maybe(values: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.none() | values


ADDRESSES = st.builds(Address, state=maybe(STATES), zip=maybe(ZIPS))
PROVIDERS = st.builds(
    Provider,
    npi=maybe(st.sampled_from(["1234567893", "1234567890"]) | ODD),
    taxonomy=maybe(st.sampled_from(["111N00000X", "208VP0014X"]) | ODD),
    tax_id=maybe(ODD),
    address=maybe(ADDRESSES),
)
LINES = st.builds(
    ServiceLine,
    procedure=PROCEDURES | ODD,
    service_date=DATES,
    charge=MONEY,
    modifiers=st.lists(MODIFIERS, max_size=5).map(tuple),
    diagnosis_pointers=st.lists(st.integers(0, 15), max_size=6).map(tuple),
    service_date_to=maybe(DATES),
    units=st.decimals(0, 9999, places=3),
    place_of_service=maybe(st.sampled_from(["11", "1", "10", "98"]) | ODD),
    dates=maybe(st.builds(LineDates, initial_treatment=maybe(DATES))),
    rendering_provider=maybe(PROVIDERS),
    service_facility=maybe(PROVIDERS),
)
CLAIMS = st.builds(
    Claim,
    claim_id=ODD,
    payer=st.builds(
        Payer,
        id=maybe(st.just("05102") | ODD),
        claim_filing_indicator=maybe(st.sampled_from(["MB", "CI"]) | ODD),
    ),
    lines=st.lists(LINES, min_size=1, max_size=5).map(tuple),
    diagnoses=st.lists(CODES | ODD, max_size=14).map(tuple),
    subscriber=st.builds(Subscriber, id=maybe(st.just("1EG4TE5MK73") | ODD)),
    patient=st.builds(Patient, birth_date=maybe(DATES), sex=maybe(st.sampled_from("FMU") | ODD)),
    billing_provider=PROVIDERS,
    rendering_provider=maybe(PROVIDERS),
    referring_provider=maybe(PROVIDERS),
    service_facility=maybe(PROVIDERS),
    place_of_service=maybe(st.just("11") | ODD),
    frequency_code=st.sampled_from(["1", "7", "8"]) | ODD,
    dates=st.builds(
        ClaimDates,
        initial_treatment=maybe(DATES),
        last_x_ray=maybe(DATES),
        onset=maybe(DATES),
        accident=maybe(DATES),
        received=maybe(DATES),
    ),
    related_causes=st.lists(st.sampled_from(["AA", "EM", "OA"]) | ODD, max_size=3).map(tuple),
    total_charge=maybe(MONEY),
    documentation=st.builds(
        Documentation,
        spinal_level=maybe(st.sampled_from(["cervical", "occipito-atlanto-axial"])),
        imaging=maybe(st.sampled_from(["none", "mri"])),
        conservative_care=maybe(st.booleans()),
        injury_phase=maybe(st.sampled_from(["acute", "sequela"])),
        findings=st.lists(st.sampled_from(["radiculopathy", "deformity", "acute-injury"]), max_size=2).map(
            tuple
        ),
    ),
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(claim=CLAIMS, as_of=DATES)
def test_every_edit_answers(engine: Engine, claim: Claim, as_of: date) -> None:
    engine = engine.on(as_of)
    result = scrub(engine, claim)
    assert [said for said in result.not_evaluated if said.reason == Reason.EDIT_FAILED] == []
    assert scrub(engine, claim) == result
    explained = explain(engine, claim).explanation
    assert explained is not None
    failed = {entry.edit for entry in explained if entry.outcome == Outcome.FAILED}
    assert failed == {finding.edit for finding in result.findings}
