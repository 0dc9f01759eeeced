"""What wakes an edit: the payer, the codes on a claim, or a plain fact of the claim as a whole.

An edit without code tests concerns every claim of its payers; with code tests, a claim on which at least one
code passes at least one of them. The plan asks those once a code and payer, not once a claim. A test of the
claim as a whole must hold besides; it is asked once a claim, however many edits share it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from scrubber.claim import Claim, Documentation
from scrubber.reference import PayerProfile, Snapshot

CodeTest: TypeAlias = Callable[[str, Snapshot], bool]
ClaimTest: TypeAlias = Callable[[Claim], bool]
PayerTest: TypeAlias = Callable[[PayerProfile], bool]

NOTHING_ATTESTED = Documentation()


class Codes(frozenset[str]):
    """A test that is passed by these codes and no other: the plan looks them up and need not ask it of every code."""

    __slots__ = ()

    def __call__(self, code: str, _reference: Snapshot) -> bool:
        """Whether it is one of the codes."""
        return code in self


@dataclass(frozen=True, slots=True)
class Triggers:
    """Tests that decide whether an edit can fire. ``says`` tells a person, for ``explain``."""

    says: str
    payer: PayerTest | None = None
    procedure: CodeTest | None = None
    diagnosis: CodeTest | None = None
    modifier: CodeTest | None = None
    claim: ClaimTest | None = None

    @property
    def always(self) -> bool:
        """Whether no code is needed to wake the edit."""
        return self.procedure is None and self.diagnosis is None and self.modifier is None


ALWAYS = Triggers("every claim")

SEVERAL_LINES = Triggers("the claim has several lines", claim=lambda claim: len(claim.lines) > 1)


def attested(claim: Claim) -> bool:
    """Whether the claim says anything about what the record shows."""
    return claim.documentation != NOTHING_ATTESTED


def claims_where(test: ClaimTest, says: str, payer: PayerTest | None = None) -> Triggers:
    """Wakes on a claim that passes the test."""
    return Triggers(says, payer=payer, claim=test)


def medicare_part_b(payer: PayerProfile) -> bool:
    """Whether the payer is Medicare Part B (Railroad Medicare included)."""
    return payer.medicare_part_b


def procedures(codes: frozenset[str], payer: PayerTest | None = None, says: str | None = None) -> Triggers:
    """Wakes on any of these procedures."""
    return Triggers(
        says or f"a line bills {_some(codes)}",
        payer=payer,
        procedure=Codes(codes),
    )


def modifiers(codes: frozenset[str], payer: PayerTest | None = None) -> Triggers:
    """Wakes on any of these modifiers."""
    return Triggers(
        f"a line carries modifier {_some(codes)}",
        payer=payer,
        modifier=Codes(codes),
    )


def diagnoses(test: CodeTest, says: str, payer: PayerTest | None = None) -> Triggers:
    """Wakes on a diagnosis (undotted) that passes the test."""
    return Triggers(says, payer=payer, diagnosis=test)


def _some(codes: frozenset[str]) -> str:
    shown = sorted(codes)
    return ", ".join(shown) if len(shown) <= 8 else f"{', '.join(shown[:8])} or {len(shown) - 8} others"
