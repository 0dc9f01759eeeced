"""What a Medicare billing article says: its code lists, and how they relate to its procedures.

A group of procedures and a group of diagnoses never belong together by their number. Which belong together,
and in which role, is said by the relations alone; each tells whether the article states it or it is inferred.
ICD-10-CM codes are kept without the dot.
"""

from datetime import date
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct, field


class Basis(StrEnum):
    """Whether the source says so, or it is our reading of it."""

    STATED = "stated"
    INFERRED = "inferred"


class _Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="rule"):
    """What all relations have: the procedures they are about, what they rest on, and why in our own words."""

    procedures: tuple[str, ...]
    basis: Basis
    note: str


class AnyOf(_Rule, frozen=True, kw_only=True, tag="any-of"):
    """One diagnosis of the line from any of these covered groups supports the procedure."""

    groups: tuple[int, ...]


class Primary(_Rule, frozen=True, kw_only=True, tag="primary"):
    """The first diagnosis of the line must be in one of these covered groups."""

    primary: tuple[int, ...]


class PrimaryAndSecondary(_Rule, frozen=True, kw_only=True, tag="primary-and-secondary"):
    """The first diagnosis must be in a primary group and another one of the line in a secondary group."""

    primary: tuple[int, ...]
    secondary: tuple[int, ...]


class NotCovered(_Rule, frozen=True, kw_only=True, tag="not-covered"):
    """The procedure is not covered, whatever the diagnosis."""


class NoList(_Rule, frozen=True, kw_only=True, tag="no-list"):
    """The article has no list of covered diagnoses for the procedure, so none can be missing from it."""


class NoncoveredDiagnoses(_Rule, frozen=True, kw_only=True, tag="noncovered-diagnoses"):
    """A diagnosis of these non-covered groups does not support the procedure."""

    groups: tuple[int, ...]


class NotCoveredWith(_Rule, frozen=True, kw_only=True, tag="not-covered-with"):
    """The procedure is denied beside one of the partners on one day.

    Where groups (non-covered) or diagnoses are given, only if the line has one of those diagnoses.
    """

    partners: tuple[str, ...] = field(name="with")
    groups: tuple[int, ...] | None
    diagnoses: tuple[str, ...] | None


class NeedsSecond(_Rule, frozen=True, kw_only=True, tag="needs-second"):
    """A starred diagnosis of one covered group counts only beside a diagnosis of the other groups."""

    starred_in: int
    others: tuple[int, ...] = field(name="with")


class StarredNotFor(_Rule, frozen=True, kw_only=True, tag="starred-not-for"):
    """The starred diagnoses of the covered group do not support these procedures."""

    group: int


class StarredCondition(_Rule, frozen=True, kw_only=True, tag="starred-condition"):
    """The starred diagnoses of the covered group support these procedures only under the condition."""

    group: int
    condition: str


class ListedOnly(_Rule, frozen=True, kw_only=True, tag="listed-only"):
    """The article names the procedure as related and says nothing about its coverage."""


Relation: TypeAlias = (
    AnyOf
    | Primary
    | PrimaryAndSecondary
    | NotCovered
    | NoList
    | NoncoveredDiagnoses
    | NotCoveredWith
    | NeedsSecond
    | StarredNotFor
    | StarredCondition
    | ListedOnly
)
"""The closed list of relations. All relations of a procedure hold together."""


class Listed(Struct, frozen=True, array_like=True):
    """A code's place in a list: its group, its star, the first and last service date it counts on."""

    group: int
    starred: bool = False
    first: date | None = None
    last: date | None = None

    def counts_on(self, on: date) -> bool:
        """Whether ``on`` lies in the interval."""
        return (self.first is None or self.first <= on) and (self.last is None or on <= self.last)


class Group(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One group of the list ``procedure``, ``covered`` or ``noncovered``, and what it is for.

    ``meaning`` is in our words, or the paragraph of an imported article. ``digest`` is that of the paragraph the
    relations were read from, None where it was not recorded.
    """

    list: str
    group: int
    meaning: str
    digest: str | None = None


class Applies(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The service dates the article is answered for, and whether a source gives them or they are assumed.

    ``last`` is None while the article has no end.
    """

    first: date = field(name="from")
    last: date | None = field(default=None, name="to")
    basis: str
    note: str


class SeventhCharacters(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Covered groups in which a code also stands for its siblings with another of these 7th characters."""

    groups: tuple[int, ...]
    interchangeable: tuple[str, ...]
    basis: Basis
    note: str


class ArticleRef(Struct, frozen=True, kw_only=True):
    """Enough of an article to name and to cite it. ``edition`` is the date of the export that was read."""

    id: str
    version: int
    title: str
    url: str
    edition: str
    mac: str


class Article(Struct, frozen=True, kw_only=True):
    """One revision of an article. ``contracts`` are the Part B contract numbers under which it applies.

    ``procedures``, ``covered`` and ``noncovered`` give for each code its places in that list. ``bill_types`` and
    ``modifiers`` are those the article names, where it was imported.
    """

    ref: ArticleRef
    known_as: tuple[str, ...] = ()
    lcd: str | None = None
    contracts: tuple[str, ...]
    applies: Applies
    groups: tuple[Group, ...]
    procedures: dict[str, tuple[Listed, ...]]
    covered: dict[str, tuple[Listed, ...]]
    noncovered: dict[str, tuple[Listed, ...]]
    seventh_characters: SeventhCharacters | None = None
    relations: tuple[Relation, ...]
    bill_types: tuple[str, ...] = ()
    modifiers: tuple[str, ...] = ()

    @property
    def one_procedure_group(self) -> bool:
        """Whether there is one group of procedures, so that the lists can hardly be for anything else."""
        return sum(group.list == "procedure" for group in self.groups) == 1

    def judges(self, procedure: str) -> bool:
        """Whether the article says anything of the procedure, more than to list it beside others."""
        rules = [rule for rule in self.relations if procedure in rule.procedures]
        if rules:
            return not all(isinstance(rule, ListedOnly) for rule in rules)
        return procedure in self.procedures

    def codes(self, name: str, group: int) -> tuple[str, ...]:
        """The codes of a group of the list ``procedure``, ``covered`` or ``noncovered``, ascending."""
        lists = {"procedure": self.procedures, "covered": self.covered, "noncovered": self.noncovered}
        return tuple(
            sorted(
                code for code, places in lists[name].items() if any(place.group == group for place in places)
            )
        )
