"""Every edit there is, in one explicit list: nothing registers itself."""

from scrubber.edits import (
    chiropractic,
    claim_form,
    coverage,
    dates,
    diagnosis,
    duplicates,
    frequency,
    global_period,
    guidance,
    modifiers,
    ncci,
    procedure,
)
from scrubber.rule import Edit

RULESET = "2026.11"
"""The version of the rules as a whole; every result names it."""

EDITS: tuple[Edit, ...] = (
    *claim_form.EDITS,
    *dates.EDITS,
    *diagnosis.EDITS,
    *procedure.EDITS,
    *modifiers.EDITS,
    *ncci.EDITS,
    *coverage.EDITS,
    *chiropractic.EDITS,
    *guidance.EDITS,
    *duplicates.EDITS,
    *frequency.EDITS,
    *global_period.EDITS,
)
