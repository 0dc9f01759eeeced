"""The coverage articles of a snapshot: those the program carries, joined with those of the exports imported."""

from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from scrubber.importers import ImportRefused
from scrubber.importers.carried_articles import read_carried
from scrubber.importers.editions import tables_kept
from scrubber.importers.jurisdictions import read_contracts
from scrubber.importers.mcd.joined import Reading, revisions
from scrubber.importers.mcd.kept import Exports
from scrubber.importers.mcd.ranges import CodesBetween
from scrubber.reference.coverage import Article, pack_coverage

KIND = "mcd"


def read_coverage(lcd_data: Path, editions: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    """The sections of the coverage table and their edition, the newest export among the articles.

    ``editions`` is where imported editions are kept. Raises ImportRefused naming file and key, OSError if a file
    can't be read.
    """
    told: set[str] = set()

    def noted() -> Iterator[Article]:
        for article in read_articles(lcd_data, editions):
            told.add(article.ref.edition)
            yield article

    sections = pack_coverage(noted())
    if not told:
        raise ImportRefused("articles: there is no article")
    return sections, {"coverage": max(told)}


def read_articles(lcd_data: Path, editions: Path) -> Iterator[Article]:
    """Every article, revision by revision, in order of id. Raises like ``read_coverage``."""
    carried = read_carried(lcd_data)
    exports = Exports(tables_kept(editions, KIND))
    reading = Reading(read_contracts(lcd_data), CodesBetween(lcd_data))
    for id_ in sorted(exports.ids | carried.keys()):
        for article in revisions(id_, carried.get(id_), exports, reading):
            yield replace(article, lcd=article.lcd or exports.lcd(id_))
