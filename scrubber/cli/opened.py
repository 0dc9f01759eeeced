"""The database a command works on, closed again when it ends."""

import os

import click
from sqlalchemy import Engine as Database

from scrubber.settings import Settings
from scrubber.store.database import open_database


def opened_database() -> Database:
    """The database of the settings in the environment, as it is."""
    database = open_database(Settings.read(os.environ).database)
    click.get_current_context().call_on_close(database.dispose)
    return database
