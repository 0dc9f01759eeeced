"""Modifiers (MOD): one edit a module."""

from scrubber.edits.modifiers.distinct_service_modifier_without_a_pair import (
    distinct_service_modifier_without_a_pair,
)
from scrubber.edits.modifiers.evaluation_without_modifier_25 import evaluation_without_modifier_25
from scrubber.edits.modifiers.modifier_not_allowed_for_procedure import modifier_not_allowed_for_procedure
from scrubber.edits.modifiers.modifier_repeated import modifier_repeated
from scrubber.edits.modifiers.modifier_unknown import modifier_unknown
from scrubber.edits.modifiers.modifiers_contradict import modifiers_contradict
from scrubber.edits.modifiers.pricing_modifier_not_first import pricing_modifier_not_first
from scrubber.edits.modifiers.therapy_modifier_missing import therapy_modifier_missing
from scrubber.rule import Edit

EDITS: tuple[Edit, ...] = (
    modifier_unknown,
    modifier_repeated,
    modifier_not_allowed_for_procedure,
    modifiers_contradict,
    pricing_modifier_not_first,
    evaluation_without_modifier_25,
    distinct_service_modifier_without_a_pair,
    therapy_modifier_missing,
)
