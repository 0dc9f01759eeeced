"""Decided lines → rates: what a line teaches, how levels lean on each other, how predictions are scored."""

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrubber.reference.denial_priors import DenialPrior, DenialPriors
from scrubber.risk import Calibration, LineOutcome, calibrate
from scrubber.risk.attribution import is_for, lesson_of
from scrubber.risk.learn import PAYER_WORTH, family_of
from scrubber.risk.scores import Predictions

NOW = datetime(2026, 11, 22, tzinfo=UTC)
RATES = {"COV701": 0.8, "COV702": 0.5, "DX301": 0.5, "unseen": 0.1, "severity:review": 0.3}
PRIORS = DenialPriors(
    {
        key: DenialPrior(probability=rate, strength=4, fixed_by="coder", basis="judgement", reason="test")
        for key, rate in RATES.items()
    }
)


def line(
    *findings: tuple[str, str | None],
    denied: str | None = None,
    payer: str = "P",
    month: int = 3,
    held: bool = False,
) -> LineOutcome:
    return LineOutcome(
        payer=payer,
        month=date(2026, month, 1),
        charge=Decimal("45.00"),
        denied=denied is not None,
        carcs=(denied,) if denied else (),
        findings=findings,
        held=held,
        predicted=None,
    )


def learn(*outcomes: LineOutcome) -> Calibration:
    return calibrate(PRIORS, outcomes, name="2026-11-22.1", made_at=NOW)


def rate(calibration: Calibration, edit: str, payer: str | None = "P") -> tuple[int, int, int]:
    [found] = [rate for rate in calibration.rates if (rate.edit, rate.payer) == (edit, payer)]
    return found.decided, found.denied, found.otherwise


COV = ("COV701", "CO-50")
COV2 = ("COV702", "CO-50")
DX = ("DX301", "CO-16")


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (line(), ("unseen", "paid", True)),
        (line(denied="CO-22"), ("unseen", "denied", True)),
        (line(COV), ("COV701", "paid", True)),
        (line(COV, denied="CO-50"), ("COV701", "denied", True)),
        (line(COV, denied="PR-50"), ("COV701", "denied", True)),  # the group does not count
        (line(COV, denied="CO-11"), ("COV701", "denied", True)),  # another word for it
        (line(COV, denied="CO-22"), ("COV701", "otherwise", True)),
        (line(COV2, COV, denied="CO-50"), ("COV701", "denied", False)),  # the likelier leads
        (line(COV, DX, denied="CO-50"), None),
        (line(COV, DX), None),
        (line(("COV701", None), denied="CO-50"), ("COV701", "otherwise", True)),
    ],
)
def test_what_a_line_teaches(outcome: LineOutcome, told: tuple[str, str, bool] | None) -> None:
    assert lesson_of(PRIORS, outcome) == told


def test_codes_that_mean_the_same() -> None:
    assert is_for("CO-236", ["PI-97"])
    assert is_for("CO-18", ["OA-B13", "CO-22"])
    assert not is_for("CO-50", ["CO-16"])
    assert not is_for("CO-50", [])


def test_lines_are_counted_by_edit_and_payer() -> None:
    calibration = learn(
        line(COV), line(COV, denied="CO-50"), line(COV, denied="CO-22"), line(COV, payer="Q"), line()
    )
    assert rate(calibration, "COV701", "P") == (2, 1, 1)
    assert rate(calibration, "COV701", "Q") == (1, 0, 0)
    assert rate(calibration, "COV701", None) == (3, 1, 1)
    assert rate(calibration, "unseen", "P") == (1, 0, 0)
    assert (calibration.lines, calibration.months) == (5, (date(2026, 3, 1),))
    assert calibration.backtest is None


def test_a_payer_with_many_lines_has_its_own_rate_and_others_lean_on_it_a_little() -> None:
    calibration = learn(*[line(COV, denied="CO-50" if n % 4 == 0 else None) for n in range(2_000)])
    rates = {(rate.edit, rate.payer): rate for rate in calibration.rates}
    own = rates["COV701", "P"]
    assert own.probability == pytest.approx(0.25, abs=0.01)
    assert own.high - own.low < 0.04
    other = rates["COV701", None]
    assert 0.25 < other.probability < 0.45  # from 0.8, worth four lines, towards 0.25
    assert other.high - other.low > 0.3
    assert other.alpha + other.beta < PAYER_WORTH


def test_a_family_moves_the_edits_nothing_is_known_of() -> None:
    calibration = learn(*[line(COV, denied=None) for _ in range(200)])
    rates = {(rate.edit, rate.payer): rate for rate in calibration.rates}
    assert rates["COV702", None].probability < 0.35
    assert rates["COV702", None].decided == 0
    assert ("DX301", None) not in rates
    [family] = [family for family in calibration.families if family.family == "COV"]
    assert (family.decided, family.denied) == (200, 0)
    assert family.assumed == pytest.approx(160)
    assert family.shift < -1


def test_a_payer_that_names_the_matter_otherwise_is_understood() -> None:
    """All lines with the finding come back under a code of no synonym, and hardly any other line is denied."""
    lines = [line() for _ in range(500)] + [line(COV, denied="CO-A1") for _ in range(40)]
    calibration = learn(*lines)
    decided, denied, otherwise = rate(calibration, "COV701")
    assert denied > 30
    assert decided == denied
    assert otherwise < 5


def test_lines_with_the_finding_alone_are_preferred() -> None:
    alone = [line(COV, denied="CO-50" if n % 2 else None) for n in range(40)]
    led = [line(COV, COV2, denied="CO-50") for _ in range(40)]
    assert rate(learn(*alone, *led), "COV701") == (40, 20, 0)
    assert rate(learn(*alone[:20], *led), "COV701") == (60, 50, 0)


def test_the_latest_months_are_predicted_from_those_before() -> None:
    early = [line(COV, denied="CO-50" if n % 5 == 0 else None, month=1 + n % 4) for n in range(800)]
    late = [line(COV, denied="CO-50" if n % 5 == 0 else None, month=5 + n % 2) for n in range(300)]
    backtest = learn(*late, *early).backtest
    assert backtest is not None
    assert (backtest.since, backtest.lines, backtest.denied) == (date(2026, 5, 1), 300, 60)
    assert backtest.calibrated.brier < backtest.prior.brier
    assert backtest.calibrated.log_loss < backtest.prior.log_loss
    assert sum(bin_.lines for bin_ in backtest.reliability) == 300
    [only] = backtest.reliability
    assert only.observed == pytest.approx(0.2)
    # Its own rate of 0.2, and what no edit sees.
    assert only.predicted == pytest.approx(1 - 0.8 * 0.9, abs=0.03)


def test_holds_that_were_right() -> None:
    hold = learn(
        line(COV, denied="CO-50", held=True), line(COV, held=True), line(denied="CO-22"), line(), line()
    ).hold
    assert (hold.held, hold.denied, hold.precision, hold.recall) == (2, 2, 0.5, 0.5)
    nothing = learn().hold
    assert (nothing.precision, nothing.recall) == (None, None)


def test_predictions_as_they_were_told_are_scored() -> None:
    told = learn(
        msgspec.structs.replace(line(), predicted=0.25),
        msgspec.structs.replace(line(denied="CO-22"), predicted=0.5),
    ).as_told
    assert told is not None
    assert told.brier == pytest.approx((0.0625 + 0.25) / 2)
    assert learn(line()).as_told is None


def test_a_denial_that_was_held_impossible_costs_much_and_not_everything() -> None:
    predictions = Predictions()
    predictions.add(0.0, 1, 1)
    assert 5 < predictions.scores().log_loss < 20


def test_families() -> None:
    assert [family_of(edit) for edit in ("COV702:review", "DX301", "unseen", "ACME-12")] == [
        "COV",
        "DX",
        "unseen",
        "ACME",
    ]


outcomes = st.builds(
    line,
    st.sampled_from([COV, COV2, DX, ("PAYER-1", "CO-96")]),
    denied=st.sampled_from([None, "CO-50", "CO-22"]),
    payer=st.sampled_from(["P", "Q", ""]),
    month=st.integers(1, 4),
    held=st.booleans(),
)


@given(st.lists(outcomes, max_size=60))
def test_what_always_holds(lines: list[LineOutcome]) -> None:
    calibration = learn(*lines)
    assert msgspec.json.decode(msgspec.json.encode(calibration), type=Calibration) == calibration
    for told in calibration.rates:
        assert 0 <= told.low <= told.high <= 1
        assert 0 < told.probability < 1
        assert 0 <= told.denied <= told.decided
    # The order in which lines come does not matter.
    assert learn(*lines[::-1]) == calibration
