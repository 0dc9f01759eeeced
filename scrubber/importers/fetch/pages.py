"""What a web page links to, and what it says."""

from html.parser import HTMLParser
from urllib.parse import urljoin

UNSEEN = frozenset({"script", "style", "head"})


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.text: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in UNSEEN
        link = dict(attrs).get("href") if tag == "a" else None
        if link:
            self.links.append(link)

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN:
            self._unseen = max(0, self._unseen - 1)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.text.append(data)


def links_of(url: str, html: str) -> list[str]:
    """The addresses a page links to, whole, in the order of the page."""
    return [urljoin(url, link) for link in _read(html).links]


def text_of(html: str) -> str:
    """The text a reader of a page sees, its white space squeezed."""
    return " ".join(" ".join(_read(html).text).split())


def _read(html: str) -> _Page:
    page = _Page()
    page.feed(html)
    page.close()
    return page
