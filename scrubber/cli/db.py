"""``scrubber db``: the database of batches and results."""

import os

import click

from scrubber.settings import Settings
from scrubber.store.database import open_database, revision_needed
from scrubber.store.database import upgrade as upgrade_tables


@click.group()
def db() -> None:
    """Look after the database of batches and results."""


@db.command()
def upgrade() -> None:
    """Bring the tables up to this version; the services do so too when they start."""
    database = open_database(Settings.read(os.environ).database)
    upgrade_tables(database)
    click.echo(f"The tables are at revision {revision_needed(database)[0]}.")
