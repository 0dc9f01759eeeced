"""How a batch ends other than well: it fails, is cancelled, is tried again, is removed."""

from contextlib import suppress

from redis import RedisError

from scrubber.batch.queues import forget, queue_callback, queue_chunks, queue_split
from scrubber.batch.workshop import Workshop
from scrubber.store.audit import SERVICE, record
from scrubber.store.batches import (
    UNFINISHED,
    Batch,
    BatchState,
    change_state,
    count_chunks,
    free_chunks,
    remove_batch,
    reset_attempts,
)
from scrubber.store.database import writing
from scrubber.store.figures import count_again
from scrubber.store.history import one_at_a_time


def fail(workshop: Workshop, batch: Batch, reason: str) -> None:
    """End a batch with the reason. What was done of it stays readable."""
    _end(workshop, batch, BatchState.FAILED, SERVICE, reason)


def cancel(workshop: Workshop, batch: Batch, who: str) -> bool:
    """Stop a batch; what was done of it stays readable. False if it was over."""
    return _end(workshop, batch, BatchState.CANCELLED, who)


def _end(workshop: Workshop, batch: Batch, state: BatchState, who: str, reason: str | None = None) -> bool:
    now = workshop.now()
    with writing(workshop.database) as connection:
        ended = change_state(
            connection, batch.key, UNFINISHED, state, reason=reason, finished_at=now, held_until=None
        )
        if ended:
            record(connection, now, batch.tenant, who, state, batch.id)
    if ended:
        # Without Redis, what is still queued finds out by itself, and the callback is queued later.
        with suppress(RedisError):
            forget(workshop, batch)
            queue_callback(workshop, batch)
    return ended


def retry(workshop: Workshop, batch: Batch, who: str) -> bool:
    """Go on with a batch that failed or was cancelled, where it stopped. False if it did not."""
    stopped = (BatchState.FAILED, BatchState.CANCELLED)
    is_split = batch.chunks is not None
    with writing(workshop.database) as connection:
        goes_on = change_state(
            connection,
            batch.key,
            stopped,
            BatchState.RUNNING if is_split else BatchState.QUEUED,
            reason=None,
            finished_at=None,
            held_until=None,
            attempts=0,
            callback_state="pending" if batch.callback_url else None,
        )
        if not goes_on:
            return False
        reset_attempts(connection, batch.key)
        free = free_chunks(connection, batch.key, workshop.now())
        chunks = count_chunks(connection, batch.key)
        record(connection, workshop.now(), batch.tenant, who, "retried", batch.id)
    with suppress(RedisError):
        if is_split:
            queue_chunks(workshop, batch, free, chunks)
        else:
            queue_split(workshop, batch)
    return True


def purge(workshop: Workshop, batch: Batch, who: str = SERVICE) -> bool:
    """Remove a batch that is over, with all that was kept of it: results, history and upload.

    False if somebody else has removed it, or goes on with it.
    """
    with writing(workshop.database) as connection:
        if batch.state is BatchState.DONE:
            one_at_a_time(connection, batch.tenant)
            count_again(connection, batch.key)
        if not remove_batch(connection, batch.key, batch.state):
            return False
        record(connection, workshop.now(), batch.tenant, who, "purged", batch.id)
    # The upload goes last: a blob without a batch is found and removed later, a batch without its blob is broken.
    for blob in (batch.plain_blob, batch.blob):
        if blob:
            workshop.blobs.remove(blob)
    return True
