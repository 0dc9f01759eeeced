"""How the findings that differ between two snapshots are shown, claim by claim, as the claims are read."""

import csv
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import click
import msgspec
from msgspec import Struct

from scrubber.cli.inputs import Columns, read_files
from scrubber.engine import Engine, Result, scrub
from scrubber.engine.comparison import FindingChange, FindingKind, Said, finding_changes
from scrubber.intake.record import Unreadable
from scrubber.output.results_csv import safe_cell

SIGNS = {
    FindingKind.APPEARS: ("+", "green"),
    FindingKind.VANISHES: ("-", "red"),
    FindingKind.CHANGES: ("~", "yellow"),
}
Engines = tuple[Engine, Engine]


class ClaimChange(Struct, frozen=True, kw_only=True):
    """A claim on which some finding differs."""

    claim_id: str
    before: str
    after: str
    findings: tuple[FindingChange, ...]


@dataclass(slots=True)
class Tally:
    """What was counted over all claims."""

    claims: int = 0
    differing: int = 0
    unreadable: int = 0
    dispositions: Counter[str] = field(default_factory=Counter)
    edits: dict[str, Counter[FindingKind]] = field(default_factory=dict)
    evaluated_now: Counter[str] = field(default_factory=Counter)
    evaluated_no_more: Counter[str] = field(default_factory=Counter)

    @property
    def exit_code(self) -> int:
        """0 no finding differs, 1 some does, 2 some claim could not be read."""
        return 2 if self.unreadable else int(self.differing > 0)


def _changes(
    engines: Engines, files: Sequence[str], columns: Columns | None, tally: Tally
) -> Iterator[ClaimChange]:
    before, after = engines
    for read in read_files(files, columns):
        if isinstance(read, Unreadable):
            tally.unreadable += 1
            click.echo(f"{read.place}: {read.message}", err=True)
            continue
        old, new = scrub(before, read.claim), scrub(after, read.claim)
        tally.claims += 1
        _count_evaluated(tally, old, new)
        findings = finding_changes(old.findings, new.findings)
        if not findings:
            continue
        tally.differing += 1
        if old.disposition != new.disposition:
            tally.dispositions[f"{old.disposition} -> {new.disposition}"] += 1
        for change in findings:
            tally.edits.setdefault(change.edit, Counter())[change.kind] += 1
        yield ClaimChange(
            claim_id=old.claim_id, before=old.disposition, after=new.disposition, findings=findings
        )


def _count_evaluated(tally: Tally, old: Result, new: Result) -> None:
    if old.not_evaluated == new.not_evaluated:
        return
    before, after = ({said.edit for said in result.not_evaluated} for result in (old, new))
    tally.evaluated_now.update(before - after)
    tally.evaluated_no_more.update(after - before)


def _text(engines: Engines, files: Sequence[str], columns: Columns | None) -> int:
    tally = Tally()
    for claim in _changes(engines, files, columns, tally):
        disposition = claim.before if claim.before == claim.after else f"{claim.before} -> {claim.after}"
        click.echo(f"{click.style(claim.claim_id, bold=True)}  {disposition}")
        for change in claim.findings:
            click.echo(_line(change))
    for line in _summary(tally):
        click.echo(line)
    return tally.exit_code


def _line(change: FindingChange) -> str:
    sign, colour = SIGNS[change.kind]
    where = f"line {change.line}" if change.line else "claim"
    said = [one for one in (change.before, change.after) if one]
    severity = " -> ".join(dict.fromkeys(one.severity for one in said))
    message = " -> ".join(dict.fromkeys(one.message for one in said))
    return f"  {click.style(sign, fg=colour)} {change.edit} {severity}  {where}: {message}"


def _summary(tally: Tally) -> Iterator[str]:
    yield f"{tally.claims:,} claim{'' if tally.claims == 1 else 's'}, {tally.differing:,} with other findings"
    if tally.unreadable:
        yield f"{tally.unreadable:,} could not be read"
    for change, count in tally.dispositions.most_common():
        yield f"disposition  {change}: {count:,}"
    for edit, kinds in sorted(tally.edits.items()):
        yield f"{edit:<12} {', '.join(f'{count:,} {kind}' for kind, count in kinds.items())}"
    for said, counted in (("now", tally.evaluated_now), ("no more", tally.evaluated_no_more)):
        if counted:
            told = ", ".join(f"{edit} on {count:,}" for edit, count in sorted(counted.items()))
            yield f"evaluated {said}: {told}"


def _json(engines: Engines, files: Sequence[str], columns: Columns | None) -> int:
    tally = Tally()
    used = dict(zip(("before", "after"), (engine.used for engine in engines), strict=True))
    click.echo(msgspec.json.encode(used)[:-1] + b',"claims":[', nl=False)
    separator = b"\n"
    for claim in _changes(engines, files, columns, tally):
        click.echo(separator + msgspec.json.encode(claim), nl=False)
        separator = b",\n"
    click.echo(b'\n],"summary":' + msgspec.json.encode(tally) + b"}")
    return tally.exit_code


def _csv(engines: Engines, files: Sequence[str], columns: Columns | None) -> int:
    tally = Tally()
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(
        (
            "claim_id", "disposition_before", "disposition_after", "change", "edit", "line", "pointer",
            "severity_before", "severity_after", "message_before", "message_after",
        )
    )  # fmt: skip
    for claim in _changes(engines, files, columns, tally):
        for change in claim.findings:
            severities, messages = zip(*map(_said, (change.before, change.after)), strict=True)
            rows.writerow(
                (
                    safe_cell(claim.claim_id), claim.before, claim.after, change.kind, change.edit, change.line or "",
                    change.pointer, *severities, *messages,
                )
            )  # fmt: skip
    return tally.exit_code


def _said(said: Said | None) -> tuple[str, str]:
    return (said.severity, said.message) if said else ("", "")


CLAIM_WRITERS: dict[str, Callable[[Engines, Sequence[str], Columns | None], int]] = {
    "text": _text,
    "json": _json,
    "csv": _csv,
}
"""By format; each gives the exit code."""
