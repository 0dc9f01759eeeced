"""Imported articles and the relations the program carries for them: which hold, which are softened, when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from msgspec.structs import replace

from scrubber.importers.article_relations import groups_named, inferred_relations
from scrubber.importers.carried_articles import Carried
from scrubber.importers.mcd.kept import Exports
from scrubber.importers.mcd.ranges import CodesBetween
from scrubber.importers.mcd.records import CodeGroup, ExportedArticle
from scrubber.importers.mcd.text import digest_of_text
from scrubber.reference.coverage import (
    AnyOf,
    Applies,
    Article,
    ArticleRef,
    Basis,
    Group,
    Listed,
    Primary,
    PrimaryAndSecondary,
    Relation,
)
from scrubber.reference.jurisdictions import Contract

PAGE = "https://www.cms.gov/medicare-coverage-database/view/article.aspx?articleId={}&ver={}"
DAY = timedelta(days=1)
NO_PARAGRAPH = digest_of_text("")


@dataclass(frozen=True, slots=True)
class Reading:
    """What an export is read with: the contracts of Part B, and the code set for its ranges."""

    contracts: Mapping[str, Contract]
    between: CodesBetween


def revisions(id_: str, own: Carried | None, exports: Exports, reading: Reading) -> list[Article]:
    """The revisions of an article, each with the service dates it answers for, the earliest first.

    A version begins where the export says so and ends before the next one. The carried article goes on
    answering for the days before the first imported one. What a later whole export lacks has ended.
    """
    found = [_imported(exported, day, own, reading) for day, exported in exports.of(id_)]
    if own is not None and own.has_lists:
        written = own.article
        carried = replace(written, relations=(*written.relations, *inferred_relations(written)))
        if any(article.ref.version == carried.ref.version for article in found):
            found.insert(0, carried)
        else:
            found = sorted([*found, carried], key=lambda article: article.ref.version)
    dated: list[Article] = []
    begins: date | None = None
    for article in reversed(found):
        applies = article.applies
        last = applies.last
        for end in (begins, exports.gone_on(id_, article.ref.edition)):
            last = min(last or date.max, end - DAY) if end else last
        begins = min(begins or date.max, applies.first)
        if (
            (last is None or applies.first <= last)
            and article.contracts
            and (article.procedures or article.relations)
        ):
            dated.append(replace(article, applies=replace(applies, last=last)))
    return dated[::-1]


def _imported(exported: ExportedArticle, edition: str, own: Carried | None, reading: Reading) -> Article:
    """A revision as the export has it, with the relations the carried article states for it."""
    contracts = tuple(number for number in exported.contracts if number in reading.contracts)
    lcds = exported.lcds if len(exported.lcds) == 1 else ()
    article = Article(
        ref=ArticleRef(
            id=exported.id,
            version=exported.version,
            title=exported.title,
            url=PAGE.format(exported.number, exported.version),
            edition=edition,
            mac=" and ".join(sorted({reading.contracts[number].mac for number in contracts})),
        ),
        known_as=own.article.known_as if own else (),
        lcd=next(iter(lcds), own.article.lcd if own else None),
        contracts=contracts,
        applies=_applies(exported, edition),
        groups=_groups(exported),
        procedures=_places(exported.procedures, reading),
        covered=_places(exported.covered, reading),
        noncovered=_places(exported.noncovered, reading),
        relations=(),
        bill_types=exported.bill_types,
        modifiers=exported.modifiers,
    )
    if own is not None:
        article = _related(article, own, unlisted=exported.unlisted)
    inferred = inferred_relations(article, unlisted=exported.unlisted, all_others=exported.all_others)
    return replace(article, relations=(*article.relations, *inferred))


def _related(article: Article, own: Carried, *, unlisted: bool) -> Article:
    """The article with the carried relations: as they stand where they hold, inferred where they may not."""
    written = own.article
    there = {(group.list, group.group) for group in article.groups}
    lists = any(isinstance(relation, AnyOf | Primary | PrimaryAndSecondary) for relation in written.relations)
    other_version = article.ref.version != written.ref.version
    gone = any((name, group) not in there for _, name, group in groups_named(written.relations))
    if gone or (other_version and unlisted and lists):
        return article
    if not other_version or _unchanged(article, own):
        meanings = {(group.list, group.group): group.meaning for group in written.groups}
        groups = (
            replace(one, meaning=meanings.get((one.list, one.group), one.meaning)) for one in article.groups
        )
        return replace(
            article,
            groups=tuple(groups),
            relations=written.relations,
            seventh_characters=written.seventh_characters,
        )
    unread = f"Read from version {written.ref.version}, not from version {article.ref.version}."
    siblings = written.seventh_characters
    if siblings is not None and all(("covered", group) in there for group in siblings.groups):
        siblings = replace(siblings, basis=Basis.INFERRED, note=f"{siblings.note} {unread}")
    else:
        siblings = None
    return replace(
        article, relations=tuple(_softened(written.relations, article, unread)), seventh_characters=siblings
    )


def _unchanged(article: Article, own: Carried) -> bool:
    """Whether nothing has changed that relations written for another version rest on."""
    digests = {(group.list, group.group): group.digest for group in article.groups}
    return (
        own.has_lists
        and _structure(article) == _structure(own.article)
        and all(
            group.digest is None or group.digest == digests[group.list, group.group]
            for group in own.article.groups
        )
    )


def _structure(article: Article) -> dict[tuple[str, int], tuple[str, ...] | None]:
    """Which groups an article has, and the procedures of each."""
    return {
        (group.list, group.group): article.codes("procedure", group.group)
        if group.list == "procedure"
        else None
        for group in article.groups
    }


def _softened(relations: Iterable[Relation], article: Article, unread: str) -> Iterable[Relation]:
    for relation in relations:
        procedures = tuple(code for code in relation.procedures if code in article.procedures)
        if procedures:
            note = f"{relation.note} {unread}"
            yield replace(relation, procedures=procedures, basis=Basis.INFERRED, note=note)


def _applies(exported: ExportedArticle, edition: str) -> Applies:
    if exported.first is not None:
        return Applies(
            first=exported.first, last=exported.last, basis="stated", note="Effective date in the export."
        )
    day = date.fromisoformat(edition)
    return Applies(
        first=date(day.year if day.month >= 10 else day.year - 1, 10, 1),
        last=exported.last,
        basis="assumed",
        note="No effective date in the export; first day of the code-set year it falls in.",
    )


def _groups(exported: ExportedArticle) -> tuple[Group, ...]:
    paragraphs = {(one.list, one.group): one for one in exported.paragraphs}
    found = []
    for name, groups in (
        ("procedure", exported.procedures),
        ("covered", exported.covered),
        ("noncovered", exported.noncovered),
    ):
        for one in groups:
            paragraph = paragraphs.get((name, one.group))
            found.append(
                Group(
                    list=name,
                    group=one.group,
                    meaning=paragraph.text if paragraph else "",
                    digest=paragraph.digest if paragraph else NO_PARAGRAPH,
                )
            )
    return tuple(found)


def _places(groups: Iterable[CodeGroup], reading: Reading) -> dict[str, tuple[Listed, ...]]:
    """For each code its places in the groups of a list."""
    found: dict[str, tuple[Listed, ...]] = {}
    for group in groups:
        plain, starred = (Listed(group.group),), (Listed(group.group, starred=True),)
        stars = frozenset(group.starred.split())
        within = (code for ends in group.ranges for code in reading.between(*ends))
        for code in dict.fromkeys((*group.codes.split(), *within)):
            place = starred if code in stars else plain
            before = found.get(code)
            found[code] = (*before, *place) if before else place
    return found
