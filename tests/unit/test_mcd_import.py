"""Exports of the Medicare Coverage Database: what is read of them, and how it joins what the program carries."""

import gzip
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrubber.importers import ImportRefused
from scrubber.importers.coverage import read_articles, read_coverage
from scrubber.importers.editions import import_edition, kept_editions
from scrubber.importers.mcd import digest_of_text, plain_text, read_mcd
from scrubber.importers.mcd import kept as exports_module
from scrubber.importers.mcd.text import MOST_KEPT, shortened
from scrubber.reference import Sections, pack_sections
from scrubber.reference.coverage import (
    AnyOf,
    Article,
    Basis,
    Coverage,
    CoverageResult,
    Listed,
    NoList,
    decide_by_article,
)
from tests.unit.mcd_files import (
    EXPORTED,
    LCD_HEADERS,
    Told,
    export,
    files,
    tables,
    write_export,
    zipped,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ON = date(2026, 3, 2)
CONTRACTORS = (
    "contract,mac,jurisdiction,state,area,note,source\n"
    "05102,WPS,J5,IA,,,x\n08102,WPS,J8,IN,,,x\n15102,CGS,J15,KY,,,x\n"
)
ARTICLE = """\
id: A10000
version: 3
title: "Billing and Coding: Something"
known_as: ["LCD A10000"]
lcd: null
contractor: {mac: WPS, contracts: ["05102"]}
applies: {from: 2025-01-01, basis: stated, note: "why"}
source: {title: "MCD", url: "https://www.cms.gov/x", edition: 2026-09-28}
seventh_characters: {groups: [1], interchangeable: [A, D], basis: stated, note: "why"}
groups:
  - {list: procedure, group: 1, meaning: "what is done"}
  - {list: procedure, group: 3, meaning: "what else is done"}
  - {list: covered, group: 1, meaning: "what for"}
relations:
  - {rule: any-of, procedures: ["10000", "10003"], groups: [1], basis: stated, note: "One list for both."}
"""
CODES = "list,group,code,starred,from,to\nprocedure,1,10000,,,\nprocedure,3,10003,,,\ncovered,1,M54.2,,,\n"
SAME = Told(
    id=10000, version=3, procedures={1: ["10000"], 3: ["10003"]}, covered={1: ["M54.2"]}, effective="2026-01-15"
)  # fmt: skip


@pytest.fixture
def lcd_data(tmp_path: Path) -> Path:
    """A directory with the contracts, and no article."""
    (tmp_path / "contractors.csv").write_text(CONTRACTORS)
    (tmp_path / "articles").mkdir()
    return tmp_path


def carry(lcd_data: Path, article: str = ARTICLE, codes: str | None = CODES) -> None:
    folder = lcd_data / "articles" / "A10000"
    folder.mkdir()
    (folder / "article.yaml").write_text(article)
    if codes is not None:
        (folder / "codes.csv").write_text(codes)


def imported(
    lcd_data: Path, *told: Told, day: date = EXPORTED, retire: Mapping[int, str] | None = None
) -> list[Article]:
    """All articles after the import of an export with these."""
    path = write_export(lcd_data / f"{day}" / "current_article.zip", *told, day=day, retire=retire)
    import_edition(lcd_data / "editions", "mcd", [path], now=NOW)
    return list(read_articles(lcd_data, lcd_data / "editions"))


def days(articles: list[Article]) -> list[tuple[int, str, str | None]]:
    """Version, first and last day of each revision."""
    return [
        (one.ref.version, str(one.applies.first), str(one.applies.last) if one.applies.last else None)
        for one in articles
    ]


def asked(article: Article, *diagnoses: str, procedure: str = "10000") -> tuple[str, bool]:
    """The result for a line, and whether it would be denied."""
    decision = decide_by_article(article, procedure, diagnoses, date(2026, 10, 20))
    return decision.result, any(problem.may_deny for problem in decision.problems)


# ---- what is read


def test_an_article_is_read_whole(lcd_data: Path) -> None:
    told = Told(
        id=20000,
        version=7,
        title="Billing &amp; Coding: It&rsquo;s something",
        contracts=[
            ("8", "05901"),
            ("9", "05102"),
            ("12", "08102"),
            ("9", "15102"),
            ("11", "05102"),
            ("9", "99999"),
        ],
        procedures={1: ["10000"], 3: ["G0260"]},
        covered={1: ["M54.2", "M53.81*", "M53.81"], 2: ["M53.81"]},
        noncovered={1: ["M54.50"]},
        paragraphs={
            ("covered", 1): "&lt;p&gt;Codes that support &amp;amp; more&lt;/p&gt;\n<style>p {}</style>"
        },
        bill_types=["012x"],
        modifiers=["KX", "59"],
        lcd=33333,
    )
    (article,) = imported(lcd_data, told)
    assert (article.ref.id, article.ref.version, article.ref.edition) == ("A20000", 7, "2026-11-19")
    assert article.ref.title == "Billing & Coding: It’s something"
    assert (article.contracts, article.ref.mac) == (("05102", "08102", "15102"), "CGS and WPS")
    assert (article.applies.first, article.applies.last) == (date(2025, 10, 1), None)
    assert article.procedures == {"10000": (Listed(1),), "G0260": (Listed(3),)}
    assert article.covered == {"M542": (Listed(1),), "M5381": (Listed(1, starred=True), Listed(2))}
    assert article.noncovered == {"M5450": (Listed(1),)}
    assert (article.bill_types, article.modifiers, article.lcd) == (("012x",), ("59", "KX"), "L33333")
    assert {(one.list, one.group): one.meaning for one in article.groups}["covered", 1] == (
        "Codes that support & more"
    )
    assert article.relations == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_whatever_the_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "current_article.zip"
    table = read_mcd([write_export(path, Told(id=1, title="Nerve blocks – “facet”"), encoding=encoding)])
    assert "Nerve blocks – “facet”".encode() in table.content
    assert (table.rows, table.unreadable, table.written) == (1, 0, EXPORTED)


def test_drafts_and_revisions_without_an_end_are_no_policy(lcd_data: Path) -> None:
    articles = imported(
        lcd_data,
        Told(id=20000, version=1, status="R", ends={"date_retired": "2025-12-31 00:00:00"}),
        Told(id=20001, version=1, status="R"),
        Told(id=20002, version=9, status="P"),
        Told(id=20003, version=2, status="F", effective="01/01/2027"),
        Told(id=20004, version=2, contracts=[("8", "05901")]),
        Told(id=20005, version=2, effective="1900-01-01 00:00:00"),
    )
    assert [(one.ref.id, *days([one])[0][1:], one.applies.basis) for one in articles] == [
        ("A20000", "2025-10-01", "2025-12-31", "stated"),
        ("A20003", "2027-01-01", None, "stated"),
        ("A20005", "2026-10-01", None, "assumed"),
    ]


def test_ranges_are_taken_as_listed_and_filled_where_nothing_is_listed_between(lcd_data: Path) -> None:
    codes = "code,from,to,attributes\nM5450,,,\nM5451,,,\nM5459,,,\nM546,,,\nM549,,,\n"
    (lcd_data / "icd10cm_validity.csv.gz").write_bytes(gzip.compress(codes.encode()))
    told = Told(
        id=20000,
        covered={
            1: ["B:M54.50", "E:M54.59"],
            2: ["B:M54.50", "M:M54.59", "E:M54.9"],
            3: ["B:M50.00", "E:M54.9"],
        },
    )
    (article,) = imported(lcd_data, told)
    assert article.codes("covered", 1) == ("M5450", "M5451", "M5459")
    assert article.codes("covered", 2) == ("M5450", "M5459", "M549")
    assert article.codes("covered", 3) == ("M5000", "M549")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><ul><li>two</li><li>three</li></ul>", "One two three"),
        ("&lt;p&gt;It&amp;rsquo;s&lt;/p&gt;", "It’s"),
        ("Less &lt; 5 &amp; more", "Less < 5 & more"),
        ("<!-- note --><style>p{}</style><script>x</script>seen", "seen"),
        ("", ""),
    ],
)
def test_paragraphs_are_plain_text(html: str, text: str) -> None:
    assert plain_text(html) == text


@given(st.text(alphabet="<>/&;#! abpx-\"'=", max_size=80))
def test_any_text_becomes_one_line(html: str) -> None:
    text = plain_text(html)
    assert text == " ".join(text.split())
    assert digest_of_text(text) == digest_of_text(text.upper())


def test_a_long_paragraph_is_cut_and_its_digest_is_of_all() -> None:
    long = "word " * MOST_KEPT
    assert len(shortened(plain_text(long))) <= MOST_KEPT
    assert shortened(plain_text(long)).endswith("word…")
    assert digest_of_text("Codes: A, B.") == digest_of_text(" codes A b") != digest_of_text("codes a")


# ---- what is refused


def without(name: str) -> bytes:
    return export({file: content for file, content in files(tables([SAME])).items() if file != f"{name}.csv"})


def with_changed(name: str, change: Callable[[bytes], bytes]) -> bytes:
    return export(
        {
            file: change(content) if file == f"{name}.csv" else content
            for file, content in files(tables([SAME])).items()
        }
    )


WHOLE = export(files(tables([SAME])))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (without("article_x_contractor"), "m.zip has no article_x_contractor.csv: it is no whole export"),
        (without("article"), "has neither article.csv nor lcd.csv"),
        (
            with_changed("article_x_icd10_covered", lambda text: text.replace(b"asterisk", b"star")),
            "article_x_icd10_covered.csv, line 1: there is no column asterisk",
        ),
        (with_changed("article_x_hcpc_code", lambda text: text[:-12]), "article_x_hcpc_code.csv, line 3: a quote"),
        (
            with_changed("article_x_hcpc_code", lambda text: text[: text.rindex(b',"3"')] + b"\r\n"),
            "breaks off in line 3: download it again",
        ),
        (with_changed("article", lambda text: text.replace(b'"A"', b'"P"')), "article.csv has no article in force"),
        (
            with_changed("article", lambda text: text.replace(b"2026-01-15", b"soon")),
            "article.csv, line 3: a date is not written 2026-10-01 or 10/01/2026",
        ),
        (WHOLE[: len(WHOLE) // 2], "m.zip is damaged or cut off: download it again"),
        (WHOLE[:900] + bytes([WHOLE[900] ^ 255]) + WHOLE[901:], "is damaged or cut off: download it again"),
        (b"<!DOCTYPE html><html>Licence</html>", "m.zip is a web page, not data"),
        (zipped({"../article.csv": b"article_id\n"}), "names a place outside of it"),
        (export({"article.csv": b"0" * 60_000_000}), "unpacks to more than 200 times its size"),
        (zipped({"a.zip": WHOLE}), "nested deeper"),
    ],
)  # fmt: skip
def test_what_is_no_export_is_refused_in_one_line(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "m.zip"
    path.write_bytes(content)
    with pytest.raises(ImportRefused) as refused:
        import_edition(tmp_path / "editions", "mcd", [path], now=NOW)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "editions").exists()


def test_single_bad_rows_are_told_and_many_refused(tmp_path: Path) -> None:
    codes = [f"M{number:02}" for number in range(10, 100)]
    told = Told(id=1, covered={1: [*codes, "M54,2", "not a code", *codes]})
    table = read_mcd([write_export(tmp_path / "m.zip", told)])
    assert (table.unreadable, len(table.told)) == (2, 2)
    assert table.told[0].endswith("article_x_icd10_covered.csv, line 92: a code is not one of its kind")
    with pytest.raises(ImportRefused, match="11 rows can't be read, the first: "):
        read_mcd([write_export(tmp_path / "m.zip", Told(id=1, covered={1: [*["?"] * 11, *codes]}))])


# ---- editions


def test_the_edition_is_the_day_of_the_export(tmp_path: Path) -> None:
    path = write_export(tmp_path / "current_article.zip", SAME)
    kept, changed = import_edition(tmp_path / "e", "mcd", [path], now=NOW)
    assert (kept.edition.name, kept.edition.effective, kept.rows, changed) == (
        "2026-11-19",
        EXPORTED,
        3,
        True,
    )
    assert import_edition(tmp_path / "e", "mcd", [path], now=NOW, quarter="2026-11-19") == (kept, False)
    other, _ = import_edition(tmp_path / "e", "mcd", [path], now=NOW, quarter="2026-11-21")
    assert other.edition.name == "2026-11-21"
    lcds: dict[str, list[Mapping[str, object]]] = {
        "lcd": [{"lcd_id": 33333, "lcd_version": 5, "status": "A"}],
        "lcd_related_documents": [{"lcd_id": 33333, "lcd_version": 5, "r_article_id": 10000}],
    }
    lcd = tmp_path / "current_lcd.zip"
    lcd.write_bytes(export(files(lcds, LCD_HEADERS), "current_lcd"))
    beside, _ = import_edition(tmp_path / "e", "mcd", [lcd], now=NOW)
    assert beside.edition.name == "2026-11-19-lcd"
    assert [one.edition.name for one in kept_editions(tmp_path / "e")] == [
        "2026-11-21", "2026-11-19-lcd", "2026-11-19"
    ]  # fmt: skip
    undated = tmp_path / "undated.zip"
    undated.write_bytes(export(files(tables([SAME])), day=date(1980, 1, 1)))
    with pytest.raises(ImportRefused, match="say it, such as --edition 2026-11-19"):
        import_edition(tmp_path / "e", "mcd", [undated], now=NOW)
    for wrong in ("2026Q4", "20261119", "19 November"):
        with pytest.raises(ImportRefused, match="the day of its export such as 2026-11-19"):
            import_edition(tmp_path / "e", "mcd", [undated], now=NOW, quarter=wrong)
    (tmp_path / "contractors.csv").write_text(CONTRACTORS)
    (tmp_path / "articles").mkdir()
    (article,) = read_articles(tmp_path, tmp_path / "e")
    assert (article.lcd, article.ref.edition) == ("L33333", "2026-11-21")


# ---- articles nothing is known of but the export


def test_one_group_of_procedures_any_covered_code_supports(lcd_data: Path) -> None:
    told = Told(id=20000, covered={1: ["M54.2"], 2: ["S33.6XXA"]}, noncovered={1: ["M54.50"]})
    (article,) = imported(lcd_data, told)
    assert {relation.basis for relation in article.relations} == {Basis.INFERRED}
    assert asked(article, "M542") == ("supported", False)
    assert asked(article, "G600", "M542") == ("supported", False)
    assert asked(article, "G600") == ("not-supported", True)
    assert asked(article, "M5450") == ("not-supported", True)
    # Which 7th characters stand for which is never guessed, so neither support nor a denial rests on it.
    assert asked(article, "S336XXD") == ("not-supported", False)


@pytest.mark.parametrize("lists", [
    {"covered": {1: ["M54.2"]}},
    {"covered": {1: ["M54.2"], 2: ["M54.50"]}, "noncovered": {1: ["G60.0"]}},
    {"covered": {1: ["XX000"]}, "noncovered": {1: ["G60.0"]}},
    {"noncovered": {1: ["XX000"]}},
])  # fmt: skip
def test_several_groups_of_procedures_are_never_judged(
    lcd_data: Path, lists: dict[str, dict[int, list[str]]]
) -> None:
    told = Told(id=20000, procedures={1: ["10000"], 2: ["10001"]}, **lists)  # type: ignore[arg-type]
    (article,) = imported(lcd_data, told)
    for procedure in ("10000", "10001"):
        for diagnosis in ("M542", "M5450", "G600", "Z000"):
            decision = decide_by_article(article, procedure, (diagnosis,), ON)
            assert (decision.result, decision.reason) == (CoverageResult.NOT_EVALUATED, "relation-not-stated")


@pytest.mark.parametrize(("lists", "answers"), [
    ({}, {"G600": "no-diagnosis-list"}),
    ({"covered": {1: ["XX000"]}}, {"G600": "no-diagnosis-list"}),
    ({"covered": {1: ["XX000"]}, "noncovered": {1: ["G60.0"]}}, {"G600": "not-supported", "M542": "no-diagnosis-list"}),
    ({"noncovered": {1: ["G60.0"]}}, {"G600": "not-supported", "M542": "no-diagnosis-list"}),
    ({"covered": {1: ["M54.2"]}, "noncovered": {1: ["XX000"]}}, {"G600": "not-supported", "M542": "supported"}),
    ({"noncovered": {1: ["XX000"]}}, {"G600": "not-evaluated", "M542": "not-evaluated"}),
])  # fmt: skip
def test_placeholders_and_empty_lists(
    lcd_data: Path, lists: dict[str, dict[int, list[str]]], answers: dict[str, str]
) -> None:
    (article,) = imported(lcd_data, Told(id=20000, **lists))  # type: ignore[arg-type]
    assert {diagnosis: asked(article, diagnosis)[0] for diagnosis in answers} == answers


def test_procedures_without_any_diagnosis_list_have_none_in_several_groups_too(lcd_data: Path) -> None:
    (article,) = imported(lcd_data, Told(id=20000, procedures={1: ["10000"], 2: ["10001"]}))
    assert [type(relation) for relation in article.relations] == [NoList]


# ---- beside what the program carries


def test_the_same_version_keeps_what_is_stated(lcd_data: Path) -> None:
    carry(lcd_data)
    before, article = imported(lcd_data, SAME)
    assert days([before, article]) == [(3, "2025-01-01", "2026-01-14"), (3, "2026-01-15", None)]
    assert (before.ref.edition, article.ref.edition) == ("2026-09-28", "2026-11-19")
    assert article.relations == before.relations
    assert (article.known_as, article.groups[0].meaning) == (("LCD A10000",), "what is done")
    assert article.seventh_characters == before.seventh_characters
    assert asked(article, "G600") == ("not-supported", True)
    assert asked(article, "M542", procedure="10003") == ("supported", False)


def newer(**changed: object) -> Told:
    told = {"version": 4, "effective": "2026-10-15"} | changed
    return Told(**{**{name: getattr(SAME, name) for name in SAME.__dataclass_fields__}, **told})


def test_a_newer_version_of_the_same_structure_keeps_it_too(lcd_data: Path) -> None:
    carry(lcd_data)
    before, article = imported(lcd_data, newer(covered={1: ["M54.2", "M54.50"]}))
    assert days([before, article]) == [(3, "2025-01-01", "2026-10-14"), (4, "2026-10-15", None)]
    assert [relation.basis for relation in article.relations] == [Basis.STATED]
    assert asked(article, "M5450") == ("supported", False)
    assert asked(article, "G600") == ("not-supported", True)


@pytest.mark.parametrize(("paragraph", "basis"), [
    ("<p>For the codes of <b>groups 1 and 3</b>.</p>", Basis.STATED),
    ("For the codes of group 1.", Basis.INFERRED),
    ("", Basis.INFERRED),
])  # fmt: skip
def test_a_recorded_paragraph_that_changed_softens_it(lcd_data: Path, paragraph: str, basis: Basis) -> None:
    digest = digest_of_text("For the codes of groups 1 and 3.")
    carry(lcd_data, ARTICLE.replace('"what for"', f'"what for", digest: "{digest}"'))
    article = imported(lcd_data, newer(paragraphs={("covered", 1): paragraph}))[-1]
    assert [relation.basis for relation in article.relations] == [basis]


@pytest.mark.parametrize(
    "changed",
    [
        {"covered": {1: ["M54.2"], 2: ["M54.50"]}},
        {"procedures": {1: ["10000", "10009"], 3: ["10003"]}},
        {"procedures": {1: ["10000"], 2: ["10003"]}},
        {"noncovered": {1: ["M54.50"]}},
    ],
)
def test_a_changed_structure_softens_it_and_names_the_version(
    lcd_data: Path, changed: dict[str, object]
) -> None:
    carry(lcd_data)
    article = imported(lcd_data, newer(**changed))[-1]
    relation = article.relations[0]
    assert isinstance(relation, AnyOf)
    assert (relation.basis, relation.procedures) == (Basis.INFERRED, ("10000", "10003"))
    assert relation.note == "One list for both. Read from version 3, not from version 4."
    assert article.seventh_characters is not None
    assert article.seventh_characters.basis is Basis.INFERRED
    assert asked(article, "M542") == ("supported", False)
    assert asked(article, "G600") == ("not-supported", False)


def test_a_role_that_may_have_changed_never_denies_a_listed_diagnosis(lcd_data: Path) -> None:
    """One procedure group left: a line without any listed diagnosis is denied, one with another group's is not."""
    one_group = ARTICLE.replace('  - {list: procedure, group: 3, meaning: "what else is done"}\n', "")
    carry(lcd_data, one_group.replace(', "10003"', ""), CODES.replace("procedure,3,10003,,,\n", ""))
    article = imported(lcd_data, newer(procedures={1: ["10000"]}, covered={1: ["M54.2"], 2: ["M54.50"]}))[-1]
    assert asked(article, "M5450") == ("not-supported", False)
    assert asked(article, "G600") == ("not-supported", True)


@pytest.mark.parametrize("covered", [{2: ["M54.2"]}, {1: ["M54.2", "XX000"]}])
def test_relations_whose_groups_are_gone_are_left_out(lcd_data: Path, covered: dict[int, list[str]]) -> None:
    carry(lcd_data)
    article = imported(lcd_data, newer(covered=covered))[-1]
    assert asked(article, "G600") == ("not-evaluated", False)


def test_relations_written_for_an_imported_article(lcd_data: Path) -> None:
    """An analyst writes article.yaml without codes.csv: the lists are those of the export."""
    carry(lcd_data, codes=None)
    assert list(read_articles(lcd_data, lcd_data / "editions")) == []
    (article,) = imported(lcd_data, SAME)
    assert [relation.basis for relation in article.relations] == [Basis.STATED]
    assert asked(article, "G600") == ("not-supported", True)
    article = imported(lcd_data, newer(), day=date(2026, 11, 20))[-1]
    assert [(one.basis, article.ref.version) for one in article.relations] == [(Basis.INFERRED, 4)]


# ---- revisions


def test_revisions_have_intervals(lcd_data: Path) -> None:
    carry(lcd_data)
    articles = imported(
        lcd_data,
        newer(version=1, status="R", effective="2024-01-01", ends={"article_rev_end_date": "2024-06-30"}),
        newer(version=2, effective="2024-09-01"),
        newer(version=4, effective="2026-02-01"),
        newer(version=5, effective="2026-12-01"),
        retire={10000: "2027-03-31 00:00:00"},
    )
    assert days(articles) == [
        (1, "2024-01-01", "2024-06-30"),
        (2, "2024-09-01", "2024-12-31"),
        (3, "2025-01-01", "2026-01-31"),
        (4, "2026-02-01", "2026-11-30"),
        (5, "2026-12-01", "2027-03-31"),
    ]


def test_the_newest_edition_gives_each_version_and_older_ones_the_versions_before(lcd_data: Path) -> None:
    imported(lcd_data, newer(effective="2026-01-01", covered={1: ["M54.2"]}), day=date(2026, 9, 1))
    articles = imported(lcd_data, newer(version=5), newer(version=4, effective="2026-02-01"))
    assert days(articles) == [(4, "2026-02-01", "2026-10-14"), (5, "2026-10-15", None)]
    articles = imported(lcd_data, newer(version=6, effective="2026-11-25"), day=date(2026, 11, 26))
    assert [(one.ref.version, one.ref.edition) for one in articles] == [
        (4, "2026-11-19"), (5, "2026-11-19"), (6, "2026-11-26")
    ]  # fmt: skip


def test_what_a_whole_export_lacks_has_ended_and_a_part_tells_nothing(
    lcd_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    carry(lcd_data)
    others = [Told(id=20000), Told(id=20001)]
    assert days(imported(lcd_data, *others))[0] == (3, "2025-01-01", None)
    monkeypatch.setattr(exports_module, "WHOLE", 2)
    ended = list(read_articles(lcd_data, lcd_data / "editions"))
    assert days(ended)[0] == (3, "2025-01-01", "2026-11-18")
    # An imported article that a later export has dropped ends likewise.
    later = imported(lcd_data, Told(id=20000), Told(id=20002), day=date(2026, 11, 26))
    assert {one.ref.id: days([one])[0][2] for one in later} == {
        "A10000": "2026-11-18", "A20000": None, "A20001": "2026-11-25", "A20002": None
    }  # fmt: skip


def test_an_article_by_name_and_day(lcd_data: Path) -> None:
    carry(lcd_data)
    imported(lcd_data, newer(ends={"article_end_date": "2026-11-30"}), Told(id=20000, covered={1: ["M54.2"]}))
    sections, editions = read_coverage(lcd_data, lcd_data / "editions")
    coverage = Coverage.read(Sections(memoryview(pack_sections(sections, editions))))
    assert editions == {"coverage": "2026-11-19"}
    versions = {
        day: article.ref.version if (article := coverage.article("LCD A10000", day)) else None
        for day in (None, date(2020, 1, 1), date(2026, 10, 14), date(2026, 10, 15), date(2026, 12, 1))
    }
    assert list(versions.values()) == [4, 3, 3, 4, None]
    assert coverage.listing("M542") == ("A10000", "A20000")
    assert coverage.listing("G600") == ()
    ended = coverage.decide("05102", "10003", ("M542",), date(2026, 12, 1))
    assert (ended.result, ended.detail) == ("no-article", "A10000 ended before the service")
    # The other article goes on judging its procedure.
    assert coverage.decide("05102", "10000", ("M542",), date(2026, 12, 1)).result == "supported"
