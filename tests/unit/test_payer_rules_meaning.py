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
from scrubber.rule import LINE, Defect, Edit, HistoryInMemory, Outcome, Reason, Unevaluated, page_of
from tests.risks import no_risk
from tests.unit.payer_rules import interpreter
from tests.unit.payer_rules.made import PAYERS, SET, claims, history_of, rules
from tests.unit.payer_rules.made import read as read_made

REFERENCE = Snapshot(as_of=date(2026, 11, 22), editions={}, payers=PAYERS)


@settings(max_examples=120)
@given(rules(), st.integers(0, 1000))
def test_a_compiled_rule_means_what_the_interpreter_says(rule: dict[str, Any], seed: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        (read,) = read_made(Path(directory), rule)
    edit = compile_rule(read)
    engine = build_engine([edit], REFERENCE, "test", assess=no_risk)
    told = _sets_written_out(rule)
    for data in claims(seed, 15):
        claim = msgspec.convert(data, Claim, strict=False)
        expected = _expected(edit, interpreter.verdicts(told, data))
        said = list(edit.function(claim, REFERENCE))
        assert [_place(one) for one in said] == expected
        result = scrub(engine, claim)
        assert len(result.findings) + len(result.not_evaluated) == len(said), "the plan left the rule out"
        outcome = explain(engine, claim).explanation[0].outcome  # type: ignore[index]
        quiet = (Outcome.PASSED, Outcome.NOT_APPLICABLE)
        assert outcome in quiet if not said else outcome not in quiet
        if edit.look_back:
            earlier = history_of(seed, data)
            history = HistoryInMemory()
            for one in earlier:
                history.add(msgspec.convert(one, Claim, strict=False), REFERENCE)
            expected = _expected(edit, interpreter.verdicts(told, data, earlier))
            said = [one for one in said if isinstance(one, Defect) or one.reason != Reason.HISTORY_NOT_READ]
            said += edit.look_back(claim, REFERENCE, history)
            assert sorted(map(_place, said), key=str) == sorted(expected, key=str)
            result = scrub(engine, claim, history=history)
            assert len(result.findings) + len(result.not_evaluated) == len(said), "the plan left the rule out"
            event(f"history: {'something' if said else 'nothing'} said")
    page_of(edit)


def _expected(edit: Edit, verdicts: list[tuple[int, str]]) -> list[Any]:
    expected: list[Any] = []
    for number, at in verdicts:
        if at == interpreter.MISSING:
            expected.append(number if edit.scope is LINE else None)
        else:
            expected.append(location_of(SUBJECTS[at], number))
        event(f"{edit.scope}: {'missing' if at == interpreter.MISSING else 'fails'}")
    return expected


def _place(said: Defect | Unevaluated) -> Any:
    return said.location if isinstance(said, Defect) else said.line


def _sets_written_out(told: Any) -> Any:
    """The rule with the codes of a set where it names the set."""
    told = copy.deepcopy(told)
    if isinstance(told, dict):
        return {
            key: SET["codes"] if key == "matches_set" else _sets_written_out(value)
            for key, value in told.items()
        }
    return [_sets_written_out(one) for one in told] if isinstance(told, list) else told
