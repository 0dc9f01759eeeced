"""The paragraphs of an article: HTML, sometimes escaped twice, as plain text, and a digest that outlives its layout."""

import re
from hashlib import sha256
from html.parser import HTMLParser

MOST_READ = 65_536
"""Characters of HTML that are read: no group of codes has a tenth of it to say."""
MOST_KEPT = 2_000
"""Characters of plain text that are kept."""
_STILL_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|&#?[0-9a-zA-Z]+;")
_UNSEEN = frozenset({"style", "script"})


class _Text(HTMLParser):
    """Collects what a reader would see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - their form
        """Words of two elements do not run together."""
        self.seen.append(" ")
        self._unseen += tag in _UNSEEN

    def handle_endtag(self, tag: str) -> None:
        """The same, and the end of what is not shown."""
        self.seen.append(" ")
        self._unseen = max(0, self._unseen - (tag in _UNSEEN))

    def handle_data(self, data: str) -> None:
        """Text with its entities resolved."""
        if not self._unseen:
            self.seen.append(data)


def plain_text(html: str) -> str:
    """HTML as one line of text, whole."""
    text = _without_markup(html[:MOST_READ])
    return _without_markup(text) if _STILL_MARKUP.search(text) else text


def shortened(text: str) -> str:
    """A text as it is kept: cut at ``MOST_KEPT`` characters, which its last character then tells."""
    return text if len(text) <= MOST_KEPT else text[: MOST_KEPT - 1].rstrip() + "…"


def digest_of_text(text: str) -> str:
    """What stays the same where only layout, punctuation or capitals of a paragraph change: 16 hexadecimal digits."""
    return sha256("".join(filter(str.isalnum, text.lower())).encode()).hexdigest()[:16]


def _without_markup(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    parser.close()
    return " ".join("".join(parser.seen).split())
