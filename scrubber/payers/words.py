"""A rule in words: for its page, and for values of a claim in a message."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from scrubber.payers.model import All, Condition, Not, Question, Rule, Some, Version
from scrubber.payers.subjects import SUBJECTS, Subject
from scrubber.reference.limits import Counted

LISTED = 8
"""So many values of a list are named; the rest is counted."""
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

_ASKED = {
    "equals": "{subject} is {values}",
    "in": "{subject} is one of {values}",
    "not_in": "{subject} is none of {values}",
    "in_range": "{subject} lies between {values}",
    "any_of": "{subject} has one of {values}",
    "all_of": "{subject} has all of {values}",
    "none_of": "{subject} has none of {values}",
    "present": "{subject} is stated",
    "absent": "{subject} is not stated",
    "at_least": "{subject} is at least {values}",
    "at_most": "{subject} is at most {values}",
    "between": "{subject} lies between {values}",
    "matches_set": "{subject} is in the code set {set}",
}


def in_words(condition: Condition) -> str:
    """The condition as a phrase."""
    match condition:
        case Question():
            subject = SUBJECTS[condition.subject]
            joint = " and " if condition.operator in {"in_range", "between"} else ", "
            values = _listed([shown(subject, value) for value in condition.values], joint)
            told = condition.subject + (_counted_in_words(condition.counted) if condition.counted else "")
            return _ASKED[condition.operator].format(subject=told, values=values, set=condition.set)
        case Not():
            return f"not ({in_words(condition.part)})"
        case _:
            joint = " and " if isinstance(condition, All) else " or "
            return joint.join(map(_grouped if len(condition.parts) > 1 else in_words, condition.parts))


def _counted_in_words(counted: Counted) -> str:
    named = (*sorted(counted.codes), *(f"{first} to {last}" for first, last in counted.ranges))
    of = f" of {_listed(named)}" if named else ""
    modified = f" with {_listed(sorted(counted.modifiers))}" if counted.modifiers else ""
    by = " by the same provider" if counted.same_provider else ""
    billed = "" if counted.same_payer else " billed to any payer"
    return f"{of}{modified}{by}{billed} in {counted.window}"


def _listed(values: Sequence[str], joint: str = ", ") -> str:
    more = f" and {len(values) - LISTED} others" if len(values) > LISTED else ""
    return joint.join(values[:LISTED]) + more


def _grouped(part: Condition) -> str:
    joins_others = isinstance(part, All | Some) and len(part.parts) > 1
    return f"({in_words(part)})" if joins_others else in_words(part)


def concerns(rule: Rule) -> str:
    """When the rule concerns a claim, by its versions."""
    return "; or ".join(
        f"{in_words(version.when)}, for services {_dates(version)}" for version in rule.versions
    )


def docstring_of(rule: Rule) -> str:
    """The text of the rule's page, in the sections that every edit has."""
    fails = [case for case in rule.cases if case.expected in SUBJECTS]
    passes = [case for case in rule.cases if case.expected == "passes"]
    broken = "; ".join(
        f"{_dates(version)}: {in_words(version.when)}, but not ({in_words(version.require)})"
        for version in rule.versions
    )
    sections = {
        "Why it is denied": rule.why,
        "Fails": f"Services {broken}. {_such_as([case.name for case in fails])}",
        "Passes": f"Everything else. {_such_as([case.name for case in passes])}",
        "Source": ", ".join(filter(None, (rule.authority.title, rule.authority.section))) + ".",
    }
    texts = (f"{heading}: {' '.join(text.split())}" for heading, text in sections.items())
    return "\n\n".join((" ".join(rule.title.split()), *texts))


def shown(subject: Subject, value: object) -> str:
    """A value of a subject as a person reads it."""
    match value:
        case None | "" | ():
            return "none"
        case tuple():
            return ", ".join(shown(subject, one) for one in value)
        case str() if subject.notation:
            return subject.notation.shown(value)
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _dates(version: Version) -> str:
    until = f" to {version.ends}" if version.ends else ""
    return f"from {version.effective}{until}"


def _such_as(names: Sequence[str]) -> str:
    return f"Such as: {'; '.join(names)}." if names else ""
