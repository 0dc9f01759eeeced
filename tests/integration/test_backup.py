"""A copy taken under way, and a service that goes on from it."""

import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest
from redis import Redis

from scrubber.engine import Engine
from scrubber.settings import Settings
from scrubber.store.backup import BackupRefused, back_up
from scrubber.store.batches import BatchState
from scrubber.store.blobs import open_blobs
from scrubber.store.database import open_database
from tests import postgres
from tests.integration.batch_processes import ndjson, site
from tests.services import wait_until

CONTENT = ndjson(400)


def test_a_copy_taken_while_a_batch_is_worked_on_goes_on_elsewhere(
    settings: Settings, engine: Engine, clean_redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    with site(settings, engine, redis_url, tmp_path / "before") as before, before.worker():
        done = before.wait(before.send(CONTENT))
        results = before.results(done)
        under_way = before.send(CONTENT.replace(b"1EG4TE5MK73", b"1EG4TE5MK74"))
        wait_until(lambda: before.look(under_way).chunks is not None)
        assert back_up(before.workshop.database, before.workshop.blobs, tmp_path / "copy") == 2
        before.wait(under_way)
    # The machine is gone, and its queue with it.
    clean_redis.flushall()
    restored = tmp_path / "after"
    restored.mkdir()
    shutil.copytree(tmp_path / "copy" / "blobs", restored / "blobs")
    shutil.copy(tmp_path / "copy" / "scrubber.db", restored / "scrubber.db")
    with site(settings, engine, redis_url, restored) as after, after.worker():
        assert after.results(done) == results
        assert after.wait(under_way).state is BatchState.DONE
        assert len(after.results(under_way)) == 400


def test_a_dump_of_postgresql_goes_on_elsewhere(
    settings: Settings,
    engine: Engine,
    clean_redis: Redis,
    redis_url: str,
    postgres_template: str,
    postgres_url: str,
    tmp_path: Path,
) -> None:
    found = postgres.binaries()
    assert found is not None
    binaries = (found / "initdb").resolve().parent
    uploads = tmp_path / "uploads"
    where = {"database_url": postgres_url, "blob_url": uploads.as_uri()}
    with site(settings, engine, redis_url, tmp_path / "before", **where) as before, before.worker():
        done = before.wait(before.send(CONTENT))
        results = before.results(done)
        waiting = before.send(CONTENT.replace(b"1EG4TE5MK73", b"1EG4TE5MK74"))
        dumped = [
            binaries / "pg_dump",
            "--format",
            "custom",
            "--file",
            tmp_path / "dump",
            plain(postgres_url),
        ]
        subprocess.run(dumped, check=True)
        shutil.copytree(uploads, tmp_path / "restored", ignore=shutil.ignore_patterns("*.part"))
        before.wait(waiting)
    clean_redis.flushall()
    server = plain(postgres_template.format(database="postgres"))
    subprocess.run(
        [binaries / "psql", server, "--command", "CREATE DATABASE restored"], check=True, capture_output=True
    )
    elsewhere = postgres_template.format(database="restored")
    subprocess.run([binaries / "pg_restore", "--dbname", plain(elsewhere), tmp_path / "dump"], check=True)
    where = {"database_url": elsewhere, "blob_url": (tmp_path / "restored").as_uri()}
    with site(settings, engine, redis_url, tmp_path / "after", **where) as after, after.worker():
        assert after.results(done) == results
        assert after.wait(waiting).state is BatchState.DONE


def plain(url: str) -> str:
    """A database URL as the tools of PostgreSQL read it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


def test_what_is_copied_is_for_its_owner_alone_and_nothing_is_overwritten(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "scrubber.db").close()
    database = open_database(f"sqlite:///{tmp_path / 'scrubber.db'}")
    blobs = open_blobs((tmp_path / "blobs").as_uri())
    blobs.write("one", [b"ISA"])
    assert back_up(database, blobs, tmp_path / "copy") == 1
    assert (tmp_path / "copy" / "blobs" / "one").read_bytes() == b"ISA"
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0
    assert (tmp_path / "copy" / "scrubber.db").stat().st_mode & 0o077 == 0
    with pytest.raises(BackupRefused, match="is there already"):
        back_up(database, blobs, tmp_path / "copy")
    database.dispose()


def test_postgresql_has_a_tool_of_its_own(tmp_path: Path) -> None:
    database = open_database("postgresql+psycopg://nobody@nowhere/none")
    with pytest.raises(BackupRefused, match="pg_dump"):
        back_up(database, open_blobs((tmp_path / "blobs").as_uri()), tmp_path / "copy")
