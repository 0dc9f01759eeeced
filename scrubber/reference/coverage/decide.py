"""Does a contractor's article support a procedure with the diagnoses a line points to?

Pure functions from an article to a decision. What decides is the diagnoses a line points to, in that order; a
diagnosis that is on the claim and not pointed to does not count.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from string import ascii_uppercase
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from scrubber.reference.coverage.article import (
    AnyOf,
    Article,
    Basis,
    Listed,
    NeedsSecond,
    NoList,
    NoncoveredDiagnoses,
    NotCovered,
    NotCoveredWith,
    Primary,
    PrimaryAndSecondary,
    Relation,
    StarredCondition,
    StarredNotFor,
)
from scrubber.reference.coverage.decision import (
    NO_ARTICLE,
    Cause,
    CoverageResult,
    Decision,
    Problem,
    Support,
)

_Kind = TypeVar("_Kind", bound=Relation)


class _Question(Struct, frozen=True):
    """One article asked about one procedure: its relations, the line's diagnoses, the service date."""

    article: Article
    relations: tuple[Relation, ...]
    diagnoses: tuple[str, ...]
    on: date

    def relation(self, kind: type[_Kind]) -> _Kind | None:
        """The relation of a kind, None where the article has none for the procedure."""
        for relation in self.relations:
            if isinstance(relation, kind):
                return relation
        return None


def decide_by_article(
    article: Article, procedure: str, diagnoses: tuple[str, ...], on: date, beside: Collection[str] = ()
) -> Decision:
    """What one article says of a procedure with these diagnoses (first the primary) on a service date.

    ``beside`` are the other procedures of the claim on that day.
    """
    if on < article.applies.first:
        return _not_evaluated(
            article,
            "outside-edition",
            f"the lists of {article.ref.id} at hand hold for services from {article.applies.first} on",
        )
    relations = tuple(relation for relation in article.relations if procedure in relation.procedures)
    if not relations:
        return _not_evaluated(
            article,
            "relation-not-stated",
            f"{article.ref.id} does not say which of its diagnosis lists is for {procedure}",
        )
    asked = _Question(article, relations, diagnoses, on)
    denial = asked.relation(NotCovered)
    if denial is not None:
        problem = Problem(
            cause=Cause.PROCEDURE_NONCOVERED, basis=denial.basis, may_deny=denial.basis is Basis.STATED
        )
        return Decision(
            result=CoverageResult.NONCOVERED, article=article.ref, problems=(problem,), basis=denial.basis
        )
    decision = _by_diagnoses(asked, procedure)
    pair = _pair_problem(asked, beside)
    if pair is None:
        return decision
    return Decision(
        result=CoverageResult.NONCOVERED,
        article=article.ref,
        problems=(*decision.problems, pair),
        support=decision.support,
        basis=pair.basis,
    )


def combined(decisions: Sequence[Decision]) -> Decision:
    """The answer of several articles of one contractor for one procedure.

    Support by one is support. Where one can't be evaluated, the others can't deny. Else a restriction counts
    before an article without a list; several restrictions are one problem, no harder than the softest of
    them.
    """
    for result in (CoverageResult.SUPPORTED, CoverageResult.NOT_EVALUATED):
        for decision in decisions:
            if decision.result is result:
                return decision
    denials = [decision for decision in decisions if decision.problems]
    if denials:
        first, *rest = denials
        may_deny = all(problem.may_deny for decision in denials for problem in decision.problems)
        return replace(
            first,
            others=tuple(decision.article for decision in rest if decision.article is not None),
            problems=tuple(replace(p, may_deny=p.may_deny and may_deny) for p in first.problems),
        )
    for decision in decisions:
        if decision.result is CoverageResult.NO_DIAGNOSIS_LIST:
            return decision
    return decisions[0] if decisions else NO_ARTICLE


def _by_diagnoses(asked: _Question, procedure: str) -> Decision:
    """What the diagnosis lists of the article say."""
    article = asked.article
    lists = asked.relation(AnyOf) or asked.relation(Primary) or asked.relation(PrimaryAndSecondary)
    excluded = asked.relation(NoncoveredDiagnoses)
    if not asked.diagnoses and (lists or excluded):
        return _not_evaluated(
            article,
            "no-diagnosis-pointer",
            f"{article.ref.id} asks for a diagnosis and the line points to none",
        )
    match lists:
        case AnyOf():
            return _any_of(asked, lists)
        case Primary():
            return _primary(asked, lists, lists.primary, ())
        case PrimaryAndSecondary():
            return _primary(asked, lists, lists.primary, lists.secondary)
    if excluded is not None:
        listed = _noncovered(asked, excluded.groups)
        # There is no covered list, so a diagnosis that is not listed at all may support the procedure.
        if len(listed) == len(asked.diagnoses):
            return _denied(article, _noncovered_problem(article, excluded, listed))
    no_list = asked.relation(NoList) or excluded
    if no_list is not None:
        return Decision(result=CoverageResult.NO_DIAGNOSIS_LIST, article=article.ref, basis=no_list.basis)
    return Decision(
        result=CoverageResult.NO_ARTICLE,
        detail=f"{article.ref.id} names {procedure} and says nothing of its own coverage",
    )


def _any_of(asked: _Question, lists: AnyOf) -> Decision:
    article = asked.article
    conditional: Decision | None = None
    kept_out: Problem | None = None
    for diagnosis in asked.diagnoses:
        for place in _covered_places(asked, diagnosis, lists.groups):
            problem = _star_problem(asked, lists, diagnosis, place)
            if problem is not None:
                kept_out = kept_out or problem
                continue
            supported = Decision(
                result=CoverageResult.SUPPORTED,
                article=article.ref,
                support=(Support(diagnosis, place.group),),
                basis=lists.basis,
                condition=_star_condition(asked, place),
            )
            if supported.condition is None:
                return supported
            conditional = conditional or supported
    if conditional is not None:
        return conditional
    if kept_out is not None:
        return _denied(article, kept_out)
    excluded = asked.relation(NoncoveredDiagnoses)
    if excluded is not None and (listed := _noncovered(asked, excluded.groups)):
        return _denied(article, _noncovered_problem(article, excluded, listed))
    return _denied(
        article,
        Problem(
            cause=Cause.NO_SUPPORT,
            basis=lists.basis,
            may_deny=_unsupported(asked, lists),
            groups=lists.groups,
            diagnoses=asked.diagnoses,
        ),
    )


def _primary(
    asked: _Question,
    lists: Primary | PrimaryAndSecondary,
    primary: tuple[int, ...],
    secondary: tuple[int, ...],
) -> Decision:
    article, diagnoses = asked.article, asked.diagnoses
    first = _support(asked, diagnoses[:1], primary)
    second = _support(asked, diagnoses, secondary)
    may_deny = _unsupported(asked, lists)
    problems = []
    if first is None:
        later = _support(asked, diagnoses[1:], primary)
        problems.append(
            Problem(
                cause=Cause.PRIMARY,
                basis=lists.basis,
                may_deny=may_deny,
                groups=primary,
                diagnoses=diagnoses[:1],
                fitting=later.diagnosis if later else None,
            )
        )
    if secondary and second is None:
        problems.append(
            Problem(
                cause=Cause.SECONDARY,
                basis=lists.basis,
                may_deny=may_deny,
                groups=secondary,
                diagnoses=diagnoses[1:] if first else diagnoses,
            )
        )
    if problems:
        return _denied(article, *problems)
    return Decision(
        result=CoverageResult.SUPPORTED,
        article=article.ref,
        support=tuple(support for support in (first, second) if support is not None),
        basis=lists.basis,
    )


def _star_problem(asked: _Question, lists: AnyOf, diagnosis: str, place: Listed) -> Problem | None:
    """Why a listed diagnosis does not count, where its star keeps it from counting."""
    if not place.starred:
        return None
    for relation in asked.relations:
        may_deny = relation.basis is Basis.STATED and _may_deny(asked.article, lists)
        match relation:
            case StarredNotFor(group=group) if group == place.group:
                return Problem(
                    cause=Cause.NO_SUPPORT,
                    basis=relation.basis,
                    may_deny=may_deny,
                    groups=lists.groups,
                    diagnoses=asked.diagnoses,
                    starred=diagnosis,
                )
            case NeedsSecond(starred_in=group, others=others) if group == place.group:
                rest = tuple(code for code in asked.diagnoses if code != diagnosis)
                if _support(asked, rest, others) is None:
                    return Problem(
                        cause=Cause.SECONDARY,
                        basis=relation.basis,
                        may_deny=may_deny,
                        groups=others,
                        diagnoses=rest,
                        starred=diagnosis,
                    )
    return None


def _star_condition(asked: _Question, place: Listed) -> str | None:
    if place.starred:
        for relation in asked.relations:
            if isinstance(relation, StarredCondition) and relation.group == place.group:
                return relation.condition
    return None


def _pair_problem(asked: _Question, beside: Collection[str]) -> Problem | None:
    for relation in asked.relations:
        if not isinstance(relation, NotCoveredWith):
            continue
        partners = tuple(code for code in relation.partners if code in beside)
        if not partners:
            continue
        listed = _noncovered(asked, relation.groups or ())
        named = tuple(
            code for code in asked.diagnoses if code in listed or code in (relation.diagnoses or ())
        )
        if named or (relation.groups is None and relation.diagnoses is None):
            return Problem(
                cause=Cause.PAIR,
                basis=relation.basis,
                may_deny=relation.basis is Basis.STATED,
                groups=relation.groups or (),
                diagnoses=named,
                partners=partners,
            )
    return None


def _not_evaluated(article: Article, reason: str, detail: str) -> Decision:
    return Decision(result=CoverageResult.NOT_EVALUATED, article=article.ref, reason=reason, detail=detail)


def _denied(article: Article, *problems: Problem) -> Decision:
    return Decision(
        result=CoverageResult.NOT_SUPPORTED, article=article.ref, problems=problems, basis=problems[0].basis
    )


def _noncovered_problem(article: Article, excluded: NoncoveredDiagnoses, listed: tuple[str, ...]) -> Problem:
    return Problem(
        cause=Cause.DIAGNOSIS_NONCOVERED,
        basis=excluded.basis,
        may_deny=_may_deny(article, excluded),
        groups=excluded.groups,
        diagnoses=listed,
    )


def _may_deny(article: Article, relation: Relation) -> bool:
    """Whether a relation is sure enough to deny: stated, or in an article with one group of procedures."""
    return relation.basis is Basis.STATED or article.one_procedure_group


def _unsupported(asked: _Question, lists: AnyOf | Primary | PrimaryAndSecondary) -> bool:
    """Whether the lack of support is sure enough to deny.

    Where it is inferred which groups count, and how, only a line without any listed diagnosis is denied: that
    one fails under any reading. One listed with another 7th character may be meant.
    """
    article = asked.article
    if lists.basis is Basis.STATED:
        return True
    listed = article.covered.keys()
    return article.one_procedure_group and not any(
        code in listed or (len(code) == 7 and any(code[:6] + letter in listed for letter in ascii_uppercase))
        for code in asked.diagnoses
    )


def _support(asked: _Question, diagnoses: tuple[str, ...], groups: tuple[int, ...]) -> Support | None:
    """The first of the diagnoses that is in one of the covered groups."""
    for diagnosis in diagnoses:
        for place in _covered_places(asked, diagnosis, groups):
            return Support(diagnosis, place.group)
    return None


def _noncovered(asked: _Question, groups: tuple[int, ...]) -> tuple[str, ...]:
    """The diagnoses of the line that are in one of the non-covered groups."""
    codes = asked.article.noncovered
    return tuple(code for code in asked.diagnoses if any(_places(codes, code, groups, asked.on)))


def _covered_places(asked: _Question, code: str, groups: tuple[int, ...]) -> Iterator[Listed]:
    """The places of a code in the covered groups, and those of the siblings it may stand in for."""
    codes = asked.article.covered
    yield from _places(codes, code, groups, asked.on)
    siblings = asked.article.seventh_characters
    if siblings is not None and len(code) == 7 and code[6] in siblings.interchangeable:
        shared = tuple(group for group in groups if group in siblings.groups)
        for letter in siblings.interchangeable:
            if letter != code[6]:
                yield from _places(codes, code[:6] + letter, shared, asked.on)


def _places(
    codes: dict[str, tuple[Listed, ...]], code: str, groups: tuple[int, ...], on: date
) -> Iterator[Listed]:
    for place in codes.get(code, ()):
        if place.group in groups and place.counts_on(on):
            yield place
