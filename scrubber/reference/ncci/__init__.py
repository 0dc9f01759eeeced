"""The tables of the National Correct Coding Initiative: code pairs, unit limits, add-on codes. Pure."""

from scrubber.reference.ncci.add_ons import (
    AddOn,
    AddOnRow,
    AddOns,
    AddOnType,
    pack_add_ons,
    read_add_on_table,
)
from scrubber.reference.ncci.editions import Edition, Editions, in_use, pack_editions
from scrubber.reference.ncci.modifiers import PairModifier, PairModifiers, pack_pair_modifiers
from scrubber.reference.ncci.pairs import Pair, Pairs, PairTable, pack_pairs
from scrubber.reference.ncci.units import UnitLimit, UnitLimits, UnitRow, pack_unit_limits, read_unit_table

__all__ = [
    "AddOn",
    "AddOnRow",
    "AddOnType",
    "AddOns",
    "Edition",
    "Editions",
    "Pair",
    "PairModifier",
    "PairModifiers",
    "PairTable",
    "Pairs",
    "UnitLimit",
    "UnitLimits",
    "UnitRow",
    "in_use",
    "pack_add_ons",
    "pack_editions",
    "pack_pair_modifiers",
    "pack_pairs",
    "pack_unit_limits",
    "read_add_on_table",
    "read_unit_table",
]
