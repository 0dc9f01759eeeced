"""What the fee schedule allows for a claim, and what is expected to be lost of it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from scrubber.claim import Claim, Institutional, Payer, ServiceLine
from scrubber.engine import Engine
from scrubber.reference.fee_schedule import FeeRow
from scrubber.risk import RiskModel, amounts_allowed
from scrubber.rule import Finding
from tests.unit.test_risk_model import PRIORS, finding

VISIT = FeeRow("A", "0", "XXX", "0", "0", "0", "0", "0", False, False, 275, 197, 323465)


def line(procedure: str = "98940", **more: Any) -> ServiceLine:
    return ServiceLine(procedure=procedure, service_date=date(2026, 3, 2), charge=Decimal("45.00"), **more)


def claim(*lines: ServiceLine, indicator: str = "MB", **more: Any) -> Claim:
    return Claim(
        claim_id="T",
        payer=Payer(claim_filing_indicator=indicator),
        lines=lines,
        **{"place_of_service": "11", **more},
    )


def amounts(engine: Engine, *claims: Claim) -> list[tuple[int | None, ...]]:
    return [amounts_allowed(engine.reference)(one) for one in claims]


def test_the_amount_is_the_total_times_the_conversion_factor_in_its_setting() -> None:
    # 2.75 and 1.97 relative value units at $32.3465.
    assert (VISIT.allowed(facility=False), VISIT.allowed(facility=True)) == (8895, 6372)


@pytest.mark.parametrize(
    ("place", "changed", "cents"),
    [
        ("office", {"status": "N"}, 0),
        ("office", {"status": "C"}, None),
        ("office", {"status": "R"}, 8895),
        ("office", {"rare_in_office": True}, None),
        ("facility", {"rare_in_office": True}, 6372),
        ("facility", {"rare_in_facility": True}, None),
        ("office", {"office_total": 0}, None),
        ("office", {"conversion_factor": 0}, None),
    ],
)
def test_what_is_not_known_is_not_nothing(place: str, changed: dict[str, Any], cents: int | None) -> None:
    told = {name: getattr(VISIT, name) for name in FeeRow.__struct_fields__}
    assert FeeRow(**(told | changed)).allowed(facility=place == "facility") == cents


def test_the_lines_of_a_claim_by_place_component_and_units(engine: Engine) -> None:
    assert amounts(
        engine,
        claim(line(), line("97110", units=Decimal(3)), line("98943")),
        claim(line(), place_of_service="22"),
        claim(line(place_of_service="22")),
        claim(line("72040"), line("72040", modifiers=("RT", "26")), line("72040", modifiers=("TC",))),
    ) == [(2652, 8637, 0), (2135,), (2135,), (3849, 1035, 2814)]


@pytest.mark.parametrize(
    "one",
    [
        line(modifiers=("52",)),
        line(modifiers=("53",)),
        line("00000"),
        line("99441"),
        line(units=Decimal(2), unit_basis="MJ"),
        line(units=Decimal("NaN")),
        line(units=Decimal("1E+400")),
        line(units=Decimal(-1)),
        line(place_of_service="00"),
        replace(line(), service_date=date(2025, 9, 30)),
    ],
)
def test_a_line_without_a_known_amount(engine: Engine, one: ServiceLine) -> None:
    assert amounts(engine, claim(one)) == [(None,)]


def test_only_professional_claims_to_medicare_part_b_have_amounts(engine: Engine) -> None:
    assert amounts(engine, claim(line(), indicator="CI"), claim(line(), institutional=Institutional())) == [
        (),
        (),
    ]
    assert amounts(engine, claim(line(), place_of_service=None)) == [(None,)]


def assessed(engine: Engine, one: Claim, found: list[Finding]) -> Any:
    return RiskModel(PRIORS, allowed=amounts_allowed(engine.reference)).assess(one, found)


def test_the_risk_tells_the_amounts_beside_the_charges(engine: Engine) -> None:
    one = claim(line(), line("97110"))
    risk = assessed(engine, one, [finding("A1", 1)])
    assert [told.allowed for told in risk.lines] == [Decimal("26.52"), Decimal("28.79")]
    # 0.82 of the first line, 0.1 of the second.
    assert risk.allowed_at_risk == Decimal("21.75") + Decimal("2.88")
    without = RiskModel(PRIORS).assess(one, [finding("A1", 1)])
    assert (risk.charge_at_risk, risk.drivers) == (without.charge_at_risk, without.drivers)
    assert (without.allowed_at_risk, without.lines[0].allowed) == (None, None)


def test_a_line_that_is_not_known_leaves_the_claim_unknown(engine: Engine) -> None:
    risk = assessed(engine, claim(line(), line("99441")), [])
    assert risk.allowed_at_risk is None
    assert [told.allowed for told in risk.lines] == [Decimal("26.52"), None]
    assert assessed(engine, claim(line("98943")), []).allowed_at_risk == Decimal("0.00")


@given(st.lists(st.sampled_from(["98940", "97110", "98943", "99213"]), min_size=1, max_size=20))
def test_never_more_is_at_risk_than_is_allowed(engine: Engine, codes: list[str]) -> None:
    risk = assessed(engine, claim(*map(line, codes)), [finding("A1", 1)])
    assert 0 <= risk.allowed_at_risk <= sum(one.allowed for one in risk.lines)
