"""The middle step of a batch: scrub a chunk and keep its results, in one transaction."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from os import getpid
from socket import gethostname
from time import perf_counter

import msgspec

from scrubber.batch.ending import fail
from scrubber.batch.queues import queue_merge
from scrubber.batch.scoring import scoring_engine
from scrubber.batch.scrubbed import scrubbed
from scrubber.batch.split import MOST_ATTEMPTS, UPLOAD
from scrubber.batch.tally import Tally, add_to_tally
from scrubber.batch.waiving import with_waivers
from scrubber.batch.workshop import Workshop
from scrubber.intake.cuts import Cut, read_cut
from scrubber.store.batches import (
    Batch,
    BatchState,
    Chunk,
    batch_by_number,
    chunks_left,
    finish_chunk,
    hold_chunk,
    release_chunk,
)
from scrubber.store.database import reading, writing
from scrubber.store.hashing import keyed_in
from scrubber.store.results import FINDING_COLUMNS, ChunkResults, add_results


def holder(process: int) -> str:
    """The name under which a process of this machine takes chunks."""
    return f"{gethostname()} {process}"


class NotAsSplit(Exception):
    """The upload holds other records than when it was split."""


def work_chunk(workshop: Workshop, number: int, chunk_number: int) -> None:
    """Scrub a chunk of a batch. Nothing happens if it is done, if another worker is at it, or the batch is over.

    What goes wrong is raised, so that it is tried again; the last time it fails the batch.
    """
    now = workshop.now()
    until = now + timedelta(seconds=workshop.settings.chunk_seconds)
    with writing(workshop.database) as connection:
        batch = batch_by_number(connection, number)
        if batch is None or batch.state is not BatchState.RUNNING:
            return
        chunk = hold_chunk(connection, batch.key, chunk_number, now, until, holder(getpid()))
    if chunk is None:
        return
    # A chunk that ends its worker each time it is tried never comes to the exception below.
    if chunk.attempts > MOST_ATTEMPTS:
        fail(workshop, batch, f"{_records(chunk)} could not be worked on: the worker stopped each time.")
        return
    try:
        _scrub(workshop, batch, chunk)
    except Exception as fault:
        with writing(workshop.database) as connection:
            release_chunk(connection, batch.key, chunk_number, chunk.attempts)
        if chunk.attempts == MOST_ATTEMPTS:
            fail(workshop, batch, f"{_records(chunk)} could not be worked on ({type(fault).__name__}).")
            return
        raise
    with reading(workshop.database) as connection:
        left = chunks_left(connection, batch.key)
    if not left:
        queue_merge(workshop, batch)


def _scrub(workshop: Workshop, batch: Batch, chunk: Chunk) -> None:
    started = perf_counter()
    cut = msgspec.json.decode(chunk.cut, type=Cut)
    engine = scoring_engine(workshop, batch.tenant, batch.calibration).on(batch.as_of)
    engine, waivers = with_waivers(workshop, engine, batch.tenant)
    with reading(workshop.database) as connection:
        keyed = keyed_in(connection)
    with workshop.blobs.open(batch.readable_blob) as file:
        records = read_cut(file, UPLOAD, cut, columns=batch.columns)
        results, counts = scrubbed(engine, records, batch.key, chunk.first, keyed)
    if len(results.lines) != chunk.records:
        raise NotAsSplit
    with writing(workshop.database) as connection:
        if not finish_chunk(
            connection, batch.key, chunk.chunk, chunk.attempts, workshop.now(), counts, waivers
        ):
            return
        add_results(connection, batch.key, chunk.chunk, results)
    add_to_tally(workshop.redis, _done(results, counts, perf_counter() - started))


def _done(results: ChunkResults, counts: Mapping[str, int], seconds: float) -> Tally:
    """What a chunk adds to the tally."""
    edit, severity, waiver = map(FINDING_COLUMNS.index, ("edit", "severity", "waiver"))
    found = Counter((row[edit], row[severity]) for row in results.findings if row[waiver] is None)
    return {
        ("chunks",): 1,
        ("chunk_ms",): round(seconds * 1000),
        **{("claims", disposition): number for disposition, number in counts.items()},
        **{("findings", *what): number for what, number in found.items()},
    }


def _records(chunk: Chunk) -> str:
    return f"Records {chunk.first + 1} to {chunk.first + chunk.records}"
