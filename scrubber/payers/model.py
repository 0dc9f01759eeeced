"""A payer rule as data: what its file says, checked, with the codes as claims keep them."""

from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from msgspec import Struct

from scrubber.reference.limits import Counted
from scrubber.rule import Citation, Severity


class Question(Struct, frozen=True, tag="question"):
    """One question: a subject, an operator and what stands behind it. ``set`` names the code set of the values.

    ``counted`` is what a subject of claim history counts.
    """

    subject: str
    operator: str
    values: tuple[str, ...] | tuple[Decimal, ...] | tuple[date, ...] = ()
    set: str | None = None
    counted: Counted | None = None


class All(Struct, frozen=True, tag="all"):
    """Every part holds; with no part, it holds."""

    parts: "tuple[Condition, ...]"


class Some(Struct, frozen=True, tag="any"):
    """At least one part holds."""

    parts: "tuple[Condition, ...]"


class Not(Struct, frozen=True, tag="not"):
    """The part does not hold."""

    part: "Condition"


Condition: TypeAlias = Question | All | Some | Not


class Version(Struct, frozen=True, kw_only=True):
    """The rule for services from ``effective`` to ``ends``, both included (None: not ended).

    A claim that is as ``when`` says breaks the rule where it is not as ``require`` says.
    """

    effective: date
    ends: date | None
    when: All
    require: All


class Earlier(Struct, frozen=True, kw_only=True):
    """Claims of the member of a case that were scrubbed before it: one a day, what differs from an ordinary claim."""

    on: tuple[date, ...]
    claim: dict[str, Any] = {}
    lines: tuple[dict[str, Any], ...] = ({},)


class Case(Struct, frozen=True, kw_only=True):
    """A claim the rule must judge as said: what differs from an ordinary claim for services on one day.

    ``expected`` is ``passes``, ``not_evaluated``, or the subject at which the rule fails. ``row`` is where it stands.
    """

    name: str
    on: date
    expected: str
    claim: dict[str, Any] = {}
    lines: tuple[dict[str, Any], ...] = ({},)
    history: tuple[Earlier, ...] = ()
    row: int = 0


class Rule(Struct, frozen=True, kw_only=True):
    """A rule of a payer, as its file says it.

    ``payer`` is the folder it stands in, ``since`` the ruleset that brought it; ``versions`` ascend.
    """

    id: str
    name: str
    title: str
    payer: str
    severity: Severity
    why: str
    authority: Citation
    versions: tuple[Version, ...]
    message: str
    advice: str
    since: str
    carc: tuple[str, str] | None = None
    rarc: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()


def questions_of(condition: Condition) -> tuple[Question, ...]:
    """Every question of a condition, in the order of the file."""
    match condition:
        case Question():
            return (condition,)
        case Not():
            return questions_of(condition.part)
        case _:
            return tuple(question for part in condition.parts for question in questions_of(part))


def subjects_of(rule: Rule) -> tuple[str, ...]:
    """The subjects a rule asks, each once, in the order of the file."""
    asked = (
        question.subject
        for version in rule.versions
        for condition in (version.when, version.require)
        for question in questions_of(condition)
    )
    return tuple(dict.fromkeys(asked))
