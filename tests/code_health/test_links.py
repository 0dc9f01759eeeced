"""Every relative link of a page leads to a file that is there, and to a heading that it has."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).parents[2]
ROOMS = ("docs", "docker", "lcd_data", "payer_rules", "scrubber", "tests")
PAGES = sorted([*ROOT.glob("*.md"), *(page for room in ROOMS for page in (ROOT / room).rglob("*.md"))])
FENCED = re.compile(r"^( *)(```|~~~).*?^\1\2", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def test_relative_links_lead_somewhere() -> None:
    links = [
        (page, link)
        for page in PAGES
        for link in LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8")))
    ]
    assert len(links) > 100, "the pages have links, and they are found"
    assert [f"{page.relative_to(ROOT)}: {link}" for page, link in links if not _leads(page, link)] == []


def _leads(page: Path, link: str) -> bool:
    name, _, heading = unquote(link).partition("#")
    target = page.parent / name if name else page
    return target.exists() and (not heading or target.suffix != ".md" or heading in _anchors(target))


@cache
def _anchors(page: Path) -> frozenset[str]:
    """The headings of a page as links name them: small letters, hyphens for blanks, no other signs."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    return frozenset(
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)
    )
