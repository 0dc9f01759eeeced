"""National Correct Coding Initiative (PTP, MUE, AOC): one edit a module."""

from scrubber.edits.ncci.add_on_without_primary import add_on_without_primary
from scrubber.edits.ncci.bundled_pair_no_modifier_allowed import bundled_pair_no_modifier_allowed
from scrubber.edits.ncci.bundled_procedure_pair import bundled_procedure_pair
from scrubber.edits.ncci.units_exceed_mue import units_exceed_mue
from scrubber.rule import Edit

EDITS: tuple[Edit, ...] = (
    bundled_procedure_pair,
    bundled_pair_no_modifier_allowed,
    units_exceed_mue,
    add_on_without_primary,
)
