"""A payer rule → the same kind of edit as the ones written in Python."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from hashlib import sha256
from typing import NamedTuple, TypeAlias

import msgspec

from scrubber.claim import Claim, Location, ServiceLine, member
from scrubber.payers.concern import triggers_of
from scrubber.payers.evaluate import Counts, Holds, holds
from scrubber.payers.model import Question, Rule, Version, questions_of, subjects_of
from scrubber.payers.operators import Either, Type, is_stated
from scrubber.payers.subjects import SUBJECTS, Subject
from scrubber.payers.words import PLACEHOLDER, docstring_of, shown
from scrubber.reference import PayerProfile, Payers, Snapshot
from scrubber.reference.limits import Counted
from scrubber.rule import (
    CLAIM,
    LINE,
    Advice,
    Counting,
    Defect,
    Edit,
    History,
    InForce,
    Reason,
    Scope,
    Unevaluated,
)

NOT_READ = "what the member had before was not looked at"
Read: TypeAlias = Callable[[Claim, ServiceLine, Payers, Counts | None], object]
"""A value of a line and its claim, or of the counts."""
Said: TypeAlias = Iterator[Defect | Unevaluated]


class _Compiled(NamedTuple):
    """A version: its days, its conditions, and of each part of ``require`` the subject a finding points to.

    ``counted`` are the questions of claim history; ``told`` what a finding says for a program, by subject.
    """

    effective: date
    ends: date
    when: Holds
    require: Holds
    parts: tuple[tuple[Holds, Subject], ...]
    counted: tuple[Question, ...]
    told: tuple[tuple[Subject, Read], ...]
    message: Callable[[Claim, ServiceLine, Payers, Counts | None], str]
    advice: Callable[[Claim, ServiceLine, Payers, Counts | None], str]


def compile_rule(rule: Rule) -> Edit:
    """The edit of a rule."""
    scope = scope_of(rule)
    judge = _judge(rule, scope)
    looks_back = any(SUBJECTS[name].type is Type.COUNT for name in subjects_of(rule))
    return Edit(
        id=rule.id,
        name=rule.name,
        severity=rule.severity,
        scope=scope,
        function=lambda claim, reference: judge(claim, reference, None),
        docstring=docstring_of(rule),
        citation=rule.authority,
        triggers=triggers_of(rule),
        carc=rule.carc,
        rarc=rule.rarc,
        look_back=judge if looks_back else None,
        since=rule.since,
        judges_voids="claim.frequency_code" in subjects_of(rule),
        payer=rule.payer,
        in_force=tuple(InForce(effective=version.effective, ends=version.ends) for version in rule.versions),
    )


def scope_of(rule: Rule) -> Scope:
    """What the rule judges: each line, if any subject is of a line, else the claim."""
    return LINE if any(SUBJECTS[name].of_line for name in subjects_of(rule)) else CLAIM


def digest_of(rules: Sequence[Rule], profiles: Sequence[PayerProfile] = ()) -> str:
    """What rules and payers say, as 12 hexadecimal digits; cases and the order of files don't count."""
    told = sorted((msgspec.structs.replace(rule, cases=()) for rule in rules), key=lambda rule: rule.id)
    payers = sorted(profiles, key=lambda profile: profile.id)
    return sha256(msgspec.json.encode((told, payers), order="deterministic")).hexdigest()[:12]


def _judge(rule: Rule, scope: Scope) -> Callable[[Claim, Snapshot, History | None], Said]:
    """What the rule says of a claim alone; or, with its history, of the lines of which that could not be told."""
    versions = tuple(_compiled(rule, version) for version in rule.versions)
    can_be_missing = tuple(
        subject
        for subject in (SUBJECTS[name] for name in subjects_of(rule))
        if not subject.always and subject.type is not Type.COUNT
    )

    def judge(claim: Claim, reference: Snapshot, history: History | None) -> Said:
        payers = reference.payers
        counting: Counting | None = None
        for number, line in _judged(claim, scope):
            day = line.service_date
            for version in versions:
                if version.effective <= day <= version.ends:
                    break
            else:
                continue
            concerned = version.when(claim, line, payers, None)
            if concerned is False:
                continue
            met = version.require(claim, line, payers, None)
            if met:
                continue
            counts: Counts | None = None
            is_open = concerned is None or met is None
            if history is not None:
                if not (is_open and version.counted) or member(claim) is None:
                    continue
                counting = counting or Counting(claim, reference, history)
                counts = partial(counting.count, number=number)
                concerned = version.when(claim, line, payers, counts)
                if concerned is False:
                    continue
                met = version.require(claim, line, payers, counts)
                if met:
                    continue
            elif is_open and version.counted and member(claim) is not None:
                yield Unevaluated(reason=Reason.HISTORY_NOT_READ, detail=NOT_READ, line=number)
                continue
            if concerned is None or met is None:
                missing = [
                    _left_open(subject, value)
                    for subject in can_be_missing
                    if not is_stated(value := subject.read(claim, line, payers))
                ]
                missing += _uncounted(claim, version, counts)
                yield Unevaluated(
                    reason=Reason.FACT_MISSING,
                    detail=f"not stated on the claim: {', '.join(missing)}",
                    line=number if scope is LINE else None,
                )
                continue
            at = next(
                subject for part, subject in version.parts if part(claim, line, payers, counts) is False
            )
            yield Defect(
                location=location_of(at, number),
                message=version.message(claim, line, payers, counts),
                because={
                    subject.name: shown(subject, read(claim, line, payers, counts))
                    for subject, read in version.told
                }
                | {"service_date": day.isoformat()},
                advice=Advice(version.advice(claim, line, payers, counts)),
            )

    return judge


def _uncounted(claim: Claim, version: _Compiled, counts: Counts | None) -> list[str]:
    """What the claim would have to state for its history to be counted."""
    if version.counted and member(claim) is None:
        return ["the member id"]
    uncounted = [one for one in version.counted if counts and one.counted and counts(one.counted) is None]
    return ["who gave the service"] if uncounted else []


def location_of(subject: Subject, number: int) -> Location:
    """Where a finding at a subject points, on the ``number``-th line (1-based) if the subject is of a line."""
    return ("lines", number - 1, *subject.field) if subject.of_line else subject.field


def _left_open(subject: Subject, value: object) -> str:
    return f"{subject.name} ({' or '.join(value)})" if isinstance(value, Either) else subject.name


def _judged(claim: Claim, scope: Scope) -> Iterator[tuple[int, ServiceLine]]:
    """Each line with its number; for a rule of the claim as a whole, the first line of the first day."""
    lines = enumerate(claim.lines, start=1)
    return lines if scope is LINE else iter((min(lines, key=lambda one: one[1].service_date),))


def _compiled(rule: Rule, version: Version) -> _Compiled:
    parts = tuple((holds(part), SUBJECTS[questions_of(part)[0].subject]) for part in version.require.parts)
    questions = (*questions_of(version.when), *questions_of(version.require))
    # A subject of history that is asked in several ways is told by its first.
    counted = {question.subject: question.counted for question in reversed(questions) if question.counted}
    told = dict.fromkeys(
        name for name in subjects_of(rule) if SUBJECTS[name].type is not Type.COUNT or name in counted
    )

    def template(text: str) -> Callable[[Claim, ServiceLine, Payers, Counts | None], str]:
        """The text with a function for each of its placeholders."""
        said, *rest = PLACEHOLDER.split(text)
        pairs = tuple(
            (SUBJECTS[name], _reader(name, counted), after)
            for name, after in zip(rest[::2], rest[1::2], strict=True)
        )

        def fill(claim: Claim, line: ServiceLine, payers: Payers, counts: Counts | None) -> str:
            return said + "".join(
                shown(subject, read(claim, line, payers, counts)) + after for subject, read, after in pairs
            )

        return fill

    return _Compiled(
        version.effective,
        version.ends or date.max,
        holds(version.when),
        holds(version.require),
        parts,
        tuple(question for question in questions if question.counted),
        tuple((SUBJECTS[name], _reader(name, counted)) for name in told if SUBJECTS[name].shown),
        template(rule.message),
        template(rule.advice),
    )


def _reader(name: str, counted: Mapping[str, Counted]) -> Read:
    what, read = counted.get(name), SUBJECTS[name].read
    if what is None:
        return lambda claim, line, payers, _counts: read(claim, line, payers)
    return lambda _claim, _line, _payers, counts: counts(what) if counts else "not counted"
