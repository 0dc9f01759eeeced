"""The coverage of A56273 and its neighbours on a claim, sentence by sentence, and the table without a claim."""

from datetime import date
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from scrubber.claim import Claim
from scrubber.cli.main import scrubber as command
from scrubber.engine import Disposition, Engine, Result, scrub
from scrubber.reference.coverage_table import CoverageAnswer, PlaceUnknown, coverage_table
from tests.edits import cases

ON = date(2026, 3, 2)
IOWA = {"state": "IA", "zip": "50309"}


def scrubbed(engine: Engine, address: dict[str, Any] | None, diagnoses: list[str], **line: Any) -> Result:
    """The base claim (98940-AT, Medicare, 2026-03-02) from another place, with other diagnoses and line."""
    difference: dict[str, Any] = {
        "billing_provider": {"address": address},
        "diagnoses": diagnoses,
        "lines": [{"diagnosis_pointers": list(range(1, len(diagnoses) + 1))} | line],
    }
    claim = msgspec.convert(cases.merged(cases.base_claim(), difference), Claim, strict=False)
    return scrub(engine, claim)


def coverage_edits(result: Result) -> list[str]:
    return [finding.edit for finding in result.findings if finding.edit.startswith("COV")]


@pytest.mark.parametrize(
    ("diagnoses", "edits", "answer"),
    [
        (["M53.81"], ["COV702", "COV703"], "not-supported"),
        (["M99.01", "M53.81"], ["COV703"], "not-supported"),
        (["M99.01", "M54.2"], [], "supported"),
        (["M99.01", "M54.2", "M53.81"], [], "supported"),
        (["M99.00", "M54.2"], [], "supported"),
        (["M54.2", "M99.01"], ["COV702"], "not-supported"),
        (["M54.2"], ["COV702"], "not-supported"),
        (["M99.01"], ["COV703"], "not-supported"),
        (["M99.01", "M53.0"], [], "supported"),
        (["M99.01", "M54.11"], [], "supported"),
        (["M99.01", "M47.812"], [], "supported"),
        (["M99.01", "M43.8X1"], ["COV703"], "not-supported"),
        (["M99.01", "M53.82"], ["COV703"], "not-supported"),
        (["M99.01", "M53.83"], ["COV703"], "not-supported"),
    ],
)
def test_a56273_in_iowa(engine: Engine, diagnoses: list[str], edits: list[str], answer: str) -> None:
    result = scrubbed(engine, IOWA, diagnoses)
    assert coverage_edits(result) == edits
    (row,) = result.coverage
    assert (row.line, row.procedure, row.mac, row.jurisdiction) == (1, "98940", "WPS", "J5")
    assert (row.article, row.version, row.edition) == ("A56273", 28, "2026-09-28")
    assert row.result == answer
    assert result.not_evaluated == () or all(not said.edit.startswith("COV") for said in result.not_evaluated)


@pytest.mark.parametrize("diagnoses", [["M99.01", "M54.2"], ["M99.01", "M54.2", "M53.81"]])
def test_a_supported_claim_is_clean(engine: Engine, diagnoses: list[str]) -> None:
    result = scrubbed(engine, IOWA, diagnoses)
    assert result.disposition is Disposition.CLEAN
    assert [finding.edit for finding in result.findings if finding.severity != "info"] == []


@pytest.mark.parametrize("state", ["IA", "KS", "MO", "NE", "IN", "MI"])
def test_a56273_is_of_six_states(engine: Engine, state: str) -> None:
    (row,) = scrubbed(engine, {"state": state, "zip": None}, ["M99.01", "M54.2"]).coverage
    assert (row.mac, row.article, row.result) == ("WPS", "A56273", "supported")
    assert row.jurisdiction == ("J8" if state in {"IN", "MI"} else "J5")


@pytest.mark.parametrize(
    ("address", "article"),
    [({"state": "KY", "zip": "40202"}, "A56455"), ({"state": "GA", "zip": "30303"}, "A56616")],
)
def test_m9900_is_not_on_the_lists_of_cgs_and_palmetto(
    engine: Engine, address: dict[str, Any], article: str
) -> None:
    result = scrubbed(engine, address, ["M99.00", "M54.2"])
    assert coverage_edits(result) == ["COV702"]
    assert result.coverage[0].article == article
    assert result.findings[0].citation.url.endswith(f"articleId={article[1:]}")


def test_the_article_of_illinois_has_no_list(engine: Engine) -> None:
    result = scrubbed(engine, {"state": "IL", "zip": "60601"}, ["M99.00", "M54.2"])
    assert coverage_edits(result) == []
    assert (result.coverage[0].article, result.coverage[0].result) == ("A57889", "no-diagnosis-list")
    assert [said.reason for said in result.not_evaluated if said.edit == "COV707"] == ["no-diagnosis-list"]


def test_without_a_list_another_first_diagnosis_is_a_review(engine: Engine) -> None:
    result = scrubbed(engine, {"state": "IL", "zip": "60601"}, ["M54.2", "M99.01"])
    (finding,) = [finding for finding in result.findings if finding.edit == "COV707"]
    assert finding.severity == "review"
    assert "chapter 15" in finding.citation.title


def test_virginia_without_a_zip_code_can_not_be_told(engine: Engine) -> None:
    result = scrubbed(engine, {"state": "VA", "zip": None}, ["M99.01", "M54.2"])
    assert coverage_edits(result) == []
    (row,) = result.coverage
    assert (row.result, row.reason, row.mac, row.article) == ("not-evaluated", "place-ambiguous", None, None)
    (said,) = [said for said in result.not_evaluated if said.edit == "COV706"]
    assert said.reason == "place-ambiguous"
    assert "Novitas and Palmetto" in said.detail


@pytest.mark.parametrize(
    ("zip_code", "mac", "article", "answer"),
    [("23220", "Palmetto", "A56616", "supported"), ("22201", "Novitas", "A58345", "no-diagnosis-list")],
)
def test_virginia_with_a_zip_code(engine: Engine, zip_code: str, mac: str, article: str, answer: str) -> None:
    (row,) = scrubbed(engine, {"state": "VA", "zip": zip_code}, ["M99.01", "M54.2"]).coverage
    assert (row.mac, row.article, row.result) == (mac, article, answer)


def test_virginia_where_neither_contractor_has_an_article(engine: Engine) -> None:
    result = scrubbed(engine, {"state": "VA", "zip": None}, ["M53.81"], procedure="64405", modifiers=[])
    assert result.coverage[0].result == "no-article"
    assert [said for said in result.not_evaluated if said.edit.startswith("COV")] == []


@pytest.mark.parametrize("state", ["CA", "MD", "NY"])
def test_two_contracts_of_one_contractor_are_no_ambiguity(engine: Engine, state: str) -> None:
    articles = {"CA": "A57913", "MD": "A58345", "NY": "A57889"}
    (row,) = scrubbed(engine, {"state": state, "zip": None}, ["M99.01", "M54.2"]).coverage
    assert (row.article, row.result) == (articles[state], "no-diagnosis-list")
    assert row.mac is not None
    assert row.jurisdiction is not None


@pytest.mark.parametrize(("pointers", "edits"), [([2], ["COV702"]), ([1], ["COV703"]), ([1, 2], [])])
def test_pointers_decide(engine: Engine, pointers: list[int], edits: list[str]) -> None:
    result = scrubbed(engine, IOWA, ["M99.01", "M54.2"], diagnosis_pointers=pointers)
    assert coverage_edits(result) == edits


def test_98943_is_denied_by_the_benefit_and_by_the_article(engine: Engine) -> None:
    result = scrubbed(engine, IOWA, ["M99.01", "M54.2"], procedure="98943", modifiers=[])
    edits = [finding.edit for finding in result.findings]
    assert "CHI809" in edits
    assert "COV704" in edits
    assert "CHI808" not in edits
    assert result.coverage[0].result == "noncovered"


def test_98940_for_a_denial_is_quiet_and_still_has_its_row(engine: Engine) -> None:
    result = scrubbed(engine, IOWA, ["M53.81"], modifiers=["GY"])
    assert [finding.edit for finding in result.findings if finding.edit[:3] in {"COV", "CHI"}] == []
    assert result.coverage[0].result == "not-supported"


def test_no_at_and_no_initial_treatment_date(engine: Engine) -> None:
    claim = msgspec.convert(
        cases.merged(
            cases.base_claim(), {"dates": {"initial_treatment": None}, "lines": [{"modifiers": []}]}
        ),
        Claim,
        strict=False,
    )
    found = {finding.edit: finding for finding in scrub(engine, claim).findings}
    assert found["CHI801"].severity == "deny"
    assert found["CHI804"].carc is not None
    assert (found["CHI804"].carc.group, found["CHI804"].carc.code, found["CHI804"].rarc) == (
        "CO",
        "16",
        ("MA122",),
    )


def test_a_line_of_another_payer_has_no_row(engine: Engine) -> None:
    difference = {"payer": {"claim_filing_indicator": "CI", "id": "COMM"}, "diagnoses": ["M53.81"]}
    claim = msgspec.convert(cases.merged(cases.base_claim(), difference), Claim, strict=False)
    assert scrub(engine, claim).coverage == ()


def test_every_line_has_a_row(engine: Engine) -> None:
    difference = {"lines": [{}, {"procedure": "99213"}, {"procedure": "98943"}]}
    claim = msgspec.convert(cases.merged(cases.base_claim(), difference), Claim, strict=False)
    rows = scrub(engine, claim).coverage
    assert [(row.line, row.procedure, row.result) for row in rows] == [
        (1, "98940", "supported"),
        (2, "99213", "no-article"),
        (3, "98943", "noncovered"),
    ]
    assert rows[1].article is None
    assert rows[1].mac == "WPS"


# ---- the data of A56273


def test_the_groups_of_a56273(engine: Engine) -> None:
    assert engine.reference.coverage is not None
    article = engine.reference.coverage.article("A56273")
    assert article is not None
    assert [len(article.codes("covered", group)) for group in (1, 2, 3, 4)] == [6, 48, 193, 70]
    assert len(article.covered) == 315
    assert {place.group for place in article.covered["M6285"]} == {2, 3}
    assert {place.group for place in article.covered["Q762"]} == {3, 4}
    assert article.codes("covered", 1) == ("M9900", "M9901", "M9902", "M9903", "M9904", "M9905")
    assert article.codes("procedure", 1) == ("98940", "98941", "98942")
    assert article.codes("procedure", 2) == ("98943",)


@pytest.mark.parametrize(
    ("code", "group"),
    [
        ("M5381", None), ("M438X1", None), ("M5382", None), ("M5383", None),
        ("M530", 3), ("M5411", 3), ("M542", 2), ("M47812", 2),
    ],
)  # fmt: skip
def test_the_group_of_a_code(engine: Engine, code: str, group: int | None) -> None:
    assert engine.reference.coverage is not None
    article = engine.reference.coverage.article("A56273")
    assert article is not None
    assert [place.group for place in article.covered.get(code, ())] == ([group] if group else [])


# ---- the table without a claim


def table(engine: Engine, procedure: str, *diagnoses: str, **place: Any) -> dict[str, CoverageAnswer]:
    return {
        answer.mac: answer for answer in coverage_table(engine.reference, procedure, diagnoses, ON, **place)
    }


def test_a_nerve_block_for_m5381_at_every_contractor(engine: Engine) -> None:
    answers = table(engine, "64405", "M53.81")
    assert answers.keys() == {"WPS", "NGS", "CGS", "Noridian", "Novitas", "Palmetto", "First Coast"}
    noridian = answers.pop("Noridian")
    assert (noridian.result, noridian.article, noridian.jurisdictions) == (
        "supported",
        "A56034",
        ("JE", "JF"),
    )
    assert noridian.url == "https://www.cms.gov/medicare-coverage-database/view/article.aspx?articleId=56034"
    assert "M53.81 in group 1" in noridian.why
    assert {answer.result for answer in answers.values()} == {"no-article"}
    assert {answer.article for answer in answers.values()} == {None}


def test_manipulation_at_every_contractor(engine: Engine) -> None:
    answers = table(engine, "98940", "m9901", " M54.2 ")
    assert {mac: (answer.result, answer.article) for mac, answer in answers.items()} == {
        "WPS": ("supported", "A56273"),
        "NGS": ("no-diagnosis-list", "A57889"),
        "CGS": ("supported", "A56455"),
        "Noridian": ("no-diagnosis-list", "A57913"),
        "Novitas": ("no-diagnosis-list", "A58345"),
        "Palmetto": ("supported", "A56616"),
        "First Coast": ("no-diagnosis-list", "A58412"),
    }


def test_a_state_shared_by_two_contractors_gives_both(engine: Engine) -> None:
    answers = table(engine, "98940", "M53.81", state="va")
    assert {mac: answer.result for mac, answer in answers.items()} == {
        "Palmetto": "not-supported",
        "Novitas": "no-diagnosis-list",
    }


@pytest.mark.parametrize("mac", ["J5", "j5", "WPS", "05102"])
def test_a_contractor_by_any_of_its_names(engine: Engine, mac: str) -> None:
    (answer,) = coverage_table(engine.reference, "98940", ["M53.81"], ON, mac=mac)
    assert (answer.mac, answer.result) == ("WPS", "not-supported")
    assert "wants a first diagnosis from group 1" in answer.why
    assert "second diagnosis from groups 2-4" in answer.why


def test_a_zip_code(engine: Engine) -> None:
    (answer,) = coverage_table(engine.reference, "98940", ["M99.01", "M54.2"], ON, zip_code="50309-1234")
    assert (answer.mac, answer.contracts, answer.states) == ("WPS", ("05102",), ("IA",))


@pytest.mark.parametrize("place", [{"mac": "J99"}, {"state": "ZZ"}, {"zip_code": "00000"}, {"zip_code": "x"}])
def test_a_place_that_is_not_in_the_table(engine: Engine, place: dict[str, str]) -> None:
    with pytest.raises(PlaceUnknown):
        coverage_table(engine.reference, "98940", ["M99.01"], ON, **place)


def test_a_contractor_that_is_unknown_is_told_the_known_ones(engine: Engine) -> None:
    with pytest.raises(PlaceUnknown, match=r"WPS; the jurisdictions .*J5, .*such as \d{5}$"):
        coverage_table(engine.reference, "98940", ["M99.01"], ON, mac="WSP")


@pytest.mark.parametrize(
    ("diagnosis", "told"),
    [
        ("M53.89", "; M53.89 can't be billed on 2026-03-02"),
        ("M54.5", "; M54.5 can't be billed on 2026-03-02"),
        ("M54.2", ""),
    ],
)
def test_a_diagnosis_that_is_no_code_is_told(engine: Engine, diagnosis: str, told: str) -> None:
    (answer,) = coverage_table(engine.reference, "98940", ["M99.01", diagnosis], ON, mac="J5")
    assert answer.why.endswith(told)
    assert ("can't be billed" in answer.why) is bool(told)


def test_a_condition_is_told(engine: Engine) -> None:
    answer = table(engine, "64493", "M53.86")["Palmetto"]
    assert (answer.result, answer.condition) == ("supported", "facet cyst injection or aspiration")
    assert "the record must show" in answer.why


def test_no_diagnosis_is_not_evaluated(engine: Engine) -> None:
    assert table(engine, "98940")["WPS"].reason == "no-diagnosis-pointer"


def test_a_day_before_the_edition_is_not_evaluated(engine: Engine) -> None:
    answers = {
        answer.mac: answer
        for answer in coverage_table(engine.reference, "98940", ["M53.81"], date(2024, 9, 30), state="IA")
    }
    assert (answers["WPS"].result, answers["WPS"].reason) == ("not-evaluated", "outside-edition")


def test_a_code_newer_than_the_article_is_not_evaluated(engine: Engine) -> None:
    (answer,) = coverage_table(engine.reference, "64405", ["T52.811A"], date(2026, 10, 1), mac="JE")
    assert (answer.result, answer.reason) == ("not-evaluated", "outside-edition")
    assert "T52.811A" in answer.why


def test_a_place_and_a_contractor_are_one_too_many() -> None:
    asked = ["coverage", "--procedure", "98940", "--diagnosis", "M99.01", "--zip", "50309", "--mac", "WPS"]
    said = CliRunner().invoke(command, asked)
    assert (said.exit_code, said.stderr.splitlines()[-1]) == (
        2, "Error: give a place or a contractor, not both",
    )  # fmt: skip
