"""The decisions for the lines of a claim: what is kept between the edits, and what is missing."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from scrubber.claim import Claim
from scrubber.engine import Engine
from scrubber.reference.coverage import CoverageResult
from scrubber.reference.coverage_table import coverage_table, groups_told
from scrubber.reference.line_coverage import coverage_of, coverage_rows
from scrubber.rule import Reason
from tests.edits import cases


def claim(**difference: Any) -> Claim:
    return msgspec.convert(cases.merged(cases.base_claim(), difference), Claim, strict=False)


def test_the_decisions_of_a_claim_are_made_once(engine: Engine) -> None:
    one = claim()
    assert coverage_of(one, engine.reference) is coverage_of(one, engine.reference)
    assert coverage_of(one, engine.reference.on(one.lines[0].service_date)) is coverage_of(
        one, engine.reference
    )


def test_an_equal_claim_is_another_claim(engine: Engine) -> None:
    one, other = claim(), claim()
    assert coverage_of(one, engine.reference) == coverage_of(other, engine.reference)
    assert coverage_of(one, engine.reference) is not coverage_of(other, engine.reference)


def test_other_tables_give_other_decisions(engine: Engine) -> None:
    newer = claim(diagnoses=["M99.01", "T52.811A"], lines=[{"service_date": "2026-10-01"}])
    assert coverage_rows(newer, engine.reference)[0].result == "not-evaluated"
    without = replace(engine.reference, icd10cm=None)
    assert coverage_rows(newer, without)[0].result == "not-supported"


def test_claims_in_several_threads_do_not_get_each_others_decisions(engine: Engine) -> None:
    claims = [claim(diagnoses=codes) for codes in (["M99.01", "M54.2"], ["M53.81", "M99.01"])] * 2

    def results(one: Claim) -> set[str]:
        return {coverage_rows(one, engine.reference)[0].result for _ in range(2_000)}

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(results, claims)) == [{"supported"}, {"not-supported"}] * 2


@pytest.mark.parametrize("table", ["coverage", "jurisdictions"])
def test_a_table_that_is_not_loaded_is_told(engine: Engine, table: str) -> None:
    reference = replace(engine.reference, **{table: None})
    (row,) = coverage_rows(claim(), reference)
    assert (row.result, row.reason, row.article) == ("not-evaluated", "reference-not-loaded", None)
    with pytest.raises(LookupError):
        coverage_of(claim(), reference)
    with pytest.raises(LookupError):
        coverage_table(reference, "98940", ["M99.01"], claim().lines[0].service_date)


def test_only_the_wrong_first_diagnosis_is_left_where_a_later_one_is_too_new(engine: Engine) -> None:
    newer = claim(diagnoses=["M54.9", "T52.811A"], lines=[{"service_date": "2026-10-01"}])
    (line,) = coverage_of(newer, engine.reference).denied
    assert [str(problem.cause) for problem in line.decision.problems] == [
        "primary-diagnosis-not-in-required-group"
    ]


def test_every_reason_and_result_is_one_of_the_interface(engine: Engine) -> None:
    assert engine.reference.coverage is not None
    assert {str(result) for result in CoverageResult} == {
        "supported", "not-supported", "noncovered", "no-diagnosis-list", "no-article", "not-evaluated",
    }  # fmt: skip
    for reason in (
        "outside-edition", "no-diagnosis-pointer", "relation-not-stated", "place-unknown", "place-ambiguous",
        "reference-not-loaded",
    ):  # fmt: skip
        assert Reason(reason) == reason


@pytest.mark.parametrize(
    ("groups", "told"),
    [((1,), "group 1"), ((1, 2), "groups 1, 2"), ((2, 3, 4), "groups 2-4"), ((1, 2, 4), "groups 1, 2, 4")],
)
def test_groups_as_people_say_them(groups: tuple[int, ...], told: str) -> None:
    assert groups_told(groups) == told
