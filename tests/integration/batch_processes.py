"""Real workers on real batches, and what is checked of them however they were treated."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from redis import Redis

from scrubber.batch.chunk import work_chunk
from scrubber.batch.split import split_batch
from scrubber.batch.submit import submit
from scrubber.batch.workshop import Workshop
from scrubber.engine import Engine
from scrubber.settings import PREFIX, Settings
from scrubber.store.batches import UNFINISHED, Batch, find_batch, free_chunks
from scrubber.store.blobs import open_blobs
from scrubber.store.database import open_database, reading, upgrade
from scrubber.store.hashing import have_secret
from scrubber.store.results import Wanted, read_results
from scrubber.store.sealing import Sealing
from tests.edits import cases
from tests.patients import look_into
from tests.services import PATIENCE, wait_until


@dataclass(frozen=True, slots=True)
class Site:
    """A place where batches are worked: the environment of its workers, and a workshop of our own there."""

    environment: dict[str, str]
    workshop: Workshop

    def send(self, content: bytes, tenant: str = "default", **more: Any) -> Batch:
        """A batch of an upload."""
        return submit(self.workshop, [content], tenant=tenant, who="test", **more)

    def look(self, batch: Batch) -> Batch:
        """The batch as it is now."""
        with reading(self.workshop.database) as connection:
            found = find_batch(connection, batch.tenant, batch.id)
        assert found is not None
        return found

    def wait(self, batch: Batch) -> Batch:
        """The batch when it is over."""
        wait_until(lambda: self.look(batch).state not in UNFINISHED)
        return self.look(batch)

    def results(self, batch: Batch) -> list[bytes]:
        """The results of a batch as they are read back."""
        with reading(self.workshop.database) as connection:
            read = list(read_results(connection, batch.key, Wanted()))
        assert [ordinal for ordinal, _ in read] == list(range(len(read)))
        return [line for _, line in read]

    def done_records(self, batch: Batch) -> int:
        """How many records are done so far."""
        with reading(self.workshop.database) as connection:
            return sum(1 for _ in read_results(connection, batch.key, Wanted()))

    @contextmanager
    def worker(self, *command: str) -> Iterator["subprocess.Popen[bytes]"]:
        """A worker process with a group of its own, stopped at the end. ``command`` comes before it."""
        said = self.workshop.settings.data_dir / "worker.log"
        with said.open("ab") as log:
            process = subprocess.Popen(
                [*command, sys.executable, "-m", "scrubber", "worker"],
                env=os.environ | self.environment,
                start_new_session=True,
                stdout=log,
                stderr=log,
            )
        try:
            yield process
        finally:
            kill(process, signal.SIGKILL)
            look_into(said)


@contextmanager
def site(
    settings: Settings, engine: Engine, redis_url: str, directory: Path, **overrides: Any
) -> Iterator[Site]:
    """A site with a database and blobs in a directory, but for what ``overrides`` say by the names of settings."""
    environment = {
        PREFIX + name.upper(): str(value)
        for name, value in (
            {
                "data_dir": directory,
                "reference_dir": settings.snapshots,
                "redis_url": redis_url,
                "chunk_claims": 50,
                "chunk_seconds": 3,
            }
            | overrides
        ).items()
    }
    read = Settings.read(environment)
    read.data_dir.mkdir(exist_ok=True)
    sealing = Sealing(read.encryption_keys)
    database = open_database(read.database, sealing)
    with ExitStack() as closing:
        closing.callback(database.dispose)
        upgrade(database)
        have_secret(database)
        redis = closing.enter_context(Redis.from_url(redis_url))
        blobs = open_blobs(read.blobs, sealing)
        yield Site(
            environment,
            Workshop(settings=read, engine=engine, database=database, blobs=blobs, redis=redis),
        )


def worked(workshop: Workshop, batch: Batch) -> None:
    """Split a batch and work on its chunks, here and now: it is left to be merged."""
    split_batch(workshop, batch.number)
    with reading(workshop.database) as connection:
        chunks = free_chunks(connection, batch.key, workshop.now())
    for chunk in chunks:
        work_chunk(workshop, batch.number, chunk)


def kill(process: "subprocess.Popen[bytes]", how: signal.Signals, *, with_children: bool = True) -> None:
    """End a process, with all that it started or alone."""
    try:
        if with_children:
            os.killpg(process.pid, how)
        else:
            os.kill(process.pid, how)
    except ProcessLookupError:
        pass
    process.wait(PATIENCE)


def ndjson(count: int, *, bad_every: int = 0, mark: str = "1EG4TE5MK73") -> bytes:
    """Claims of made-up patients, each another day and member; with every so many-th line no claim.

    Of two uploads with another ``mark``, a member id, neither has claims of the other.
    """
    base = cases.base_claim()
    lines = []
    for number in range(count):
        if bad_every and number % bad_every == bad_every - 1:
            lines.append(b'{"claim_id": "X-%d", "payer": 1}' % number)
            continue
        day = f"2026-0{1 + number // 28 % 3}-{1 + number % 28:02}"
        diagnoses = ["M99.01", "M54.2" if number % 3 else "M53.81"]
        born = f"19{10 + number // 300 % 80}-01-0{1 + number // 84 % 9}"
        claim = cases.merged(
            base,
            {"claim_id": f"T-{number}", "diagnoses": diagnoses, "lines": [{"service_date": day}]}
            | {"subscriber": {"id": mark}, "patient": {"birth_date": born}},
        )
        lines.append(msgspec.json.encode(claim))
    return b"\n".join(lines) + b"\n"
