"""Reading the article files: what is refused, and with which words."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from scrubber.importers import ImportRefused
from scrubber.importers.coverage import read_articles, read_coverage
from scrubber.reference.coverage import AnyOf, Article, Basis, CoverageResult, Listed, decide_by_article
from scrubber.settings import shipped

CONTRACTORS = "contract,mac,jurisdiction,state,area,note,source\n05102,WPS,J5,IA,,,x\n"
ARTICLE = """\
id: A10000
version: 3
title: "Billing and Coding: Something"
known_as: ["LCD A10000"]
lcd: null
contractor: {mac: WPS, contracts: ["05102"]}
applies: {from: 2025-10-01, basis: assumed, note: "why"}
source: {title: "MCD", url: "https://www.cms.gov/x", edition: 2026-09-28}
seventh_characters: null
groups:
  - {list: procedure, group: 1, meaning: "what is done"}
  - {list: covered, group: 1, meaning: "what for"}
relations:
  - {rule: any-of, procedures: ["10000"], groups: [1], basis: stated, note: "why"}
"""
CODES = """\
list,group,code,starred,from,to
procedure,1,10000,,,
covered,1,M54.2,,,
covered,1,M53.81,1,2025-10-01,2026-09-30
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(article: str = ARTICLE, codes: str = CODES, folder: str = "A10000") -> Path:
        (tmp_path / "contractors.csv").write_text(CONTRACTORS)
        (tmp_path / "articles" / folder).mkdir(parents=True)
        (tmp_path / "articles" / folder / "article.yaml").write_text(article)
        (tmp_path / "articles" / folder / "codes.csv").write_text(codes)
        return tmp_path

    return written


def read_articles_of(lcd_data: Path) -> list[Article]:
    return list(read_articles(lcd_data, lcd_data / "editions"))


def test_an_article_is_read(write: Write) -> None:
    (article,) = read_articles_of(write())
    assert (article.ref.id, article.ref.version, article.ref.mac) == ("A10000", 3, "WPS")
    assert (article.ref.edition, article.applies.first) == ("2026-09-28", date(2025, 10, 1))
    assert article.covered == {
        "M542": (Listed(1),),
        "M5381": (Listed(1, True, date(2025, 10, 1), date(2026, 9, 30)),),
    }
    assert article.relations == (AnyOf(procedures=("10000",), groups=(1,), basis=Basis.STATED, note="why"),)


def test_the_shipped_articles_are_read_whole(tmp_path: Path) -> None:
    sections, editions = read_coverage(shipped("lcd_data"), tmp_path)
    tables = ("days", "diagnoses", "names", "procedures", "revisions")
    assert sections.keys() == {"coverage", *(f"coverage_{table}" for table in tables)}
    assert editions == {"coverage": "2026-09-28"}


def test_the_same_data_gives_the_same_bytes(tmp_path: Path) -> None:
    assert read_coverage(shipped("lcd_data"), tmp_path) == read_coverage(shipped("lcd_data"), tmp_path)


def changed(old: str, new: str) -> dict[str, str]:
    text = "codes" if old in CODES else "article"
    whole = CODES if text == "codes" else ARTICLE
    assert old in whole
    return {text: whole.replace(old, new)}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (changed("version: 3", "version: three"), "article.yaml: Expected `int`, got `str` - at `version`"),
        (changed("lcd: null", "lcd: null\ncolour: red"), "article.yaml: Object contains unknown field `colour`"),
        (changed("rule: any-of", "rule: all-of"), "Invalid value 'all-of' - at `relations[0].rule`"),
        (changed("basis: stated", "basis: known"), "Invalid enum value 'known' - at `relations[0].basis`"),
        (changed("groups: [1], basis", "basis"), "missing required field `groups` - at `relations[0]`"),
        (changed("groups: [1], basis", "groups: [1], with: [2], basis"), "unknown field `with`"),
        (changed("groups: [1], basis", "groups: [7], basis"), "relations[0].groups: there is no covered group 7"),
        (changed('["10000"]', '["1000"]'), "relations[0].procedures: '1000' is not a procedure code"),
        (changed('["10000"]', '["10001"]'), "relations[0].procedures: 10001 is not in codes.csv"),
        (changed('["10000"]', "[]"), "relations[0].procedures: there is none"),
        (changed("from: 2025-10-01", "from: soon"), "at `applies.from`"),
        (changed("id: A10000", "id: A10001"), "id: A10001 stands in the folder A10000"),
        (changed("mac: WPS", "mac: NGS"), "contractor.contracts: 05102 is no contract of NGS"),
        (changed('["05102"]', '["05103"]'), "contractor.contracts: 05103 is no contract of WPS"),
        (changed("list: covered, group: 1", "list: covered, group: 2"), "covered group 1 of codes.csv is not"),
        (changed("relations:", "relations: ["), "not YAML"),
        (changed("list,group,code", "list,code,group"), "codes.csv: the header is not list,group,code"),
        (changed("M54.2", "M542"), "codes.csv, line 3: 'M542' is not an ICD-10-CM code with its dot"),
        (changed("M54.2", "m54.2"), "line 3: 'm54.2' is not an ICD-10-CM code"),
        (changed("M54.2", "XX000"), "line 3: 'XX000' is not an ICD-10-CM code"),
        (changed("procedure,1,10000", "procedure,1,1000"), "line 2: '1000' is not a procedure code"),
        (changed("covered,1,M54.2,,", "covered,one,M54.2,,"), "line 3: group is a number, not 'one'"),
        (changed("covered,1,M54.2,,", "covered,1,M54.2,yes,"), "line 3: starred is 1 or empty, not 'yes'"),
        (changed("covered,1,M54.2", "others,1,M54.2"), "line 3: list is one of procedure, covered, noncovered"),
        (changed("2026-09-30", "2024-09-30"), "line 4: to lies before from"),
        (changed("2026-09-30", "2026"), "line 4: to is a date like 2024-10-01"),
        (changed("covered,1,M53.81", "covered,1,M54.2"), "line 4: M54.2 is in covered group 1 twice"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_place(write: Write, files: dict[str, str], says: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        read_articles_of(write(**files))
    assert says in str(refused.value)
    assert str(refused.value).startswith("articles/A10000/")
    assert "\n" not in str(refused.value)


def test_two_lists_for_one_procedure_are_refused(write: Write) -> None:
    twice = ARTICLE + '  - {rule: primary, procedures: ["10000"], primary: [1], basis: stated, note: "why"}\n'
    with pytest.raises(ImportRefused, match=r"relations\[1\].procedures: relations\[0\] gives 10000 a list"):
        read_articles_of(write(article=twice))


def test_a_code_may_return_later(write: Write) -> None:
    codes = CODES + "covered,1,M53.81,,2027-10-01,\n"
    (article,) = read_articles_of(write(codes=codes))
    assert len(article.covered["M5381"]) == 2


def test_a_procedure_no_relation_names_in_an_article_of_one_group(write: Write) -> None:
    (article,) = read_articles_of(write(codes=CODES + "procedure,1,10001,,,\n"))
    decision = decide_by_article(article, "10001", ("M542",), date(2026, 3, 2))
    assert (decision.result, decision.basis) == (CoverageResult.SUPPORTED, Basis.INFERRED)


def test_a_procedure_no_relation_names_in_an_article_of_two_groups(write: Write) -> None:
    two = ARTICLE.replace("groups:\n", 'groups:\n  - {list: procedure, group: 2, meaning: "else"}\n', 1)
    (article,) = read_articles_of(write(article=two, codes=CODES + "procedure,2,10001,,,\n"))
    decision = decide_by_article(article, "10001", ("M54.2",), date(2026, 3, 2))
    assert (decision.result, decision.reason) == (CoverageResult.NOT_EVALUATED, "relation-not-stated")


def test_a_directory_without_articles_is_refused(tmp_path: Path) -> None:
    (tmp_path / "contractors.csv").write_text(CONTRACTORS)
    (tmp_path / "articles").mkdir()
    with pytest.raises(ImportRefused, match="there is no article"):
        read_coverage(tmp_path, tmp_path)
