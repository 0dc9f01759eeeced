"""What a scrubbed claim comes back as."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from msgspec import Struct

from scrubber.reference.line_coverage import CoverageRow
from scrubber.rule import Finding, NotEvaluated, Outcome


class Disposition(StrEnum):
    """What to do with the claim: send it, have a person look, or hold it."""

    CLEAN = "clean"
    REVIEW = "review"
    HOLD = "hold"


class WaivedFinding(Struct, frozen=True, gc=False, kw_only=True):
    """A finding someone answered for: it stays in the result and no longer holds the claim.

    ``waiver`` is the number of the waiver, None where that was read from a file.
    """

    finding: Finding
    reason: str
    by: str
    until: date
    waiver: int | None = None


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


class Driver(Struct, frozen=True, gc=False, kw_only=True):
    """A finding, or what no edit sees (``edit`` is then None), as a reason to expect a denial.

    ``probability`` is that of a denial for it alone, with its 90 % interval; ``remittances`` how many decided lines
    stand behind it. ``share`` is its part of ``charge_at_risk``, from 0 to 1; the shares of a claim add up to 1.
    """

    edit: str | None
    line: int | None
    probability: float
    low: float
    high: float
    share: float
    remittances: int


class LineRisk(Struct, frozen=True, gc=False, kw_only=True):
    """How likely a line (counted from 1) is denied, its charge, and the dollars of it expected to be lost.

    ``allowed`` is what the Medicare fee schedule allows for it, None where that is not known.
    """

    line: int
    probability: float
    charge: Decimal
    charge_at_risk: Decimal
    allowed: Decimal | None = None


class DenialRisk(Struct, frozen=True, gc=False, kw_only=True):
    """How likely it is that some line of the claim is denied, and the dollars expected to be lost.

    ``low`` and ``high`` are its 90 % interval. ``allowed_at_risk`` is what is expected to be lost of the amounts that
    the Medicare fee schedule allows (national, before the locality adjustment), None where that of a line is not
    known. ``basis`` is ``calibrated`` where remittances stand behind the first
    driver, else ``prior``; ``calibration`` names the denial rates used, None those the program comes with. Drivers
    come with the greatest share first.
    """

    probability: float
    low: float
    high: float
    charge_at_risk: Decimal
    allowed_at_risk: Decimal | None = None
    basis: Literal["prior", "calibrated"]
    calibration: str | None
    drivers: tuple[Driver, ...]
    lines: tuple[LineRisk, ...]


class Result(Struct, frozen=True, gc=False, kw_only=True):
    """The result of one claim. ``findings`` are in catalogue order, within an edit in claim order."""

    claim_id: str
    disposition: Disposition
    denial_risk: DenialRisk
    findings: tuple[Finding, ...]
    not_evaluated: tuple[NotEvaluated, ...]
    waived: tuple[WaivedFinding, ...]
    coverage: tuple[CoverageRow, ...]
    ruleset: str
    reference: ReferenceUsed
    explanation: tuple[Explained, ...] | None = None
