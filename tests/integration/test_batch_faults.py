"""Whatever is killed, and whenever: a batch ends with every record once, or failed with the reason."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from scrubber.batch.ending import purge, retry
from scrubber.batch.recover import ORPHANED_AFTER, purge_old
from scrubber.batch.valkey import embedded_valkey
from scrubber.engine import Engine
from scrubber.settings import PREFIX, Settings
from scrubber.store.batches import Batch, BatchState, find_batch, free_chunks, list_batches
from scrubber.store.database import reading
from tests.integration.batch_processes import Site, kill, ndjson, site
from tests.services import PATIENCE, Gunicorn, wait_until

RECORDS = 800
CONTENT = ndjson(RECORDS, bad_every=250)


@pytest.fixture(scope="module")
def expected(
    settings: Settings, engine: Engine, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> list[bytes]:
    """The results where nothing goes wrong."""
    with site(settings, engine, redis_url, tmp_path_factory.mktemp("calm")) as calm, calm.worker():
        batch = calm.wait(calm.send(CONTENT))
        assert batch.state is BatchState.DONE
        return calm.results(batch)


def children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def mid_way(here: Site, batch: Batch) -> None:
    wait_until(lambda: here.done_records(batch) > 0)


def ends_well(here: Site, batch: Batch, expected: list[bytes]) -> None:
    over = here.wait(batch)
    assert (over.state, over.reason) == (BatchState.DONE, None)
    assert here.results(batch) == expected
    assert over.summary is not None
    assert sum(over.summary["claims"].values()) == RECORDS


def test_nothing_goes_wrong(expected: list[bytes]) -> None:
    assert len(expected) == RECORDS
    assert sum(b'"disposition":"unreadable"' in line for line in expected) == 3


def test_a_worker_is_killed_in_mid_chunk(here: Site, expected: list[bytes]) -> None:
    batch = here.send(CONTENT)
    with here.worker() as first:
        mid_way(here, batch)
        kill(first, signal.SIGKILL)
        assert here.look(batch).state is BatchState.RUNNING
    with here.worker():
        ends_well(here, batch, expected)


def test_a_worker_that_is_told_to_stop_ends_its_job_and_leaves_the_rest(
    here: Site, expected: list[bytes]
) -> None:
    batch = here.send(CONTENT)
    with here.worker() as first:
        mid_way(here, batch)
        first.send_signal(signal.SIGTERM)
        assert first.wait(PATIENCE) == 0
        assert here.look(batch).state is BatchState.RUNNING
        done = here.done_records(batch)
        assert 0 < done < RECORDS
    with reading(here.workshop.database) as connection:
        free = free_chunks(connection, batch.key, here.workshop.now())
    assert len(free) == RECORDS // 50 - done // 50, "nobody holds a chunk any more"
    with here.worker():
        ends_well(here, batch, expected)


def test_only_the_forked_process_is_killed(here: Site, expected: list[bytes]) -> None:
    batch = here.send(CONTENT)
    with here.worker() as worker:
        mid_way(here, batch)
        for _ in range(5):
            for child in children(worker.pid):
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            time.sleep(0.02)
        ends_well(here, batch, expected)


def test_only_the_parent_is_killed_and_its_child_goes_on(here: Site, expected: list[bytes]) -> None:
    batch = here.send(CONTENT)
    with here.worker() as first:
        mid_way(here, batch)
        kill(first, signal.SIGKILL, with_children=False)
        with here.worker():
            ends_well(here, batch, expected)


def test_all_workers_are_killed(here: Site, expected: list[bytes]) -> None:
    batch = here.send(CONTENT)
    with here.worker() as first, here.worker() as second:
        mid_way(here, batch)
        kill(first, signal.SIGKILL)
        kill(second, signal.SIGKILL)
    with here.worker(), here.worker():
        ends_well(here, batch, expected)


def test_the_api_is_killed_during_an_upload(here: Site, expected: list[bytes], tmp_path: Path) -> None:
    overrides = {name.removeprefix(PREFIX).lower(): value for name, value in here.environment.items()}

    def half() -> Iterator[bytes]:
        yield CONTENT[: len(CONTENT) // 2]
        wait_until(lambda: any((tmp_path / "blobs").iterdir()))
        for process in (api.process.pid, *children(api.process.pid)):
            os.kill(process, signal.SIGKILL)
        yield CONTENT[len(CONTENT) // 2 :]

    api = Gunicorn(tmp_path / "api", **overrides)
    try:
        api.wait_until_ready()
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            requests.post(f"{api.url}/v1/batches", data=half(), timeout=PATIENCE)
    finally:
        api.kill()
    with reading(here.workshop.database) as connection:
        assert list_batches(connection, "default") == []
    assert any((tmp_path / "blobs").iterdir())
    a_day_later = here.workshop.now() + ORPHANED_AFTER + timedelta(minutes=1)
    purge_old(replace(here.workshop, now=lambda: a_day_later), timedelta(days=1))
    assert list((tmp_path / "blobs").iterdir()) == []
    again = Gunicorn(tmp_path / "api", **overrides)
    try:
        again.wait_until_ready()
        sent = requests.post(f"{again.url}/v1/batches", data=CONTENT, timeout=PATIENCE).json()
        with here.worker():
            with reading(here.workshop.database) as connection:
                batch = find_batch(connection, "default", sent["id"])
            assert batch is not None
            ends_well(here, batch, expected)
    finally:
        again.kill()


def test_redis_forgets_everything(here: Site, expected: list[bytes]) -> None:
    batch = here.send(CONTENT)
    here.workshop.redis.flushall()
    with here.worker():
        mid_way(here, batch)
        here.workshop.redis.flushall()
        ends_well(here, batch, expected)


def test_redis_is_away_when_a_batch_comes_in(here: Site, expected: list[bytes], tmp_path: Path) -> None:
    with site(
        Settings.read(here.environment), here.workshop.engine, f"unix://{tmp_path}/nobody.sock", tmp_path
    ) as cut_off:
        batch = cut_off.send(CONTENT)
    with here.worker():
        ends_well(here, batch, expected)


def test_valkey_is_killed_and_started_again(
    settings: Settings, engine: Engine, tmp_path: Path, expected: list[bytes]
) -> None:
    with (
        embedded_valkey(tmp_path) as valkey,
        site(settings, engine, valkey.url, tmp_path) as here,
        here.worker(),
    ):
        batch = here.send(CONTENT)
        mid_way(here, batch)
        valkey.process.kill()
        valkey.process.wait()
        valkey.start()
        ends_well(here, batch, expected)


def test_a_disk_that_is_full_holds_a_batch_up_and_loses_nothing(here: Site, expected: list[bytes]) -> None:
    """A limit on the size of files stands for the disk: the database can't grow."""
    batch = here.send(CONTENT)
    blocks = 400
    with here.worker("bash", "-c", f'ulimit -f {blocks}; exec "$@"', "worker"):
        mid_way(here, batch)
        time.sleep(3)
        stuck = here.look(batch)
        assert stuck.state in {BatchState.RUNNING, BatchState.FAILED}
        assert here.done_records(batch) < RECORDS
    if stuck.state is BatchState.FAILED:
        assert stuck.reason
        assert retry(here.workshop, stuck, "test")
    with here.worker():
        ends_well(here, batch, expected)


def test_at_random(here: Site, expected: list[bytes]) -> None:
    """A fixed number of rounds; in each something else happens at some moment."""
    dice = random.Random(20260310)
    with ExitStack() as workers:
        alive = [workers.enter_context(here.worker()) for _ in range(2)]
        for _ in range(5):
            batch = here.send(CONTENT)
            for _ in range(dice.randint(1, 3)):
                time.sleep(dice.uniform(0, 1))
                match dice.choice(["worker", "parent", "child", "redis"]):
                    case "worker":
                        kill(alive.pop(dice.randrange(2)), signal.SIGKILL)
                        alive.append(workers.enter_context(here.worker()))
                    case "parent":
                        kill(alive.pop(dice.randrange(2)), signal.SIGKILL, with_children=False)
                        alive.append(workers.enter_context(here.worker()))
                    case "child":
                        for child in children(alive[0].pid):
                            with suppress(ProcessLookupError):
                                os.kill(child, signal.SIGKILL)
                    case "redis":
                        here.workshop.redis.flushall()
            ends_well(here, batch, expected)
            # The next round has the same claims: they are not to be found in this one.
            purge(here.workshop, here.look(batch), "test")
