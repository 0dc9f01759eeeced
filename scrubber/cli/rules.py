"""``scrubber rules``: check, test and begin payer rules."""

import os
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from scrubber.cli.rule_skeleton import skeleton
from scrubber.cli.rules_diff import diff
from scrubber.cli.text import counted
from scrubber.edits.catalog import RULESET
from scrubber.importers.payer_rules import RulesRefused, read_rules
from scrubber.importers.payers import read_payers
from scrubber.payers.cases import wrong_cases
from scrubber.payers.model import Rule
from scrubber.reference import Payers
from scrubber.settings import Settings, shipped

directory_argument = click.argument(
    "directory",
    required=False,
    metavar="[DIR]",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)


@click.group()
def rules() -> None:
    """Write, check and test payer rules.

    DIR is the directory of payers: without it SCRUBBER_PAYER_RULES_DIR, else the one that is shipped.
    """


@rules.command()
@directory_argument
def lint(directory: Path | None) -> None:
    """Check every rule file of DIR and say all that is wrong, by file, line and column."""
    found, _payers = _read(directory)
    click.echo(f"{counted(len(found), 'rule')} well-formed")


@rules.command()
@directory_argument
def test(directory: Path | None) -> None:
    """Run the cases inside the rules of DIR."""
    found, payers = _read(directory)
    wrong = 0
    for rule in found:
        for case, told in wrong_cases(rule, payers):
            wrong += 1
            click.echo(f"{rule.payer}/{rule.id}-{rule.name}.yaml:{case.row}: {case.name}: {told}", err=True)
    cases = sum(len(rule.cases) for rule in found)
    click.echo(f"{counted(len(found), 'rule')}, {counted(cases, 'case')}, {wrong} wrong")
    if wrong:
        click.get_current_context().exit(1)


@rules.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
def copy(directory: Path) -> None:
    """Copy the payers and rules that are shipped to DIR, which must not be there yet, to be changed there."""
    shutil.copytree(shipped("payer_rules"), directory)
    click.echo(f"{directory}: SCRUBBER_PAYER_RULES_DIR={directory.absolute()} puts it to use")


@rules.command()
@click.argument("payer")
@click.argument("rule_id", metavar="ID")
@click.argument("name")
@directory_argument
def new(payer: str, rule_id: str, name: str, directory: Path | None) -> None:
    """Begin a rule of PAYER (a folder of DIR): a file that is well-formed, to be filled in.

    ID is permanent, such as MCB-014; NAME says the defect, such as active-treatment-modifier-missing.
    """
    directory = _directory(directory)
    path = directory / payer / f"{rule_id}-{name}.yaml"
    if not path.parent.is_dir():
        raise click.UsageError(f"there is no payer {payer} in {directory}")
    others, _payers = _read(directory)
    if taken := next((rule for rule in others if rule.id == rule_id), None):
        raise click.UsageError(f"the id {rule_id} is taken by {taken.payer}/{taken.id}-{taken.name}.yaml")
    text = skeleton(payer, rule_id, name, since=RULESET, today=datetime.now(UTC).date())
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    try:
        read_rules(directory, read_payers(directory))
    except RulesRefused as refused:
        path.unlink()
        raise click.UsageError(str(refused)) from None
    click.echo(path)


rules.add_command(diff)


def _read(directory: Path | None) -> tuple[Sequence[Rule], Payers]:
    """The rules of a directory; where they have faults, tells them all and ends with exit code 1."""
    directory = _directory(directory)
    payers = read_payers(directory)
    try:
        return read_rules(directory, payers), payers
    except RulesRefused as refused:
        for fault in refused.faults:
            click.echo(fault, err=True)
        raise click.exceptions.Exit(1) from None


def _directory(given: Path | None) -> Path:
    return given or Settings.read(os.environ).payer_rules_dir
