"""The report as one HTML page that needs nothing else: no script, no network, its style inside."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import IO

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from scrubber.report.figures import DenialReport
from scrubber.report.forms import words
from scrubber.report.forms.charts import Chart, dispositions_chart, weeks_chart
from scrubber.report.forms.columns import EXPECTED
from scrubber.report.forms.contents import tables_of
from scrubber.report.forms.shown import LONGEST_ADVICE, cut, plural, printable, shown, shown_moment
from scrubber.report.forms.summary import figures_of
from scrubber.report.forms.svg import svg
from scrubber.report.forms.tables import Table, shortened, totals, without_empty

MOST_ROWS = 15
MOST_FIRST = 5
WIDE, NARROW = 880.0, 340.0


def render(report: DenialReport, out: IO[bytes]) -> None:
    """Write the page."""
    tables = tables_of(report)
    parts = template("report.html.j2").generate(
        report=report,
        figures={figure.name: figure for figure in figures_of(report)},
        tables={name: without_empty(shortened(table, MOST_ROWS)) for name, table in tables.items()},
        bar=_chart(dispositions_chart(report.dispositions, WIDE), "bar"),
        weeks=[
            _chart(weeks_chart(report.weeks, width), kind)
            for width, kind in ((WIDE, "wide"), (NARROW, "narrow"))
        ],
        payers={party.key: party.name for party in report.by_payer if party.name},
        most_first=MOST_FIRST,
        longest_advice=LONGEST_ADVICE,
        words=words,
    )
    for part in parts:
        out.write(part.encode())


def _chart(chart: Chart | None, kind: str) -> Markup:
    return svg(chart, kind) if chart else Markup("")


def _greatest_loss(table: Table) -> float:
    """The length of the longest bar beside the expected losses of a table."""
    places = [place for place, column in enumerate(table.columns) if column.name == EXPECTED.name]
    return max((float(row[place] or 0) for place in places for row in table.rows), default=0.0)  # type: ignore[arg-type]


@cache
def template(name: str) -> Template:
    """The template of a page. Each has the report's ``style``, and the hash by which a page names its one style."""
    environment = Environment(
        autoescape=True,
        loader=PackageLoader("scrubber.report", "forms"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "shown": shown, "shown_moment": shown_moment, "cut": cut, "printable": printable,
    }  # fmt: skip
    style = Markup(files(__package__).joinpath("report.css").read_text("utf-8"))  # noqa: S704 - our own file
    environment.globals |= {
        "plural": plural,
        "totals": totals,
        "greatest_loss": _greatest_loss,
        "style": style,
        # With it the page also opens under a policy that allows no style inline.
        "style_hash": b64encode(sha256(style.encode()).digest()).decode(),
    }
    return environment.get_template(name)
