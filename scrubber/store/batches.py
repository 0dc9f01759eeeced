"""Batches and their chunks: what state each is in. Every change of state says from which states it may come.

The database alone knows what has been done; whoever queues work may forget it at any time. A change is one statement
with its condition in it, so of two workers that try the same, one succeeds.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, or_, select, update
from sqlalchemy import delete as delete_from
from sqlalchemy.exc import IntegrityError

from scrubber.store.tables import BATCHES, CHUNKS, BatchKey, of_batch


class BatchState(StrEnum):
    """What a batch is doing."""

    QUEUED = "queued"
    SPLITTING = "splitting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ChunkState(StrEnum):
    """What a chunk is doing."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


UNFINISHED = (BatchState.QUEUED, BatchState.SPLITTING, BatchState.RUNNING)


class Batch(Struct, frozen=True, kw_only=True):
    """A batch as it is kept. ``records`` and ``chunks`` are known once it is split."""

    number: int
    id: str
    tenant: str
    state: BatchState
    reason: str | None
    held_until: datetime | None
    attempts: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    as_of: date
    blob: str
    plain_blob: str | None
    damage: str | None
    upload_bytes: int
    sha256: str
    columns: dict[str, str | None] | None
    format: str | None
    chunks: int | None
    records: int | None
    summary: dict[str, Any] | None
    calibration: str | None
    callback_url: str | None
    callback_state: str | None

    @property
    def key(self) -> BatchKey:
        """By which statements find what hangs on it."""
        return BatchKey(self.tenant, self.number)

    @property
    def readable_blob(self) -> str:
        """The blob that claims are read from: the upload itself, or what it unpacked to."""
        return self.plain_blob or self.blob


class Chunk(Struct, frozen=True, kw_only=True):
    """A stretch of a batch's upload. ``cut`` is how to read it again, as JSON."""

    chunk: int
    first: int
    records: int
    cut: str
    attempts: int


class NewBatch(Struct, frozen=True, kw_only=True):
    """What is known of a batch when it is taken in."""

    id: str
    tenant: str
    created_at: datetime
    as_of: date
    blob: str
    upload_bytes: int
    sha256: str
    columns: dict[str, str | None] | None = None
    calibration: str | None = None
    idempotency_key: str | None = None
    callback_url: str | None = None


def add_batch(connection: Connection, new: NewBatch) -> bool:
    """Keep a new batch, queued; False if the tenant has used its idempotency key before."""
    values = {name: getattr(new, name) for name in new.__struct_fields__}
    values["columns"] = _as_json(new.columns)
    try:
        with connection.begin_nested():
            connection.execute(
                insert(BATCHES).values(
                    **values,
                    state=BatchState.QUEUED,
                    callback_state="pending" if new.callback_url else None,
                )
            )
    except IntegrityError:
        return False
    return True


def find_batch(connection: Connection, tenant: str, batch_id: str) -> Batch | None:
    """A tenant's batch by its id."""
    return _one(connection, BATCHES.c.tenant == tenant, BATCHES.c.id == batch_id)


def batch_of_key(connection: Connection, tenant: str, idempotency_key: str) -> Batch | None:
    """A tenant's batch by the idempotency key it was sent with."""
    return _one(connection, BATCHES.c.tenant == tenant, BATCHES.c.idempotency_key == idempotency_key)


def batch_by_number(connection: Connection, number: int) -> Batch | None:
    """A batch of any tenant by its number, which is all that a job of the queue names."""
    return _one(connection, BATCHES.c.number == number)


def list_batches(
    connection: Connection, tenant: str, *, before: int | None = None, limit: int = 100
) -> list[Batch]:
    """A tenant's batches, newest first; those before a number."""
    query = select(BATCHES).where(BATCHES.c.tenant == tenant).order_by(BATCHES.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(BATCHES.c.number < before)
    return [_batch(row) for row in connection.execute(query)]


def unfinished_batches(connection: Connection) -> list[Batch]:
    """All batches that are not over, oldest first."""
    query = select(BATCHES).where(BATCHES.c.state.in_(UNFINISHED)).order_by(BATCHES.c.number)
    return [_batch(row) for row in connection.execute(query)]


def count_unfinished(connection: Connection, tenant: str) -> int:
    """How many of a tenant's batches are not over."""
    query = select(func.count()).where(BATCHES.c.tenant == tenant, BATCHES.c.state.in_(UNFINISHED))
    return connection.execute(query).scalar_one()


def batches_by_state(connection: Connection) -> dict[str, int]:
    """How many batches are kept, of all tenants, by state."""
    query = select(BATCHES.c.state, func.count().label("number")).group_by(BATCHES.c.state)
    return {row.state: row.number for row in connection.execute(query)}


def finished_before(connection: Connection, moment: datetime) -> list[Batch]:
    """The batches of all tenants that were over before a moment, oldest first."""
    query = select(BATCHES).where(BATCHES.c.finished_at < moment).order_by(BATCHES.c.number)
    return [_batch(row) for row in connection.execute(query)]


def known_blobs(connection: Connection) -> set[str]:
    """The names of all blobs that belong to a batch."""
    rows = connection.execute(select(BATCHES.c.blob, BATCHES.c.plain_blob))
    return {name for row in rows for name in row if name}


def change_state(
    connection: Connection,
    batch: BatchKey,
    from_states: Sequence[BatchState],
    to_state: BatchState,
    **values: Any,
) -> bool:
    """Change the state of a batch if it is one of ``from_states``; whether it was."""
    for name in ("summary", "columns"):
        if name in values:
            values[name] = _as_json(values[name])
    changed = connection.execute(
        update(BATCHES).where(_is(batch), BATCHES.c.state.in_(from_states)).values(state=to_state, **values)
    )
    return changed.rowcount == 1


def hold_splitting(connection: Connection, batch: BatchKey, moment: datetime, until: datetime) -> bool:
    """Take over a batch whose splitting nobody holds any more at a moment, and hold it until another; whether so."""
    held = connection.execute(
        update(BATCHES)
        .where(
            _is(batch),
            BATCHES.c.state == BatchState.SPLITTING,
            BATCHES.c.held_until < moment,
        )
        .values(held_until=until)
    )
    return held.rowcount == 1


def go_on_splitting(connection: Connection, batch: BatchKey, until: datetime) -> bool:
    """Hold a batch longer that is being split; False if it is over."""
    held = connection.execute(
        update(BATCHES).where(_is(batch), BATCHES.c.state == BatchState.SPLITTING).values(held_until=until)
    )
    return held.rowcount == 1


def count_attempt(connection: Connection, batch: BatchKey) -> int:
    """Count a try of the present step of a batch; how many there were with this one."""
    connection.execute(update(BATCHES).where(_is(batch)).values(attempts=BATCHES.c.attempts + 1))
    tries: int = connection.execute(select(BATCHES.c.attempts).where(_is(batch))).scalar_one()
    return tries


def hold_callback(connection: Connection, batch: BatchKey, moment: datetime, until: datetime) -> bool:
    """Take the callback of a batch to send it; False if it is not to be sent, or another worker is at it."""
    held = connection.execute(
        update(BATCHES)
        .where(
            _is(batch),
            _callback_is_due(moment),
        )
        .values(held_until=until)
    )
    return held.rowcount == 1


def set_callback_state(connection: Connection, batch: BatchKey, held_until: datetime, state: str) -> None:
    """Say what became of the callback of a batch: pending, delivered, given-up; unless it is held by others since.

    Somebody may have had the batch tried again while its callback was sent: then it has another one to come.
    """
    connection.execute(
        update(BATCHES)
        .where(_is(batch), BATCHES.c.held_until == held_until)
        .values(callback_state=state, held_until=None)
    )


def callbacks_due(connection: Connection, moment: datetime) -> list[Batch]:
    """The batches whose callback is still to be sent and that nobody is sending."""
    query = select(BATCHES).where(_callback_is_due(moment)).order_by(BATCHES.c.number)
    return [_batch(row) for row in connection.execute(query)]


def set_unpacked(connection: Connection, batch: BatchKey, plain_blob: str, damage: str | None) -> None:
    """Note where the unpacked upload is, and what is wrong with its packing."""
    connection.execute(update(BATCHES).where(_is(batch)).values(plain_blob=plain_blob, damage=damage))


def remove_batch(connection: Connection, batch: BatchKey, state: BatchState) -> bool:
    """Remove a batch if it is in that state, with all that hangs on it: chunks, results, findings, history."""
    removed = connection.execute(delete_from(BATCHES).where(_is(batch), BATCHES.c.state == state))
    return removed.rowcount == 1


def add_chunks(connection: Connection, batch: BatchKey, chunks: Sequence[Mapping[str, Any]]) -> None:
    """Keep the chunks of a batch, queued: each with chunk, first, records, cut."""
    rows = [
        {**chunk, "tenant": batch.tenant, "batch": batch.number, "state": ChunkState.QUEUED}
        for chunk in chunks
    ]
    if rows:
        connection.execute(insert(CHUNKS), rows)


def hold_chunk(
    connection: Connection, batch: BatchKey, chunk: int, moment: datetime, until: datetime, holder: str
) -> Chunk | None:
    """Take a chunk to work on until a moment; None if it is done, or another worker is at it.

    ``holder`` names the process that takes it.
    """
    here = and_(of_batch(CHUNKS, batch), CHUNKS.c.chunk == chunk)
    held = connection.execute(
        update(CHUNKS)
        .where(here, _is_free(moment))
        .values(
            state=ChunkState.RUNNING,
            attempts=CHUNKS.c.attempts + 1,
            held_until=until,
            held_by=holder,
            started_at=moment,
        )
    )
    if held.rowcount != 1:
        return None
    row = connection.execute(
        select(CHUNKS.c.chunk, CHUNKS.c.first, CHUNKS.c.records, CHUNKS.c.cut, CHUNKS.c.attempts).where(here)
    ).one()
    return Chunk(**row._mapping)


def release_chunk(connection: Connection, batch: BatchKey, chunk: int, attempt: int) -> None:
    """Give up a chunk that was being worked on, unless another has taken it over since that attempt."""
    _release(connection, batch, CHUNKS.c.chunk == chunk, CHUNKS.c.attempts == attempt)


def release_chunks_of(connection: Connection, batch: BatchKey, holder: str) -> None:
    """Give up the chunks of a batch that a process was at which is no more."""
    _release(connection, batch, CHUNKS.c.held_by == holder)


def _release(connection: Connection, batch: BatchKey, *which: ColumnElement[bool]) -> None:
    connection.execute(
        update(CHUNKS)
        .where(of_batch(CHUNKS, batch), CHUNKS.c.state == ChunkState.RUNNING, *which)
        .values(state=ChunkState.QUEUED, held_until=None)
    )


def finish_chunk(
    connection: Connection,
    batch: BatchKey,
    chunk: int,
    attempt: int,
    moment: datetime,
    counts: Mapping[str, Any],
    waivers: str | None = None,
) -> bool:
    """Mark a chunk done if this attempt still holds it and its batch goes on; whether it was.

    ``waivers`` names the set of waivers it was scrubbed with.
    """
    goes_on = select(BATCHES.c.number).where(_is(batch), BATCHES.c.state == BatchState.RUNNING).exists()
    done = connection.execute(
        update(CHUNKS)
        .where(
            of_batch(CHUNKS, batch),
            CHUNKS.c.chunk == chunk,
            CHUNKS.c.state == ChunkState.RUNNING,
            CHUNKS.c.attempts == attempt,
            goes_on,
        )
        .values(
            state=ChunkState.DONE,
            held_until=None,
            finished_at=moment,
            counts=_as_json(counts),
            waivers=waivers,
        )
    )
    return done.rowcount == 1


def chunks_left(connection: Connection, batch: BatchKey) -> int:
    """How many chunks of a batch are not done."""
    query = select(func.count()).where(of_batch(CHUNKS, batch), CHUNKS.c.state != ChunkState.DONE)
    return connection.execute(query).scalar_one()


def count_chunks(connection: Connection, batch: BatchKey) -> int:
    """How many chunks a batch has."""
    return connection.execute(select(func.count()).where(of_batch(CHUNKS, batch))).scalar_one()


def free_chunks(connection: Connection, batch: BatchKey, moment: datetime) -> list[int]:
    """The chunks of a batch that nobody is working on and that are not done."""
    query = select(CHUNKS.c.chunk).where(of_batch(CHUNKS, batch), _is_free(moment)).order_by(CHUNKS.c.chunk)
    return list(connection.execute(query).scalars())


def reset_attempts(connection: Connection, batch: BatchKey) -> None:
    """Let the chunks of a batch that are not done begin anew."""
    connection.execute(
        update(CHUNKS)
        .where(of_batch(CHUNKS, batch), CHUNKS.c.state != ChunkState.DONE)
        .values(state=ChunkState.QUEUED, attempts=0, held_until=None)
    )


def chunk_counts(connection: Connection, batch: BatchKey) -> list[dict[str, Any]]:
    """What was counted in the chunks of a batch that are done, in their order."""
    query = (
        select(CHUNKS.c.counts)
        .where(of_batch(CHUNKS, batch), CHUNKS.c.state == ChunkState.DONE)
        .order_by(CHUNKS.c.chunk)
    )
    return [msgspec.json.decode(counts) for counts in connection.execute(query).scalars()]


def waiver_sets(connection: Connection, batch: BatchKey) -> set[str]:
    """The names of the sets of waivers that the chunks of a batch were scrubbed with."""
    query = select(CHUNKS.c.waivers).where(of_batch(CHUNKS, batch), CHUNKS.c.waivers.is_not(None))
    return set(connection.execute(query.distinct()).scalars())


def records_per_second(connection: Connection, batch: BatchKey) -> float | None:
    """How fast a batch goes or went, by its chunks that were done last; None before there are any."""
    latest = (
        select(CHUNKS.c.records, CHUNKS.c.started_at, CHUNKS.c.finished_at)
        .where(of_batch(CHUNKS, batch), CHUNKS.c.state == ChunkState.DONE)
        .order_by(CHUNKS.c.finished_at.desc())
        .limit(20)
        .subquery()
    )
    records, began, ended = connection.execute(
        select(func.sum(latest.c.records), func.min(latest.c.started_at), func.max(latest.c.finished_at))
    ).one()
    if not records or ended <= began:
        return None
    return float(records / (ended - began).total_seconds())


def _is(batch: BatchKey) -> ColumnElement[bool]:
    return and_(BATCHES.c.tenant == batch.tenant, BATCHES.c.number == batch.number)


def _callback_is_due(moment: datetime) -> Any:
    return and_(
        BATCHES.c.callback_state == "pending",
        BATCHES.c.state.not_in(UNFINISHED),
        or_(BATCHES.c.held_until.is_(None), BATCHES.c.held_until < moment),
    )


def _is_free(moment: datetime) -> Any:
    return or_(
        CHUNKS.c.state == ChunkState.QUEUED,
        and_(CHUNKS.c.state == ChunkState.RUNNING, CHUNKS.c.held_until < moment),
    )


def _one(connection: Connection, *conditions: Any) -> Batch | None:
    row = connection.execute(select(BATCHES).where(*conditions)).one_or_none()
    return None if row is None else _batch(row)


def _batch(row: Row[Any]) -> Batch:
    values = dict(row._mapping)
    del values["idempotency_key"]
    for name in ("summary", "columns"):
        values[name] = None if values[name] is None else msgspec.json.decode(values[name])
    return Batch(**values | {"state": BatchState(values["state"])})


def _as_json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
