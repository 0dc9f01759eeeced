"""A whole batch: an 837P file → split, parsed, scrubbed, stored, by real workers on a real Valkey."""

import gc
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from redis import Redis
from sqlalchemy import Engine as Database

from scrubber.batch.scrubbed import scrubbed
from scrubber.batch.submit import submit
from scrubber.batch.valkey import embedded_valkey
from scrubber.batch.workshop import Workshop
from scrubber.bootstrap import build
from scrubber.cli.supervise import lifeline
from scrubber.engine import Engine, scrub
from scrubber.intake.cuts import cut_claims, read_cut
from scrubber.intake.record import Received
from scrubber.settings import PREFIX, Settings
from scrubber.store.batches import UNFINISHED, Batch, NewBatch, add_batch, find_batch
from scrubber.store.blobs import open_blobs
from scrubber.store.database import open_database, reading, upgrade, writing
from scrubber.store.hashing import have_secret, keyed_with
from scrubber.store.results import ChunkResults, add_results
from scrubber.store.tables import BatchKey
from tests.benchmarks.readers import split
from tests.benchmarks.timing import timed
from tests.benchmarks.x12_claims import clinic_file

CLAIMS = 200_000
CHUNK = 4000

_NOW = datetime(2026, 3, 10, tzinfo=UTC)
_BATCH = NewBatch(
    id="bench", tenant="default", created_at=_NOW, as_of=_NOW.date(), blob="", upload_bytes=0, sha256=""
)


def measured(settings: Settings, count: int = CLAIMS) -> Iterator[tuple[str, str]]:
    """Claims a second end to end with one worker and with two, the memory of a worker, and the floor."""
    engine = build(settings).engine
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "clinic.837"
        with file.open("wb") as out:
            out.writelines(clinic_file(count))
        yield "batch file", f"{count:,} claims, {file.stat().st_size / 1e6:.0f} MB"
        floor, _ = timed(lambda: split(file))
        yield "batch split, the floor", f"{count / floor:,.0f} claims/s"
        yield "batch, one chunk", _phases(engine, file)
        alone = None
        for workers in (1, 2):
            seconds, says = _worked(settings, engine, file, workers)
            rate = count / seconds
            alone = alone or rate
            yield (
                f"batch, workers: {workers}",
                f"{rate:,.0f} claims/s, {seconds / floor:.1f} × the floor, {rate / alone:.2f} × one; {says}",
            )


def _phases(engine: Engine, file: Path) -> str:
    """Microseconds a claim of each step of a chunk, in this process and one after the other."""
    gc.collect()
    gc.disable()
    try:
        with file.open("rb") as upload, tempfile.TemporaryDirectory() as directory:
            database = open_database(f"sqlite:///{directory}/scrubber.db")
            upgrade(database)
            spent = {}
            spent["split"], cuts = timed(lambda: list(islice(cut_claims(upload, "upload", CHUNK), 2)))
            list(read_cut(upload, "upload", cuts[0]))  # what a process learns of the file
            spent["split"] /= len(cuts)
            spent["read"], records = timed(lambda: list(read_cut(upload, "upload", cuts[1])))
            claims = [record for record in records if isinstance(record, Received)]
            spent["scrub"], _ = timed(lambda: [scrub(engine, one.claim, one.locate) for one in claims])
            both, (results, _) = timed(
                lambda: scrubbed(engine, iter(records), BatchKey("default", 1), 0, keyed_with(b"secret"))
            )
            spent["encode and rows"] = both - spent["scrub"]
            with writing(database) as connection:
                add_batch(connection, _BATCH)
            spent["store"], _ = timed(lambda: _store(database, results))
            database.dispose()
    finally:
        gc.enable()
    told = ", ".join(f"{what} {seconds / len(records) * 1e6:.0f}" for what, seconds in spent.items())
    return f"{told} µs a claim; together {sum(spent.values()) / len(records) * 1e6:.0f}"


def _store(database: Database, results: ChunkResults) -> None:
    with writing(database) as connection:
        add_results(connection, BatchKey("default", 1), 0, results)


def _worked(settings: Settings, engine: Engine, file: Path, workers: int) -> tuple[float, str]:
    with (
        tempfile.TemporaryDirectory() as directory,
        lifeline() as group,
        embedded_valkey(Path(directory), group) as valkey,
    ):
        environment = {
            PREFIX + "DATA_DIR": directory,
            PREFIX + "REFERENCE_DIR": str(settings.snapshots),
            PREFIX + "REDIS_URL": valkey.url,
        }
        own = Settings.read(environment)
        database = open_database(own.database)
        upgrade(database)
        have_secret(database)
        workshop = Workshop(
            settings=own,
            engine=engine,
            database=database,
            blobs=open_blobs(own.blobs),
            redis=Redis.from_url(valkey.url),
        )
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "scrubber", "worker"],
                env=os.environ | environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                process_group=group,
            )
            for _ in range(workers)
        ]
        try:
            time.sleep(4)  # until they listen: it is the work that is measured
            begun = time.perf_counter()
            with file.open("rb") as upload:
                batch = submit(
                    workshop, iter(lambda: upload.read(1024**2), b""), tenant="default", who="bench"
                )
            taken = time.perf_counter() - begun
            peak, over = _until_over(workshop, batch, [process.pid for process in processes])
            seconds = time.perf_counter() - begun
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(30)
            database.dispose()
        assert over.summary
        assert over.started_at
        size = sum(path.stat().st_size for path in Path(directory).glob("scrubber.db*")) / 1e6
        return seconds, (
            f"upload {taken:.1f} s, {over.summary['claims']}, at most {peak:.0f} MB a process, database {size:.0f} MB"
        )


def _until_over(workshop: Workshop, batch: Batch, parents: list[int]) -> tuple[float, Batch]:
    """The largest resident memory seen of a worker or its forked process, in MB, and the batch when it is over."""
    peak = 0.0
    while True:
        for parent in parents:
            for process in (parent, *_children(parent)):
                peak = max(peak, _resident(process))
        with reading(workshop.database) as connection:
            now = find_batch(connection, "default", batch.id)
        assert now
        if now.state not in UNFINISHED:
            return peak, now
        time.sleep(0.1)


def _children(process: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except FileNotFoundError:
        return []


def _resident(process: int) -> float:
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
