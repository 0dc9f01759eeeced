"""One article asked about one line: a test for each relation rule, and how several articles are combined."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrubber.reference.coverage import (
    AnyOf,
    Applies,
    Article,
    ArticleRef,
    Basis,
    Cause,
    CoverageResult,
    Decision,
    Group,
    Listed,
    ListedOnly,
    NeedsSecond,
    NoList,
    NoncoveredDiagnoses,
    NotCovered,
    NotCoveredWith,
    Primary,
    PrimaryAndSecondary,
    Relation,
    SeventhCharacters,
    StarredCondition,
    StarredNotFor,
    combined,
    decide_by_article,
)

P = ("10000",)
ON = date(2026, 3, 2)
STATED: dict[str, Any] = {"procedures": P, "basis": Basis.STATED, "note": ""}
INFERRED: dict[str, Any] = STATED | {"basis": Basis.INFERRED}

COVERED = {
    "A01": (Listed(1),),
    "A02": (Listed(2),),
    "A03": (Listed(1, starred=True),),
    "A04": (Listed(3),),
    "A05": (Listed(1, first=date(2026, 3, 2), last=date(2026, 3, 4)),),
    "S0001XA": (Listed(1),),
}
NONCOVERED = {"B01": (Listed(1),), "B02": (Listed(2),)}


def article(*relations: Relation, procedure_groups: int = 1, id_: str = "A10000", **other: Any) -> Article:
    return Article(
        ref=ArticleRef(id=id_, version=1, title="T", url="https://x", edition="2026-01-01", mac="WPS"),
        contracts=("05102",),
        applies=Applies(first=date(2026, 1, 1), basis="stated", note=""),
        groups=tuple(Group(list="procedure", group=n + 1, meaning="") for n in range(procedure_groups)),
        procedures={"10000": (Listed(1),)},
        covered=COVERED,
        noncovered=NONCOVERED,
        relations=relations,
        **other,
    )


def ask(
    asked: Article, *diagnoses: str, on: date = ON, beside: tuple[str, ...] = ()
) -> tuple[str, list[Cause]]:
    decision = decide_by_article(asked, "10000", diagnoses, on, beside)
    return decision.result, [problem.cause for problem in decision.problems]


# ---- one rule each


def test_any_of() -> None:
    asked = article(AnyOf(groups=(1, 2), **STATED))
    assert ask(asked, "A01") == ("supported", [])
    assert ask(asked, "X99", "A02") == ("supported", [])
    assert ask(asked, "A04") == ("not-supported", [Cause.NO_SUPPORT])
    assert ask(asked, "X99", "B01") == ("not-supported", [Cause.NO_SUPPORT])


def test_primary() -> None:
    asked = article(Primary(primary=(1,), **STATED))
    assert ask(asked, "A01", "X99") == ("supported", [])
    assert ask(asked, "X99", "A01") == ("not-supported", [Cause.PRIMARY])
    later = decide_by_article(asked, "10000", ("X99", "A01"), ON)
    assert later.problems[0].fitting == "A01"
    assert decide_by_article(asked, "10000", ("X99",), ON).problems[0].fitting is None


def test_primary_and_secondary() -> None:
    asked = article(PrimaryAndSecondary(primary=(1,), secondary=(2, 3), **STATED))
    assert ask(asked, "A01", "A02") == ("supported", [])
    assert ask(asked, "A01", "X99", "A04") == ("supported", [])
    assert ask(asked, "A01") == ("not-supported", [Cause.SECONDARY])
    assert ask(asked, "A01", "X99") == ("not-supported", [Cause.SECONDARY])
    assert ask(asked, "A02", "A01") == ("not-supported", [Cause.PRIMARY])
    assert ask(asked, "A02") == ("not-supported", [Cause.PRIMARY])
    assert ask(asked, "X99") == ("not-supported", [Cause.PRIMARY, Cause.SECONDARY])


def test_not_covered_whatever_the_diagnosis() -> None:
    asked = article(NotCovered(**STATED))
    assert ask(asked, "A01") == ("noncovered", [Cause.PROCEDURE_NONCOVERED])
    assert ask(asked) == ("noncovered", [Cause.PROCEDURE_NONCOVERED])


def test_no_list() -> None:
    asked = article(NoList(**STATED))
    assert ask(asked, "X99") == ("no-diagnosis-list", [])
    assert ask(asked) == ("no-diagnosis-list", [])


def test_noncovered_diagnoses_beside_a_covered_list() -> None:
    asked = article(AnyOf(groups=(1,), **STATED), NoncoveredDiagnoses(groups=(1,), **STATED))
    assert ask(asked, "B01") == ("not-supported", [Cause.DIAGNOSIS_NONCOVERED])
    assert ask(asked, "X99", "B01") == ("not-supported", [Cause.DIAGNOSIS_NONCOVERED])
    assert ask(asked, "X99") == ("not-supported", [Cause.NO_SUPPORT])
    assert ask(asked, "B02") == ("not-supported", [Cause.NO_SUPPORT])
    assert ask(asked, "B01", "A01") == ("supported", [])


def test_noncovered_diagnoses_without_a_covered_list() -> None:
    asked = article(NoncoveredDiagnoses(groups=(1, 2), **STATED), NoList(**STATED))
    assert ask(asked, "B01", "B02") == ("not-supported", [Cause.DIAGNOSIS_NONCOVERED])
    assert ask(asked, "B01", "X99") == ("no-diagnosis-list", [])
    assert ask(asked) == ("not-evaluated", [])


def test_not_covered_with_some_diagnoses() -> None:
    pair = NotCoveredWith(partners=("20000",), groups=(1,), diagnoses=("A02",), **STATED)
    asked = article(AnyOf(groups=(1, 2), **STATED), pair)
    assert ask(asked, "A02", beside=("20000",)) == ("noncovered", [Cause.PAIR])
    assert ask(asked, "A01", "B01", beside=("20000", "30000")) == ("noncovered", [Cause.PAIR])
    assert ask(asked, "A01", beside=("20000",)) == ("supported", [])
    assert ask(asked, "A02", beside=("30000",)) == ("supported", [])
    assert ask(asked, "B01", beside=("20000",)) == ("noncovered", [Cause.NO_SUPPORT, Cause.PAIR])


def test_not_covered_with_any_diagnosis() -> None:
    asked = article(NotCoveredWith(partners=("20000",), groups=None, diagnoses=None, **STATED))
    assert ask(asked, "X99", beside=("20000",)) == ("noncovered", [Cause.PAIR])
    assert ask(asked, "X99") == ("no-article", [])


def test_needs_second() -> None:
    asked = article(AnyOf(groups=(1,), **STATED), NeedsSecond(starred_in=1, others=(3,), **STATED))
    assert ask(asked, "A03") == ("not-supported", [Cause.SECONDARY])
    assert ask(asked, "A03", "A04") == ("supported", [])
    assert ask(asked, "A04", "A03") == ("supported", [])
    assert ask(asked, "A01") == ("supported", [])
    assert ask(asked, "A03", "A01") == ("supported", [])
    assert ask(asked, "A04") == ("not-supported", [Cause.NO_SUPPORT])


def test_starred_not_for() -> None:
    asked = article(AnyOf(groups=(1,), **STATED), StarredNotFor(group=1, **STATED))
    assert ask(asked, "A03") == ("not-supported", [Cause.NO_SUPPORT])
    assert decide_by_article(asked, "10000", ("A03",), ON).problems[0].starred == "A03"
    assert ask(asked, "A03", "A01") == ("supported", [])


def test_starred_condition() -> None:
    asked = article(AnyOf(groups=(1,), **STATED), StarredCondition(group=1, condition="a cyst", **STATED))
    assert decide_by_article(asked, "10000", ("A03",), ON).condition == "a cyst"
    assert decide_by_article(asked, "10000", ("A03", "A01"), ON).condition is None


def test_listed_only() -> None:
    assert ask(article(ListedOnly(**STATED)), "A01") == ("no-article", [])


def test_no_relation_is_never_judged() -> None:
    decision = decide_by_article(article(), "10000", ("A01",), ON)
    assert (decision.result, decision.reason) == (CoverageResult.NOT_EVALUATED, "relation-not-stated")


# ---- 7th characters, dates, pointers


def test_seventh_characters_stand_in_for_each_other() -> None:
    siblings = SeventhCharacters(groups=(1,), interchangeable=("A", "D", "S"), basis=Basis.INFERRED, note="")
    asked = article(AnyOf(groups=(1,), **STATED), seventh_characters=siblings)
    assert ask(asked, "S0001XD") == ("supported", [])
    assert ask(asked, "S0001XG") == ("not-supported", [Cause.NO_SUPPORT])
    assert ask(article(AnyOf(groups=(1,), **STATED)), "S0001XD") == ("not-supported", [Cause.NO_SUPPORT])


@pytest.mark.parametrize(
    ("on", "answer"),
    [
        (date(2026, 3, 1), "not-supported"),
        (date(2026, 3, 2), "supported"),
        (date(2026, 3, 4), "supported"),
        (date(2026, 3, 5), "not-supported"),
    ],
)
def test_a_code_counts_in_its_interval(on: date, answer: str) -> None:
    assert ask(article(AnyOf(groups=(1,), **STATED)), "A05", on=on)[0] == answer


def test_a_service_before_the_article_applies_is_not_evaluated() -> None:
    asked = article(AnyOf(groups=(1,), **STATED))
    before = decide_by_article(asked, "10000", ("A01",), date(2025, 12, 31))
    assert (before.result, before.reason) == (CoverageResult.NOT_EVALUATED, "outside-edition")
    assert ask(asked, "A01", on=date(2026, 1, 1)) == ("supported", [])
    assert ask(asked, "A01", on=date(2031, 1, 1)) == ("supported", [])


def test_a_line_without_a_diagnosis_is_not_evaluated() -> None:
    decision = decide_by_article(article(AnyOf(groups=(1,), **STATED)), "10000", (), ON)
    assert (decision.result, decision.reason) == (CoverageResult.NOT_EVALUATED, "no-diagnosis-pointer")


# ---- stated and inferred


@pytest.mark.parametrize(
    ("rules", "procedure_groups", "may_deny"),
    [
        ([AnyOf(groups=(1,), **STATED)], 2, True),
        ([AnyOf(groups=(1,), **INFERRED)], 1, True),
        ([AnyOf(groups=(1,), **INFERRED)], 2, False),
        ([AnyOf(groups=(1,), **INFERRED)], 0, False),
        ([Primary(primary=(1,), **INFERRED)], 2, False),
        ([NotCovered(**STATED)], 2, True),
        ([NotCovered(**INFERRED)], 1, False),
    ],
)
def test_what_is_too_much_our_reading_may_not_deny(
    rules: list[Relation], procedure_groups: int, may_deny: bool
) -> None:
    decision = decide_by_article(article(*rules, procedure_groups=procedure_groups), "10000", ("X99",), ON)
    assert [problem.may_deny for problem in decision.problems] == [may_deny]


def test_an_inferred_star_may_not_deny() -> None:
    asked = article(AnyOf(groups=(1,), **STATED), StarredNotFor(group=1, **INFERRED))
    assert [p.may_deny for p in decide_by_article(asked, "10000", ("A03",), ON).problems] == [False]


def test_an_inferred_pair_may_not_deny() -> None:
    asked = article(NotCoveredWith(partners=("20000",), groups=None, diagnoses=None, **INFERRED))
    decision = decide_by_article(asked, "10000", ("X99",), ON, ("20000",))
    assert [p.may_deny for p in decision.problems] == [False]


def test_support_by_inference_is_support() -> None:
    asked = article(AnyOf(groups=(1,), **INFERRED), procedure_groups=2)
    decision = decide_by_article(asked, "10000", ("A01",), ON)
    assert (decision.result, decision.basis) == (CoverageResult.SUPPORTED, Basis.INFERRED)


# ---- several articles


def decisions(*rules: list[Relation], diagnosis: str = "A04") -> list[Decision]:
    return [
        decide_by_article(article(*some, id_=f"A1000{number}"), "10000", (diagnosis,), ON)
        for number, some in enumerate(rules)
    ]


def test_support_by_one_article_is_support() -> None:
    answer = combined(decisions([AnyOf(groups=(1,), **STATED)], [AnyOf(groups=(3,), **STATED)]))
    assert answer.result is CoverageResult.SUPPORTED
    assert answer.article is not None
    assert answer.article.id == "A10001"


def test_two_that_do_not_support_are_one_problem() -> None:
    answer = combined(decisions([AnyOf(groups=(1,), **STATED)], [AnyOf(groups=(2,), **STATED)]))
    assert [problem.cause for problem in answer.problems] == [Cause.NO_SUPPORT]
    assert [other.id for other in answer.others] == ["A10001"]
    assert answer.problems[0].may_deny


def test_the_softest_of_several_decides_how_hard_it_is() -> None:
    soft = decide_by_article(
        article(AnyOf(groups=(1,), **INFERRED), procedure_groups=2), "10000", ("A04",), ON
    )
    hard = decide_by_article(article(AnyOf(groups=(1,), **STATED)), "10000", ("A04",), ON)
    assert not combined([hard, soft]).problems[0].may_deny


def test_where_one_can_not_be_told_none_denies() -> None:
    answer = combined(decisions([AnyOf(groups=(1,), **STATED)], []))
    assert answer.result is CoverageResult.NOT_EVALUATED


def test_a_list_counts_before_no_list() -> None:
    answer = combined(decisions([NoList(**STATED)], [AnyOf(groups=(1,), **STATED)]))
    assert answer.result is CoverageResult.NOT_SUPPORTED
    assert combined(decisions([ListedOnly(**STATED)], [NoList(**STATED)])).result == "no-diagnosis-list"
    assert combined([]).result == "no-article"


# ---- properties

CODES = st.lists(st.sampled_from([*COVERED, *NONCOVERED, "X99"]), unique=True, max_size=4).map(tuple)


@given(CODES, st.sampled_from([*COVERED, *NONCOVERED, "X98"]))
def test_a_further_diagnosis_never_takes_support_away(diagnoses: tuple[str, ...], further: str) -> None:
    for asked in (
        article(AnyOf(groups=(1, 2), **STATED), NoncoveredDiagnoses(groups=(1,), **STATED)),
        article(PrimaryAndSecondary(primary=(1,), secondary=(2, 3), **STATED)),
        article(AnyOf(groups=(1,), **STATED), NeedsSecond(starred_in=1, others=(3,), **STATED)),
    ):
        if ask(asked, *diagnoses)[0] == "supported":
            assert ask(asked, *diagnoses, further)[0] == "supported"


@given(CODES)
def test_problems_and_a_denial_come_together(diagnoses: tuple[str, ...]) -> None:
    for rules in (
        [AnyOf(groups=(1, 2), **STATED)],
        [Primary(primary=(1,), **STATED)],
        [PrimaryAndSecondary(primary=(1,), secondary=(2, 3), **STATED)],
        [NoncoveredDiagnoses(groups=(1,), **STATED), NoList(**STATED)],
        [NotCovered(**STATED)],
    ):
        answer, causes = ask(article(*rules), *diagnoses)
        assert bool(causes) == (answer in {"not-supported", "noncovered"})
