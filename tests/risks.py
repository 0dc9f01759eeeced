"""A risk for engines and results of tests that are about something else."""

from collections.abc import Sequence
from decimal import Decimal

from scrubber.claim import Claim
from scrubber.engine import DenialRisk
from scrubber.rule import Finding

NO_RISK = DenialRisk(
    probability=0.0,
    low=0.0,
    high=0.0,
    charge_at_risk=Decimal(0),
    basis="prior",
    calibration=None,
    drivers=(),
    lines=(),
)


def no_risk(claim: Claim, findings: Sequence[Finding]) -> DenialRisk:
    return NO_RISK
