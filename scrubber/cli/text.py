"""Results as text for a terminal."""

import textwrap
from collections.abc import Iterator, Mapping

import click

from scrubber.engine import DenialRisk, Explained, Result
from scrubber.intake.record import Unreadable
from scrubber.rule import Finding

COLOURS = {"hold": "red", "review": "yellow", "clean": "green", "unreadable": "red"}
SEVERITY_COLOURS = {"reject": "red", "deny": "red", "review": "yellow", "info": "blue"}
WIDTH = 100


def result_lines(result: Result | Unreadable) -> Iterator[str]:
    """A result in lines: the claim and its disposition, each finding, what was not evaluated, what was waived."""
    if isinstance(result, Unreadable):
        yield f"{result.claim_id or result.place}  {_coloured('unreadable')}"
        yield from _paragraph(unreadable_text(result) if result.claim_id else result.message, "    ")
        return
    yield f"{click.style(result.claim_id, bold=True)}  {_coloured(result.disposition)}"
    yield _risk_line(result.denial_risk)
    for finding in result.findings:
        yield from _finding_lines(finding)
    for row in result.coverage:
        place = " ".join(filter(None, [row.mac, row.jurisdiction]))
        article = f" by {row.article} version {row.version}" if row.article else ""
        yield f"  line {row.line}  {row.procedure}: {row.result}{article}{f' ({place})' if place else ''}"
    unknown: dict[tuple[int | None, str, str], list[str]] = {}
    for said in result.not_evaluated:
        unknown.setdefault((said.line, str(said.reason), said.detail), []).append(said.edit)
    for (line, reason, detail), edits in unknown.items():
        where = f"line {line}" if line else "claim"
        told = f"not evaluated: {', '.join(dict.fromkeys(edits))} ({reason}): {detail}"
        yield from _paragraph(told, f"  {where}  ", "          ")
    for entry in result.waived:
        where = f"line {entry.finding.line}" if entry.finding.line else "claim"
        told = f"{entry.finding.edit} {where}, by {entry.by} until {entry.until}: {entry.reason}"
        yield from _paragraph(told, "  waived  ", "          ")
    for explained in result.explanation or ():
        yield from _explained_lines(explained)


def unreadable_text(record: Unreadable) -> str:
    """Where a record stands and what is wrong with it; an end of the place that the message begins with only there."""
    words = record.place.split(" ")
    for at in range(1, len(words)):
        if record.message.startswith(" ".join(words[at:])):
            return f"{' '.join(words[:at])}: {record.message}"
    return f"{record.place}: {record.message}"


def summary_line(counts: Mapping[str, int]) -> str:
    """How many claims came out how, and how many records are no claims."""
    told = {kind: counts.get(kind, 0) for kind in ("clean", "review", "hold")}
    claims = f"{counted(sum(told.values()), 'claim')}: " + ", ".join(f"{told[kind]} {kind}" for kind in told)
    unreadable = counts.get("unreadable", 0)
    return f"{claims}; {counted(unreadable, 'record')} unreadable" if unreadable else claims


def counted(number: int, what: str) -> str:
    """One rule, 1,200 rules."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _risk_line(risk: DenialRisk) -> str:
    charge = sum(line.charge for line in risk.lines)
    rates = f"calibration {risk.calibration}" if risk.calibration else "assumed rates"
    return (
        f"  denial risk {risk.probability:.0%} ({risk.low:.0%} to {risk.high:.0%}), "
        f"${risk.charge_at_risk:,} of ${charge:,} at risk, by {rates}"
    )


def _finding_lines(finding: Finding) -> Iterator[str]:
    where = f"line {finding.line}" if finding.line else "claim"
    severity = click.style(finding.severity, fg=SEVERITY_COLOURS[finding.severity])
    yield f"  {where}  {click.style(finding.edit, bold=True)} {severity}  {finding.name}"
    indent = "          "
    yield from _paragraph(finding.message, indent)
    if finding.carc:
        yield f"{indent}Payer's answer: {finding.carc.group}-{finding.carc.code} {' '.join(finding.rarc)}".rstrip()
    safe = " (safe: notation only)" if finding.advice.applicability == "safe" else ""
    yield from _paragraph(f"What to do{safe}: {finding.advice.text}", indent)
    edition = f", {finding.citation.edition}" if finding.citation.edition else ""
    section = f", {finding.citation.section}" if finding.citation.section else ""
    yield from _paragraph(f"Source: {finding.citation.title}{section}{edition}", indent)
    yield f"{indent}{finding.citation.url}"


def _explained_lines(explained: Explained) -> Iterator[str]:
    yield f"  {explained.edit}  {explained.outcome}  {explained.name}"
    yield from _paragraph(explained.why, "          ")
    for what, value in explained.read.items():
        yield from _paragraph(f"read {what} = {value}", "            ")


def _paragraph(text: str, indent: str, following: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if following is None else following,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _coloured(disposition: str) -> str:
    return click.style(disposition.upper(), fg=COLOURS[disposition], bold=True)
