"""What a command works on, closed again when it ends."""

import os

import click
from sqlalchemy import Engine as Database

from scrubber.batch.workshop import Workshop
from scrubber.bootstrap import open_workshop
from scrubber.cli.ready import ready
from scrubber.settings import Settings
from scrubber.store.database import open_database


def opened_database(settings: Settings | None = None) -> Database:
    """The database of the settings, as it is; without settings, of those of the environment."""
    database = open_database((settings or Settings.read(os.environ)).database)
    click.get_current_context().call_on_close(database.dispose)
    return database


def opened_workshop() -> Workshop:
    """The workshop of the settings of the environment; its database is brought up first."""
    workshop = open_workshop(Settings.read(os.environ), ready().engine)
    context = click.get_current_context()
    context.call_on_close(workshop.database.dispose)
    context.call_on_close(workshop.redis.close)
    return workshop
