"""How the findings that differ between two engines are shown, claim by claim, as the claims are read."""

import csv
import sys
from collections.abc import Callable, Iterator

import click
import msgspec

from scrubber.cli.claim_changes import ClaimChange, Engines, Tally
from scrubber.cli.text import counted
from scrubber.engine.comparison import FindingChange, FindingKind, Said
from scrubber.output.results_csv import safe_cell

SIGNS = {
    FindingKind.APPEARS: ("+", "green"),
    FindingKind.VANISHES: ("-", "red"),
    FindingKind.CHANGES: ("~", "yellow"),
}


def _text(changes: Iterator[ClaimChange], tally: Tally, _engines: Engines) -> None:
    for claim in changes:
        click.echo(f"{click.style(claim.claim_id, bold=True)}  {disposition_change(claim)}")
        for change in claim.findings:
            click.echo(finding_line(change))
    for line in summary(tally):
        click.echo(line)
    for edit, of_edit in sorted(tally.edits.items()):
        click.echo(f"{edit:<12} {of_edit.told()}")


def disposition_change(claim: ClaimChange) -> str:
    """The disposition of a claim, before and after where they differ."""
    return claim.before if claim.before == claim.after else f"{claim.before} -> {claim.after}"


def finding_line(change: FindingChange) -> str:
    """What became of a finding, in one line."""
    sign, colour = SIGNS[change.kind]
    where = f"line {change.line}" if change.line else "claim"
    said = [one for one in (change.before, change.after) if one]
    severity = " -> ".join(dict.fromkeys(one.severity for one in said))
    message = " -> ".join(dict.fromkeys(one.message for one in said))
    return f"  {click.style(sign, fg=colour)} {change.edit} {severity}  {where}: {message}"


def summary(tally: Tally) -> Iterator[str]:
    """What was counted, but for the single edits."""
    yield f"{counted(tally.claims, 'claim')}, {tally.differing:,} with other findings"
    if tally.unreadable:
        yield f"{tally.unreadable:,} could not be read"
    if tally.differing:
        yield f"charges on hold  ${tally.on_hold_before:,.2f} -> ${tally.on_hold_after:,.2f}"
        yield f"charges at risk  ${tally.at_risk_before:,.2f} -> ${tally.at_risk_after:,.2f}"
    for change, count in tally.dispositions.most_common():
        yield f"disposition  {change}: {count:,}"
    for said, edits in (("now", tally.evaluated_now), ("no more", tally.evaluated_no_more)):
        if edits:
            told = ", ".join(f"{edit} on {count:,}" for edit, count in sorted(edits.items()))
            yield f"evaluated {said}: {told}"


def _json(changes: Iterator[ClaimChange], tally: Tally, engines: Engines) -> None:
    used = {
        which: {"ruleset": engine.ruleset, **msgspec.structs.asdict(engine.used)}
        for which, engine in zip(("before", "after"), engines, strict=True)
    }
    click.echo(msgspec.json.encode(used)[:-1] + b',"claims":[', nl=False)
    separator = b"\n"
    for claim in changes:
        click.echo(separator + msgspec.json.encode(claim), nl=False)
        separator = b",\n"
    click.echo(b'\n],"summary":' + msgspec.json.encode(tally) + b"}")


def _csv(changes: Iterator[ClaimChange], _tally: Tally, _engines: Engines) -> None:
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(
        (
            "claim_id", "disposition_before", "disposition_after", "change", "edit", "line", "pointer",
            "severity_before", "severity_after", "message_before", "message_after",
        )
    )  # fmt: skip
    for claim in changes:
        for change in claim.findings:
            severities, messages = zip(*map(_said, (change.before, change.after)), strict=True)
            rows.writerow(
                (
                    safe_cell(claim.claim_id), claim.before, claim.after, change.kind, change.edit, change.line or "",
                    change.pointer, *severities, *messages,
                )
            )  # fmt: skip


def _said(said: Said | None) -> tuple[str, str]:
    return (said.severity, said.message) if said else ("", "")


CLAIM_WRITERS: dict[str, Callable[[Iterator[ClaimChange], Tally, Engines], None]] = {
    "text": _text,
    "json": _json,
    "csv": _csv,
}
"""By format; each reads the changes to their end."""
