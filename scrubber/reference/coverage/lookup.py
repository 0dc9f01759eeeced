"""The coverage articles as a table: by name, by contract and procedure, and the decision for a line.

Sections: ``coverage`` the articles by id, ``coverage_procedures`` for each procedure the articles that judge
it, ``coverage_names`` what people call an article, ``coverage_days`` the service dates on which an answer may
change. Nothing is decoded before it is asked for.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from scrubber.reference.container import Sections
from scrubber.reference.coverage.article import Article, ListedOnly, NotCoveredWith
from scrubber.reference.coverage.decision import NO_ARTICLE, Decision, combined, decide_by_article
from scrubber.reference.table import Table, pack_table

DECISIONS_KEPT = 16_384
PROCEDURES_KEPT = 16_384


class Judged(Struct, frozen=True):
    """Where a procedure is judged: articles for each contract, and the procedures that matter beside it."""

    articles: dict[str, tuple[str, ...]]
    partners: frozenset[str] = frozenset()


class Coverage:
    """The articles of a snapshot. Decisions are kept: the same combination comes a thousand times."""

    def __init__(
        self,
        articles: Table[Article],
        judged: Table[Judged],
        names: Table[str],
        turning_days: Sequence[date],
        edition: str,
    ) -> None:
        self.edition = edition
        self._articles, self._names = articles, names
        self._turning_days = tuple(turning_days)
        self._judged = judged
        self.partners = lru_cache(PROCEDURES_KEPT)(self._partners)
        """The procedures that matter beside a procedure for some article; None where no article judges it."""
        self._decided = lru_cache(DECISIONS_KEPT)(self._decide)
        self.latest: tuple[Any, ...] = ()
        """What was decided for the claim last asked about; kept by ``line_coverage``, swapped whole."""

    @classmethod
    def read(cls, sections: Sections) -> "Coverage":
        """The table in its sections."""
        return cls(
            Table(sections["coverage"], Article),
            Table(sections["coverage_procedures"], Judged),
            Table(sections["coverage_names"], str),
            msgspec.json.decode(sections["coverage_days"], type=tuple[date, ...]),
            sections.editions["coverage"],
        )

    def ids(self) -> Sequence[str]:
        """The ids of all articles, ascending."""
        return self._articles.keys()

    def article(self, name: str) -> Article | None:
        """An article by what people call it: ``A56273``, ``56273``, ``LCD A56273``, its LCD; else None."""
        id_ = self._names.get(_plain(name))
        return self._articles.get(id_) if id_ is not None else None

    def articles(self, contract: str, procedure: str) -> tuple[Article, ...]:
        """The articles of a contract (its number) that judge a procedure, in order of id."""
        judged = self._judged.get(procedure)
        if judged is None:
            return ()
        found = (self._articles.get(id_) for id_ in judged.articles.get(contract, ()))
        return tuple(article for article in found if article is not None)

    def decide(
        self,
        contract: str,
        procedure: str,
        diagnoses: tuple[str, ...],
        on: date,
        beside: frozenset[str] = frozenset(),
    ) -> Decision:
        """Does the contractor support the procedure with these diagnoses on a service date?

        ``diagnoses`` are those the line points to, undotted, first the primary; ``beside`` the other
        procedures of the claim on that day, of which only the ``partners`` of the procedure matter.
        """
        # Between two turning days the answer is the same, so one day stands for all of them.
        period = bisect_right(self._turning_days, on)
        return self._decided(contract, procedure, diagnoses, period, beside)

    def _partners(self, procedure: str) -> frozenset[str] | None:
        judged = self._judged.get(procedure)
        return judged.partners if judged is not None else None

    def _decide(
        self, contract: str, procedure: str, diagnoses: tuple[str, ...], period: int, beside: frozenset[str]
    ) -> Decision:
        on = self._turning_days[period - 1] if period else date.min
        articles = self.articles(contract, procedure)
        if not articles:
            return NO_ARTICLE
        return combined(
            [decide_by_article(article, procedure, diagnoses, on, beside) for article in articles]
        )


def pack_coverage(articles: Iterable[Article]) -> dict[str, bytes]:
    """The sections of the table."""
    by_id = {article.ref.id: article for article in articles}
    judged: dict[str, dict[str, tuple[str, ...]]] = {}
    partners: dict[str, set[str]] = {}
    names: dict[str, set[str]] = {}
    days: set[date] = set()
    for id_, article in sorted(by_id.items()):
        for name in (id_, id_.removeprefix("A"), *article.known_as, *([article.lcd] if article.lcd else [])):
            names.setdefault(_plain(name), set()).add(id_)
        days |= _turning_days(article)
        for procedure in _judged_procedures(article):
            contracts = judged.setdefault(procedure, {})
            for contract in article.contracts:
                contracts[contract] = (*contracts.get(contract, ()), id_)
        for relation in article.relations:
            if isinstance(relation, NotCoveredWith):
                for procedure in relation.procedures:
                    partners.setdefault(procedure, set()).update(relation.partners)
    return {
        "coverage": pack_table(by_id),
        "coverage_procedures": pack_table(
            {
                procedure: Judged(contracts, frozenset(partners.get(procedure, ())))
                for procedure, contracts in judged.items()
            }
        ),
        # A name that several articles share (one LCD, two articles) names none of them.
        "coverage_names": pack_table({name: next(iter(ids)) for name, ids in names.items() if len(ids) == 1}),
        "coverage_days": msgspec.json.encode(sorted(days)),
    }


def _judged_procedures(article: Article) -> set[str]:
    """The procedures of an article, without those it merely lists beside others."""
    related = {
        code for rule in article.relations if not isinstance(rule, ListedOnly) for code in rule.procedures
    }
    listed = {code for rule in article.relations if isinstance(rule, ListedOnly) for code in rule.procedures}
    return related | (article.procedures.keys() - listed)


def _turning_days(article: Article) -> set[date]:
    days = {article.applies.first}
    for codes in (article.covered, article.noncovered):
        for places in codes.values():
            for place in places:
                if place.first is not None:
                    days.add(place.first)
                if place.last is not None:
                    days.add(place.last + timedelta(days=1))
    return days


def _plain(name: str) -> str:
    """What an article is called, without what people write before it: ``"LCD A56273"`` → ``"A56273"``."""
    plain = name.strip().upper()
    for word in ("LCD", "LCA", "ARTICLE"):
        plain = plain.removeprefix(word).strip()
    return plain
