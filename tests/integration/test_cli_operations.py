"""``scrubber worker``, ``scrubber purge`` and ``scrubber db``: what operators run beside the service."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from redis import Redis
from sqlalchemy import update

from scrubber.batch.submit import submit
from scrubber.bootstrap import Scrubber, open_workshop
from scrubber.cli.main import scrubber as command
from scrubber.settings import Settings
from scrubber.store.batches import BatchState, list_batches
from scrubber.store.database import open_database, reading, revision_needed, writing
from scrubber.store.tables import BATCHES
from tests.edits.cases import base_claim


@pytest.fixture
def environ(tmp_path: Path, scrubber: Scrubber, redis_url: str, clean_redis: Redis) -> dict[str, str]:
    return {
        "SCRUBBER_DATA_DIR": str(tmp_path),
        "SCRUBBER_REFERENCE_DIR": str(scrubber.settings.snapshots),
        "SCRUBBER_REDIS_URL": redis_url,
    }


def run(environ: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, env=environ)


def test_a_batch_is_worked_on_and_later_purged(
    environ: dict[str, str], scrubber: Scrubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "scrubber.cli.worker.configure_logging", lambda *_: None
    )  # it would outlive this test
    workshop = open_workshop(Settings.read(environ), scrubber.engine)
    upload = json.dumps(base_claim()).encode()
    submit(workshop, [upload], tenant="default", who="test")
    worked = run(environ, "worker", "--burst")
    assert worked.exit_code == 0, worked.output
    with reading(workshop.database) as connection:
        (batch,) = list_batches(connection, "default")
    assert (batch.state, batch.records) == (BatchState.DONE, 1)

    assert run(environ, "purge", "--older-than", "1d").output == "0 batches removed\n"
    with writing(workshop.database) as connection:
        connection.execute(update(BATCHES).values(finished_at=datetime.now(UTC) - timedelta(days=2)))
    assert run(environ, "purge", "--older-than", "24h").output == "1 batch removed\n"
    with reading(workshop.database) as connection:
        assert list_batches(connection, "default") == []
    assert list(workshop.blobs.older_than(datetime.now(UTC) + timedelta(days=1))) == []
    workshop.database.dispose()


@pytest.mark.parametrize("age", ["30", "d", "-1d", "1.5d", "30days", "999999d", ""])
def test_purge_wants_to_know_how_old(environ: dict[str, str], age: str) -> None:
    refused = run(environ, "purge", "--older-than", age)
    assert refused.exit_code == 2
    assert "write it as 30d or 12h" in refused.output


def test_the_tables_are_brought_up_to_date(environ: dict[str, str], tmp_path: Path) -> None:
    for _ in range(2):
        told = run(environ, "db", "upgrade")
        assert told.exit_code == 0, told.output
        database = open_database(f"sqlite:///{tmp_path / 'scrubber.db'}")
        present, needed = revision_needed(database)
        database.dispose()
        assert present == needed
        assert told.output == f"The tables are at revision {present}.\n"


def test_the_tables_are_taken_back_only_to_where_they_were(environ: dict[str, str], tmp_path: Path) -> None:
    run(environ, "db", "upgrade")
    refused = run(environ, "db", "downgrade", "1999.01", "--yes")
    assert "1999.01 is no earlier revision of the tables" in str(refused.exception)


def test_a_copy_is_taken_and_checked(environ: dict[str, str], tmp_path: Path) -> None:
    run(environ, "db", "upgrade")
    told = run(environ, "db", "backup", str(tmp_path / "copy"))
    assert told.exit_code == 0, told.output
    assert (tmp_path / "copy" / "scrubber.db").is_file()
    checked = run(environ, "audit", "verify")
    assert checked.exit_code == 0, checked.output
    assert run(environ, "audit", "export").output == ""
    assert run(environ, "audit", "verify", "--holds", "00").exit_code == 1


def test_without_a_key_nothing_is_sealed(environ: dict[str, str]) -> None:
    refused = run(environ, "db", "seal")
    assert "SCRUBBER_ENCRYPTION_KEYS" in refused.output + str(refused.exception)
