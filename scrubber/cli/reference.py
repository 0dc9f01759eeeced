"""``scrubber reference``: build and show the reference snapshot."""

import os
import time
from datetime import UTC, datetime

import click

from scrubber.importers.payers import read_payers
from scrubber.importers.snapshot import build_snapshot, is_current, open_sections, open_snapshot
from scrubber.settings import Settings


@click.group()
def reference() -> None:
    """Build and show the reference snapshot."""


@reference.command()
def build() -> None:
    """Build the snapshot from the data the program carries, and make it current."""
    settings = Settings.read(os.environ)
    started = time.perf_counter()
    path = build_snapshot(settings.lcd_data_dir, settings.snapshots)
    open_sections(path).verify()
    seconds = time.perf_counter() - started
    click.echo(f"{path}  {path.stat().st_size / 1e6:.1f} MB  built in {seconds:.1f} s")


@reference.command()
def show() -> None:
    """Show which snapshot is current, its digest and the edition of each table."""
    settings = Settings.read(os.environ)
    started = time.perf_counter()
    snapshot = open_snapshot(
        settings.snapshots, read_payers(settings.payer_rules_dir), datetime.now(UTC).date()
    )
    opened = time.perf_counter() - started
    click.echo(f"digest   {snapshot.digest}")
    for table, edition in snapshot.editions.items():
        click.echo(f"edition  {table}: {edition}")
    click.echo(f"payers   {', '.join(profile.id for profile in snapshot.payers.profiles)}")
    click.echo(f"opened   in {opened * 1000:.0f} ms from {settings.snapshots}")
    if not is_current(settings.lcd_data_dir, settings.snapshots):
        click.echo("stale    the data has changed since it was built: run `scrubber reference build`")
