"""Opening the database, and bringing its tables up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from scrubber.store.sealing import NOTHING_SEALED, Sealing

WAIT_SECONDS = 30
"""How long a statement waits for another process that writes."""


class DatabaseUnusable(Exception):
    """The database can't be opened, or is not of this version. The message is one line for the operator."""


def open_database(url: str, sealing: Sealing = NOTHING_SEALED) -> Engine:
    """The database of a URL; connects when first used. Raises DatabaseUnusable for a URL of no known kind.

    What results are sealed with goes along with its connections, for only those who keep and read results need it.
    """
    return _opened(url).execution_options(sealing=sealing)


def sealing_of(connection: Connection) -> Sealing:
    """What results are sealed with in the database of a connection."""
    sealing: Sealing = connection.get_execution_options()["sealing"]
    return sealing


def _opened(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseUnusable("SCRUBBER_DATABASE_URL is not a database URL") from None
    kind = parsed.get_backend_name()
    if kind == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            file = Path(parsed.database)
            file.parent.mkdir(parents=True, exist_ok=True)
            # It holds patient data; SQLite gives the files it writes beside it the same permissions.
            file.touch(mode=0o600)
        database = create_engine(parsed, connect_args={"timeout": WAIT_SECONDS})
        event.listen(database, "connect", _prepare_sqlite)
        event.listen(database, "begin", _begin_sqlite)
        return database
    if kind != "postgresql":
        raise DatabaseUnusable(f"SCRUBBER_DATABASE_URL names {kind}; sqlite and postgresql+psycopg are known")
    try:
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            connect_args={"connect_timeout": WAIT_SECONDS, "application_name": "claim-scrubber"},
        )
    except (ArgumentError, NoSuchModuleError):
        raise DatabaseUnusable("SCRUBBER_DATABASE_URL is not a database URL") from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Readers beside a writer, durable at each commit; transactions begin where we say so."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that first reads and then writes fails if another wrote in between; one that begins as a writer
    # waits for its turn.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading(database: Engine) -> Iterator[Connection]:
    """A connection to read with, all of one moment."""
    options = {"isolation_level": "REPEATABLE READ"} if database.dialect.name == "postgresql" else {}
    with database.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextmanager
def writing(database: Engine) -> Iterator[Connection]:
    """A transaction: all of it is kept, or none."""
    with database.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def upgrade(database: Engine) -> None:
    """Bring the tables up to this version. Several at once: one does it, the others wait.

    Raises DatabaseUnusable for tables of a version that this one does not know.
    """
    with writing(database) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(5837017)"))
        try:
            command.upgrade(_migrations(connection), "head")
        except CommandError:
            raise DatabaseUnusable(
                "the tables of the database are of a version this one does not know: a later one, or one before "
                "the first release; name another database, or remove it"
            ) from None


def downgrade(database: Engine, revision: str) -> None:
    """Take the tables back to an earlier revision, ``base`` being none at all; what only later ones hold is lost.

    Raises DatabaseUnusable for a revision that this version does not know, or that is not before the present one.
    """
    with writing(database) as connection:
        try:
            command.downgrade(_migrations(connection), revision)
        except CommandError:
            raise DatabaseUnusable(f"{revision} is no earlier revision of the tables") from None


def revision_needed(database: Engine) -> tuple[str | None, str | None]:
    """The revision the tables have and the one this version needs."""
    with reading(database) as connection:
        present = MigrationContext.configure(connection).get_current_revision()
        return present, ScriptDirectory.from_config(_migrations(connection)).get_current_head()


def _migrations(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("scrubber.store") / "migrations"))
    config.attributes["connection"] = connection
    return config
