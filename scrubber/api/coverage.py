"""``GET /v1/coverage``: does a diagnosis support a procedure, contractor by contractor; and the articles."""

from datetime import UTC, date, datetime
from typing import NoReturn

from flask import Response
from msgspec import Struct
from msgspec.structs import replace

from scrubber.api.problems import Problem, ProblemError
from scrubber.api.query import date_parameter, query_schema, read_query, text_parameter, texts_parameter
from scrubber.api.routes import Blueprint, add_route, answer
from scrubber.bootstrap import Scrubber
from scrubber.claim import dotted, undotted
from scrubber.reference.coverage import Applies, Article, NotCoveredWith, Relation, SeventhCharacters
from scrubber.reference.coverage_table import CoverageAnswer, PlaceUnknown, coverage_table
from scrubber.reference.jurisdictions import Contract, Jurisdictions

QUERY = query_schema(
    procedure=text_parameter("CPT or HCPCS code", pattern="^[A-Za-z0-9]{5}$", required=True, example="98940"),
    diagnosis=texts_parameter(
        "ICD-10-CM codes in the order of the line's pointers, with or without dot; the first is the primary.",
        pattern=r"^[A-Za-z][0-9A-Za-z.]{2,7}$",
        most=12,
        required=True,
        example="M99.01",
    ),
    state=text_parameter("The state of the service (USPS code)", pattern="^[A-Za-z]{2}$", example="IA"),
    zip=text_parameter("The ZIP code of the service", pattern="^[0-9]{5}(-?[0-9]{4})?$", example="50309"),
    mac=text_parameter("A MAC, jurisdiction or contract number", longest=40, example="J5"),
    on=date_parameter("The service date; without it, the present day (UTC)."),
)


class CoverageTable(Struct, frozen=True, kw_only=True):
    """What each contractor asked says of a procedure with these diagnoses on a service date."""

    procedure: str
    diagnoses: tuple[str, ...]
    on: date
    edition: str
    answers: tuple[CoverageAnswer, ...]


class ListedCode(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A code of a group, its star, and the first and last service date it counts on (left out: no limit)."""

    code: str
    starred: bool = False
    first: date | None = None
    last: date | None = None


class ArticleGroup(Struct, frozen=True, kw_only=True):
    """A group of one of an article's lists: ``procedure``, ``covered`` or ``noncovered``."""

    list: str
    group: int
    meaning: str
    codes: tuple[ListedCode, ...]


class ArticlePage(Struct, frozen=True, kw_only=True):
    """A coverage article: where it holds, its lists, how they relate. ``edition`` is the export's.

    ``bill_types`` and ``modifiers`` are those an imported article names.
    """

    id: str
    version: int
    title: str
    url: str
    edition: str
    mac: str
    lcd: str | None
    known_as: tuple[str, ...]
    contracts: tuple[Contract, ...]
    applies: Applies
    groups: tuple[ArticleGroup, ...]
    seventh_characters: SeventhCharacters | None
    relations: tuple[Relation, ...]
    bill_types: tuple[str, ...]
    modifiers: tuple[str, ...]


def coverage_blueprint(scrubber: Scrubber) -> Blueprint:
    """The routes about coverage."""
    blueprint = Blueprint("coverage", __name__, description="Does a diagnosis support a procedure")
    reference = scrubber.reference

    def show_coverage() -> Response:
        """Say for each contractor whether its article supports a procedure with these diagnoses.

        With a place or a contractor, its answer; without, one row for all contractors that answer alike.
        Where no article is loaded the answer is `no-article`, never covered by silence.
        """
        query = read_query(QUERY)
        if "mac" in query and not query.keys().isdisjoint({"state", "zip"}):
            _refuse("mac", "Give a place or a contractor, not both.")
        if reference.coverage is None or reference.jurisdictions is None:
            raise Problem("reference-not-loaded")
        on = query.get("on") or datetime.now(UTC).date()
        place = {"state": query.get("state"), "zip_code": query.get("zip"), "mac": query.get("mac")}
        try:
            answers = coverage_table(reference, query["procedure"], query["diagnosis"], on, **place)
        except PlaceUnknown as unknown:
            named = next(name for name in ("mac", "zip", "state") if name in query)
            _refuse(named, f"{unknown}.")
        return answer(
            CoverageTable(
                procedure=query["procedure"].upper(),
                diagnoses=tuple(dotted(undotted(code)) for code in query["diagnosis"]),
                on=on,
                edition=reference.coverage.edition,
                answers=answers,
            )
        )

    def show_article(article_id: str) -> Response:
        """Show a coverage article: its groups of codes, the contractors it holds for, edition and source.

        Of several revisions the one in force today is shown, else the nearest to it.
        """
        if reference.coverage is None or reference.jurisdictions is None:
            raise Problem("reference-not-loaded")
        table = reference.coverage
        article = table.article(article_id, datetime.now(UTC).date()) or table.article(article_id)
        if article is None:
            raise Problem("article-unknown")
        return answer(_page(article, reference.jurisdictions))

    add_route(
        blueprint,
        "/v1/coverage",
        show_coverage,
        query=QUERY,
        returns=CoverageTable,
        problems=("reference-not-loaded",),
    )
    add_route(
        blueprint,
        "/v1/coverage/articles/<article_id>",
        show_article,
        path={"article_id": "The id of an article (A56273) or what people call it (LCD A56273)"},
        returns=ArticlePage,
        problems=("article-unknown", "reference-not-loaded"),
    )
    return blueprint


def _refuse(parameter: str, message: str) -> NoReturn:
    raise Problem("query-invalid", errors=[ProblemError(parameter=parameter, message=message)])


def _page(article: Article, jurisdictions: Jurisdictions) -> ArticlePage:
    contracts = (jurisdictions.contract(number) for number in article.contracts)
    lists = {"procedure": article.procedures, "covered": article.covered, "noncovered": article.noncovered}
    groups = []
    for group in article.groups:
        codes = tuple(
            ListedCode(
                code=code if group.list == "procedure" else dotted(code),
                starred=place.starred,
                first=place.first,
                last=place.last,
            )
            for code, places in sorted(lists[group.list].items())
            for place in places
            if place.group == group.group
        )
        groups.append(ArticleGroup(list=group.list, group=group.group, meaning=group.meaning, codes=codes))
    return ArticlePage(
        id=article.ref.id,
        version=article.ref.version,
        title=article.ref.title,
        url=article.ref.url,
        edition=article.ref.edition,
        mac=article.ref.mac,
        lcd=article.lcd,
        known_as=article.known_as,
        contracts=tuple(contract for contract in contracts if contract is not None),
        applies=article.applies,
        groups=tuple(groups),
        seventh_characters=article.seventh_characters,
        relations=tuple(_shown(relation) for relation in article.relations),
        bill_types=article.bill_types,
        modifiers=article.modifiers,
    )


def _shown(relation: Relation) -> Relation:
    if isinstance(relation, NotCoveredWith) and relation.diagnoses:
        return replace(relation, diagnoses=tuple(map(dotted, relation.diagnoses)))
    return relation
