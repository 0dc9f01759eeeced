"""The denial-risk report of a million stored claims, on SQLite and where it is installed on PostgreSQL."""

import os
import resource
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace
from redis import Redis
from sqlalchemy import Connection

from scrubber.batch.report import stored_report
from scrubber.batch.scrubbed import scrubbed
from scrubber.batch.workshop import Workshop
from scrubber.bootstrap import build
from scrubber.engine import Engine
from scrubber.intake.record import Received
from scrubber.report.figures import Covered
from scrubber.settings import Settings
from scrubber.store.batches import (
    BatchState,
    NewBatch,
    add_batch,
    add_chunks,
    change_state,
    find_batch,
    finish_chunk,
    hold_chunk,
)
from scrubber.store.blobs import open_blobs
from scrubber.store.database import open_database, reading, upgrade, writing
from scrubber.store.figures import Scope
from scrubber.store.history import update_statistics
from scrubber.store.results import ChunkResults, add_results
from tests.benchmarks.claims import claims
from tests.benchmarks.timing import timed
from tests.postgres import binaries, cluster

CLAIMS = 1_000_000
CHUNK = 4000

_NOW = datetime(2026, 3, 10, tzinfo=UTC)


def measured(settings: Settings, count: int = CLAIMS) -> Iterator[tuple[str, str]]:
    """Seconds for the figures of a batch and of everything, and the most memory the process has had."""
    engine = build(settings).engine.on(_NOW.date())
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        urls = {"SQLite": f"sqlite:///{directory}/scrubber.db"}
        if there := binaries():
            urls["PostgreSQL"] = stack.enter_context(cluster(there)).url.format(database="postgres")
        for name, url in urls.items():
            database = open_database(url)
            upgrade(database)
            with writing(database) as connection:
                _fill(connection, engine, count)
            update_statistics(database)  # as the merge of a batch does
            workshop = Workshop(
                settings=settings,
                engine=engine,
                database=database,
                blobs=open_blobs(directory),
                redis=Redis(),
                now=lambda: _NOW,
            )
            for what, scope in {
                "a batch": Scope(tenant="bench", batch=1),
                "all": Scope(tenant="bench"),
            }.items():
                yield f"report of {what}, {name}", _report(workshop, scope)
            database.dispose()


def _report(workshop: Workshop, scope: Scope) -> str:
    with reading(workshop.database) as connection:
        seconds, report = timed(lambda: stored_report(connection, workshop, scope, Covered(kind="period")))
    findings = sum(group.findings for group in report.by_edit)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{seconds:.1f} s, {report.all.claims:,} claims, {findings:,} findings; {memory:.0f} MB"


def _fill(connection: Connection, engine: Engine, count: int) -> None:
    """A batch that is done: the same chunk over and over, each claim under an id of its own."""
    new = NewBatch(
        id="bench", tenant="bench", created_at=_NOW, as_of=_NOW.date(), blob="", upload_bytes=0, sha256=""
    )
    add_batch(connection, new)
    batch = find_batch(connection, "bench", "bench")
    if batch is None:
        raise LookupError("the batch is not there")
    change_state(connection, batch.key, [BatchState.QUEUED], BatchState.RUNNING)
    readings = (Received(claim, "", lambda _location: None) for claim in claims(CHUNK))
    one, counts = scrubbed(engine, readings, batch.key, 0, bytes)
    for number in range(count // CHUNK):
        first = number * CHUNK
        chunk: dict[str, Any] = {"chunk": number, "first": first, "records": CHUNK, "cut": "{}"}
        add_chunks(connection, batch.key, [chunk])
        held = hold_chunk(connection, batch.key, number, _NOW, _NOW, "somebody")
        finish_chunk(connection, batch.key, number, held.attempts if held else 0, _NOW, counts)
        add_results(connection, batch.key, number, _moved(one, first))
    change_state(connection, batch.key, [BatchState.RUNNING], BatchState.DONE)


def _moved(one: ChunkResults, first: int) -> ChunkResults:
    return replace(
        one,
        claims=[
            (tenant, batch, at + first, f"{id_}-{first}", *row[:-1], os.urandom(16))
            for tenant, batch, at, id_, *row in one.claims
        ],
        findings=[(tenant, batch, at + first, *row) for tenant, batch, at, *row in one.findings],
        history=[],
    )
