"""Which claims a rule can concern, worked out from its conditions: the triggers by which the plan wakes it.

A rule speaks only where ``when`` may hold and ``require`` may fail. From that follow codes of which one must be on the
claim. Only values that are never missing count, so a rule that could not be evaluated is woken as well.
"""

from collections.abc import Mapping
from functools import partial
from itertools import chain
from typing import TypeAlias

from scrubber.payers.evaluate import may_hold_for
from scrubber.payers.model import All, Condition, Not, Question, Rule, Some
from scrubber.payers.operators import OPERATORS
from scrubber.payers.subjects import SUBJECTS
from scrubber.payers.words import concerns
from scrubber.reference import PayerProfile, Snapshot
from scrubber.rule.triggers import Codes, CodeTest, Triggers

KIND_OF = {
    "line.procedure": "procedure",
    "claim.procedures": "procedure",
    "line.other_procedures_same_day": "procedure",
    "claim.diagnoses": "diagnosis",
    "line.diagnoses": "diagnosis",
    "line.modifiers": "modifier",
}
"""Subject → the codes of a claim that it is among."""
KINDS = ("procedure", "diagnosis", "modifier")
"""The rarest on a claim first. Fewer codes go before: three procedures are met more often than GX."""

Needed: TypeAlias = Mapping[str, tuple[CodeTest, ...]]
"""Kind of code → tests: a code of the claim passes one of them."""


def triggers_of(rule: Rule) -> Triggers:
    """What wakes a rule: its payers, and codes of which one is on every claim that it has something to say of."""
    broken = Some(tuple(All((version.when, Not(version.require))) for version in rule.versions))
    needed = _needed(broken, wanted=True) or {}
    tests = {kind: _one_test(tests) for kind, tests in needed.items()}
    return Triggers(
        concerns(rule),
        payer=partial(_concerns_payer, broken),
        procedure=tests.get("procedure"),
        diagnosis=tests.get("diagnosis"),
        modifier=tests.get("modifier"),
    )


def _concerns_payer(broken: Condition, profile: PayerProfile) -> bool:
    return may_hold_for(broken, profile) is not False


def _needed(condition: Condition, *, wanted: bool) -> Needed | None:
    """The codes of which one must be on a claim for the condition to come to ``wanted``; None where none must."""
    match condition:
        case Question():
            return _needed_by(condition, wanted=wanted)
        case Not():
            return _needed(condition.part, wanted=not wanted)
        case _:
            parts = [_needed(part, wanted=wanted) for part in condition.parts]
            if isinstance(condition, All) is wanted:  # every part has to come to it: the rarest codes will do
                return min((part for part in parts if part is not None), key=_how_common, default=None)
            told = [part for part in parts if part is not None]
            if len(told) < len(parts):
                return None
            return {
                kind: tuple(chain.from_iterable(part.get(kind, ()) for part in told))
                for kind in KINDS
                if any(kind in part for part in told)
            }


def _needed_by(question: Question, *, wanted: bool) -> Needed | None:
    kind = KIND_OF.get(question.subject)
    if kind is None:
        return None
    match question.operator, wanted:
        case ("equals" | "in" | "any_of" | "all_of" | "matches_set", True) | ("not_in" | "none_of", False):
            return {kind: (Codes(map(str, question.values)),)}
        case "in_range", True:
            # Of one code, whatever list it may stand in.
            within = OPERATORS["in_range"].ask(question.values, SUBJECTS["line.procedure"].type)
            return {kind: (lambda code, _reference: within(code),)}
        case _:
            return None


def _how_common(needed: Needed) -> tuple[int, int]:
    tests = list(chain.from_iterable(needed.values()))
    codes = sum(len(test) if isinstance(test, Codes) else 1000 for test in tests)
    return codes, max((KINDS.index(kind) for kind in needed), default=-1)


def _one_test(tests: tuple[CodeTest, ...]) -> CodeTest:
    codes = Codes(chain.from_iterable(test for test in tests if isinstance(test, Codes)))
    others = tuple(test for test in tests if not isinstance(test, Codes))
    if not others:
        return codes

    def test(code: str, reference: Snapshot) -> bool:
        return code in codes or any(other(code, reference) for other in others)

    return test
