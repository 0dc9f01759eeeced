"""A year of ICD-10-CM imported: its codes, titles and notes from its first day on, and files that are refused."""

import gzip
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scrubber.claim import Claim
from scrubber.edits import diagnosis
from scrubber.engine import build_engine, scrub
from scrubber.importers import ImportRefused, icd10cm
from scrubber.importers.editions import import_edition
from scrubber.importers.icd10cm import read_icd10cm
from scrubber.importers.icd10cm_year import read_icd10cm_year
from scrubber.importers.payers import read_payers
from scrubber.reference import Sections, Snapshot, pack_sections, read_snapshot
from scrubber.reference.icd10cm import CodeStatus, Icd10cm
from scrubber.reference.snapshot import newest_editions
from scrubber.settings import shipped
from tests.edits.cases import base_claim, merged
from tests.risks import no_risk
from tests.unit.icd10cm_files import order, tabular
from tests.unit.ncci_files import write, zipped

NOW = datetime(2027, 11, 22, tzinfo=UTC)
VALIDITY = """code,from,to,attributes
M542,2015-10-01,,unacceptable
M5430,2015-10-01,,
M545,2015-10-01,2021-09-30,
"""
CARRIED = {
    "M54": "Dorsalgia",
    "M54.2": "Cervicalgia",
    "M54.3": "Sciatica",
    "M54.30": "Sciatica, unspecified side",
}
NEXT = {
    "M54": "Dorsalgia", "M54.2": "Pain of the neck", "M54.21": "Pain of the neck, right",
    "M54.22": "Pain of the neck, left", "M54.3": "Sciatica",
    "M54.30": "Sciatica, unspecified side", "M54.31": "Sciatica, right side",
}  # fmt: skip
EXCLUDES = "<excludes1><note>sciatica (M54.3-)</note></excludes1>"
CODE_FIRST = "<codeFirst><note>underlying disease (M54.3-)</note></codeFirst>"
SEVENTH = '<sevenChrDef><extension char="A">initial encounter</extension></sevenChrDef>'


@pytest.fixture
def lcd_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A code set that comes along, of three codes."""
    directory = tmp_path / "lcd_data"
    write(directory, "icd10cm_validity.csv.gz", gzip.compress(VALIDITY.encode()))
    carried = write(directory, "tabular.xml", tabular(CARRIED, {"M54.30": CODE_FIRST}, version="2026"))
    monkeypatch.setattr(icd10cm, "tabular_path", lambda: carried)
    return directory


@pytest.fixture
def take(tmp_path: Path) -> Callable[..., Any]:
    """Imports a year from the zips it comes in."""

    def imported(
        year: str, titles: dict[str, str], billable: list[str], notes: dict[str, str], april: bool = False
    ) -> Any:
        named = f"April-{year}" if april else year
        headers = {code.replace(".", "") for code in titles} - set(billable)
        tables = {
            f"icd10cm-tabular-{named}.xml": tabular(titles, notes, version=year),
            f"icd10cm-index-{named}.xml": b"<x/>\n",
            f"icd10cm-tabular-addenda-{named}.xml": b"<x/>\n",
        }
        codes = {
            f"icd10cm-order-{named}.txt": order(billable, headers),
            f"icd10cm-codes-{named}.txt": b"x\n",
            f"icd10cm-order-addenda-{named}.txt": b"x\n",
        }
        files = [
            write(tmp_path / named, f"icd10cm-table-index-{named}.zip", zipped(tables)),
            write(tmp_path / named, f"icd10cm-Code Descriptions-{named}.zip", zipped(codes)),
        ]
        return import_edition(tmp_path / "editions", "icd10cm", files, now=NOW)

    return imported


def opened(lcd_data: Path) -> Snapshot:
    sections, told = read_icd10cm(lcd_data, lcd_data.parent / "editions")
    content = memoryview(pack_sections(sections, told))
    return read_snapshot(Sections(content), read_payers(shipped("payer_rules")), date(2027, 11, 22))


def table(lcd_data: Path) -> Icd10cm:
    loaded = opened(lcd_data).icd10cm
    assert loaded is not None
    return loaded


def next_year(take: Callable[..., Any]) -> Any:
    return take(
        "2028",
        NEXT,
        ["M5421", "M5422", "M5430", "M5431"],
        {"M54.2": EXCLUDES + SEVENTH, "M54.31": CODE_FIRST},
    )


BEFORE, ON, AFTER = date(2027, 9, 30), date(2027, 10, 1), date(2028, 2, 1)


def test_codes_begin_and_end_with_the_year(lcd_data: Path, take: Callable[..., Any]) -> None:
    kept, changed = next_year(take)
    assert (changed, kept.edition.name, kept.edition.effective, kept.rows) == (True, "FY2028", ON, 4)
    assert [len(source.sha256) for source in kept.sources] == [64, 64]
    assert next_year(take) == (kept, False)
    snapshot = opened(lcd_data)
    assert snapshot.editions["icd10cm"] == "FY2028, FY2027"
    assert {name: edition.effective for name, edition in newest_editions(snapshot).items()} == {"icd10cm": ON}
    codes = table(lcd_data)
    statuses = {
        code: [codes.status(code, on) for on in (BEFORE, ON, AFTER)]
        for code in ("M542", "M5421", "M5430", "M5431")
    }
    assert statuses == {
        "M542": [CodeStatus.BILLABLE, CodeStatus.CATEGORY, CodeStatus.CATEGORY],
        "M5421": [CodeStatus.NOT_IN_EFFECT, CodeStatus.BILLABLE, CodeStatus.BILLABLE],
        "M5430": [CodeStatus.BILLABLE] * 3,
        "M5431": [CodeStatus.NOT_IN_EFFECT, CodeStatus.BILLABLE, CodeStatus.BILLABLE],
    }
    assert codes.status("M545", date(2021, 9, 30)) is CodeStatus.BILLABLE
    assert codes.status("M545", ON) is CodeStatus.NOT_IN_EFFECT
    assert codes.attributes("M542", BEFORE) == {"unacceptable"}
    assert codes.last_day == date(2028, 3, 31)


def test_titles_and_notes_are_those_of_the_year(lcd_data: Path, take: Callable[..., Any]) -> None:
    next_year(take)
    codes = table(lcd_data)
    for on, title, excludes, seventh, first, newer_first in (
        (date(2016, 1, 1), "Cervicalgia", 0, {}, 1, 0),
        (BEFORE, "Cervicalgia", 0, {}, 1, 0),
        (ON, "Pain of the neck", 1, {"A": "initial encounter"}, 0, 1),
        (AFTER, "Pain of the neck", 1, {"A": "initial encounter"}, 0, 1),
    ):
        year = codes.of(on)
        assert year.title("M542") == title
        assert len(year.excludes1("M5421")) == excludes
        assert year.any_conflict(frozenset({"M5421", "M5430"})) is bool(excludes)
        assert year.seventh("M542") == seventh
        assert len(year.code_first("M5430")) == first
        assert len(year.code_first("M5431")) == newer_first
    assert codes.more_specific("M5430", BEFORE) == ()
    assert codes.more_specific("M5430", ON) == ("M5431",)


def test_the_edits_follow_the_service_date(lcd_data: Path, take: Callable[..., Any]) -> None:
    next_year(take)
    engine = build_engine(diagnosis.EDITS, opened(lcd_data), "test", assess=no_risk)

    def found(on: date, *codes: str) -> set[str]:
        claim = merged(base_claim(), {"diagnoses": list(codes), "lines": [{"service_date": on.isoformat()}]})
        return {
            finding.edit for finding in scrub(engine, msgspec.convert(claim, Claim, strict=False)).findings
        }

    assert found(BEFORE, "M54.21", "M54.30") >= {"DX302"}
    assert "DX306" not in found(BEFORE, "M54.21", "M54.30")
    assert "DX306" in found(ON, "M54.21", "M54.30")
    # The code-first note at M54.30 is gone, the one at M54.31 new.
    assert "DX308" in found(BEFORE, "M54.30")
    assert "DX308" not in found(ON, "M54.30")
    assert "DX308" in found(ON, "M54.31")


def test_the_april_update_goes_on_from_its_october(lcd_data: Path, take: Callable[..., Any]) -> None:
    next_year(take)
    titles = {code: title for code, title in NEXT.items() if code != "M54.31"} | {
        "M54.32": "Sciatica, left side"
    }
    kept, _ = take("2028", titles, ["M5421", "M5422", "M5430", "M5432"], {}, april=True)
    assert (kept.edition.name, kept.edition.effective) == ("FY2028-April", date(2028, 4, 1))
    codes = table(lcd_data)
    days = (date(2028, 3, 31), date(2028, 4, 1))
    assert [codes.billable("M5431", on) for on in days] == [True, False]
    assert [codes.billable("M5432", on) for on in days] == [False, True]
    assert [codes.billable("M5430", on) for on in days] == [True, True]
    assert [len(codes.of(on).excludes1("M5421")) for on in days] == [1, 0]
    assert codes.last_day == date(2028, 9, 30)


def test_an_older_year_gives_its_notes_and_no_validity(lcd_data: Path, take: Callable[..., Any]) -> None:
    take("2025", {"M54": "Dorsalgia", "M54.2": "Pain as it was called"}, ["M542"], {})
    codes = table(lcd_data)
    assert codes.of(date(2025, 1, 1)).title("M542") == "Pain as it was called"
    assert codes.of(date(2026, 4, 1)).title("M542") == "Cervicalgia"
    assert codes.billable("M5430", date(2025, 1, 1)), (
        "the file that comes along tells of all days before FY2027"
    )


# ---- what is refused

BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>\n'
OUTSIDE = '<!DOCTYPE x SYSTEM "file:///etc/passwd">\n'
GOOD = order(["M542", "M543"])
DEEP = b"<ICD10CM.tabular><chapter><section id='M50'>" + b"<diag><name>M54</name>" * 5000


@pytest.mark.parametrize(
    ("xml", "text", "says"),
    [
        (tabular(before=BOMB), GOOD, "tabular.xml is not the tabular list: it declares a document type"),
        (tabular(before=OUTSIDE), GOOD, "it declares a document type"),
        (tabular()[:300], GOOD, "tabular.xml is not whole XML"),
        (
            tabular().replace(b"utf-8", b"utf-88"),
            GOOD,
            "tabular.xml is not whole XML: unknown encoding: utf-88",
        ),
        (b"<a></a>\n", GOOD, "is not the tabular list: its root is a"),
        (
            DEEP + b"</diag>" * 5000 + b"</section></chapter></ICD10CM.tabular>\n",
            GOOD,
            "M54 is not a code under M54",
        ),
        (tabular({"M54": "x", "X": "y"}).replace(b"M54<", b"m<"), GOOD, "m is not a code under a block"),
        (tabular(version="2027"), GOOD, "the files are of different years: 2027, 2028"),
        (tabular(), order(["M542"]), "order.txt lacks 1 codes of"),
        (tabular(), b"nothing\n", "order.txt, line 1: it is not laid out as a record"),
        (tabular(), GOOD + b"00099 M5\n", "order.txt breaks off in line 4"),
        (tabular().replace(b"M50-M54", b"A??-Z"), GOOD, "is not the tabular list: "),
    ],
)
def test_what_is_no_year_is_refused(tmp_path: Path, xml: bytes, text: bytes, says: str) -> None:
    directory = tmp_path / "2028"
    files = [
        write(directory, "a-2028.zip", zipped({"tabular.xml": xml})),
        write(directory, "b.zip", zipped({"order.txt": text})),
    ]
    with pytest.raises(ImportRefused) as refused:
        read_icd10cm_year(files)
    assert says in str(refused.value)


def test_both_files_are_needed_and_a_web_page_is_none(tmp_path: Path) -> None:
    xml = write(tmp_path, "icd10cm_tabular_2028.xml", tabular())
    text = write(tmp_path, "icd10cm_order_2028.txt", GOOD)
    for files, says in (([xml], "the order file is needed"), ([text], "the tabular list (XML) is needed")):
        with pytest.raises(ImportRefused) as refused:
            read_icd10cm_year(files)
        assert says in str(refused.value)
    page = write(tmp_path, "tabular.zip", b"<!DOCTYPE html><html></html>")
    with pytest.raises(ImportRefused, match="is a web page"):
        read_icd10cm_year([page, text])
    assert read_icd10cm_year([xml, text]).quarter == "FY2028"


def test_a_row_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    xml = write(tmp_path, "tabular.xml", tabular())
    text = write(tmp_path, "order.txt", b"00000 ?\n" + GOOD)
    read = read_icd10cm_year([xml, text])
    assert (read.rows, read.unreadable) == (2, 1)
    assert read.told == ("order.txt, line 1: it is not laid out as a record of this file",)


def test_an_edition_is_a_year(tmp_path: Path) -> None:
    files = [write(tmp_path, "tabular.xml", tabular(version="")), write(tmp_path, "order.txt", GOOD)]
    with pytest.raises(ImportRefused, match="such as --edition FY2028"):
        import_edition(tmp_path / "e", "icd10cm", files, now=NOW)
    with pytest.raises(ImportRefused, match="is a year such as FY2028 or FY2028-April, not 2027Q4"):
        import_edition(tmp_path / "e", "icd10cm", files, now=NOW, quarter="2027Q4")
    kept, _ = import_edition(tmp_path / "e", "icd10cm", files, now=NOW, quarter="FY2028-April")
    assert kept.edition.effective == date(2028, 4, 1)
