"""A copy of the SQLite database and of the uploads, taken while the service runs."""

import sqlite3
from pathlib import Path
from shutil import copyfileobj

from sqlalchemy import Engine

from scrubber.store.blobs import Blobs


class BackupRefused(Exception):
    """No copy can be taken. The message is one line for the operator."""


def back_up(database: Engine, blobs: Blobs, into: Path) -> int:
    """Copy the database and the uploads into a directory that has to be new; how many uploads.

    The database is copied first, as it was at one moment. An upload that it knows is then still there, unless its batch
    was purged meanwhile. What is sealed stays sealed. Raises BackupRefused and OSError.
    """
    if database.dialect.name != "sqlite" or not database.url.database:
        raise BackupRefused(
            "this is for SQLite; back up PostgreSQL with pg_dump, and the place of uploads with its own tool"
        )
    if into.exists():
        raise BackupRefused(f"{into} is there already; name a new directory")
    (into / "blobs").mkdir(mode=0o700, parents=True)
    into.chmod(0o700)
    copy = into / "scrubber.db"
    copy.touch(mode=0o600)
    source, target = sqlite3.connect(database.url.database), sqlite3.connect(copy)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
    copied = 0
    for name in blobs.names():
        try:
            kept = blobs.files.open(f"{blobs.root}/{name}", "rb")
        except FileNotFoundError:  # purged meanwhile
            continue
        with kept as upload, (into / "blobs" / name).open("wb") as beside:
            copyfileobj(upload, beside)
        copied += 1
    return copied
