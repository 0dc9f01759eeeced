"""``scrubber db``: the database of batches and results."""

import os
from pathlib import Path

import click

from scrubber.batch.seal import seal_all
from scrubber.cli.opened import opened_database
from scrubber.cli.ready import ready_workshop
from scrubber.settings import Settings
from scrubber.store.backup import back_up
from scrubber.store.blobs import open_blobs
from scrubber.store.database import downgrade as downgrade_tables
from scrubber.store.database import revision_needed
from scrubber.store.database import upgrade as upgrade_tables


@click.group()
def db() -> None:
    """Look after the database of batches and results."""


@db.command()
def upgrade() -> None:
    """Bring the tables up to this version; the services do so too when they start."""
    database = opened_database()
    upgrade_tables(database)
    click.echo(f"The tables are at revision {revision_needed(database)[0]}.")


@db.command()
@click.argument("revision")
@click.option("--yes", is_flag=True, help="Don't ask.")
def downgrade(revision: str, yes: bool) -> None:
    """Take the tables back to an earlier REVISION, before that version of the program is started again.

    What only later tables hold is lost; make a copy first.
    """
    if not yes:
        click.confirm(f"Take the tables back to {revision}? What only later tables hold is lost.", abort=True)
    downgrade_tables(opened_database(), revision)
    click.echo(f"The tables are at revision {revision}.")


@db.command()
def seal() -> None:
    """Seal uploads, results and the secret of hashes with the first of SCRUBBER_ENCRYPTION_KEYS.

    For what was kept before there was a key, or under one that is to go. The service may run meanwhile.
    """
    if not Settings.read(os.environ).encryption_keys:
        raise click.ClickException("there is no key to seal with: set SCRUBBER_ENCRYPTION_KEYS")
    done = list(seal_all(ready_workshop()))
    click.echo(
        f"{sum(done)} of {len(done)} were sealed anew: uploads, chunks of results, the secret of hashes."
    )


@db.command()
@click.argument("into", type=click.Path(path_type=Path))
def backup(into: Path) -> None:
    """Copy the SQLite database and the uploads to the new directory INTO. The service may run meanwhile.

    To restore: stop the service, put both in place of those in SCRUBBER_DATA_DIR, start it.
    """
    copied = back_up(opened_database(), open_blobs(Settings.read(os.environ).blobs), into)
    click.echo(f"{into}: the database and {copied} upload{'' if copied == 1 else 's'}")
