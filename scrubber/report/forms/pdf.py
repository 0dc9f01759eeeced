"""The report as PDF: letter pages to print, file or send on. See docs/decisions/report-forms.md."""

from collections.abc import Iterator
from typing import IO

from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    LongTable,
    PageTemplate,
    Paragraph,
    Spacer,
)
from reportlab.platypus import TableStyle as Look

from scrubber.report.figures import DenialReport, WorkItem
from scrubber.report.forms import words
from scrubber.report.forms.charts import dispositions_chart, weeks_chart
from scrubber.report.forms.contents import tables_of
from scrubber.report.forms.pdf_chart import drawing_of
from scrubber.report.forms.pdf_type import (
    CELL_HEAD,
    FONT,
    HEADING,
    HEADLINE,
    INK,
    ITEM,
    KIND,
    LINE,
    QUIET,
    QUIETLY,
    RIGHT,
    SAYS,
    SMALL,
    TEXT,
    drawable,
    text_of,
)
from scrubber.report.forms.shown import (
    LONGEST_ADVICE,
    Unit,
    Value,
    cut,
    plural,
    shown,
    shown_moment,
)
from scrubber.report.forms.summary import figures_of
from scrubber.report.forms.tables import Row, Table, shortened, totals, without_empty

MOST_ROWS = 12
MARGIN = 46.0
WIDTH = letter[0] - 2 * MARGIN
WIDE_TEXT = {
    "name": 2.4,
    "reason": 4.0,
    "what": 3.0,
    "source": 3.0,
    "url": 3.0,
    "digest": 2.0,
    "edition": 2.0,
}


def render(report: DenialReport, out: IO[bytes]) -> None:
    """Write the document."""
    document = _Document(report, out)
    document.build(
        [*_answer(report), *_worklist(report), *_sections(report), *_method(report)],
        canvasmaker=document.canvas,
    )


class _Document(BaseDocTemplate):
    """Pages with a footer, and an outline of the headings."""

    def __init__(self, report: DenialReport, out: IO[bytes]) -> None:
        super().__init__(
            out, pagesize=letter, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
            title=f"{words.TITLE}: {cut(words.covered(report))}", author="Claim scrubber", lang="en-US",
            subject="Denial-risk report", creator="Claim scrubber", displayDocTitle=True,
        )  # fmt: skip
        self._report = report
        frame = Frame(MARGIN, MARGIN + 12, WIDTH, letter[1] - 2 * MARGIN - 12, 0, 0, 0, 0)
        self.addPageTemplates([PageTemplate(frames=[frame], onPage=self._foot)])

    def canvas(self, *args: object, **options: object) -> Canvas:
        """A canvas that dates the file as the report is: the same report gives the same file."""
        canvas = Canvas(*args, **{**options, "invariant": 1})  # type: ignore[arg-type]
        made = f"D:{self._report.made_at:%Y%m%d%H%M%S}+00'00'"
        canvas.setDateFormatter(lambda *_: made)
        return canvas

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 - the renderer calls it so
        """Keep headings as the outline."""
        if isinstance(flowable, Paragraph) and flowable.style is HEADING:
            title = flowable.getPlainText()
            self.canv.bookmarkPage(title)
            self.canv.addOutlineEntry(title, title, 0)

    def _foot(self, canvas: Canvas, _document: BaseDocTemplate) -> None:
        canvas.setFont(FONT, 7)
        canvas.setFillColor(QUIET)
        canvas.drawString(
            MARGIN, MARGIN - 8, drawable(f"{words.TITLE}, {cut(words.covered(self._report))}")[:110]
        )
        canvas.drawRightString(letter[0] - MARGIN, MARGIN - 8, f"Page {canvas.getPageNumber()}")


def _answer(report: DenialReport) -> Iterator[Flowable]:
    yield text_of(words.TITLE, KIND)
    yield text_of(words.covered(report), QUIETLY)
    yield text_of(f"Made {shown_moment(report.made_at)}, ruleset {report.ruleset}", QUIETLY)
    yield text_of(words.headline(report), HEADLINE)
    if allowed := words.allowed(report):
        yield text_of(allowed, TEXT)
    yield Spacer(0, 10)
    if bar := dispositions_chart(report.dispositions, WIDTH):
        yield drawing_of(bar)
        yield text_of(bar.says, QUIETLY)
        yield Spacer(0, 8)
    yield _grid(
        ["Figure", "Value", "90% interval from", "to"],
        [
            [
                figure.title,
                *(_shown_if(value, figure.unit) for value in (figure.value, figure.low, figure.high)),
            ]
            for figure in figures_of(report)
        ],
        [3, 2, 2, 2],
        {1, 2, 3},
    )


def _worklist(report: DenialReport) -> Iterator[Flowable]:
    table = tables_of(report)["worklist"]
    yield from _heading(table.title, table.says)
    if not report.worklist:
        yield text_of("Nothing to show.", TEXT)
    for place, item in enumerate(report.worklist, start=1):
        yield KeepTogether(list(_item(place, item)))


def _item(place: int, item: WorkItem) -> Iterator[Flowable]:
    name = words.edit_name(item.name) or item.edit
    yield text_of(f"{place}. {cut(name)} ({cut(item.edit)})", ITEM)
    answer = f", expected to answer {cut(item.carc)}" if item.carc else ""
    yield text_of(
        f"{shown(item.expected_charge, 'dollars')} expected loss of {shown(item.charge, 'dollars')} in "
        f"{plural(item.claims, 'claim', 'claims')}, {plural(item.findings, 'finding', 'findings')}. "
        f"{cut(item.payer)}{answer}. Who can fix it: {words.FIXED_BY[item.fixed_by].lower()}.",
        QUIETLY,
    )
    yield text_of(cut(item.advice, LONGEST_ADVICE), TEXT)
    yield text_of("Claims at most risk: " + ", ".join(cut(claim) for claim in item.claim_ids), QUIETLY)


def _sections(report: DenialReport) -> Iterator[Flowable]:
    for name, table in tables_of(report).items():
        if name == "worklist":
            continue
        yield from _heading(table.title, table.says)
        chart = weeks_chart(report.weeks, WIDTH) if name == "weeks" else None
        if chart:
            yield drawing_of(chart)
            yield Spacer(0, 6)
        yield from _table(without_empty(shortened(table, MOST_ROWS)))


def _table(table: Table) -> Iterator[Flowable]:
    if not table.rows:
        yield text_of("Nothing to show.", TEXT)
        return
    rows = [_cells(table, row) for row in (*table.rows, *([table.rest] if table.rest else []))]
    if sums := totals(table):
        rows.append(["Total", *_cells(table, sums)[1:]])
    weights = [
        WIDE_TEXT.get(column.name, 1.5)
        if column.unit == "text"
        else {"dollars": 2.0, "expected": 1.4}.get(column.unit, 1.1)
        for column in table.columns
    ]
    right = {place for place, column in enumerate(table.columns) if column.is_number}
    yield _grid([column.title for column in table.columns], rows, weights, right, total=bool(sums))


def _cells(table: Table, row: Row) -> list[str]:
    return [
        shown(value, "text" if isinstance(value, str) else column.unit)
        for column, value in zip(table.columns, row, strict=True)
    ]


def _grid(
    head: list[str], rows: list[list[str]], weights: list[float], right: set[int], *, total: bool = False
) -> LongTable:
    def line(cells: list[str], style: ParagraphStyle) -> list[Paragraph]:
        return [
            text_of(cut(cell), RIGHT[style.name] if place in right else style)
            for place, cell in enumerate(cells)
        ]

    body = [line(cells, SMALL) for cells in rows]
    if total:
        body[-1] = line(rows[-1], CELL_HEAD)
    return LongTable(
        [line(head, CELL_HEAD), *body],
        colWidths=[WIDTH * weight / sum(weights) for weight in weights],
        repeatRows=1,
        style=Look(
            [
                ("VALIGN", (0, 1), (-1, -1), "TOP"), ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
                ("LINEBELOW", (0, 0), (-1, 0), 1, INK), ("LINEBELOW", (0, 1), (-1, -1), 0.4, LINE),
                ("LEFTPADDING", (0, 0), (0, -1), 0), ("LEFTPADDING", (1, 0), (-1, -1), 4),
                ("RIGHTPADDING", (0, 0), (-1, -1), 4), ("TOPPADDING", (0, 0), (-1, -1), 2.5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
            ]
        ),
    )  # fmt: skip


def _method(report: DenialReport) -> Iterator[Flowable]:
    yield text_of("How to read the figures", HEADING)
    for heading, note in (("Basis", words.basis(report)), *words.NOTES.items()):
        yield KeepTogether([text_of(heading, ITEM), text_of(note, TEXT)])


def _heading(title: str, says: str) -> list[Flowable]:
    return [text_of(title, HEADING), text_of(says, SAYS)]


def _shown_if(value: Value, unit: Unit) -> str:
    return "" if value is None else shown(value, unit)
