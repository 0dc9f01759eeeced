"""Coverage articles: added, removed, in a new version; of those in both, the codes of each list and the relations."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import msgspec

from scrubber.claim import dotted
from scrubber.reference.comparison.change import NEWEST, Difference, Facts, Telling, differences
from scrubber.reference.comparison.walks import mapped, table_rows
from scrubber.reference.container import Sections
from scrubber.reference.coverage import Article, Listed, Relation
from scrubber.reference.coverage.lookup import Revision
from scrubber.reference.table import Table

LISTS: dict[str, Callable[[Article], dict[str, tuple[Listed, ...]]]] = {
    "covered": lambda article: article.covered,
    "noncovered": lambda article: article.noncovered,
    "procedure": lambda article: article.procedures,
}


def article_differences(before: Sections, after: Sections, on: date) -> Iterator[Difference]:
    """What differs between the articles as they are on a service date, for ``NEWEST`` between their newest revisions.

    An article that is new or gone is told as one, without its codes.
    """
    yield from differences(Telling("coverage", _facts), _walk(before, on), _walk(after, on))
    old, new = dict(_revisions(before, on)), dict(_revisions(after, on))
    articles = [Table(of["coverage"], Article, 1) for of in (before, after) if "coverage" in of]
    for id_ in sorted(old.keys() & new.keys()):
        one, other = articles[0].get(old[id_]), articles[-1].get(new[id_])
        if one is not None and other is not None and one != other:
            yield from differences(
                Telling("coverage_codes", _listed, named=_named), _codes(one), _codes(other)
            )
            yield from differences(
                Telling("coverage_relations", dict), mapped(_relations(one)), mapped(_relations(other))
            )


def _revisions(sections: Sections, on: date) -> Iterator[tuple[str, str]]:
    """The articles in the order of their ids, each with the key of its revision."""
    if "coverage_revisions" not in sections:
        return
    for id_, revisions in table_rows(Table(sections["coverage_revisions"], tuple[Revision, ...])):
        answering = [one for one in revisions if one.last is None or on <= one.last]
        if on == NEWEST or answering:
            yield id_, (revisions[-1] if on == NEWEST else answering[0]).key


def _walk(sections: Sections, on: date) -> Iterator[tuple[str, Facts]]:
    if "coverage" not in sections:
        return
    # An article can have thousands of codes: none is kept.
    articles = Table(sections["coverage"], Article, 1)
    for id_, key in _revisions(sections, on):
        article = articles.get(key)
        if article is not None:
            yield id_, _article(article)


def _article(article: Article) -> Facts:
    # Without the edition: that is the day of the export, which says nothing of the article.
    return {
        "version": article.ref.version,
        "title": article.ref.title,
        "mac": article.ref.mac,
        "contracts": ", ".join(article.contracts),
        "lcd": article.lcd,
        "applies from": article.applies.first.isoformat(),
        "applies to": article.applies.last.isoformat() if article.applies.last else "",
        "groups": len(article.groups),
        **{f"{name} codes": len(codes(article)) for name, codes in LISTS.items()},
        "relations": len(article.relations),
        "seventh characters": _text(article.seventh_characters) if article.seventh_characters else "",
        "bill types": ", ".join(article.bill_types),
        "modifiers": ", ".join(article.modifiers),
    }


def _facts(facts: Facts) -> Facts:
    return facts


def _codes(article: Article) -> Iterator[tuple[tuple[str, ...], tuple[Listed, ...]]]:
    for name, codes in LISTS.items():
        for code, places in sorted(codes(article).items()):
            yield (article.ref.id, name, code if name == "procedure" else dotted(code)), places


def _named(key: tuple[str, ...], _places: tuple[Listed, ...]) -> str:
    return " ".join(key)


def _listed(places: tuple[Listed, ...]) -> Facts:
    return {
        "groups": ", ".join(f"{place.group}{'*' if place.starred else ''}" for place in places),
        "from": ", ".join(place.first.isoformat() for place in places if place.first),
        "to": ", ".join(place.last.isoformat() for place in places if place.last),
    }


def _relations(article: Article) -> dict[str, Facts]:
    """The relations by what they say: one that says something else is another one."""
    return {f"{article.ref.id} {_text(relation)}": {"note": relation.note} for relation in article.relations}


def _text(relation: Relation | Any) -> str:
    facts = msgspec.to_builtins(relation)
    facts.pop("note", None)
    return "; ".join(f"{name} {_value(value)}" for name, value in facts.items() if value is not None)


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
