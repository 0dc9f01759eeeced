"""``scrubber reference``: build and show the reference snapshot, import official files."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import click

from scrubber.cli.reference_diff import diff
from scrubber.cli.reference_fetch import fetch
from scrubber.importers import ImportRefused
from scrubber.importers.editions import KINDS, KeptEdition, import_edition, kept_editions
from scrubber.importers.fetch.licence import licence_lines
from scrubber.importers.payers import read_payers
from scrubber.importers.snapshot import (
    build_snapshot,
    editions_in,
    is_current,
    open_snapshot,
)
from scrubber.reference.ncci import Edition
from scrubber.reference.snapshot import newest_editions
from scrubber.settings import Settings


@click.group()
def reference() -> None:
    """Build and show the reference snapshot; import official files into it."""


reference.add_command(diff)
reference.add_command(fetch)


@reference.command()
def build() -> None:
    """Build the snapshot from the data the program carries and the editions imported, and make it current."""
    _build(Settings.read(os.environ))


@reference.command("import")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--edition",
    metavar="NAME",
    help="Which edition the files are, where they don't name it: such as 2026Q4; of icd10cm FY2028, of mcd its day.",
)
@click.option(
    "--effective",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The first service date the edition holds for, where it is not the first day of its quarter.",
)
def import_(kind: str, files: tuple[Path, ...], edition: str | None, effective: datetime | None) -> None:
    """Import official files of one KIND and edition, and build the snapshot with them.

    FILE is what CMS offers for download: a zip, or a text, CSV or spreadsheet out of it. The code pairs (ncci-ptp) come
    in four files, icd10cm in two: name all of them. Importing the same files again changes nothing.
    """
    settings = Settings.read(os.environ)
    kept, changed = import_edition(
        editions_in(settings.snapshots),
        kind,
        files,
        now=datetime.now(UTC),
        quarter=edition,
        effective=effective.date() if effective else None,
    )
    for text in kept.told:
        click.echo(f"skipped  {text}", err=True)
    if kept.unreadable > len(kept.told):
        click.echo(f"skipped  {kept.unreadable - len(kept.told):,} more", err=True)
    told = f"{kind} {kept.edition.name}, {kept.rows:,} rows"
    if kept.edition.speaks_from != date.min:  # otherwise the rows have days of their own
        told += f", for services from {kept.edition.effective} on"
    click.echo(f"{'imported' if changed else 'unchanged'}  {told}")
    if not is_current(settings.lcd_data_dir, settings.snapshots):
        _build(settings)


@reference.command()
def show() -> None:
    """Show the current snapshot: its digest, the edition of each table and its age, the editions imported."""
    settings = Settings.read(os.environ)
    today = datetime.now(UTC).date()
    started = time.perf_counter()
    snapshot = open_snapshot(settings.snapshots, read_payers(settings.payer_rules_dir), today)
    opened = time.perf_counter() - started
    click.echo(f"digest   {snapshot.digest}")
    newest = newest_editions(snapshot)
    for table, edition in snapshot.editions.items():
        click.echo(f"edition  {table}: {edition}{_age(newest.get(table), today)}")
    for line in _imported(editions_in(settings.snapshots)):
        click.echo(line)
    for line in licence_lines(settings.data_dir):
        click.echo(f"licence  {line}")
    click.echo(f"payers   {', '.join(profile.id for profile in snapshot.payers.profiles)}")
    click.echo(f"opened   in {opened * 1000:.0f} ms from {settings.snapshots}")
    if not is_current(settings.lcd_data_dir, settings.snapshots):
        click.echo("stale    the data has changed since it was built: run `scrubber reference build`")


def _build(settings: Settings) -> None:
    started = time.perf_counter()
    path = build_snapshot(settings.lcd_data_dir, settings.snapshots)
    seconds = time.perf_counter() - started
    click.echo(f"{path}  {path.stat().st_size / 1e6:.1f} MB  built in {seconds:.1f} s")


def _age(newest: Edition | None, today: date) -> str:
    """Of a table with editions: since when its newest is in force."""
    if newest is None:
        return ""
    return f" (the newest in force from {newest.effective}, {(today - newest.effective).days} days old)"


def _imported(directory: Path) -> Iterator[str]:
    try:
        for kept in kept_editions(directory):
            yield f"imported {_kept(kept)}"
    except ImportRefused as damaged:
        yield f"damaged  {damaged}"


def _kept(kept: KeptEdition) -> str:
    sources = ", ".join(f"{source.name} ({source.sha256[:12]})" for source in kept.sources)
    when = kept.imported.strftime("%Y-%m-%d %H:%M UTC")
    return f"{kept.kind} {kept.edition.name}: {kept.rows:,} rows, {when}, from {sources}"
