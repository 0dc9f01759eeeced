"""The articles as shipped: one test a family, the table's questions by name, contract and day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrubber.engine import Engine
from scrubber.reference.coverage import Coverage, Decision, combined, decide_by_article

ON = date(2026, 3, 2)
IOWA, CALIFORNIA, OHIO, GEORGIA, ILLINOIS = "05102", "01112", "15202", "10212", "06102"
PENNSYLVANIA, FLORIDA = "12502", "09102"


@pytest.fixture(scope="session")
def coverage(engine: Engine) -> Coverage:
    assert engine.reference.coverage is not None
    return engine.reference.coverage


def told(decision: Decision) -> tuple[str | None, str]:
    return (decision.article.id if decision.article else None, str(decision.result))


# ---- families: contract, procedure, diagnoses in pointer order, the answer
FAMILIES = [
    ("chiropractic", IOWA, "98941", ["M9901", "M542"], "A56273", "supported"),
    ("chiropractic", OHIO, "98941", ["M9901"], "A56455", "supported"),
    ("chiropractic", OHIO, "98941", ["M9900", "M542"], "A56455", "not-supported"),
    ("chiropractic", PENNSYLVANIA, "98941", ["M9900", "M542"], "A58345", "no-diagnosis-list"),
    ("chiropractic", FLORIDA, "98941", ["M9900", "M542"], "A58412", "no-diagnosis-list"),
    ("facet joints", IOWA, "64490", ["M47812"], "A58477", "supported"),
    ("facet joints", IOWA, "64490", ["M542"], "A58477", "not-supported"),
    ("facet joints", IOWA, "64492", ["M47812"], "A58477", "noncovered"),
    ("facet joints", GEORGIA, "64635", ["M5386"], "A58350", "not-supported"),
    ("facet joints", GEORGIA, "64493", ["M5386"], "A58350", "supported"),
    ("facet joints", PENNSYLVANIA, "64493", ["M5386"], "A56670", "not-supported"),
    ("facet joints", PENNSYLVANIA, "64493", ["M7138"], "A56670", "supported"),
    ("epidural injections", ILLINOIS, "62321", ["M5412"], "A58745", "supported"),
    ("epidural injections", ILLINOIS, "62321", ["M542"], "A58745", "not-supported"),
    ("epidural injections", ILLINOIS, "62320", ["M5412"], "A58745", "noncovered"),
    ("epidural injections", FLORIDA, "62320", ["M5412"], None, "no-article"),
    ("epidural injections", FLORIDA, "62321", ["M48061"], "A56651", "supported"),
    ("epidural injections", ILLINOIS, "62321", ["M48061"], "A58745", "not-supported"),
    ("trigger points", IOWA, "20552", ["M7918"], "A59553", "supported"),
    ("trigger points", IOWA, "20552", ["M542"], "A59553", "not-supported"),
    ("trigger points", PENNSYLVANIA, "20552", ["M7912"], "A57751", "supported"),
    ("trigger points", PENNSYLVANIA, "20552", ["M7910"], "A57751", "not-supported"),
    ("sacroiliac injections", OHIO, "27096", ["M461"], "A59154", "supported"),
    ("sacroiliac injections", OHIO, "G0260", ["M461"], "A59154", "supported"),
    ("sacroiliac injections", OHIO, "64625", ["M461"], "A59154", "noncovered"),
    ("sacroiliac fusion", GEORGIA, "27279", ["M9904"], "A59672", "supported"),
    ("sacroiliac fusion", ILLINOIS, "27279", ["M9904"], "A57431", "not-supported"),
    ("sacroiliac fusion", GEORGIA, "27278", ["M9904"], "A59672", "noncovered"),
    ("vertebral augmentation", IOWA, "22510", ["C7951"], "A57630", "not-supported"),
    ("vertebral augmentation", IOWA, "22510", ["C7951", "M8458XA"], "A57630", "supported"),
    ("vertebral augmentation", IOWA, "22510", ["M8458XA"], "A57630", "not-supported"),
    ("vertebral augmentation", OHIO, "22510", ["C7951"], "A57282", "supported"),
    ("nerve blocks", CALIFORNIA, "64405", ["M5381"], "A56034", "supported"),
    ("nerve blocks", CALIFORNIA, "64405", ["M47812"], "A56034", "not-supported"),
    ("nerve blocks", OHIO, "64450", ["G600"], "A57663", "not-supported"),
    ("nerve blocks", OHIO, "64450", ["M5381"], "A57663", "no-diagnosis-list"),
    ("nerve blocks", GEORGIA, "64450", ["M5381"], "A56731", "no-diagnosis-list"),
    ("cord stimulators", CALIFORNIA, "63650", ["M5381"], "A57791", "supported"),
    ("cord stimulators", GEORGIA, "63650", ["M5381"], "A56876", "no-diagnosis-list"),
    ("basivertebral ablation", CALIFORNIA, "64628", ["M5450"], "A59466", "not-supported"),
    ("cervical fusion", IOWA, "22551", ["M5412"], "A59664", "supported"),
    ("cervical fusion", PENNSYLVANIA, "22551", ["M542"], "A59668", "not-supported"),
    ("cervical fusion", PENNSYLVANIA, "22800", ["M542"], "A59668", "no-diagnosis-list"),
    ("disc replacement", GEORGIA, "22856", ["M50121"], "A57021", "supported"),
    ("disc replacement", GEORGIA, "22856", ["Z981"], "A57021", "not-supported"),
    ("disc replacement", GEORGIA, "97140", ["M542"], None, "no-article"),
    ("lumbar fusion", GEORGIA, "22612", ["M542"], "A56396", "not-supported"),
    ("nerve conduction", OHIO, "95910", ["M542"], "A57307", "supported"),
    ("nerve conduction", OHIO, "95873", ["M5381"], "A57307", "no-diagnosis-list"),
    ("nerve conduction", IOWA, "95910", ["M549"], "A57478", "not-supported"),
    ("therapy", OHIO, "97140", ["M542"], "A57067", "no-diagnosis-list"),
    ("osteopathic manipulation", ILLINOIS, "98925", ["M9901"], "A56954", "supported"),
    ("osteopathic manipulation", ILLINOIS, "98925", ["M542"], "A56954", "not-supported"),
]


@pytest.mark.parametrize(("family", "contract", "procedure", "diagnoses", "article", "answer"), FAMILIES)
def test_a_family(
    coverage: Coverage,
    family: str,
    contract: str,
    procedure: str,
    diagnoses: list[str],
    article: str | None,
    answer: str,
) -> None:
    assert told(coverage.decide(contract, procedure, tuple(diagnoses), ON)) == (article, answer)


def test_a_therapy_list_is_for_one_procedure_only(coverage: Coverage) -> None:
    article = coverage.article("A57067")
    assert article is not None
    listed = next(iter(article.noncovered))
    assert told(coverage.decide(OHIO, "97035", (listed,), ON)) == ("A57067", "not-supported")
    assert told(coverage.decide(OHIO, "97035", (listed, "M542"), ON))[1] == "no-diagnosis-list"
    assert told(coverage.decide(OHIO, "97110", (listed,), ON)) == ("A57067", "no-diagnosis-list")


def test_seventh_characters_of_a_traumatic_fracture(coverage: Coverage) -> None:
    article = coverage.article("A57630")
    assert article is not None
    listed = next(code for code in article.codes("covered", 4) if len(code) == 7 and code.endswith("A"))
    for letter in "ADGKS":
        answer = coverage.decide(IOWA, "22513", (listed[:6] + letter,), ON)
        assert told(answer) == ("A57630", "supported"), letter


def test_a_procedure_of_two_articles_says_which_supports_it(coverage: Coverage) -> None:
    assert [article.ref.id for article in coverage.articles(CALIFORNIA, "64451", ON)] == ["A56034", "A59244"]
    assert told(coverage.decide(CALIFORNIA, "64451", ("M5381",), ON)) == ("A56034", "supported")
    sacroiliac = coverage.articles(CALIFORNIA, "64451", ON)[1].covered.keys()
    only = next(
        code for code in sacroiliac if code not in coverage.articles(CALIFORNIA, "64451", ON)[0].covered
    )
    assert told(coverage.decide(CALIFORNIA, "64451", (only,), ON)) == ("A59244", "supported")
    neither = coverage.decide(CALIFORNIA, "64451", ("M47812",), ON)
    assert told(neither) == ("A56034", "not-supported")
    assert [other.id for other in neither.others] == ["A59244"]


# ---- the table


@pytest.mark.parametrize(
    "name", ["A56273", "a56273", "56273", "LCD A56273", " lcd a56273 ", "Article A56273", "LCD 56273"]
)
def test_an_article_by_what_people_call_it(coverage: Coverage, name: str) -> None:
    article = coverage.article(name)
    assert article is not None
    assert (article.ref.id, article.ref.version) == ("A56273", 28)


def test_an_article_by_its_lcd(coverage: Coverage) -> None:
    article = coverage.article("L37387")
    assert article is not None
    assert article.ref.id == "A56616"


@pytest.mark.parametrize("name", ["", "A00000", "LCD", "L34585", "é", "A56273A56273"])
def test_an_article_that_is_not_there(coverage: Coverage, name: str) -> None:
    assert coverage.article(name) is None


def test_every_shipped_article_is_in_the_table(coverage: Coverage, engine: Engine) -> None:
    assert len(coverage.ids()) >= 58
    assert coverage.edition == engine.reference.editions["coverage"] == "2026-09-28"
    for id_ in coverage.ids():
        article = coverage.article(id_)
        assert article is not None
        assert article.ref.id == id_
        assert article.ref.url.startswith("https://www.cms.gov/")


def test_an_unknown_procedure_is_judged_nowhere(coverage: Coverage) -> None:
    assert coverage.partners("99213") is None
    assert coverage.partners("98940") == frozenset()
    assert "76942" in (coverage.partners("64450") or ())
    assert coverage.articles(IOWA, "99213", ON) == ()
    assert told(coverage.decide(IOWA, "99213", ("M542",), ON)) == (None, "no-article")


def test_an_unknown_contract_has_no_article(coverage: Coverage) -> None:
    assert coverage.articles("99999", "98940", ON) == ()
    assert told(coverage.decide("99999", "98940", ("M9901",), ON)) == (None, "no-article")


@given(
    days=st.integers(0, 4000),
    contract=st.sampled_from([IOWA, CALIFORNIA, OHIO, GEORGIA, ILLINOIS, PENNSYLVANIA, FLORIDA]),
    procedure=st.sampled_from(
        ["98940", "64405", "64450", "64451", "20552", "22510", "64635", "97035", "99213"]
    ),
    diagnoses=st.lists(
        st.sampled_from(["M9900", "M9901", "M542", "M5381", "G600", "C7951", "M8458XA", "M5386"]), max_size=4
    ).map(lambda codes: tuple(dict.fromkeys(codes))),
    beside=st.frozensets(st.sampled_from(["76942", "97032", "20552"])),
)
def test_what_is_kept_for_a_period_is_the_answer_of_the_day(
    coverage: Coverage,
    days: int,
    contract: str,
    procedure: str,
    diagnoses: tuple[str, ...],
    beside: frozenset[str],
) -> None:
    on = date(2018, 1, 1) + timedelta(days=days)
    kept = coverage.decide(contract, procedure, diagnoses, on, beside)
    of_the_day = combined(
        [
            decide_by_article(article, procedure, diagnoses, on, beside)
            for article in coverage.articles(contract, procedure, on)
        ]
    )
    assert kept == of_the_day
