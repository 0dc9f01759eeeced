"""Batches that nothing happens to: the same results wherever and by however many they are worked, and bad uploads."""

import gzip
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import ClassVar

import msgspec
import pytest
import redis
from redis import Redis
from rq import Queue
from sqlalchemy import event

from scrubber.batch import queues
from scrubber.batch.chunk import work_chunk
from scrubber.batch.ending import cancel, purge, retry
from scrubber.batch.merge import merge_batch
from scrubber.batch.recover import ORPHANED_AFTER, purge_old, recover
from scrubber.batch.split import MOST_ATTEMPTS, UPLOAD, split_batch
from scrubber.batch.submit import KeyUsed, TooManyBatches, UploadEmpty, UploadTooLarge, submit
from scrubber.engine import Engine, scrub
from scrubber.intake.claim_json import decode_claim
from scrubber.intake.files import read_claims
from scrubber.intake.record import Unreadable
from scrubber.rule import Later
from scrubber.settings import Settings
from scrubber.store.audit import acts
from scrubber.store.batches import BatchState, hold_chunk, release_chunk
from scrubber.store.blobs import NoRoom
from scrubber.store.database import reading, writing
from tests.integration.batch_processes import Site, ndjson, site
from tests.services import wait_until

CONTENT = ndjson(400, bad_every=100)


@pytest.fixture(scope="module")
def busy(
    settings: Settings, engine: Engine, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A site with a worker that lives for the whole module, and queues apart from those of the others."""
    with site(settings, engine, f"{redis_url}?db=1", tmp_path_factory.mktemp("busy")) as made, made.worker():
        yield made


def test_results_are_those_of_each_claim_alone(busy: Site, engine: Engine) -> None:
    batch = busy.wait(busy.send(CONTENT))
    assert batch.state is BatchState.DONE
    results = [msgspec.json.decode(line) for line in busy.results(batch)]
    lines = CONTENT.splitlines()
    assert len(results) == len(lines) == batch.records
    today = engine.on(batch.as_of)
    for line, result in zip(lines, results, strict=True):
        if result["disposition"] == "unreadable":
            assert b'"payer": 1' in line
        else:
            alone = msgspec.json.decode(msgspec.json.encode(scrub(today, decode_claim(line), None, Later())))
            for finding in result["findings"]:
                finding["source_location"] = None
            assert result == alone


def test_two_workers_of_two_machines_give_what_one_gives(
    settings: Settings,
    engine: Engine,
    clean_redis: Redis,
    redis_url: str,
    postgres_url: str,
    busy: Site,
    tmp_path: Path,
) -> None:
    """Two data directories; one Valkey, one PostgreSQL, one place for uploads."""
    content = ndjson(1000, bad_every=250, mark="1EG4TE5MK74")
    shared = {"database_url": postgres_url, "blob_url": (tmp_path / "uploads").as_uri()}
    with ExitStack() as stack:
        first = stack.enter_context(site(settings, engine, redis_url, tmp_path / "one", **shared))
        second = stack.enter_context(site(settings, engine, redis_url, tmp_path / "two", **shared))
        stack.enter_context(first.worker())
        stack.enter_context(second.worker())
        together = first.wait(first.send(content))
        assert together.state is BatchState.DONE
        results = second.results(together)
    alone = busy.wait(busy.send(content))
    assert alone.summary == together.summary
    assert busy.results(alone) == results


def test_small_batches_do_not_wait_for_a_large_one(here: Site) -> None:
    large = here.send(ndjson(2500))
    assert large.upload_bytes > here.workshop.settings.small_batch_bytes
    with here.worker():
        wait_until(lambda: here.done_records(large) > 0)
        small = [here.send(ndjson(1 + number)) for number in range(9)]
        for batch in small:
            assert here.wait(batch).state is BatchState.DONE
        assert here.look(large).state is BatchState.RUNNING
        assert here.wait(large).state is BatchState.DONE


def gzipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


ISA = b"ISA*00*          *00*          *ZZ*A              *ZZ*B              *260301*1200*^*00401*000000001*0*P*:~"
X12_4010 = ISA + b"GS*HC*A*B*20260301*1200*1*X*004010X098A1~ST*837*0001~SE*2*0001~GE*1*1~IEA*1*000000001~"

BAD_UPLOADS = {
    "binary": (b"\x00\x01\x02" * 400, BatchState.FAILED, "binary"),
    "a PDF": (b"%PDF-1.7 nothing", BatchState.FAILED, "PDF"),
    "an Excel file": (b"PK\x03\x04" + b"\0" * 30 + b"xl/workbook.xml", BatchState.FAILED, "Excel"),
    "nothing in gzip": (gzipped(b""), BatchState.FAILED, "empty"),
    "gzip twice": (gzipped(gzipped(CONTENT)), BatchState.FAILED, "twice"),
    "a bomb": (gzipped(b" " * 300_000_000), BatchState.FAILED, "unpack"),
    "a CSV without a header": (b"a,b,c\n1,2,3\n", BatchState.FAILED, ""),
    "version 4010": (X12_4010, BatchState.DONE, "4010"),
    "a broken gzip": (gzipped(CONTENT)[:-2000], BatchState.DONE, "cut off"),
}


@pytest.mark.parametrize("name", BAD_UPLOADS)
def test_bad_uploads_end_in_the_right_state_with_the_reason(busy: Site, name: str) -> None:
    content, state, says = BAD_UPLOADS[name]
    batch = busy.wait(busy.send(content))
    assert batch.state is state
    if state is BatchState.FAILED:
        assert batch.reason is not None
        assert says in batch.reason
        assert busy.results(batch) == []
    else:
        assert says.encode() in busy.results(batch)[-1]


def test_one_bad_claim_among_many_costs_no_other(busy: Site) -> None:
    lines = ndjson(1000).splitlines()
    lines[500] = b'{"claim_id": "X", "lines": [}'
    batch = busy.wait(busy.send(b"\n".join(lines)))
    assert batch.summary is not None
    assert batch.summary["claims"]["unreadable"] == 1
    assert batch.records == 1000


def test_a_claim_sent_twice_is_found_across_chunks(busy: Site) -> None:
    lines = ndjson(120, mark="1EG4TE5MK75").splitlines()
    lines.append(lines[3].replace(b'"T-3"', b'"SENT-AGAIN"'))
    batch = busy.wait(busy.send(b"\n".join(lines)))
    results = busy.results(batch)
    assert [b"DUP952" in result for result in results] == [False] * 120 + [True]
    assert b"record 4 of the batch" in results[-1]
    assert batch.summary is not None
    assert batch.summary["edits"]["DUP952"] == 1


def test_an_upload_that_can_not_be_read_fails_its_batch_with_the_kind_of_fault(here: Site) -> None:
    batch = here.send(CONTENT)
    here.workshop.blobs.remove(batch.blob)
    for number in range(MOST_ATTEMPTS):
        later = here.workshop.now() + timedelta(hours=number)
        workshop = replace(here.workshop, now=lambda later=later: later)
        if number < MOST_ATTEMPTS - 1:
            with pytest.raises(FileNotFoundError):
                split_batch(workshop, batch.number)
            assert here.look(batch).state is BatchState.SPLITTING
        else:
            split_batch(workshop, batch.number)
    failed = here.look(batch)
    assert failed.state is BatchState.FAILED
    assert failed.reason == "The upload could not be split (FileNotFoundError)."


def test_a_queue_that_is_away_after_the_last_try_of_a_chunk_fails_nothing(
    here: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = here.send(ndjson(3))
    split_batch(here.workshop, batch.number)
    with writing(here.workshop.database) as connection:
        for _ in range(MOST_ATTEMPTS - 1):
            chunk = hold_chunk(connection, batch.key, 0, here.workshop.now(), here.workshop.now(), "somebody")
            assert chunk is not None
            release_chunk(connection, batch.key, 0, chunk.attempts)

    def away(*_: object) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr("scrubber.batch.chunk.queue_merge", away)
    with pytest.raises(redis.ConnectionError):
        work_chunk(here.workshop, batch.number, 0)
    merge_batch(here.workshop, batch.number)
    assert here.look(batch).state is BatchState.DONE


def test_a_cancelled_batch_stops_and_what_is_done_stays(here: Site) -> None:
    batch = here.send(ndjson(3000))
    with here.worker():
        wait_until(lambda: here.done_records(batch) > 0)
        assert cancel(here.workshop, batch, "test")
        time.sleep(0.5)
        done = here.done_records(batch)
        time.sleep(1)
        assert 0 < here.done_records(batch) == done < 3000
        stopped = here.look(batch)
        assert stopped.state is BatchState.CANCELLED
        assert not cancel(here.workshop, batch, "test")
        assert retry(here.workshop, stopped, "test")
        assert here.wait(batch).state is BatchState.DONE
    assert here.done_records(batch) == 3000


def test_a_job_that_a_worker_takes_meanwhile_is_left_to_it(
    here: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = here.send(CONTENT)
    waiting = queues._waiting

    def and_taken(queue: Queue) -> set[str]:
        names = waiting(queue)
        assert queue.pop_job_id() in names
        return names

    monkeypatch.setattr(queues, "_waiting", and_taken)
    assert cancel(here.workshop, batch, "test")
    queue = queues.open_queue(here.workshop.redis, queues.SMALL)
    assert queue.fetch_job(f"split-{batch.number}") is not None


def test_what_waits_is_not_queued_again_however_much_is_done(here: Site) -> None:
    """A worker looks between its jobs for work that nobody has queued; chunks go together as they did before."""
    batch = here.send(ndjson(2000))
    split_batch(here.workshop, batch.number)
    queue = queues.open_queue(here.workshop.redis, queues.LARGE)
    waiting = [name for name in queue.get_job_ids() if name.startswith("chunks")]
    assert [queue.fetch_job(name).args for name in waiting] == [
        [batch.number, first, first + 1] for first in range(0, 40, 2)
    ]
    for name in waiting[:3]:
        queue.remove(name)
        work_chunk(here.workshop, *queue.fetch_job(name).args[:2])
        queue.fetch_job(name).delete()
    recover(here.workshop)
    after = [name for name in queue.get_job_ids() if name.startswith("chunks")]
    assert after == waiting[3:] + waiting[:3]
    assert [queue.fetch_job(name).args for name in waiting[:3]] == [[batch.number, one] for one in (1, 3, 5)]


def test_a_purged_batch_leaves_nothing_but_its_audit(here: Site, tmp_path: Path) -> None:
    with here.worker():
        batch = here.wait(here.send(gzipped(CONTENT)))
    assert len(list((tmp_path / "blobs").iterdir())) == 2
    purge(here.workshop, batch, "test")
    assert list((tmp_path / "blobs").iterdir()) == []
    with reading(here.workshop.database) as connection:
        did = [(act.did, act.subject) for act in acts(connection, "default")]
    assert did == [("submitted", batch.id), ("purged", batch.id)]


def test_what_somebody_else_has_removed_or_goes_on_with_is_not_purged(here: Site) -> None:
    first, second = here.send(CONTENT), here.send(CONTENT)
    for batch in (first, second):
        assert cancel(here.workshop, batch, "test")
    as_both_saw_it, as_it_was = here.look(first), here.look(second)
    assert purge(here.workshop, as_both_saw_it, "one")
    assert not purge(here.workshop, as_both_saw_it, "another")
    assert retry(here.workshop, as_it_was, "test")
    assert not purge(here.workshop, as_it_was, "another")
    assert here.look(second).state is BatchState.QUEUED
    assert here.workshop.blobs.names() == [second.blob]
    with reading(here.workshop.database) as connection:
        assert [act.who for act in acts(connection, "default") if act.did == "purged"] == ["one"]


def test_the_audit_is_the_last_thing_of_a_transaction(here: Site) -> None:
    """Its lock is of the whole tenant: who had it and waited for another would keep all readers waiting."""
    transactions: list[list[str]] = [[]]

    def note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        transactions[-1].append(statement)

    with here.worker():
        done = here.wait(here.send(CONTENT))
    event.listen(here.workshop.database, "before_cursor_execute", note)
    event.listen(here.workshop.database, "commit", lambda _connection: transactions.append([]))
    batch = here.send(CONTENT)
    assert cancel(here.workshop, batch, "test")
    assert retry(here.workshop, here.look(batch), "test")
    purge(here.workshop, done, "test")
    noted = [all_of_it for all_of_it in transactions if any("INTO audit" in one for one in all_of_it)]
    assert len(noted) == 4
    for statements in noted:
        at = next(number for number, one in enumerate(statements) if "INTO audit" in one)
        assert all(one.startswith("SELECT") for one in statements[at + 1 :])


def test_what_is_too_old_is_purged_and_so_are_uploads_of_nobody(here: Site, tmp_path: Path) -> None:
    with here.worker():
        batch = here.wait(here.send(CONTENT))
    waiting = here.send(CONTENT)
    (tmp_path / "blobs" / "nobodys").write_bytes(b"cut off")
    assert purge_old(here.workshop, timedelta(days=1)) == 0
    later = here.workshop.now() + ORPHANED_AFTER + timedelta(minutes=1)
    assert purge_old(replace(here.workshop, now=lambda: later), timedelta(days=1)) == 1
    assert [path.name for path in (tmp_path / "blobs").iterdir()] == [waiting.blob]
    assert here.look(waiting).state is BatchState.QUEUED
    assert batch.finished_at is not None


def test_an_upload_sent_again_under_its_key_is_the_same_batch(here: Site, tmp_path: Path) -> None:
    first = here.send(CONTENT, idempotency_key="k1")
    assert here.send(CONTENT, idempotency_key="k1").id == first.id
    assert here.send(CONTENT, idempotency_key="k2").id != first.id
    with pytest.raises(KeyUsed):
        here.send(CONTENT + b"\n", idempotency_key="k1")
    assert len(list((tmp_path / "blobs").iterdir())) == 2


def test_uploads_that_are_not_taken_leave_nothing(
    settings: Settings, engine: Engine, clean_redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    limits = {"max_upload_bytes": 2048, "max_running_batches": 1}
    with site(settings, engine, redis_url, tmp_path, **limits) as here:
        with pytest.raises(UploadEmpty):
            here.send(b"")
        with pytest.raises(UploadTooLarge, match="2048"):
            here.send(b"x" * 2049)
        with pytest.raises(ConnectionError):
            submit(here.workshop, broken_off(), tenant="default", who="test")
        with pytest.raises(NoRoom):
            submit(here.workshop, full_disk(), tenant="default", who="test")
        assert list((tmp_path / "blobs").iterdir()) == []
        here.send(b"x" * 2048)
        with pytest.raises(TooManyBatches):
            here.send(b"y")
        assert len(list((tmp_path / "blobs").iterdir())) == 1


def broken_off() -> Iterator[bytes]:
    yield b"x" * 1000
    raise ConnectionError


def full_disk() -> Iterator[bytes]:
    yield b"x" * 1000
    raise OSError(28, "No space left on device")


def test_jobs_hold_numbers_and_nothing_else(here: Site) -> None:
    here.send(CONTENT)
    redis = here.workshop.redis
    stored = b"".join(
        b"".join(redis.hgetall(key).values()) if redis.type(key) == b"hash" else b""
        for key in redis.keys("rq:*")
    )
    assert b"split-" in stored
    for secret in (b"T-1", b"1EG4TE5MK73", b"1950", b"98940"):
        assert secret not in stored


def test_files_of_others_in_one_batch_are_what_they_are_alone(busy: Site, engine: Engine) -> None:
    """Interchange behind interchange, with separators, versions and faults of their own."""
    corpus = next(Path(__file__).parents[3].glob("*/data/x12"), None)
    if corpus is None:
        pytest.skip("the sample files of others do not lie beside the checkout")
    files = [path.read_bytes() for path in sorted(corpus.glob("**/*")) if path.is_file()]
    content = b"\n".join(
        file.strip() for file in files if file.lstrip().startswith(b"ISA") and len(file) < 50_000
    )
    batch = busy.wait(busy.send(content))
    assert batch.state is BatchState.DONE
    today = engine.on(batch.as_of)
    read = list(read_claims(BytesIO(content), UPLOAD))
    alone = [
        one if isinstance(one, Unreadable) else scrub(today, one.claim, one.locate, Later()) for one in read
    ]
    assert len(alone) > 200
    for stored, result in zip(busy.results(batch), alone, strict=True):
        encoded = msgspec.json.encode(result)
        if stored != encoded:
            # What only other claims show has tests of its own.
            told, expected = msgspec.json.decode(stored), msgspec.json.decode(encoded)
            own = [one for one in told["findings"] if one["edit"] not in {"DUP952", "DUP953", "GLB971"}]
            assert own == expected["findings"] != told["findings"]


class Listener(BaseHTTPRequestHandler):
    """Takes a callback the second time it comes."""

    asked: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        self.asked.append(self.headers["webhook-id"])
        self.send_response(500 if len(self.asked) == 1 else 204)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def test_a_callback_that_is_not_taken_comes_again(
    settings: Settings, engine: Engine, clean_redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    secret = {"callback_secret": "whsec_" + "A" * 32, "callback_to_anywhere": "yes"}
    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with site(settings, engine, redis_url, tmp_path, **secret) as here, here.worker():
            url = f"http://127.0.0.1:{server.server_port}/ended"
            batch = here.wait(here.send(ndjson(3), callback_url=url))
            wait_until(lambda: here.look(batch).callback_state == "delivered")
        server.shutdown()
    assert Listener.asked == [f"batch-{batch.id}-done"] * 2


def test_rq_can_be_asked_about_the_queues(here: Site, redis_url: str) -> None:
    here.send(CONTENT)
    told = subprocess.run(
        [str(Path(sys.executable).with_name("rq")), "info", "--raw", "--url", redis_url],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "queue scrubber-small 1" in told.stdout
