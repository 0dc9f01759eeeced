"""``scrubber rules diff``: what two directories of payer rules say otherwise, and what that changes on claims."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import click

from scrubber.bootstrap import engine_over, have_snapshot
from scrubber.cli.claim_change_writers import CLAIM_WRITERS, disposition_change, finding_line, summary
from scrubber.cli.claim_changes import ClaimChange, EditTally, Tally, as_of_option, claim_changes, on_option
from scrubber.cli.inputs import Columns, columns_option
from scrubber.cli.rule_changes import changes_of, write_changes
from scrubber.cli.rules_diff_html import Compared, write_page
from scrubber.cli.service import written
from scrubber.engine.comparison import FindingChange
from scrubber.importers.payer_rules import read_rule_book
from scrubber.importers.snapshot import open_sections, snapshots_kept
from scrubber.settings import Settings

EXAMPLES = 10
"""Findings of a rule that are kept to be shown."""
COLUMNS = "rule         appear   vanish   change   claims     put on hold        released  at risk"

Examples = dict[str, list[tuple[ClaimChange, FindingChange]]]
directory_type = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("before", metavar="OLD", type=directory_type)
@click.argument("after", metavar="NEW", type=directory_type)
@on_option
@as_of_option
@columns_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    show_default=True,
    help="How it is written.",
)
@click.option(
    "--html",
    "page",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --on: write it as a page, too.",
)
def diff(
    before: Path,
    after: Path,
    files: tuple[str, ...],
    as_of: date | None,
    columns: Columns | None,
    form: str,
    page: Path | None,
) -> None:
    """Compare the payer rules in the directories OLD and NEW, on claims with --on.

    Without --on: the rules, code sets and payers that are added, removed and changed. With --on: rule by rule how many
    findings appear, vanish and change, the charges of claims that are put on hold or released, and the dollars at risk;
    JSON and CSV have every finding. A claim counts for each rule of which a finding on it differs.

    Exit code 0: no difference. 1: they differ, with --on: some finding does. 2: could not run, or some claim could not
    be read.
    """
    if not files and (page or form == "csv"):
        raise click.UsageError("--html and CSV are for the findings on claims: name a file with --on")
    books = read_rule_book(before), read_rule_book(after)
    changes = changes_of(*books)
    context = click.get_current_context()
    if not files:
        write_changes(changes, form)
        context.exit(int(bool(changes)))
    settings = Settings.read(os.environ)
    have_snapshot(settings, tell=lambda text: click.echo(text, err=True))
    sections = open_sections(snapshots_kept(settings.snapshots)[0])
    today = as_of or datetime.now(UTC).date()
    engines = engine_over(sections, books[0], today), engine_over(sections, books[1], today)
    tally, examples = Tally(), Examples()
    found = _kept(claim_changes(engines, files, columns, tally), examples)
    if form == "text":
        _write_table(found, tally, examples)
    else:
        CLAIM_WRITERS[form](found, tally, engines)
    if page is not None:
        compared = Compared(
            names=(before.name, after.name),
            rulesets=(engines[0].ruleset, engines[1].ruleset),
            files=tuple("stdin" if name == "-" else Path(name).name for name in files),
            made_at=datetime.now(UTC),
        )
        with written(page) as file:
            write_page(compared, changes, tally, examples, file)
    context.exit(tally.exit_code)


def _kept(changes: Iterator[ClaimChange], examples: Examples) -> Iterator[ClaimChange]:
    """The changes as they come; the first findings of each rule are kept."""
    for change in changes:
        for finding in change.findings:
            of_rule = examples.setdefault(finding.edit, [])
            if len(of_rule) < EXAMPLES:
                of_rule.append((change, finding))
        yield change


def _write_table(changes: Iterator[ClaimChange], tally: Tally, examples: Examples) -> None:
    for _ in changes:  # read to their end: they are counted, and the first are kept
        pass
    if tally.edits:
        click.echo(click.style(COLUMNS, bold=True))
    for edit, of_rule in sorted(tally.edits.items()):
        click.echo(_row(edit, of_rule))
    for edit, kept in sorted(examples.items()):
        click.echo(f"{edit}, the first findings that differ:")
        for claim, finding in kept:
            click.echo(f"{finding_line(finding)}  ({claim.claim_id}, {disposition_change(claim)})")
    for line in summary(tally):
        click.echo(line)


def _row(edit: str, of_rule: EditTally) -> str:
    counts = (of_rule.appears, of_rule.vanishes, of_rule.changes, of_rule.claims)
    numbers = "".join(f"{count:>9,}" for count in counts)
    dollars = "".join(f"{f'${amount:,.2f}':>16}" for amount in (of_rule.put_on_hold, of_rule.released))
    return f"{edit:<10}{numbers}{dollars}  ${of_rule.at_risk_before:,.2f} -> ${of_rule.at_risk_after:,.2f}"
