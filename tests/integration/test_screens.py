"""A screen may name too many claims, never too few: whatever an edit finds, its screen let through."""

from datetime import date

import pytest

from scrubber.edits.catalog import EDITS
from scrubber.engine import Engine
from scrubber.rule import Edit
from tests.benchmarks.claims import claims

SCREENED = [edit for edit in EDITS if edit.screen]


@pytest.mark.parametrize("edit", SCREENED, ids=lambda edit: edit.id)
def test_fired_is_within_screened(engine: Engine, edit: Edit) -> None:
    engine = engine.on(date(2026, 3, 10))
    fired = 0
    for claim in claims(3_000, seed=7):
        if edit in engine.plan.concerned(claim) and list(edit.function(claim, engine.reference)):
            fired += 1
            assert edit.screen is not None
            assert edit.screen(claim, engine.reference)
            assert edit in engine.plan.select(claim, engine.reference)
    if edit.id in {"COV702", "COV703"}:
        assert fired, "the claims of the test must make the screen matter"
