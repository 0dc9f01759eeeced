"""What an edit is: a plain function of (claim, reference) with its facts beside it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from scrubber.claim import Claim
from scrubber.reference import Snapshot
from scrubber.rule.finding import REJECT, Citation, Defect, Severity, Unevaluated
from scrubber.rule.history import LookBack, Reach
from scrubber.rule.triggers import ALWAYS, Triggers

EditFunction: TypeAlias = Callable[[Claim, Snapshot], Iterator[Defect | Unevaluated]]
Screen: TypeAlias = Callable[[Claim, Snapshot], bool]
"""A cheap look that several edits share: False only where none of them can have anything to say."""


class Scope(StrEnum):
    """What an edit judges."""

    CLAIM = "claim"
    LINE = "line"


CLAIM, LINE = Scope.CLAIM, Scope.LINE


class Form(StrEnum):
    """What a claim is written on; the rules of one are not those of the other."""

    PROFESSIONAL = "professional"
    INSTITUTIONAL = "institutional"


PROFESSIONAL_ONLY = frozenset({Form.PROFESSIONAL})
INSTITUTIONAL_ONLY = frozenset({Form.INSTITUTIONAL})
BOTH_FORMS = frozenset(Form)


class InForce(Struct, frozen=True, kw_only=True):
    """The services that something holds for: from ``effective`` to ``ends``, both included (None: not ended)."""

    effective: date
    ends: date | None

    def __str__(self) -> str:
        return f"from {self.effective}{f' to {self.ends}' if self.ends else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """An edit: its permanent id, the name of the defect, its function and everything said about it.

    ``carc`` and ``rarc`` are what the payer would answer with; ``needs`` the tables of the snapshot without which
    the edit is not evaluated; ``since`` the ruleset that brought it. On a claim of a form that is not in ``forms`` it
    is not evaluated. A claim that does not pass the ``screen`` has passed the edit. ``look_back`` is what the edit says
    where the claim's history is at hand; without it the function says HISTORY_NOT_READ of a claim that it concerns.
    ``reach`` spares most claims of a batch that look.
    ``judges_voids``: it asks for the frequency code itself, so it concerns a void (8) though it rejects nothing.
    ``payer`` is the one whose rule it is, and ``in_force`` the services that a rule of a payer holds for.
    """

    id: str
    name: str
    severity: Severity
    scope: Scope
    function: EditFunction
    docstring: str
    citation: Citation
    triggers: Triggers = ALWAYS
    screen: Screen | None = None
    needs: tuple[str, ...] = ()
    forms: frozenset[Form] = PROFESSIONAL_ONLY
    carc: tuple[str, str] | None = None
    rarc: tuple[str, ...] = ()
    look_back: LookBack | None = None
    reach: Callable[[Snapshot], Reach] | None = None
    since: str = "2026.11"
    judges_voids: bool = False
    payer: str | None = None
    in_force: tuple[InForce, ...] = ()

    @property
    def family(self) -> str:
        """The letters of the id: ``COV702`` → ``COV``."""
        return self.id.rstrip("0123456789").rstrip("-")

    @property
    def concerns_voids(self) -> bool:
        """Whether it has anything to say of a void (frequency code 8), which asks for no payment."""
        return self.severity is REJECT or self.judges_voids


def edit(
    *,
    id: str,  # noqa: A002 - the word users know it by
    name: str,
    severity: Severity,
    scope: Scope,
    citation: Citation,
    triggers: Triggers = ALWAYS,
    screen: Screen | None = None,
    needs: tuple[str, ...] = (),
    forms: frozenset[Form] = PROFESSIONAL_ONLY,
    carc: tuple[str, str] | None = None,
    rarc: tuple[str, ...] = (),
    look_back: LookBack | None = None,
    reach: Callable[[Snapshot], Reach] | None = None,
    since: str = "2026.11",
) -> Callable[[EditFunction], Edit]:
    """Put the facts of an edit beside its function. The result is data; nothing is registered anywhere."""

    def with_facts(function: EditFunction) -> Edit:
        return Edit(
            id=id,
            name=name,
            severity=severity,
            scope=scope,
            function=function,
            docstring=function.__doc__ or "",
            citation=citation,
            triggers=triggers,
            screen=screen,
            needs=needs,
            forms=forms,
            carc=carc,
            rarc=rarc,
            look_back=look_back,
            reach=reach,
            since=since,
        )

    return with_facts
