"""The Medicare Coverage Database: ``current_article``, ``all_article``, ``current_lcd`` → a table to be kept.

Kept are the articles that can be of a Part B contract, revision by revision; of an LCD which articles it has.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import msgspec

from scrubber.importers import ImportRefused
from scrubber.importers.mcd.article_tables import ArticleTables
from scrubber.importers.mcd.cells import number_in, status_in
from scrubber.importers.mcd.export import Cells, Export, opened
from scrubber.importers.official_table import OfficialTable
from scrubber.reference import pack_sections
from scrubber.reference.table import pack_table


def read_mcd(paths: Sequence[Path]) -> OfficialTable:
    """The articles, or the LCDs, of the downloads of one edition. Raises ImportRefused or OSError."""
    articles: dict[str, msgspec.Raw] = {}
    lcds: defaultdict[int, set[int]] = defaultdict(set)
    rows = in_export = unreadable = 0
    told: list[str] = []
    written: list[date] = []
    encoder = msgspec.msgpack.Encoder()
    for path in paths:
        with opened(path) as export:
            if "article" in export:
                found = ArticleTables(export)
                for article in found.articles():
                    key = f"{article.number:07}/{article.version:05}"
                    articles[key] = msgspec.Raw(encoder.encode(article))
                rows += found.rows
                in_export = max(in_export, len({revision.number for revision in found.revisions}))
            elif "lcd" in export:
                rows += _read_lcds(export, lcds)
            else:
                raise ImportRefused(
                    f"{path.name} has neither article.csv nor lcd.csv: it is another kind of file"
                )
            unreadable += export.unreadable
            told += export.told
            written += [export.written] if export.written else []
    related = {f"{article:07}": tuple(f"L{lcd}" for lcd in sorted(of)) for article, of in lcds.items()}
    sections = {"lcds": pack_table(related)}
    if in_export:
        sections |= {"articles": pack_table(articles), "in_export": msgspec.json.encode(in_export)}
    return OfficialTable(
        content=pack_sections(sections, {}),
        rows=rows,
        quarter=None,
        written=max(written, default=None),
        part="" if in_export else "lcd",
        dated=True,
        unreadable=unreadable,
        told=tuple(told),
    )


def _read_lcds(export: Export, lcds: Mapping[int, set[int]]) -> int:
    """Note for each article the LCDs in force that name it."""
    key = ("lcd_id", "lcd_version")

    def in_force(cells: Cells) -> Cells | None:
        return cells[:2] if status_in(cells[2]) == "A" else None

    known = set(export.rows("lcd", (*key, "status"), in_force))
    if not known:
        raise ImportRefused(f"{export.name}: lcd.csv has no LCD in force")

    def related(cells: Cells) -> tuple[int, int] | None:
        return (number_in(cells[0]), number_in(cells[2])) if cells[:2] in known and cells[2].strip() else None

    rows = 0
    for lcd, article in export.rows("lcd_related_documents", (*key, "r_article_id"), related):
        lcds[article].add(lcd)
        rows += 1
    return rows
