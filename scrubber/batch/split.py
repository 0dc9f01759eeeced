"""The first step of a batch: unpack the upload if it is packed, and cut it into chunks at claim boundaries."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from scrubber.batch.ending import fail
from scrubber.batch.queues import queue_chunks, queue_merge
from scrubber.batch.workshop import Workshop
from scrubber.intake.cuts import cut_claims
from scrubber.intake.files import is_packed, unpack
from scrubber.intake.record import FileNotUnderstood
from scrubber.store.batches import (
    Batch,
    BatchState,
    add_chunks,
    batch_by_number,
    change_state,
    count_attempt,
    go_on_splitting,
    hold_splitting,
    set_unpacked,
)
from scrubber.store.database import writing

UPLOAD = "upload"
"""What the file is called in messages and places: its real name may tell of a patient."""

MOST_ATTEMPTS = 4
"""Tries of a step, or of a chunk, before its batch fails."""

T = TypeVar("T")


class NoLongerOurs(Exception):
    """The batch was cancelled while it was split."""


def split_batch(workshop: Workshop, number: int) -> None:
    """Cut a batch into chunks and queue them. Nothing happens if that is done already, or the batch is over."""
    batch = _begun(workshop, number)
    if batch is None:
        return
    # An upload that ends its worker each time it is split never comes to an exception.
    if batch.attempts > MOST_ATTEMPTS:
        fail(workshop, batch, "The upload could not be split: the worker stopped each time.")
        return
    try:
        batch = _unpacked(workshop, batch)
        with workshop.blobs.open(batch.readable_blob) as file:
            cuts = cut_claims(
                file, UPLOAD, workshop.settings.chunk_claims, columns=batch.columns, damage=batch.damage
            )
            chunks = list(_while_held(workshop, batch, cuts))
    except FileNotUnderstood as why:
        fail(workshop, batch, f"{str(why)[:1].upper()}{str(why)[1:]}.")
        return
    except NoLongerOurs:
        return
    except Exception as fault:
        if batch.attempts == MOST_ATTEMPTS:
            fail(workshop, batch, f"The upload could not be split ({type(fault).__name__}).")
            return
        raise
    rows: list[dict[str, Any]] = [
        {"chunk": chunk, "first": cut.first, "records": cut.records, "cut": msgspec.json.encode(cut).decode()}
        for chunk, cut in enumerate(chunks)
    ]
    with writing(workshop.database) as connection:
        ours = change_state(
            connection,
            batch.key,
            [BatchState.SPLITTING],
            BatchState.RUNNING,
            held_until=None,
            attempts=0,
            format=chunks[0].format if chunks else None,
            chunks=len(rows),
            records=sum(cut.records for cut in chunks),
        )
        if ours:
            add_chunks(connection, batch.key, rows)
    if ours and rows:
        queue_chunks(workshop, batch, range(len(rows)), len(rows))
    elif ours:
        queue_merge(workshop, batch)


def _begun(workshop: Workshop, number: int) -> Batch | None:
    """The batch, now ours to split; None if it is split, or over, or another worker is at it."""
    now = workshop.now()
    until = now + _hold(workshop)
    with writing(workshop.database) as connection:
        batch = batch_by_number(connection, number)
        if batch is None:
            return None
        ours = change_state(
            connection, batch.key, [BatchState.QUEUED], BatchState.SPLITTING, started_at=now, held_until=until
        ) or hold_splitting(connection, batch.key, now, until)
        if not ours:
            return None
        count_attempt(connection, batch.key)
        return batch_by_number(connection, number)


def _while_held(workshop: Workshop, batch: Batch, items: Iterable[T]) -> Iterator[T]:
    """The items, telling the others from time to time that we are still at it."""
    told = workshop.now()
    for item in items:
        yield item
        now = workshop.now()
        if now - told > _hold(workshop) / 4:
            told = now
            with writing(workshop.database) as connection:
                if not go_on_splitting(connection, batch.key, now + _hold(workshop)):
                    raise NoLongerOurs


def _hold(workshop: Workshop) -> timedelta:
    return timedelta(seconds=workshop.settings.chunk_seconds)


def _unpacked(workshop: Workshop, batch: Batch) -> Batch:
    """The batch with a blob that can be read from any position: a packed upload is unpacked once."""
    with workshop.blobs.open(batch.blob) as packed:
        if not is_packed(packed.read(16)):
            return batch
        packed.seek(0)
        plain_blob = f"{batch.blob}.plain"
        with workshop.blobs.creating(plain_blob) as plain:
            damage = unpack(packed, UPLOAD, plain)
    with writing(workshop.database) as connection:
        set_unpacked(connection, batch.key, plain_blob, damage)
    return replace(batch, plain_blob=plain_blob, damage=damage)
