"""A chart as SVG inside a page. Colours come from the page's style sheet, by class."""

from markupsafe import Markup

from scrubber.report.forms.charts import Bar, Chart, Label, Path


def svg(chart: Chart, kind: str) -> Markup:
    """The element; its label is what a screen reader says. ``kind`` is its class."""
    fit = "none" if not any(isinstance(shape, Label) for shape in chart.shapes) else "xMidYMid"
    head = Markup(
        '<svg class="{kind}" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
        ' preserveAspectRatio="{fit}" role="img" aria-label="{says}">'
    ).format(kind=kind, width=chart.width, height=chart.height, says=chart.says, fit=fit)
    return head + Markup("").join(_drawn(shape) for shape in chart.shapes) + Markup("</svg>")


def _drawn(shape: Bar | Path | Label) -> Markup:
    if isinstance(shape, Bar):
        return Markup(
            '<rect class="{role}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}">'
            "<title>{says}</title></rect>"
        ).format(**shape._asdict())
    if isinstance(shape, Path):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in shape.points)
        return Markup('<polyline class="{}" points="{}"/>').format(shape.role, points)
    return Markup('<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>').format(
        **shape._asdict()
    )
