"""A simulated practice whose true denial rates are known: are they found again, and do predictions get better?"""

from datetime import UTC, datetime
from io import BytesIO
from typing import NamedTuple

import msgspec
import pytest

from scrubber.claim import ClaimPayment, ServicePayment
from scrubber.engine import Engine
from scrubber.intake.x12 import Fault
from scrubber.intake.x12.remittance import PaidClaim, read_835
from scrubber.reference.denial_codes import DenialCodes
from scrubber.reference.denial_priors import DenialPriors
from scrubber.risk import Calibration, LineOutcome, calibrate
from scrubber.risk.decision import Decision, decide
from tests.simulation.practice import PAYERS, DecidedClaim, Practice, remittances

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CLAIMS, SEED = 50_000, 11
SMALL_PRACTICES, SMALL_CLAIMS = 30, 1_500


class Learned(NamedTuple):
    practice: Practice
    claims: list[DecidedClaim]
    calibration: Calibration
    best_brier: float


@pytest.fixture(scope="module")
def priors(engine: Engine) -> DenialPriors:
    assert engine.reference.denial_priors
    return engine.reference.denial_priors


@pytest.fixture(scope="module")
def large(priors: DenialPriors) -> Learned:
    return simulated(priors, SEED, CLAIMS)


def simulated(priors: DenialPriors, seed: int, claims: int) -> Learned:
    practice = Practice(priors, seed)
    decided = list(practice.claims(claims))
    lines = [line for claim in decided for line in claim.lines]
    calibration = calibrate(priors, (outcome for outcome, _ in lines), name="1", made_at=NOW)
    assert calibration.backtest
    held_out = [line for line in lines if line[0].month >= calibration.backtest.since]
    best = sum((true - outcome.denied) ** 2 for outcome, true in held_out) / len(held_out)
    return Learned(practice, decided, calibration, best)


def covered(learned: Learned) -> list[bool]:
    """Of each edit and payer, whether the true rate lies in the interval told."""
    true = learned.practice.true_rates()
    return [
        rate.low <= true[rate.edit, rate.payer] <= rate.high
        for rate in learned.calibration.rates
        if rate.payer is not None
    ]


def test_true_rates_lie_in_their_90_percent_intervals(large: Learned, priors: DenialPriors) -> None:
    told = covered(large)
    for seed in range(SMALL_PRACTICES):
        told += covered(simulated(priors, seed, SMALL_CLAIMS))
    coverage = sum(told) / len(told)
    assert len(told) > 1_000
    assert 0.85 <= coverage <= 0.95, f"{coverage:.1%} of {len(told)} rates"


def test_with_many_lines_the_rates_are_found_again(large: Learned) -> None:
    true = large.practice.true_rates()
    measured = [rate for rate in large.calibration.rates if rate.payer is not None and rate.decided >= 300]
    assert len(measured) > 20
    for rate in measured:
        assert rate.payer is not None
        assert rate.probability == pytest.approx(true[rate.edit, rate.payer], abs=0.06), rate.edit


def test_predictions_beat_the_priors_on_months_not_seen(large: Learned) -> None:
    """Of what could be gained over the priors at all, nine tenths are, and the log loss falls by a twentieth."""
    backtest = large.calibration.backtest
    assert backtest
    possible = backtest.prior.brier - large.best_brier
    assert possible > 0
    assert backtest.prior.brier - backtest.calibrated.brier > 0.9 * possible
    assert backtest.calibrated.log_loss < 0.95 * backtest.prior.log_loss


def test_what_is_predicted_is_what_comes(large: Learned) -> None:
    backtest = large.calibration.backtest
    assert backtest
    off = (
        sum(abs(told.predicted - told.observed) * told.lines for told in backtest.reliability)
        / backtest.lines
    )
    off_prior = (
        sum(abs(told.predicted - told.observed) * told.lines for told in backtest.reliability_prior)
        / backtest.lines
    )
    assert off < 0.015
    assert off < off_prior / 2


def test_holds_are_mostly_right(large: Learned) -> None:
    hold = large.calibration.hold
    assert hold.precision
    assert hold.precision > 0.8


def test_a_calibration_is_small_and_comes_back_from_json(large: Learned) -> None:
    content = msgspec.json.encode(large.calibration)
    assert len(content) < 100_000
    assert msgspec.json.decode(content, type=Calibration) == large.calibration
    assert {rate.payer for rate in large.calibration.rates} == {None, *PAYERS}


def test_the_835_files_of_the_practice_teach_the_same(large: Learned, engine: Engine) -> None:
    """Every claim told in an 835, read, decided and learned from as an import does: the same to the last digit."""
    codes = engine.reference.denial_codes
    assert codes
    faults: list[Fault] = []
    said = {claim.claim_id: claim.lines for claim in large.claims}
    outcomes = []
    for file in remittances(large.claims):
        for paid in read_835(BytesIO(file), "a.835", faults.append):
            if isinstance(paid, PaidClaim):
                lines = said.pop(paid.claim.patient_control_number)
                for service, (outcome, _) in zip(paid.claim.services, lines, strict=True):
                    outcomes.append(told_by(service, paid.claim, outcome, codes))
    assert not said
    assert not faults
    again = calibrate(large.practice.priors, outcomes, name="1", made_at=NOW)
    assert again == large.calibration


def told_by(
    service: ServicePayment, claim: ClaimPayment, outcome: LineOutcome, codes: DenialCodes
) -> LineOutcome:
    """The outcome of a line with what the payment of its service says of it."""
    decided = decide(claim, [service], codes)
    denied = decided.decision is Decision.DENIED
    carcs = tuple(f"{taken.group}-{taken.reason}" for taken in decided.taken if taken.denies)
    return msgspec.structs.replace(outcome, denied=denied, carcs=carcs if denied else ())
