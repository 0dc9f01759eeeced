"""From findings to the risk of a claim: causes, lines, dollars, shares."""

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrubber.claim import Claim, Payer, ServiceLine
from scrubber.edits.catalog import EDITS
from scrubber.engine import DenialRisk, Engine
from scrubber.reference.denial_priors import DenialPrior, DenialPriors
from scrubber.risk import Calibration, RiskModel
from scrubber.risk.calibration import HoldScores, LearnedRate
from scrubber.rule import DENY, INFO, REVIEW, Advice, Carc, Citation, Finding, Severity

RATES = {"A1": 0.8, "A2": 0.5, "B1": 0.6, "B1:review": 0.2, "unseen": 0.1, "severity:review": 0.3}
PRIORS = DenialPriors(
    {
        key: DenialPrior(probability=rate, strength=10, fixed_by="coder", basis="judgement", reason="test")
        for key, rate in RATES.items()
    }
)
MODEL = RiskModel(PRIORS)


def claim(*charges: str, payer: str | None = None) -> Claim:
    lines = tuple(
        ServiceLine(procedure="98940", service_date=date(2026, 3, 2), charge=Decimal(charge))
        for charge in charges or ("100.00",)
    )
    return Claim(claim_id="T", payer=Payer(id=payer), lines=lines)


def finding(edit: str, line: int | None = 1, carc: str | None = "50", severity: Severity = DENY) -> Finding:
    return Finding(
        edit=edit,
        name="test",
        severity=severity,
        line=line,
        pointer="",
        source_location=None,
        message="",
        carc=Carc("CO", carc) if carc else None,
        rarc=(),
        because={},
        citation=Citation("a manual", "https://example.org"),
        advice=Advice("look"),
    )


def shares(risk: DenialRisk) -> dict[tuple[str | None, int | None], float]:
    return {(driver.edit, driver.line): driver.share for driver in risk.drivers}


def test_a_claim_without_findings_may_be_denied_for_what_no_edit_sees() -> None:
    risk = MODEL.assess(claim("40.00", "60.00"), [])
    assert (risk.probability, risk.charge_at_risk) == (0.1, Decimal("10.00"))
    assert 0 < risk.low < 0.1 < risk.high
    assert (risk.basis, risk.calibration) == ("prior", None)
    assert [(line.line, line.charge_at_risk) for line in risk.lines] == [
        (1, Decimal("4.00")),
        (2, Decimal("6.00")),
    ]
    assert shares(risk) == {(None, None): 1.0}
    assert MODEL.assess(claim("40.00", "60.00"), [finding("A1", severity=INFO)]) == risk


def test_one_cause_counts_once_on_a_line() -> None:
    risk = MODEL.assess(claim(), [finding("A1"), finding("A2"), finding("A1")])
    assert risk.probability == pytest.approx(1 - 0.9 * 0.2)
    assert shares(risk)["A1", 1] > shares(risk)["A2", 1] > 0


def test_two_causes_are_independent() -> None:
    risk = MODEL.assess(claim(), [finding("A1"), finding("B1", carc="97")])
    assert risk.probability == pytest.approx(1 - 0.9 * 0.2 * 0.4)
    assert risk.charge_at_risk == Decimal("92.80")
    told = shares(risk)
    assert told["A1", 1] / told["B1", 1] == pytest.approx(0.8 / 0.6, abs=0.001)


def test_one_edit_on_several_lines_is_one_cause_and_each_line_has_its_dollars() -> None:
    risk = MODEL.assess(claim("10.00", "30.00"), [finding("A1", 1), finding("A1", 2)])
    assert risk.probability == pytest.approx(1 - 0.9 * 0.2)
    assert risk.charge_at_risk == Decimal("32.80")
    assert shares(risk)["A1", 2] == pytest.approx(3 * shares(risk)["A1", 1], abs=0.001)


def test_a_finding_of_the_claim_touches_each_line_and_counts_once() -> None:
    risk = MODEL.assess(claim("10.00", "30.00"), [finding("A1", None)])
    assert risk.probability == pytest.approx(0.82)
    assert [line.probability for line in risk.lines] == [0.82, 0.82]
    assert [driver.edit for driver in risk.drivers] == ["A1", None]


def test_a_softer_finding_has_a_rate_of_its_own_and_an_unknown_edit_that_of_its_severity() -> None:
    soft = MODEL.assess(claim(), [finding("B1", severity=REVIEW)])
    assert soft.probability == pytest.approx(1 - 0.9 * 0.8)
    unknown = MODEL.assess(claim(), [finding("PAYER-RULE-7", severity=REVIEW)])
    assert unknown.probability == pytest.approx(1 - 0.9 * 0.7)


def test_without_a_predicted_code_an_edit_is_a_cause_of_its_own() -> None:
    risk = MODEL.assess(claim(), [finding("A1", carc=None), finding("A2", carc=None)])
    assert risk.probability == pytest.approx(1 - 0.9 * 0.2 * 0.5)


def test_charges_of_nothing_or_less_lose_nothing_and_the_drivers_are_still_told() -> None:
    risk = MODEL.assess(claim("0.00", "-5.00"), [finding("A1")])
    assert risk.charge_at_risk == Decimal("0.00")
    assert sum(shares(risk).values()) == pytest.approx(1)


def test_a_calibration_is_named_and_a_payer_it_does_not_know_has_the_rate_of_any_payer() -> None:
    def rate(payer: str | None, probability: float) -> LearnedRate:
        return LearnedRate(
            edit="A1", payer=payer, decided=50, denied=5, otherwise=0, alpha=1, beta=1,
            probability=probability, low=0.0, high=1.0,
        )  # fmt: skip

    calibration = Calibration(
        name="2026-11-22.1",
        made_at=datetime(2026, 11, 22, tzinfo=UTC),
        lines=50,
        months=(date(2026, 3, 1),),
        rates=(rate(None, 0.4), rate("P", 0.3)),
        families=(),
        hold=HoldScores(held=0, denied=0, precision=None, recall=None),
        as_told=None,
        backtest=None,
    )
    model = RiskModel(PRIORS, msgspec.json.decode(msgspec.json.encode(calibration), type=Calibration))
    told = {payer: model.assess(claim(payer=payer), [finding("A1")]) for payer in ("P", "Q", None)}
    assert told["P"].probability == pytest.approx(1 - 0.9 * 0.7)
    assert told["Q"] == told[None]
    assert told["Q"].probability == pytest.approx(1 - 0.9 * 0.6)
    assert (told["P"].basis, told["P"].calibration) == ("calibrated", "2026-11-22.1")
    assert told["P"].drivers[0].remittances == 50
    assert model.assess(claim(payer="P"), [finding("A2")]).basis == "prior"


def test_every_edit_that_holds_a_claim_or_sends_it_to_a_person_has_a_prior(engine: Engine) -> None:
    priors = engine.reference.denial_priors
    assert priors is not None
    lacking = {edit.id for edit in EDITS if edit.severity is not INFO} - priors.rows.keys()
    assert not lacking, f"lcd_data/denial_priors.csv has no row for {sorted(lacking)}"
    families = {edit.family for edit in EDITS}
    known = {edit.id for edit in EDITS} | {"unseen"}
    stale = {key for key in priors.rows if key.partition(":")[0] not in known | {"severity"}}
    assert not stale, f"rows of no edit: {sorted(stale)} (families: {sorted(families)})"


findings = st.builds(
    finding,
    st.sampled_from(["A1", "A2", "B1", "C9"]),
    st.sampled_from([None, 1, 2, 3]),
    st.sampled_from(["50", "97", None]),
    st.sampled_from([DENY, REVIEW]),
)
MODEL_OF_ALL = RiskModel(DenialPriors({**PRIORS.rows, "severity:deny": PRIORS.rows["A2"]}))


@given(st.lists(findings, max_size=6), st.lists(st.integers(0, 90_000), min_size=3, max_size=3), findings)
def test_what_always_holds(found: list[Finding], cents: list[int], more: Finding) -> None:
    billed = claim(*[str(Decimal(amount).scaleb(-2)) for amount in cents])
    risk = MODEL_OF_ALL.assess(billed, found)
    assert 0 <= risk.low <= risk.probability <= risk.high <= 1
    assert sum(shares(risk).values()) == pytest.approx(1, abs=0.001)
    assert all(line.probability <= risk.probability for line in risk.lines)
    assert risk.charge_at_risk == sum(line.charge_at_risk for line in risk.lines)
    assert [driver.share for driver in risk.drivers] == sorted(shares(risk).values(), reverse=True)
    told = {(driver.edit, driver.line) for driver in risk.drivers}
    assert told == {(None, None), *((f.edit, f.line) for f in found)}
    # A finding makes no line safer, and the order of findings does not matter.
    more_risk = MODEL_OF_ALL.assess(billed, [*found, more])
    for line, more_line in zip(risk.lines, more_risk.lines, strict=True):
        assert more_line.probability >= line.probability
    assert more_risk.charge_at_risk >= risk.charge_at_risk
    assert MODEL_OF_ALL.assess(billed, found[::-1]).probability == risk.probability
