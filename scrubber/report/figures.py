"""The figures of a denial-risk report, as its JSON form has them and every other form shows them.

Dollars are exact decimals, rates and probabilities lie between 0 and 1, intervals are 90 % ones. ``expected`` figures
are sums of probabilities: what is to be expected if the claims were sent as they are.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from scrubber.engine import ReferenceUsed
from scrubber.importers.benchmarks import Benchmark
from scrubber.reference.denial_priors import FixedBy


class Volume(Struct, frozen=True, kw_only=True):
    """How many claims, and their charges."""

    claims: int
    charge: Decimal


class Dispositions(Struct, frozen=True, kw_only=True):
    """The claims by what to do with them. What could not be read has no charge that is known."""

    clean: Volume
    review: Volume
    hold: Volume
    unreadable: Volume


class Expected(Struct, frozen=True, kw_only=True):
    """Claims expected to be denied in whole or part, and the dollars expected to be lost, with their intervals."""

    denials: float
    denials_low: float
    denials_high: float
    charge: Decimal
    charge_low: Decimal
    charge_high: Decimal


class AllowedLoss(Struct, frozen=True, kw_only=True):
    """The dollars expected to be lost by the amounts the Medicare fee schedule allows, of the claims where these are
    known: national amounts, before the locality adjustment, and before reductions such as for several procedures.

    ``expected_charge`` is what the same claims are expected to lose by their charges.
    """

    claims: int
    expected_charge: Decimal
    expected_allowed: Decimal


class Group(Struct, frozen=True, kw_only=True):
    """Findings that have one thing in common: a payer, a code, an edit.

    ``claims`` and ``charge`` are those of the claims concerned, each counted once in a group; ``expected_charge`` is
    their share of the dollars expected to be lost, so that it adds up over groups. The ``key`` None stands for what no
    edit saw, "none" for findings that have no such thing (they predict no CARC), "others" for all beyond the groups
    listed. ``name`` is what people call it, where that is known.
    """

    key: str | None
    name: str | None = None
    findings: int
    claims: int
    charge: Decimal
    expected_charge: Decimal


class Party(Struct, frozen=True, kw_only=True):
    """All the claims of a payer or a billing provider, those without findings too. ``findings`` are not waived ones."""

    key: str
    name: str | None = None
    claims: int
    clean: int
    charge: Decimal
    findings: int
    expected_denials: float
    expected_charge: Decimal


class Cluster(Struct, frozen=True, kw_only=True):
    """What one payer is expected to answer to one procedure."""

    carc: str | None
    payer: str
    procedure: str
    findings: int
    claims: int
    expected_charge: Decimal


class Fixable(Struct, frozen=True, kw_only=True):
    """What can be mended before the claim is sent, and by whom."""

    fixed_by: FixedBy
    preventable: bool
    findings: int
    claims: int
    expected_charge: Decimal


class Week(Struct, frozen=True, kw_only=True):
    """The claims whose services began in a week, from its Monday on."""

    monday: date
    claims: int
    clean: int
    charge: Decimal
    expected_charge: Decimal


class Drift(Struct, frozen=True, kw_only=True):
    """A payer's share of clean claims in the last four weeks of the report against the weeks before.

    ``low`` and ``high`` are the interval of the difference; ``changed`` where it leaves out nought.
    """

    payer: str
    claims_before: int
    claims_recent: int
    clean_before: float
    clean_recent: float
    low: float
    high: float
    changed: bool


class EditYield(Struct, frozen=True, kw_only=True):
    """What became of an edit's findings: waived by someone, decided by a payer, and of these denied after all."""

    edit: str
    name: str
    severity: str
    fired: int
    waived: int
    decided: int
    denied: int
    probability: float
    remittances: int


class Unknown(Struct, frozen=True, kw_only=True):
    """An edit that could not be evaluated: these claims may be denied for it, and no figure here says so."""

    edit: str
    reason: str
    claims: int
    charge: Decimal


class WorkItem(Struct, frozen=True, kw_only=True):
    """Findings that are one piece of work: of one edit, for one payer. ``claim_ids`` are the dearest of them.

    ``advice`` is that of the finding on the first of these claims: most edits advise the same of all that they find,
    some by the codes of the claim.
    """

    edit: str
    name: str
    payer: str
    carc: str | None
    fixed_by: FixedBy
    advice: str
    findings: int
    claims: int
    charge: Decimal
    expected_charge: Decimal
    claim_ids: tuple[str, ...]


class Covered(Struct, frozen=True, kw_only=True):
    """What the report is of: a batch, a file, or a period of service dates; and what it was narrowed to."""

    kind: Literal["batch", "file", "period"]
    name: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    payer: str | None = None
    provider: str | None = None


class DenialReport(Struct, frozen=True, kw_only=True):
    """The denial-risk report. Groups come with the greatest expected dollars first.

    ``all`` counts what could not be read as well. The clean shares are pooled over the claims that could be, by number
    and by charge: None where there are none. ``allowed`` is None where no claim has amounts allowed that are known.
    """

    schema_version: Literal[1] = 1
    of: Covered
    made_at: datetime
    ruleset: str
    references: tuple[ReferenceUsed, ...]
    calibrations: tuple[str, ...]
    basis: Literal["prior", "calibrated"]
    all: Volume
    dispositions: Dispositions
    clean_by_claims: float | None
    clean_by_charge: float | None
    expected: Expected
    allowed: AllowedLoss | None
    by_carc: tuple[Group, ...]
    by_payer: tuple[Party, ...]
    by_provider: tuple[Party, ...]
    by_procedure: tuple[Group, ...]
    by_diagnosis: tuple[Group, ...]
    by_edit: tuple[Group, ...]
    clusters: tuple[Cluster, ...]
    fixable: tuple[Fixable, ...]
    weeks: tuple[Week, ...]
    drift: tuple[Drift, ...]
    edits: tuple[EditYield, ...]
    unknown: tuple[Unknown, ...]
    worklist: tuple[WorkItem, ...]
    benchmarks: tuple[Benchmark, ...]


class FindingRow(Struct, frozen=True, kw_only=True):
    """A finding as the sheet of findings lists it: beside the report, since there may be millions."""

    claim_id: str
    first_day: date | None
    line: int | None
    payer: str
    provider: str
    procedure: str | None
    diagnosis: str | None
    edit: str
    severity: str
    carc: str | None
    probability: float
    expected_charge: Decimal
    waived: bool
    message: str
