"""What a scrubbed claim comes back as."""

from enum import StrEnum
from typing import Any

from msgspec import Struct

from scrubber.reference.line_coverage import CoverageRow
from scrubber.rule import Finding, NotEvaluated, Outcome


class Disposition(StrEnum):
    """What to do with the claim: send it, have a person look, or hold it."""

    CLEAN = "clean"
    REVIEW = "review"
    HOLD = "hold"


class WaivedFinding(Struct, frozen=True, gc=False, kw_only=True):
    """A finding someone answered for: it stays in the result and no longer holds the claim."""

    finding: Finding
    reason: str
    by: str
    until: str | None


class ReferenceUsed(Struct, frozen=True, gc=False, kw_only=True):
    """The snapshot a result was made with, so that it can be made again."""

    digest: str
    editions: dict[str, str]


class Explained(Struct, frozen=True, gc=False, kw_only=True):
    """One edit of the catalogue on this claim: its outcome, why, and what it read."""

    edit: str
    name: str
    outcome: Outcome
    why: str
    read: dict[str, Any]


class Result(Struct, frozen=True, gc=False, kw_only=True):
    """The result of one claim. ``findings`` are in catalogue order, within an edit in claim order."""

    claim_id: str
    disposition: Disposition
    findings: tuple[Finding, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    waived: tuple[WaivedFinding, ...]
    coverage: tuple[CoverageRow, ...]
    ruleset: str
    reference: ReferenceUsed
    explanation: tuple[Explained, ...] | None = None
