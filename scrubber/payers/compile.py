"""A payer rule → the same kind of edit as the ones written in Python."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from hashlib import sha256
from typing import NamedTuple

import msgspec

from scrubber.claim import Claim, Location, ServiceLine
from scrubber.payers.concern import triggers_of
from scrubber.payers.evaluate import Holds, holds
from scrubber.payers.model import Rule, Version, questions_of, subjects_of
from scrubber.payers.operators import is_stated
from scrubber.payers.subjects import SUBJECTS, Subject
from scrubber.payers.words import PLACEHOLDER, docstring_of, shown
from scrubber.reference import Payers, Snapshot
from scrubber.rule import CLAIM, LINE, Advice, Defect, Edit, Reason, Scope, Unevaluated


class _Compiled(NamedTuple):
    """A version: its days, its conditions, and of each part of ``require`` the subject a finding points to."""

    effective: date
    ends: date
    when: Holds
    require: Holds
    parts: tuple[tuple[Holds, Subject], ...]


def compile_rule(rule: Rule) -> Edit:
    """The edit of a rule."""
    scope = scope_of(rule)
    return Edit(
        id=rule.id,
        name=rule.name,
        severity=rule.severity,
        scope=scope,
        function=_function(rule, scope),
        docstring=docstring_of(rule),
        citation=rule.authority,
        triggers=triggers_of(rule),
        carc=rule.carc,
        rarc=rule.rarc,
        since=rule.since,
    )


def scope_of(rule: Rule) -> Scope:
    """What the rule judges: each line, if any subject is of a line, else the claim."""
    return LINE if any(SUBJECTS[name].of_line for name in subjects_of(rule)) else CLAIM


def digest_of(rules: Sequence[Rule]) -> str:
    """What the rules say, as 12 hexadecimal digits; their cases and the order of files don't count."""
    told = sorted((msgspec.structs.replace(rule, cases=()) for rule in rules), key=lambda rule: rule.id)
    return sha256(msgspec.json.encode(told)).hexdigest()[:12]


def _function(rule: Rule, scope: Scope) -> Callable[[Claim, Snapshot], Iterator[Defect | Unevaluated]]:
    versions = tuple(map(_compiled, rule.versions))
    asked = tuple(SUBJECTS[name] for name in subjects_of(rule))
    told = tuple(subject for subject in asked if subject.shown)
    can_be_missing = tuple(subject for subject in asked if not subject.always)
    message, advice = _template(rule.message), _template(rule.advice)

    def judge(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
        payers = reference.payers
        for number, line in _judged(claim, scope):
            day = line.service_date
            for version in versions:
                if version.effective <= day <= version.ends:
                    break
            else:
                continue
            concerned = version.when(claim, line, payers)
            if concerned is False:
                continue
            met = version.require(claim, line, payers)
            if met:
                continue
            if concerned is None or met is None:
                missing = [
                    subject.name
                    for subject in can_be_missing
                    if not is_stated(subject.read(claim, line, payers))
                ]
                yield Unevaluated(
                    reason=Reason.FACT_MISSING,
                    detail=f"not stated on the claim: {', '.join(missing)}",
                    line=number if scope is LINE else None,
                )
                continue
            at = next(subject for part, subject in version.parts if part(claim, line, payers) is False)
            yield Defect(
                location=location_of(at, number),
                message=message(claim, line, payers),
                because={subject.name: shown(subject, subject.read(claim, line, payers)) for subject in told}
                | {"service_date": day.isoformat()},
                advice=Advice(advice(claim, line, payers)),
            )

    return judge


def location_of(subject: Subject, number: int) -> Location:
    """Where a finding at a subject points, on the ``number``-th line (1-based) if the subject is of a line."""
    return ("lines", number - 1, *subject.field) if subject.of_line else subject.field


def _judged(claim: Claim, scope: Scope) -> Iterator[tuple[int, ServiceLine]]:
    """Each line with its number; for a rule of the claim as a whole, the first line of the first day."""
    lines = enumerate(claim.lines, start=1)
    return lines if scope is LINE else iter((min(lines, key=lambda one: one[1].service_date),))


def _compiled(version: Version) -> _Compiled:
    parts = tuple((holds(part), SUBJECTS[questions_of(part)[0].subject]) for part in version.require.parts)
    ends = version.ends or date.max
    return _Compiled(version.effective, ends, holds(version.when), holds(version.require), parts)


def _template(text: str) -> Callable[[Claim, ServiceLine, Payers], str]:
    """The text with a function for each of its placeholders."""
    said, *rest = PLACEHOLDER.split(text)
    pairs = tuple((SUBJECTS[name], after) for name, after in zip(rest[::2], rest[1::2], strict=True))

    def fill(claim: Claim, line: ServiceLine, payers: Payers) -> str:
        return said + "".join(
            shown(subject, subject.read(claim, line, payers)) + after for subject, after in pairs
        )

    return fill
