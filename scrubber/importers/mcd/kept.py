"""The exports kept, as one: of each revision of an article the newest that was imported."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

import msgspec
from msgspec import Raw

from scrubber.importers.mcd.records import ExportedArticle
from scrubber.reference import Sections
from scrubber.reference.ncci import Edition
from scrubber.reference.table import Table

WHOLE = 1_000
"""Articles from which on a download counts as the whole database, which has twice as many."""
DAY = 10
"""Characters of the day that an edition's name begins with."""


class Exports:
    """What the editions kept have to say, the oldest first. Rows stay packed until they are asked for."""

    def __init__(self, kept: Iterable[tuple[Edition, bytes]]) -> None:
        self._articles: defaultdict[str, dict[int, tuple[str, Raw]]] = defaultdict(dict)
        self._lcds: dict[str, tuple[str, ...]] = {}
        self._whole: list[tuple[str, frozenset[str]]] = []
        self._decoder = msgspec.msgpack.Decoder(ExportedArticle)
        for edition, content in kept:
            self._add(edition.name[:DAY], Sections(memoryview(content)))

    @property
    def ids(self) -> set[str]:
        """The ids of all articles."""
        return set(self._articles)

    def of(self, id_: str) -> list[tuple[str, ExportedArticle]]:
        """The revisions of an article in order of version, each with the day of its export."""
        return [
            (day, self._decoder.decode(raw)) for _, (day, raw) in sorted(self._articles.get(id_, {}).items())
        ]

    def lcd(self, id_: str) -> str | None:
        """The one LCD that names the article."""
        lcds = self._lcds.get(id_, ())
        return lcds[0] if len(lcds) == 1 else None

    def gone_on(self, id_: str, edition: str) -> date | None:
        """The day of the first whole export that does not have the article of an older edition any more."""
        days = (day for day, ids in self._whole if edition < day and id_ not in ids)
        return min(map(date.fromisoformat, days), default=None)

    def _add(self, day: str, sections: Sections) -> None:
        lcds = Table(sections["lcds"], tuple[str, ...], 1)
        self._lcds |= {_id(key): lcds.get(key) or () for key in lcds.keys()}  # noqa: SIM118 - no mapping
        if "articles" not in sections:
            return
        articles = Table(sections["articles"], Raw, 1)
        ids = set()
        for key in articles.keys():  # noqa: SIM118 - no mapping
            row = articles.get(key)
            if row is not None:
                number, _, version = key.partition("/")
                ids.add(_id(number))
                self._articles[_id(number)][int(version)] = (day, row.copy())
        if msgspec.json.decode(sections["in_export"], type=int) >= WHOLE:
            self._whole.append((day, frozenset(ids)))


def _id(number: str) -> str:
    return f"A{int(number)}"
