"""Global surgery (GLB): what a procedure's payment includes on the days around it."""

from scrubber.edits.global_period.periods import VISITS, Periods, global_period
from scrubber.edits.global_period.service_inside_global_period import (
    defects_of,
    service_inside_global_period,
)
from scrubber.rule import Edit

__all__ = ["EDITS", "VISITS", "Periods", "defects_of", "global_period", "service_inside_global_period"]

EDITS: tuple[Edit, ...] = (service_inside_global_period,)
