"""A chart in the PDF form."""

from reportlab.graphics.shapes import Drawing, PolyLine, Rect, String
from reportlab.lib.colors import HexColor

from scrubber.report.forms.charts import Bar, Chart, Path
from scrubber.report.forms.pdf_type import FONT, LINE, QUIET

COLOURS = {
    "clean": HexColor("#2a7d74"), "review": HexColor("#bd7a10"), "hold": HexColor("#b23f37"),
    "loss": HexColor("#8aa0b3"), "share": HexColor("#1c5d99"), "axis": LINE, "label": QUIET,
}  # fmt: skip


def drawing_of(chart: Chart) -> Drawing:
    """The drawing, as wide as the chart."""
    drawing = Drawing(chart.width, chart.height)
    for shape in chart.shapes:
        if isinstance(shape, Bar):
            y = chart.height - shape.y - shape.height
            bar = Rect(shape.x, y, shape.width, shape.height)
            bar.fillColor, bar.strokeColor = COLOURS[shape.role], None
            drawing.add(bar)
        elif isinstance(shape, Path):
            points = [number for x, y in shape.points for number in (x, chart.height - y)]
            width = 0.5 if shape.role == "axis" else 1.8
            drawing.add(PolyLine(points, strokeColor=COLOURS[shape.role], strokeWidth=width))
        else:
            drawing.add(
                String(
                    shape.x, chart.height - shape.y, shape.text, textAnchor=shape.anchor, fontName=FONT, fontSize=7,
                    fillColor=QUIET,
                )
            )  # fmt: skip
    return drawing
