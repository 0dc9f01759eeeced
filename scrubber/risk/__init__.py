"""Denial risk: how likely a claim is denied, the dollars that costs, and what remittances teach of it. Pure."""

from scrubber.risk.allowed import amounts_allowed
from scrubber.risk.calibrate import calibrate
from scrubber.risk.calibration import Calibration
from scrubber.risk.model import RiskModel
from scrubber.risk.outcomes import LineOutcome

__all__ = ["Calibration", "LineOutcome", "RiskModel", "amounts_allowed", "calibrate"]
