"""The forms of the report show the same figures, whatever is in them."""

import csv
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from io import BytesIO, StringIO
from itertools import pairwise
from pathlib import Path
from typing import get_args
from weakref import WeakSet
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pypdf import PdfReader

from scrubber.reference.denial_priors import FixedBy
from scrubber.report.amounts import share
from scrubber.report.figures import DenialReport, FindingRow
from scrubber.report.forms import MEDIA_TYPES, pdf, render, words
from scrubber.report.forms.charts import Bar, short_dollars, weeks_chart
from scrubber.report.forms.columns import share_of
from scrubber.report.forms.contents import tables_of
from scrubber.report.forms.html import MOST_ROWS
from scrubber.report.forms.json import schema
from scrubber.report.forms.shown import cut, printable, shown
from scrubber.report.forms.summary import figures_of
from scrubber.report.forms.tables import Table, shortened, totals
from scrubber.rule import Reason
from tests import report_samples as samples

GOLDEN = Path(__file__).parents[1] / "golden" / "report"
SAMPLES = (
    samples.rich, samples.empty, samples.all_clean, samples.one_claim, samples.huge, samples.hostile,
)  # fmt: skip
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.__name__)
each_form = pytest.mark.parametrize("form", MEDIA_TYPES)


def rendered(form: str, report: DenialReport, findings: list[FindingRow] | None = None) -> bytes:
    out = BytesIO()
    render(form, report, out, findings or [])
    return out.getvalue()


class _Page(HTMLParser):
    """The text of a page, its elements, and whether each one that was opened is closed."""

    VOID = ("meta", "link", "br", "rect", "polyline")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.said, self.elements, self.open = [], [], []
        self.feed(text)
        self.text = "".join(self.said)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        if tag not in self.VOID or tag == "rect":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.said.append(data)


def page_of(report: DenialReport) -> _Page:
    return _Page(rendered("html", report).decode())


def pdf_text(report: DenialReport) -> str:
    pages = PdfReader(BytesIO(rendered("pdf", report))).pages
    return "\n".join(page.extract_text() for page in pages)


def sheets(content: bytes) -> dict[str, list[list[str]]]:
    """The sheets of a workbook by name, their cells as text; none is a formula."""
    found = {}
    with zipfile.ZipFile(BytesIO(content)) as archive:
        book = _xml(archive, "xl/workbook.xml")
        for number, sheet in enumerate(book.iter(f"{MAIN}sheet"), start=1):
            tree = _xml(archive, f"xl/worksheets/sheet{number}.xml")
            assert not list(tree.iter(f"{MAIN}f")), "a formula"
            found[sheet.get("name", "")] = [[_cell(cell) for cell in row] for row in tree.iter(f"{MAIN}row")]
    return found


def _xml(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(archive.read(name))  # noqa: S314 - our own file


def _cell(cell: ElementTree.Element) -> str:
    if cell.get("t") == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{MAIN}t"))
    assert cell.get("t", "n") == "n"
    return cell.findtext(f"{MAIN}v", "")


def values_of(table: Table) -> Iterator[tuple[str, object]]:
    for row in table.rows:
        for column, value in zip(table.columns, row, strict=True):
            if value is not None:
                yield column.unit, value


@each_sample
def test_html_shows_every_figure(sample: Callable[[], DenialReport]) -> None:
    report = sample()
    text = "".join(page_of(report).text.split())
    for table in tables_of(report).values():
        few = shortened(table, MOST_ROWS)
        for unit, value in values_of(few):
            if table.name != "worklist":
                assert _tight(cut(shown(value, "text" if isinstance(value, str) else unit))) in text, (
                    table.name,
                    value,
                )
        for sums in (totals(few), few.rest):
            for column, value in zip(few.columns, sums or (), strict=False):
                assert isinstance(value, str) or value is None or shown(value, column.unit) in text
    for name in (
        "expected_denials",
        "expected_charge",
        "preventable_charge",
        "clean_by_claims",
        "clean_by_charge",
    ):
        figure = {figure.name: figure for figure in figures_of(report)}[name]
        assert shown(figure.value, figure.unit) in text


@each_sample
def test_pdf_shows_every_figure(sample: Callable[[], DenialReport]) -> None:
    report = sample()
    text = _tight(pdf_text(report))
    for figure in figures_of(report):
        for value in (figure.value, figure.low, figure.high):
            assert value is None or _tight(shown(value, figure.unit)) in text, figure
    for name, table in tables_of(report).items():
        few = shortened(table, pdf.MOST_ROWS)
        for unit, value in values_of(few):
            if name != "worklist" and not isinstance(value, str):
                assert _tight(shown(value, unit)) in text, (name, value)


@each_sample
def test_xlsx_has_every_figure_as_what_it_is(sample: Callable[[], DenialReport]) -> None:
    report = sample()
    book = sheets(rendered("xlsx", report, samples.findings(3)))
    for table in tables_of(report).values():
        head, *rows = book[table.title]
        assert head == [column.title for column in table.columns]
        for row, cells in zip(table.rows, rows, strict=True):
            kept = [value for value in row if value is not None]
            for value, cell in zip(kept, cells, strict=True):
                if isinstance(value, str):
                    assert cell == printable(value)[:32_000]
                else:
                    assert float(cell) == pytest.approx(_as_number(value))
    summary = {row[0]: row[1:] for row in book["Summary"] if row}
    for figure in figures_of(report):
        if figure.value is not None:
            assert float(summary[figure.title][0]) == pytest.approx(_as_number(figure.value))
    assert [row[0] for row in book["Findings"][1:]] == ["A-0", "A-1", "A-2"]


@each_sample
def test_csv_has_every_figure(sample: Callable[[], DenialReport]) -> None:
    report = sample()
    head, *rows = csv.reader(StringIO(rendered("csv", report).decode(), newline=""))
    assert tuple(head) == ("section", "row", "key", "measure", "unit", "value")
    told = {(section, int(place), measure): value for section, place, _, measure, _, value in rows}
    for table in tables_of(report).values():
        for place, row in enumerate(table.rows, start=1):
            for column, value in zip(table.columns[table.keys :], row[table.keys :], strict=True):
                if value is not None and not isinstance(value, str | date):
                    assert float(told[table.name, place, column.name]) == pytest.approx(
                        float(value), abs=1e-6
                    )
    for row in rows:
        assert row[2][:1] not in set("=+@\t\r")
        assert row[5][:1] not in set("=+@\t\r")
        assert not (row[4] == "text" and row[5].startswith("-"))


@each_sample
def test_json_is_the_report_by_its_schema(sample: Callable[[], DenialReport]) -> None:
    report = sample()
    content = rendered("json", report)
    Draft202012Validator(schema()).validate(msgspec.json.decode(content))
    assert msgspec.json.decode(content, type=DenialReport) == report


def test_the_sums_are_those_of_the_whole() -> None:
    report = samples.rich()
    tables = tables_of(report)
    for name in ("by_carc", "by_payer", "by_procedure", "by_edit", "weeks"):
        for table in (tables[name], shortened(tables[name], MOST_ROWS), shortened(tables[name], 3)):
            sums = totals(table)
            assert sums is not None
            place = [column.name for column in table.columns].index("expected_charge")
            assert sums[place] == report.expected.charge, name
    claims = [row[1] for row in tables["dispositions"].rows]
    assert sum(claims) == report.all.claims


@each_form
@pytest.mark.parametrize("sample", [samples.one_claim, samples.hostile])
def test_the_same_report_gives_the_same_bytes(form: str, sample: Callable[[], DenialReport]) -> None:
    assert rendered(form, sample(), samples.findings(3)) == rendered(form, sample(), samples.findings(3))


@pytest.mark.parametrize(
    "sample", [samples.rich, samples.empty, samples.one_claim], ids=lambda sample: sample.__name__
)
@each_form
def test_the_forms_are_as_they_were_looked_at(form: str, sample: Callable[[], DenialReport]) -> None:
    """The golden files; one that is deleted is written anew by this test, to be looked at."""
    report = sample()
    if form == "pdf":
        content = pdf_text(report) + "\n"
    elif form == "xlsx":
        book = sheets(rendered("xlsx", report, samples.findings(3)))
        content = "".join(
            f"== {name}\n" + "".join("\t".join(row) + "\n" for row in rows) for name, rows in book.items()
        )
    else:
        content = rendered(form, report).decode()
        # The style has its own file; its hash would change every page with it.
        content = re.sub(r"<style>.*</style>|'sha256-[^']+'", "", content, flags=re.DOTALL)
    path = GOLDEN / f"{sample.__name__}.{form}{'.txt' if form in {'pdf', 'xlsx'} else ''}"
    if not path.is_file():
        path.write_text(content, newline="")
        pytest.fail(f"{path.name} is written anew: look at it")
    assert content == path.read_text()


def test_a_share_above_is_that_of_a_table() -> None:
    assert shown(share(72_449, 100_000), "share") == shown(share_of(72_449, 100_000), "share") == "72.4%"


@each_sample
def test_the_page_is_well_made(sample: Callable[[], DenialReport]) -> None:
    page = page_of(sample())
    assert page.open == []
    tags = [tag for tag, _ in page.elements]
    assert not {"script", "img", "iframe", "form", "object"} & set(tags)
    headings = [int(tag[1]) for tag in tags if tag in {"h1", "h2", "h3"}]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(headings))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        href = attributes.get("href", "data:,")
        assert href.startswith(("https://", "data:,")) or href[1:] in ids
        assert attributes.get("aria-labelledby", ids[0]) in ids
        assert tag != "svg" or attributes.get("aria-hidden") == "true" or attributes["aria-label"]
        assert tag != "th" or attributes["scope"] in {"col", "row"}
    assert tags.count("caption") == tags.count("table")
    assert {"main", "nav", "header", "footer"} <= set(tags)


def test_a_report_of_nothing_says_so() -> None:
    assert "There are no claims." in page_of(samples.empty()).text
    assert "There are no claims." in pdf_text(samples.empty())
    assert "No finding is left to work on." in page_of(samples.all_clean()).text
    assert "with a probability of 85%" in page_of(samples.one_claim()).text


def test_the_pdf_tells_what_it_is() -> None:
    document = PdfReader(BytesIO(rendered("pdf", samples.rich())))
    assert document.metadata is not None
    assert document.metadata.title == "Denial risk: Services Apr 1, 2026 to Sep 30, 2026"
    assert document.metadata.creation_date == samples.MADE
    assert document.root_object["/Lang"] == "en-US"
    assert len(document.outline) == len(tables_of(samples.rich())) + 1
    assert f"Page {len(document.pages)}" in document.pages[-1].extract_text()


class _Counted(FindingRow, frozen=True, weakref=True, kw_only=True):
    """A row that can be seen to go."""


def test_findings_are_never_held_together() -> None:
    """Of many findings no more than a handful exist at once."""
    fields = msgspec.structs.asdict(samples.findings(1)[0])
    rows: WeakSet[_Counted] = WeakSet()
    alive = []

    def many() -> Iterator[FindingRow]:
        for _ in range(1_000):
            rows.add(row := _Counted(**fields))
            alive.append(len(rows))
            yield row

    out = BytesIO()
    render("xlsx", samples.one_claim(), out, many())
    assert max(alive) < 10
    assert len(sheets(out.getvalue())["Findings"]) == 1_001


def test_findings_beyond_a_sheet_go_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scrubber.report.forms.xlsx.MOST_ROWS", 4)
    book = sheets(rendered("xlsx", samples.one_claim(), samples.findings(9)))
    assert [len(book[name]) - 1 for name in ("Findings", "Findings 2", "Findings 3")] == [4, 4, 1]
    assert "Findings 4" not in book


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    code = (
        "import sys, scrubber.cli.main, scrubber.report.forms;"
        "print([name for name in ('reportlab', 'xlsxwriter', 'scrubber.report.forms.html') if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_every_reason_and_party_has_words() -> None:
    assert {str(reason) for reason in Reason} <= set(words.REASONS)
    assert set(get_args(FixedBy)) == set(words.FIXED_BY)


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(ValueError, match="docx"):
        render("docx", samples.empty(), BytesIO())


@given(st.lists(st.decimals(0, 10**15, places=2), min_size=2, max_size=60), st.integers(200, 900))
def test_a_chart_stays_in_its_field(losses: list[Decimal], width: int) -> None:
    week = samples.one_claim().weeks[0]
    weeks = [msgspec.structs.replace(week, expected_charge=loss) for loss in losses]
    chart = weeks_chart(weeks, width)
    assert chart is not None
    for shape in chart.shapes:
        if isinstance(shape, Bar):
            assert -0.01 <= shape.x <= shape.x + shape.width <= width + 0.01
            assert -0.01 <= shape.y <= shape.y + shape.height <= chart.height + 0.01


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "$0"), (500, "$500"), (2500, "$2.5K"), (1e7, "$10M"), (2e9, "$2B"), (5e12, "$5T")],
)
def test_dollars_of_an_axis(amount: float, text: str) -> None:
    assert short_dollars(amount) == text


def _as_number(value: object) -> float:
    if isinstance(value, datetime | date):
        return (value - date(1899, 12, 30)) / timedelta(days=1)  # type: ignore[operator]
    return float(value)  # type: ignore[arg-type]


def _tight(text: str) -> str:
    return "".join(text.split())
