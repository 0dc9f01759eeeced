"""Conditions as functions that answer True, False, or None where the claim does not say enough (Kleene's logic)."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TypeAlias

from scrubber.claim import Claim, ServiceLine
from scrubber.payers.model import Condition, Not, Question, Some
from scrubber.payers.operators import KNOWS_WHAT_IS_MISSING, OPERATORS, Ask, Either, is_stated
from scrubber.payers.subjects import SUBJECTS
from scrubber.reference import PayerProfile, Payers
from scrubber.reference.limits import Counted

Answer: TypeAlias = bool | None
Counts: TypeAlias = Callable[[Counted], Decimal | None]
"""Counts what a member had up to the line; None where the claim does not say enough."""
Holds: TypeAlias = Callable[[Claim, ServiceLine, Payers, Counts | None], Answer]
"""Whether something holds for a line of a claim; without counts, as far as it can be told without claim history."""


def holds(condition: Condition) -> Holds:
    """The condition as a function of a line and its claim."""
    match condition:
        case Question():
            return _answer(condition)
        case Not():
            part = holds(condition.part)

            def does_not_hold(
                claim: Claim, line: ServiceLine, payers: Payers, counts: Counts | None
            ) -> Answer:
                answer = part(claim, line, payers, counts)
                return None if answer is None else not answer

            return does_not_hold
        case _:
            parts = tuple(map(holds, condition.parts))
            return _joined(parts, settled_by=isinstance(condition, Some))


def _joined(parts: Sequence[Holds], *, settled_by: bool) -> Holds:
    """All parts (settled by one that is False) or any of them (settled by one that is True)."""
    if len(parts) == 1:
        return parts[0]

    def together(claim: Claim, line: ServiceLine, payers: Payers, counts: Counts | None) -> Answer:
        answer: Answer = not settled_by
        for part in parts:
            one = part(claim, line, payers, counts)
            if one is settled_by:
                return settled_by
            if one is None:
                answer = None
        return answer

    return together


def _answer(question: Question) -> Holds:
    subject = SUBJECTS[question.subject]
    read, ask = subject.read, OPERATORS[question.operator].ask(question.values, subject.type)
    if (counted := question.counted) is not None:

        def answer_of_history(
            _claim: Claim, _line: ServiceLine, _payers: Payers, counts: Counts | None
        ) -> Answer:
            count = counts(counted) if counts else None
            return None if count is None else ask(count)

        return answer_of_history
    if subject.always or question.operator in KNOWS_WHAT_IS_MISSING:
        return lambda claim, line, payers, _counts: ask(read(claim, line, payers))

    def answer(claim: Claim, line: ServiceLine, payers: Payers, _counts: Counts | None) -> Answer:
        value = read(claim, line, payers)
        if isinstance(value, Either):
            return _agreed(ask, value)
        return ask(value) if is_stated(value) else None

    return answer


def _agreed(ask: Ask, values: Iterable[str]) -> Answer:
    """The answer for values of which one is meant: theirs, if they answer alike."""
    answers = {ask(value) for value in values}
    return answers.pop() if len(answers) == 1 else None


def may_hold_for(condition: Condition, profile: PayerProfile) -> Answer:
    """What the condition comes to when only the payer is known; False: for no claim of this payer it holds."""
    match condition:
        case Question():
            if condition.subject not in {"payer.profile", "payer.program"}:
                return None
            ask = OPERATORS[condition.operator].ask(condition.values, SUBJECTS[condition.subject].type)
            if condition.subject == "payer.program":
                return ask(profile.program)
            if profile.contractors and condition.operator in KNOWS_WHAT_IS_MISSING:
                return None
            return _agreed(ask, profile.contractors or (profile.id,))
        case Not():
            answer = may_hold_for(condition.part, profile)
            return None if answer is None else not answer
        case _:
            settling = isinstance(condition, Some)
            joined: Answer = not settling
            for part in condition.parts:
                one = may_hold_for(part, profile)
                if one is settling:
                    return settling
                joined = None if one is None else joined
            return joined
