"""The store on each database: states, exactly-once, results in order."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine as Database
from sqlalchemy import func, inspect, select, text

from scrubber.store import batches, results
from scrubber.store.batches import Batch, BatchState, NewBatch
from scrubber.store.blobs import open_blobs
from scrubber.store.database import (
    DatabaseUnusable,
    downgrade,
    open_database,
    reading,
    revision_needed,
    upgrade,
    writing,
)
from scrubber.store.results import ChunkResults, FoundBy, Wanted
from scrubber.store.rewriting import Rewritten, rewrite_results
from scrubber.store.tables import CLAIMS, FINDINGS, METADATA

EVERY = Wanted()
DAY = "2026-03-02"
SERVICES = '[["98940",["AT"],"2026-03-02","1.5","2026-03-02",null,false,null]]'
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def new_batch(batch_id: str = "a", **more: Any) -> NewBatch:
    return NewBatch(
        id=batch_id,
        tenant=more.pop("tenant", "default"),
        created_at=NOW,
        as_of=NOW.date(),
        blob=batch_id,
        upload_bytes=10,
        sha256="0" * 64,
        **more,
    )


def running(database: Database, records: tuple[int, ...] = (2, 3), **more: Any) -> Batch:
    """A batch that is split into chunks of so many records."""
    with writing(database) as connection:
        assert batches.add_batch(connection, new_batch(**more))
        batch = batches.find_batch(connection, "default", more.get("batch_id", "a"))
        assert batch is not None
        assert batches.change_state(connection, batch.key, [BatchState.QUEUED], BatchState.RUNNING)
        batches.add_chunks(
            connection,
            batch.key,
            [
                {"chunk": chunk, "first": sum(records[:chunk]), "records": count, "cut": "{}"}
                for chunk, count in enumerate(records)
            ],
        )
    return batch


def chunk_results(
    batch: Batch, first: int, dispositions: str, prints: bytes = b"", edit: str | None = None
) -> ChunkResults:
    """Results of claims by the first letters of their dispositions."""
    names = {"c": "clean", "h": "hold", "u": "unreadable"}
    stored = ChunkResults(
        lines=[], ending=b',"ruleset":"r"}', claims=[], findings=[], history=[], unevaluated=[]
    )
    for index, letter in enumerate(dispositions):
        at = first + index
        line = b'{"place":"upload line %d"}' if letter == "u" else b'{"claim_id":"%d"'
        stored.lines.append(line % at)
        payer, fingerprint = "P1" if at % 2 else "P2", prints[index : index + 1] or None
        stored.claims.append(
            (*batch.key, at, str(at), names[letter], payer, "", 100, DAY, 0.1, 10, 5, None, 7, fingerprint)
        )
        if edit and letter == "h":
            stored.findings.append((*batch.key, at, 0, *found_by(edit)))
        stored.history.append(
            (
                *batch.key,
                at,
                b"m" * 16,
                payer,
                True,
                "",
                DAY,
                DAY,
                None,
                None,
                False,
                SERVICES,
                "",
                "1",
                "",
                None,
            )
        )
    return stored


def found_by(edit: str) -> FoundBy:
    return (edit, "deny", 1, "CO-50", "98940", "M54.2", 0.5, 50, None, 7)


def read(database: Database, batch: Batch, wanted: Wanted = EVERY, **more: Any) -> list[int]:
    with reading(database) as connection:
        return [at for at, _ in results.read_results(connection, batch.key, wanted, **more)]


def test_tables_of_an_unknown_version_are_refused(database: Database) -> None:
    with writing(database) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(DatabaseUnusable, match="of a version this one does not know"):
        upgrade(database)


def test_the_migrations_make_the_tables(database: Database) -> None:
    with reading(database) as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    present, needed = revision_needed(database)
    assert present == needed
    upgrade(database)


def test_the_tables_go_back_and_forth(database: Database) -> None:
    downgrade(database, "base")
    assert revision_needed(database)[0] is None
    assert inspect(database).get_table_names() == ["alembic_version"]
    upgrade(database)
    present, needed = revision_needed(database)
    assert present == needed


def test_a_batch_comes_back_as_it_was_kept(database: Database) -> None:
    with writing(database) as connection:
        assert batches.add_batch(
            connection, new_batch(columns={"Kd": "claim_id"}, callback_url="https://x.example")
        )
    with reading(database) as connection:
        batch = batches.find_batch(connection, "default", "a")
        assert batches.find_batch(connection, "another", "a") is None
    assert batch is not None
    assert (batch.state, batch.created_at, batch.as_of) == (BatchState.QUEUED, NOW, NOW.date())
    assert batch.columns == {"Kd": "claim_id"}
    assert batch.callback_state == "pending"


def test_an_idempotency_key_is_a_tenants_own_and_counts_once(database: Database) -> None:
    with writing(database) as connection:
        assert batches.add_batch(connection, new_batch("a", idempotency_key="k"))
        assert not batches.add_batch(connection, new_batch("b", idempotency_key="k"))
        assert batches.add_batch(connection, new_batch("c", idempotency_key="k", tenant="another"))
        known = batches.batch_of_key(connection, "default", "k")
        assert known is not None
        assert known.id == "a"
        assert batches.count_unfinished(connection, "default") == 1


def test_a_change_of_state_says_from_where(database: Database) -> None:
    batch = running(database)
    with writing(database) as connection:
        assert not batches.change_state(connection, batch.key, [BatchState.QUEUED], BatchState.FAILED)
        assert batches.change_state(
            connection, batch.key, [BatchState.RUNNING], BatchState.DONE, summary={"claims": {"clean": 2}}
        )
        done = batches.batch_by_number(connection, batch.number)
        assert done is not None
        assert done.summary == {"claims": {"clean": 2}}


def test_a_chunk_is_held_by_one_until_its_time_is_over(database: Database) -> None:
    batch = running(database)
    with writing(database) as connection:
        first = batches.hold_chunk(connection, batch.key, 0, NOW, LATER, "somebody")
        assert first is not None
        assert (first.records, first.attempts) == (2, 1)
        assert batches.hold_chunk(connection, batch.key, 0, NOW, LATER, "somebody") is None
        assert batches.free_chunks(connection, batch.key, NOW) == [1]
        assert batches.free_chunks(connection, batch.key, LATER + timedelta(seconds=1)) == [0, 1]
        second = batches.hold_chunk(connection, batch.key, 0, LATER + timedelta(seconds=1), LATER, "somebody")
        assert second is not None
        assert second.attempts == 2


def test_only_who_holds_a_chunk_last_can_finish_it_and_only_once(database: Database) -> None:
    batch = running(database)
    with writing(database) as connection:
        slow = batches.hold_chunk(connection, batch.key, 0, NOW, NOW, "somebody")
        quick = batches.hold_chunk(connection, batch.key, 0, LATER, LATER, "somebody")
        assert slow is not None
        assert quick is not None
        assert not batches.finish_chunk(connection, batch.key, 0, slow.attempts, LATER, {})
        assert batches.finish_chunk(connection, batch.key, 0, quick.attempts, LATER, {"clean": 2})
        assert not batches.finish_chunk(connection, batch.key, 0, quick.attempts, LATER, {"clean": 2})
        assert batches.chunks_left(connection, batch.key) == 1
        assert batches.chunk_counts(connection, batch.key) == [{"clean": 2}]


def test_who_was_too_slow_does_not_give_up_the_chunk_of_another(database: Database) -> None:
    batch = running(database)
    with writing(database) as connection:
        slow = batches.hold_chunk(connection, batch.key, 0, NOW, NOW, "somebody")
        quick = batches.hold_chunk(connection, batch.key, 0, LATER, LATER, "somebody")
        assert slow is not None
        assert quick is not None
        batches.release_chunk(connection, batch.key, 0, slow.attempts)
        assert batches.free_chunks(connection, batch.key, NOW) == [1]
        batches.release_chunk(connection, batch.key, 0, quick.attempts)
        assert batches.free_chunks(connection, batch.key, NOW) == [0, 1]


def test_of_a_process_that_died_only_its_own_chunks_are_given_up(database: Database) -> None:
    batch = running(database)
    with writing(database) as connection:
        assert batches.hold_chunk(connection, batch.key, 0, NOW, NOW, "slow")
        assert batches.hold_chunk(connection, batch.key, 1, NOW, LATER, "slow")
        assert batches.hold_chunk(connection, batch.key, 0, LATER, LATER, "quick"), "it was held no longer"
        batches.release_chunks_of(connection, batch.key, "slow")
        assert batches.free_chunks(connection, batch.key, NOW) == [1]


def test_no_chunk_is_finished_of_a_batch_that_is_over(database: Database) -> None:
    batch = running(database)
    with writing(database) as connection:
        chunk = batches.hold_chunk(connection, batch.key, 0, NOW, LATER, "somebody")
        assert chunk is not None
        batches.change_state(connection, batch.key, [BatchState.RUNNING], BatchState.CANCELLED)
        assert not batches.finish_chunk(connection, batch.key, 0, chunk.attempts, LATER, {})


def store_all(database: Database, batch: Batch, *chunks: ChunkResults) -> None:
    for number, stored in enumerate(chunks):
        with writing(database) as connection:
            chunk = batches.hold_chunk(connection, batch.key, number, NOW, LATER, "somebody")
            assert chunk is not None
            assert batches.finish_chunk(connection, batch.key, number, chunk.attempts, NOW, {})
            results.add_results(connection, batch.key, number, stored)


@pytest.mark.parametrize("size", [0, 100_000, results.UNPACKED_AT_ONCE])
def test_of_a_large_chunk_any_page_is_read(database: Database, size: int) -> None:
    batch = running(database, (10,))
    stored = chunk_results(batch, 0, "cccccccccc")
    stored.lines[:] = [line + b" " * size for line in stored.lines]
    store_all(database, batch, stored)
    with reading(database) as connection:
        every = list(results.read_results(connection, batch.key, EVERY))
        assert [line for _, line in every] == [line + stored.ending for line in stored.lines]
        for after in range(-1, 10):
            for limit in (1, 3, 10):
                page = list(results.read_results(connection, batch.key, EVERY, after, limit))
                assert page == every[after + 1 : after + 1 + limit]


def test_results_come_in_order_filtered_and_by_pages(database: Database) -> None:
    batch = running(database)
    store_all(
        database,
        batch,
        chunk_results(batch, 0, "ch", edit="COV703"),
        chunk_results(batch, 2, "huh", edit="COV701"),
    )
    assert read(database, batch) == [0, 1, 2, 3, 4]
    assert read(database, batch, limit=2) == [0, 1]
    assert read(database, batch, after=1, limit=2) == [2, 3]
    assert read(database, batch, after=4) == []
    assert read(database, batch, Wanted(disposition="hold")) == [1, 2, 4]
    assert read(database, batch, Wanted(disposition="hold"), after=1, limit=1) == [2]
    assert read(database, batch, Wanted(edit="COV703")) == [1]
    assert read(database, batch, Wanted(payer="P1", disposition="hold")) == [1]
    assert read(database, batch, Wanted(provider="nobody")) == []
    with reading(database) as connection:
        lines = [line for _, line in results.read_results(connection, batch.key, Wanted())]
        assert results.count_results(connection, batch.key) == {"clean": 1, "hold": 3, "unreadable": 1}
        assert results.count_findings(connection, batch.key) == {"COV701": 2, "COV703": 1}
        assert results.charges(connection, batch.key)["hold"] == 300
    assert lines[0] == b'{"claim_id":"0","ruleset":"r"}'
    assert lines[3] == b'{"place":"upload line 3"}'
    assert all(msgspec.json.decode(line) for line in lines)


def test_what_is_not_done_yet_is_left_out(database: Database) -> None:
    batch = running(database)
    with writing(database) as connection:
        chunk = batches.hold_chunk(connection, batch.key, 1, NOW, LATER, "somebody")
        assert chunk is not None
        assert batches.finish_chunk(connection, batch.key, 1, chunk.attempts, NOW, {})
        results.add_results(connection, batch.key, 1, chunk_results(batch, 2, "ccc"))
    assert read(database, batch) == [2, 3, 4]


def test_results_are_changed_once_their_batch_is_there(database: Database) -> None:
    batch = running(database)
    store_all(
        database,
        batch,
        chunk_results(batch, 0, "ch", edit="COV703"),
        chunk_results(batch, 2, "cuc"),
    )

    def held(ordinal: int, line: bytes) -> Rewritten:
        told = {**msgspec.json.decode(line), "changed": True, "ruleset": "r"}
        ending = told.pop("ruleset")
        return Rewritten(
            ordinal=ordinal,
            line=msgspec.json.encode({**told, "ruleset": ending}),
            disposition="hold",
            probability=0.9,
            cents_at_risk=90,
            cents_allowed=45,
            alike=8,
            at_risk=[40] if ordinal == 1 else [],
            added=[found_by("DUP953"), found_by("GLB971")],
        )

    with writing(database) as connection:
        first, last = results.done_chunks(connection, batch.key)
        rewrite_results(connection, batch.key, first, [1], held)
        rewrite_results(connection, batch.key, last, [2, 4], held)
    assert read(database, batch, Wanted(edit="GLB971")) == [1, 2, 4]
    assert read(database, batch, Wanted(disposition="hold")) == [1, 2, 4]
    with reading(database) as connection:
        lines = [line for _, line in results.read_results(connection, batch.key, Wanted())]
        costs = connection.execute(
            select(CLAIMS.c.at_risk, CLAIMS.c.allowed_at_risk)
            .where(CLAIMS.c.batch == batch.number)
            .order_by(CLAIMS.c.ordinal)
        )
        assert list(map(tuple, costs)) == [(10, 5), (90, 45), (90, 45), (10, 5), (90, 45)]
        found = connection.execute(select(FINDINGS.c.edit, FINDINGS.c.at_risk).where(FINDINGS.c.ordinal == 1))
        assert sorted(map(tuple, found)) == [("COV703", 40), ("DUP953", 50), ("GLB971", 50)]
    assert lines[0] == b'{"claim_id":"0","ruleset":"r"}'
    assert lines[2] == b'{"claim_id":"2","changed":true,"ruleset":"r"}'


def test_removing_a_batch_removes_all_that_hangs_on_it(database: Database) -> None:
    batch = running(database)
    store_all(database, batch, chunk_results(batch, 0, "ch", edit="COV703"), chunk_results(batch, 2, "ccc"))
    with writing(database) as connection:
        assert not batches.remove_batch(connection, batch.key, BatchState.DONE)
        assert batches.remove_batch(connection, batch.key, BatchState.RUNNING)
        assert not batches.remove_batch(connection, batch.key, BatchState.RUNNING)
    with reading(database) as connection:
        kept = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in METADATA.sorted_tables
        }
    assert {name for name, count in kept.items() if count} == {"secrets"}


def test_who_still_works_on_a_removed_batch_does_not_write_into_the_next(database: Database) -> None:
    removed = running(database)
    with writing(database) as connection:
        slow = batches.hold_chunk(connection, removed.key, 0, NOW, LATER, "somebody")
        assert slow is not None
        assert batches.remove_batch(connection, removed.key, BatchState.RUNNING)
    after = running(database, batch_id="b")
    with writing(database) as connection:
        assert batches.hold_chunk(connection, after.key, 0, NOW, LATER, "somebody") is not None
        assert not batches.finish_chunk(connection, removed.key, 0, slow.attempts, LATER, {})
    assert after.number > removed.number


def test_transactions_are_kept_whole_or_not_at_all(database: Database) -> None:
    with pytest.raises(DatabaseUnusable), writing(database) as connection:  # noqa: PT012 - what is tested
        batches.add_batch(connection, new_batch())
        raise DatabaseUnusable
    with reading(database) as connection:
        assert batches.find_batch(connection, "default", "a") is None


def test_nobody_else_can_read_the_files(tmp_path: Path) -> None:
    opened = open_database(f"sqlite:///{tmp_path / 'scrubber.db'}")
    upgrade(opened)
    with writing(opened) as connection:
        batches.add_batch(connection, new_batch())
        assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}
        assert (tmp_path / "scrubber.db-wal").exists()
    opened.dispose()
    open_blobs((tmp_path / "uploads").as_uri())
    assert (tmp_path / "uploads").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://x/y", "oracle://x"])
def test_a_url_of_no_known_kind_is_refused(url: str) -> None:
    with pytest.raises(DatabaseUnusable, match="SCRUBBER_DATABASE_URL"):
        open_database(url)
