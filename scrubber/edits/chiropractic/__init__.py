"""Medicare chiropractic benefit (CHI): one edit a module."""

from scrubber.edits.chiropractic.active_treatment_modifier_misplaced import (
    active_treatment_modifier_misplaced,
)
from scrubber.edits.chiropractic.active_treatment_modifier_missing import active_treatment_modifier_missing
from scrubber.edits.chiropractic.at_with_ga import at_with_ga
from scrubber.edits.chiropractic.extraspinal_manipulation_98943 import extraspinal_manipulation_98943
from scrubber.edits.chiropractic.initial_treatment_date_missing import initial_treatment_date_missing
from scrubber.edits.chiropractic.maintenance_modifiers_contradict_at import (
    maintenance_modifiers_contradict_at,
)
from scrubber.edits.chiropractic.more_than_one_spinal_manipulation_a_day import (
    more_than_one_spinal_manipulation_a_day,
)
from scrubber.edits.chiropractic.noncovered_service_by_chiropractor import noncovered_service_by_chiropractor
from scrubber.edits.chiropractic.region_count_mismatch import region_count_mismatch
from scrubber.edits.chiropractic.x_ray_date_out_of_window import x_ray_date_out_of_window
from scrubber.rule import Edit

EDITS: tuple[Edit, ...] = (
    active_treatment_modifier_missing,
    active_treatment_modifier_misplaced,
    at_with_ga,
    initial_treatment_date_missing,
    x_ray_date_out_of_window,
    more_than_one_spinal_manipulation_a_day,
    region_count_mismatch,
    noncovered_service_by_chiropractor,
    extraspinal_manipulation_98943,
    maintenance_modifiers_contradict_at,
)
