"""A compiled rule says what the reference interpreter says, and the plan never leaves out one that would speak."""

import copy
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import event, given, settings
from hypothesis import strategies as st

from scrubber.claim import Claim
from scrubber.engine import build_engine, explain, scrub
from scrubber.payers import compile_rule
from scrubber.payers.compile import location_of
from scrubber.payers.subjects import SUBJECTS
from scrubber.reference import Snapshot
from scrubber.rule import LINE, Defect, Outcome, page_of
from tests.risks import no_risk
from tests.unit.payer_rules import interpreter
from tests.unit.payer_rules.made import PAYERS, SET, claims, rules
from tests.unit.payer_rules.made import read as read_made

REFERENCE = Snapshot(as_of=date(2026, 11, 22), editions={}, payers=PAYERS)


@settings(max_examples=120)
@given(rules(), st.integers(0, 1000))
def test_a_compiled_rule_means_what_the_interpreter_says(rule: dict[str, Any], seed: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        (read,) = read_made(Path(directory), rule)
    edit = compile_rule(read)
    engine = build_engine([edit], REFERENCE, "test", assess=no_risk)
    for data in claims(seed, 15):
        claim = msgspec.convert(data, Claim, strict=False)
        expected = []
        for number, at in interpreter.verdicts(_sets_written_out(rule), data):
            if at == interpreter.MISSING:
                expected.append(number if edit.scope is LINE else None)
            else:
                expected.append(location_of(SUBJECTS[at], number))
            event(f"{edit.scope}: {'missing' if at == interpreter.MISSING else 'fails'}")
        said = list(edit.function(claim, REFERENCE))
        assert [one.location if isinstance(one, Defect) else one.line for one in said] == expected
        result = scrub(engine, claim)
        assert len(result.findings) + len(result.not_evaluated) == len(said), "the plan left the rule out"
        outcome = explain(engine, claim).explanation[0].outcome  # type: ignore[index]
        quiet = (Outcome.PASSED, Outcome.NOT_APPLICABLE)
        assert outcome in quiet if not said else outcome not in quiet
    page_of(edit)


def _sets_written_out(told: Any) -> Any:
    """The rule with the codes of a set where it names the set."""
    told = copy.deepcopy(told)
    if isinstance(told, dict):
        return {
            key: SET["codes"] if key == "matches_set" else _sets_written_out(value)
            for key, value in told.items()
        }
    return [_sets_written_out(one) for one in told] if isinstance(told, list) else told
