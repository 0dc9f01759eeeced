"""The article tables of an export: read one after the other, each row noted under its revision, and joined."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from typing import NamedTuple

from scrubber.importers import ImportRefused
from scrubber.importers.mcd.cells import day_in, earliest, number_in, status_in
from scrubber.importers.mcd.export import Cells, Export
from scrubber.importers.mcd.lists import DIAGNOSIS, PROCEDURE, CodeLists
from scrubber.importers.mcd.records import ExportedArticle, Paragraph
from scrubber.importers.mcd.text import digest_of_text, plain_text, shortened

KEY = ("article_id", "article_version")
IN_USE = frozenset("ARF")
"""Active, retired, and in force from a later day; proposed ones are no policy."""
OTHER_THAN_PART_B = re.compile(r"(?i)(?!.*\bB\b)(?=.*(\bpart a\b|\bdme|\bhhh?\b|\brhhi\b))")
GROUPS = (
    ("procedure", "article_x_hcpc_code_group", "hcpc_code_group", ()),
    ("covered", "article_x_icd10_covered_group", "icd10_covered_group", ("icd10_covered_ast",)),
    ("noncovered", "article_x_icd10_noncovered_group", "icd10_noncovered_group", ()),
)


class Revision(NamedTuple):
    """A row of article.csv."""

    number: int
    version: int
    title: str
    first: date | None
    last: date | None


class ArticleTables:
    """The article tables of an export, read one after the other and joined."""

    def __init__(self, export: Export) -> None:
        self._export = export
        self.revisions = _revisions(export)
        self._place: dict[Cells, int] = {
            (str(one.number), str(one.version)): place for place, one in enumerate(self.revisions)
        }
        self._procedures = CodeLists(PROCEDURE, expand=False)
        self._covered = CodeLists(DIAGNOSIS, expand=True)
        self._noncovered = CodeLists(DIAGNOSIS, expand=True)
        self._read_codes("article_x_hcpc_code", "hcpc_code", self._procedures)
        self._read_codes("article_x_icd10_covered", "icd10_covered", self._covered, "asterisk")
        self._read_codes("article_x_icd10_noncovered", "icd10_noncovered", self._noncovered)
        self.rows = self._procedures.rows + self._covered.rows + self._noncovered.rows

    def articles(self) -> Iterator[ExportedArticle]:
        """Every revision that can be of a Part B contract."""
        contracts, paragraphs = self._contracts(), self._paragraphs()
        lcds = self._values("article_related_documents", "r_lcd_id")
        bill_types = self._values("article_x_bill_code", "bill_code_id")
        modifiers = self._values("article_x_hcpc_modifier", "hcpc_modifier_code_id")
        for place, revision in enumerate(self.revisions):
            if place not in contracts:
                continue
            yield ExportedArticle(
                number=revision.number,
                version=revision.version,
                title=revision.title,
                first=revision.first,
                last=revision.last,
                contracts=tuple(sorted(contracts[place])),
                lcds=tuple(f"L{lcd}" for lcd in sorted(lcds[place]) if lcd not in {"", "0"}),
                procedures=self._procedures.groups(place),
                covered=self._covered.groups(place),
                noncovered=self._noncovered.groups(place),
                unlisted=self._covered.placeholder(place),
                all_others=self._noncovered.placeholder(place),
                paragraphs=tuple(paragraphs[place]),
                bill_types=tuple(sorted(bill_types[place])),
                modifiers=tuple(sorted(modifiers[place])),
            )

    def _read_codes(self, table: str, name: str, lists: CodeLists, *star: str) -> None:
        code = "hcpc_code_id" if name == "hcpc_code" else "icd10_code_id"
        group = "hcpc_code_group" if name == "hcpc_code" else f"{name}_group"

        def add(cells: Cells) -> None:
            place = self._of(cells)
            if place is not None:
                lists.add(place, *cells[2:])

        for _ in self._export.rows(table, (*KEY, group, code, "range", *star), add):
            pass

    def _contracts(self) -> Mapping[int, set[str]]:
        """The contract numbers of each revision that can be of Part B."""
        export = self._export
        kinds = {}
        if "contractor_type_lookup" in export:
            kinds = dict(export.rows("contractor_type_lookup", ("contractor_type_id", "description"), _pair))
        keys = ("contractor_id", "contractor_type_id", "contractor_version")
        numbers: dict[Cells, str] = {}
        for contractor, kind, version, number in export.rows(
            "contractor", (*keys, "contractor_number"), tuple
        ):
            if not OTHER_THAN_PART_B.match(kinds.get(kind, "")):
                numbers[contractor, kind, version] = number.strip()[:5]
                # With a new version a contractor gets another name, not another number.
                numbers[contractor, kind] = number.strip()[:5]

        def contract(cells: Cells) -> tuple[int | None, str | None]:
            return self._of(cells), numbers.get(cells[2:]) or numbers.get(cells[2:4])

        found: defaultdict[int, set[str]] = defaultdict(set)
        for place, found_number in export.rows("article_x_contractor", (*KEY, *keys), contract):
            if place is not None and found_number is not None:
                found[place].add(found_number)
        return found

    def _paragraphs(self) -> Mapping[int, list[Paragraph]]:
        found: defaultdict[int, list[Paragraph]] = defaultdict(list)
        for name, table, group, star in GROUPS:
            columns = (*KEY, group, "paragraph", *star)
            for place, paragraph in self._export.rows(table, columns, partial(self._paragraph, name)):
                found[place].append(paragraph)
        return found

    def _paragraph(self, name: str, cells: Cells) -> tuple[int, Paragraph] | None:
        place = self._of(cells)
        if place is None:
            return None
        text = plain_text(cells[3])
        stars = " ".join(filter(None, map(plain_text, cells[4:])))
        told = shortened(f"{text} * {stars}" if stars else text)
        return place, Paragraph(name, number_in(cells[2]), told, digest_of_text(text))

    def _values(self, table: str, column: str) -> defaultdict[int, set[str]]:
        """What a table lists for each revision; nothing where the export comes without it."""
        found: defaultdict[int, set[str]] = defaultdict(set)
        if table in self._export:
            for place, value in self._export.rows(
                table, (*KEY, column), lambda cells: (self._of(cells), cells[2].strip())
            ):
                if place is not None:
                    found[place].add(value)
        return found

    def _of(self, cells: Cells) -> int | None:
        """Which revision a row is of, None where it is of none that is taken. Raises ValueError."""
        place = self._place.get(cells[:2])
        if place is None:
            place = self._place.get((str(number_in(cells[0])), str(number_in(cells[1]))))
        return place


def _revisions(export: Export) -> list[Revision]:
    """The revisions that are policy, with the day they end where one is known."""
    retire = dict(
        export.rows(
            "article_future_retire",
            ("article_id", "retire_dt"),
            lambda cells: (number_in(cells[0]), day_in(cells[1])),
        )
    )
    ends = ("article_end_date", "article_rev_end_date", "date_retired")
    found = list(export.rows("article", (*KEY, "title", "status", "article_eff_date", *ends), _revision))
    if not found:
        raise ImportRefused(f"{export.name}: article.csv has no article in force")
    newest: dict[int, int] = {}
    for one in found:
        newest[one.number] = max(one.version, newest.get(one.number, 0))
    return [
        one._replace(last=earliest(one.last, retire.get(one.number)))
        if one.version == newest[one.number]
        else one
        for one in found
    ]


def _revision(cells: Cells) -> Revision | None:
    status = status_in(cells[3])
    if status not in IN_USE:
        return None
    last = earliest(*map(day_in, cells[5:]))
    if status == "R" and last is None:
        return None
    return Revision(number_in(cells[0]), number_in(cells[1]), plain_text(cells[2]), day_in(cells[4]), last)


def _pair(cells: Cells) -> tuple[str, str]:
    return cells[0], cells[1]
