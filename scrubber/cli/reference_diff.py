"""``scrubber reference diff``: what differs between two snapshots, and what that changes on claims."""

import os
import re
from datetime import UTC, date, datetime
from pathlib import Path

import click

from scrubber.bootstrap import engine_over
from scrubber.cli.claim_change_writers import CLAIM_WRITERS
from scrubber.cli.claim_changes import Tally, as_of_option, claim_changes, on_option
from scrubber.cli.inputs import Columns, columns_option
from scrubber.cli.ready import DATE
from scrubber.cli.reference_diff_tables import SHOWN, TABLE_WRITERS
from scrubber.importers.payer_rules import read_rule_book
from scrubber.importers.snapshot import open_sections, snapshots_kept
from scrubber.reference.comparison import NEWEST
from scrubber.settings import Settings

CURRENT, PREVIOUS = "current", "previous"
QUARTER = re.compile(r"\b20\d\dQ[1-4]\b")


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@on_option
@as_of_option
@columns_option
@click.option(
    "--service-date",
    type=DATE,
    help="Compare only what holds for services of this day; without it, every row.",
)
@click.option("--all", "whole", is_flag=True, help=f"Show every row, not the first {SHOWN} of each table.")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(TABLE_WRITERS)),
    default="text",
    show_default=True,
    help="How it is written.",
)
def diff(
    before: str,
    after: str,
    files: tuple[str, ...],
    as_of: date | None,
    columns: Columns | None,
    service_date: date | None,
    whole: bool,
    form: str,
) -> None:
    """Compare the reference snapshots A and B: codes, code pairs, units, articles added, removed and changed.

    A and B are each "current" (the snapshot in use), "previous" (the one before it), the path of a snapshot file, or
    of a snapshot that is kept the beginning of its digest, or the newest quarter it has a table of (2026Q4).

    Exit code 0: no difference. 1: they differ, with --on: some finding does. 2: could not run, or some claim could not
    be read.
    """
    if files and (whole or service_date):
        raise click.UsageError(
            "--all and --service-date are for rows; with --on every finding that differs is shown"
        )
    settings = Settings.read(os.environ)
    kept = snapshots_kept(settings.snapshots)
    old, new = (open_sections(_snapshot(name, kept)) for name in (before, after))
    if files:
        today = as_of or datetime.now(UTC).date()
        rule_book = read_rule_book(settings.payer_rules_dir)
        engines = engine_over(old, rule_book, today), engine_over(new, rule_book, today)
        tally = Tally()
        CLAIM_WRITERS[form](claim_changes(engines, files, columns, tally), tally, engines)
        code = tally.exit_code
    else:
        code = int(TABLE_WRITERS[form](old, new, service_date or NEWEST, None if whole else SHOWN))
    click.get_current_context().exit(code)


def _snapshot(name: str, kept: list[Path]) -> Path:
    """The file of a snapshot by what a user calls it. Raises UsageError."""
    if name == CURRENT and kept:
        return kept[0]
    if name == PREVIOUS and len(kept) > 1:
        return kept[1]
    if Path(name).is_file():
        return Path(name)
    digest = name.removeprefix("sha256:")
    found = [path for path in kept if len(digest) >= 6 and path.name.startswith(digest[:16])]
    found = found or [path for path in kept if name == _quarter(path)]
    if len(found) == 1:
        return found[0]
    said = "several snapshots that are kept are" if found else "no file and no snapshot that is kept is"
    raise click.UsageError(
        f"{said} called {name}; there are: {'; '.join(map(_told, kept)) or 'none, scrubber reference build makes one'}"
    )


def _quarter(path: Path) -> str:
    """The newest quarter of which a snapshot has a table; empty where it has none."""
    return max(QUARTER.findall(" ".join(open_sections(path).editions.values())), default="")


def _told(path: Path) -> str:
    return f"{path.stem} ({_quarter(path)})"
