"""Claims scrubbed by two engines: the findings that differ, claim by claim as they are read, and their sums."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import click
from msgspec import Struct

from scrubber.claim import Claim
from scrubber.cli.inputs import Columns
from scrubber.cli.judged import judged_files
from scrubber.cli.ready import DATE
from scrubber.cli.text import unreadable_text
from scrubber.engine import Disposition, Engine, Result, scrub
from scrubber.engine.comparison import FindingChange, FindingKind, finding_changes
from scrubber.intake.record import Unreadable
from scrubber.rule import NotEvaluated

Engines = tuple[Engine, Engine]
on_option = click.option(
    "--on",
    "files",
    multiple=True,
    metavar="FILE",
    type=click.Path(allow_dash=True, dir_okay=False),
    help="Scrub the claims of FILE with both, and show the findings that differ. May be given again; - is stdin.",
)
as_of_option = click.option(
    "--as-of", type=DATE, help="With --on: the day that counts as today; without it, today (UTC)."
)


class ClaimChange(Struct, frozen=True, kw_only=True):
    """A claim on which some finding differs: its dispositions, its charge, and the dollars of it at risk."""

    claim_id: str
    before: Disposition
    after: Disposition
    charge: Decimal
    at_risk_before: Decimal
    at_risk_after: Decimal
    findings: tuple[FindingChange, ...]


@dataclass(slots=True)
class EditTally:
    """What differs of one edit: its findings by what became of them, and the claims these are on.

    ``put_on_hold`` and ``released`` are the charges of those of the claims that are newly on hold, and no longer;
    ``at_risk_before`` and ``at_risk_after`` the dollars expected to be lost on them for this edit.
    """

    appears: int = 0
    vanishes: int = 0
    changes: int = 0
    claims: int = 0
    put_on_hold: Decimal = Decimal(0)
    released: Decimal = Decimal(0)
    at_risk_before: Decimal = Decimal(0)
    at_risk_after: Decimal = Decimal(0)

    def told(self) -> str:
        """How many findings appear, vanish and change."""
        counts = {kind: getattr(self, kind) for kind in FindingKind}
        return ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)


@dataclass(slots=True)
class Tally:
    """What was counted over all claims."""

    claims: int = 0
    differing: int = 0
    unreadable: int = 0
    on_hold_before: Decimal = Decimal(0)
    on_hold_after: Decimal = Decimal(0)
    at_risk_before: Decimal = Decimal(0)
    at_risk_after: Decimal = Decimal(0)
    dispositions: Counter[str] = field(default_factory=Counter)
    edits: dict[str, EditTally] = field(default_factory=dict)
    evaluated_now: Counter[str] = field(default_factory=Counter)
    evaluated_no_more: Counter[str] = field(default_factory=Counter)

    @property
    def exit_code(self) -> int:
        """0 no finding differs, 1 some does, 2 some claim could not be read."""
        return 2 if self.unreadable else int(self.differing > 0)


def claim_changes(
    engines: Engines, files: Sequence[str], columns: Columns | None, tally: Tally
) -> Iterator[ClaimChange]:
    """The claims of files on which some finding differs between two engines; every claim is counted.

    Claims are held against those before them, as ``scrubber check`` does. What can't be read is told on stderr.
    """
    before, after = engines

    def judge(_engine: Engine, *claim: Any) -> tuple[Result, Result]:
        return scrub(before, *claim), scrub(after, *claim)

    for read in judged_files(after, files, columns, judge):
        if isinstance(read, Unreadable):
            tally.unreadable += 1
            click.echo(unreadable_text(read), err=True)
            continue
        received, results = read
        change = _change(received.claim, *results)
        _count(tally, change, *results)
        if change.findings:
            yield change


def _change(claim: Claim, old: Result, new: Result) -> ClaimChange:
    return ClaimChange(
        claim_id=old.claim_id,
        before=old.disposition,
        after=new.disposition,
        charge=sum((line.charge for line in claim.lines), Decimal(0)),
        at_risk_before=old.denial_risk.charge_at_risk,
        at_risk_after=new.denial_risk.charge_at_risk,
        findings=finding_changes(old.findings, new.findings),
    )


def _count(tally: Tally, change: ClaimChange, old: Result, new: Result) -> None:
    tally.claims += 1
    held_before, held_after = change.before is Disposition.HOLD, change.after is Disposition.HOLD
    tally.on_hold_before += change.charge * held_before
    tally.on_hold_after += change.charge * held_after
    tally.at_risk_before += change.at_risk_before
    tally.at_risk_after += change.at_risk_after
    if old.not_evaluated != new.not_evaluated:
        evaluated = _edits_of(new.not_evaluated), _edits_of(old.not_evaluated)
        tally.evaluated_now.update(evaluated[1] - evaluated[0])
        tally.evaluated_no_more.update(evaluated[0] - evaluated[1])
    if not change.findings:
        return
    tally.differing += 1
    if change.before is not change.after:
        tally.dispositions[f"{change.before} -> {change.after}"] += 1
    at_risk_before, at_risk_after = _by_edit(old), _by_edit(new)
    for edit in dict.fromkeys(finding.edit for finding in change.findings):
        of_edit = tally.edits.setdefault(edit, EditTally())
        of_edit.claims += 1
        of_edit.put_on_hold += change.charge * (held_after and not held_before)
        of_edit.released += change.charge * (held_before and not held_after)
        of_edit.at_risk_before += at_risk_before[edit]
        of_edit.at_risk_after += at_risk_after[edit]
    for finding in change.findings:
        of_edit = tally.edits[finding.edit]
        setattr(of_edit, finding.kind, getattr(of_edit, finding.kind) + 1)


def _edits_of(not_evaluated: Sequence[NotEvaluated]) -> set[str]:
    return {said.edit for said in not_evaluated}


def _by_edit(result: Result) -> defaultdict[str | None, Decimal]:
    """The dollars at risk on a claim, by the edit they are expected to be lost for."""
    at_risk: defaultdict[str | None, Decimal] = defaultdict(Decimal)
    for driver in result.denial_risk.drivers:
        share = Decimal(str(driver.share)) * result.denial_risk.charge_at_risk
        at_risk[driver.edit] += share.quantize(Decimal("0.01"))
    return at_risk
