"""Fonts, colours and styles of the PDF form."""

from functools import cache
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph

from scrubber.report.forms.shown import printable

FONT, BOLD = "Vera", "VeraBd"
INK, QUIET, LINE = HexColor("#1a2127"), HexColor("#54606b"), HexColor("#dbe1e6")


def _style(
    size: float, leading: float, colour: Color = INK, font: str = FONT, *, before: float = 0
) -> ParagraphStyle:
    return ParagraphStyle(
        f"{font}{size}", fontName=font, fontSize=size, leading=leading, textColor=colour, spaceBefore=before,
        splitLongWords=1,
    )  # fmt: skip


KIND, QUIETLY, SMALL = _style(10, 14, font=BOLD), _style(8, 11, QUIET), _style(7, 9)
HEADLINE, HEADING = _style(15, 20, font=BOLD, before=8), _style(12, 16, font=BOLD, before=18)
HEADING.keepWithNext = 1
SAYS = QUIETLY.clone("says", keepWithNext=1, spaceAfter=4)
ITEM, TEXT, CELL_HEAD = _style(9, 12, font=BOLD, before=8), _style(8.5, 12), _style(7, 9, font=BOLD)
RIGHT = {style.name: style.clone(f"{style.name}r", alignment=2) for style in (SMALL, CELL_HEAD)}


def text_of(text: str, style: ParagraphStyle) -> Paragraph:
    """A paragraph of plain text."""
    return Paragraph(escape(drawable(text)), style)


def drawable(text: str) -> str:
    """A text in which what the font lacks is a question mark."""
    drawn = _glyphs()
    return "".join(sign if ord(sign) in drawn else "?" for sign in printable(text))


@cache
def _glyphs() -> frozenset[int]:
    """What Bitstream Vera has, which comes with the renderer and may be embedded; makes it known to the renderer."""
    fonts = [TTFont(name, f"{name}.ttf") for name in (FONT, BOLD)]
    for font in fonts:
        pdfmetrics.registerFont(font)
    return frozenset.intersection(*(frozenset(font.face.charToGlyph) for font in fonts))
