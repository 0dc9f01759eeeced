"""The coverage articles as a table: by name, by contract and procedure, and the decision for a line.

Sections: ``coverage`` the revisions of articles, ``coverage_revisions`` for each article which revision
answers for which service dates, ``coverage_procedures`` for each procedure the articles that judge it,
``coverage_diagnoses`` for each diagnosis those that list it, ``coverage_names`` what people call an article,
``coverage_days`` the service dates on which an answer may change. Nothing is decoded before it is asked for.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from scrubber.reference.container import Sections
from scrubber.reference.coverage.article import Article, NotCoveredWith
from scrubber.reference.coverage.decide import combined, decide_by_article
from scrubber.reference.coverage.decision import NO_ARTICLE, Decision
from scrubber.reference.table import Table, pack_table

DECISIONS_KEPT = 16_384
PROCEDURES_KEPT = 16_384
ARTICLES_KEPT = 256


class Judged(Struct, frozen=True):
    """Where a procedure is judged: articles for each contract, and the procedures that matter beside it."""

    articles: dict[str, tuple[str, ...]]
    partners: frozenset[str] = frozenset()


class Revision(Struct, frozen=True, array_like=True):
    """A revision of an article: the service dates it is answered for, and its key in the table of articles."""

    first: date
    last: date | None
    key: str


class Coverage:
    """The articles of a snapshot. Decisions are kept: the same combination comes a thousand times."""

    def __init__(
        self,
        articles: Table[Article],
        revisions: Table[tuple[Revision, ...]],
        judged: Table[Judged],
        names: Table[str],
        listed: Table[tuple[str, ...]],
        turning_days: Sequence[date],
        edition: str,
    ) -> None:
        self.edition = edition
        self._articles, self._revisions = articles, revisions
        self._names, self._listed = names, listed
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
            Table(sections["coverage"], Article, ARTICLES_KEPT),
            Table(sections["coverage_revisions"], tuple[Revision, ...]),
            Table(sections["coverage_procedures"], Judged),
            Table(sections["coverage_names"], str),
            Table(sections["coverage_diagnoses"], tuple[str, ...], ARTICLES_KEPT),
            msgspec.json.decode(sections["coverage_days"], type=tuple[date, ...]),
            sections.editions["coverage"],
        )

    def ids(self) -> Sequence[str]:
        """The ids of all articles, ascending."""
        return self._revisions.keys()

    def article(self, name: str, on: date | None = None) -> Article | None:
        """An article by what people call it: ``A56273``, ``56273``, ``LCD A56273``, its LCD; else None.

        With ``on``, its revision that answers for the service date, or the first one after it; without, the newest.
        """
        id_ = self._names.get(_plain(name))
        if id_ is None:
            return None
        return self._revision(id_, on) if on is not None else self._newest(id_)

    def listing(self, diagnosis: str) -> tuple[str, ...]:
        """The ids of the articles that list a diagnosis (undotted), covered or not, in any revision; ascending."""
        return self._listed.get(diagnosis) or ()

    def judging(self, procedure: str) -> tuple[str, ...]:
        """The ids of the articles of any contract that judge a procedure, in any revision; ascending."""
        judged = self._judged.get(procedure)
        return tuple(sorted({id_ for ids in judged.articles.values() for id_ in ids})) if judged else ()

    def articles(self, contract: str, procedure: str, on: date) -> tuple[Article, ...]:
        """The articles of a contract (its number) that judge a procedure on a service date, in order of id.

        Each in its revision of that day. Where that day is before the first one at hand, or between two, it is the one
        that follows, and its ``applies`` tells so.
        """
        found = (self._revision(id_, on) for id_ in self._judging(contract, procedure))
        return tuple(
            article
            for article in found
            if article is not None and contract in article.contracts and article.judges(procedure)
        )

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
        articles = self.articles(contract, procedure, on)
        if not articles:
            ended = [id_ for id_ in self._judging(contract, procedure) if self._revision(id_, on) is None]
            return (
                replace(NO_ARTICLE, detail=f"{' and '.join(ended)} ended before the service")
                if ended
                else NO_ARTICLE
            )
        return combined(
            [decide_by_article(article, procedure, diagnoses, on, beside) for article in articles]
        )

    def _judging(self, contract: str, procedure: str) -> tuple[str, ...]:
        """The ids of the contract's articles that judge the procedure in some revision."""
        judged = self._judged.get(procedure)
        return judged.articles.get(contract, ()) if judged is not None else ()

    def _revision(self, id_: str, on: date) -> Article | None:
        """The first revision that had not ended on a day; None after the last."""
        for revision in self._revisions.get(id_) or ():
            if revision.last is None or on <= revision.last:
                return self._articles.get(revision.key)
        return None

    def _newest(self, id_: str) -> Article | None:
        revisions = self._revisions.get(id_)
        return self._articles.get(revisions[-1].key) if revisions else None


def pack_coverage(articles: Iterable[Article]) -> dict[str, bytes]:
    """The sections of the table. The revisions of an article follow each other, the earliest first.

    Articles are packed as they come, so that all of them are never in memory at once.
    """
    encoder = msgspec.msgpack.Encoder(order="deterministic")
    packed: dict[str, msgspec.Raw] = {}
    revisions: dict[str, tuple[Revision, ...]] = {}
    judged: dict[str, dict[str, tuple[str, ...]]] = {}
    partners: dict[str, set[str]] = {}
    names: dict[str, set[str]] = {}
    listed: dict[str, tuple[str, ...]] = {}
    days: set[date] = set()
    for article in articles:
        id_ = article.ref.id
        before = revisions.get(id_, ())
        key = f"{id_}/{len(before)}"
        packed[key] = msgspec.Raw(encoder.encode(article))
        revisions[id_] = (*before, Revision(article.applies.first, article.applies.last, key))
        for name in (id_, id_.removeprefix("A"), *article.known_as, *([article.lcd] if article.lcd else [])):
            names.setdefault(_plain(name), set()).add(id_)
        days |= _turning_days(article)
        for procedure in _judged_procedures(article):
            contracts = judged.setdefault(procedure, {})
            for contract in article.contracts:
                contracts[contract] = _with(contracts.get(contract, ()), id_)
        for diagnosis in (*article.covered, *article.noncovered):
            listed[diagnosis] = _with(listed.get(diagnosis, ()), id_)
        for relation in article.relations:
            if isinstance(relation, NotCoveredWith):
                for procedure in relation.procedures:
                    partners.setdefault(procedure, set()).update(relation.partners)
    return {
        "coverage": pack_table(packed),
        "coverage_revisions": pack_table(revisions),
        "coverage_procedures": pack_table(
            {
                procedure: Judged(contracts, frozenset(partners.get(procedure, ())))
                for procedure, contracts in judged.items()
            }
        ),
        # A name that several articles share (one LCD, two articles) names none of them.
        "coverage_names": pack_table({name: next(iter(ids)) for name, ids in names.items() if len(ids) == 1}),
        "coverage_diagnoses": pack_table(listed),
        "coverage_days": msgspec.json.encode(sorted(days)),
    }


def _with(ids: tuple[str, ...], id_: str) -> tuple[str, ...]:
    """Ids with one more at their end, once: the revisions of an article follow each other."""
    return ids if ids and ids[-1] == id_ else (*ids, id_)


def _judged_procedures(article: Article) -> Iterator[str]:
    """The procedures of an article, without those it merely lists beside others."""
    named = {procedure for relation in article.relations for procedure in relation.procedures}
    return filter(article.judges, named | article.procedures.keys())


def _turning_days(article: Article) -> set[date]:
    days = {article.applies.first}
    if article.applies.last is not None:
        days.add(article.applies.last + timedelta(days=1))
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
