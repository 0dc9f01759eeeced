"""How a batch ends other than well: it fails, is cancelled, is tried again, is removed."""

from scrubber.batch.queues import forget, queue_callback, queue_chunks, queue_split
from scrubber.batch.workshop import Workshop
from scrubber.store.audit import SERVICE, record
from scrubber.store.batches import (
    UNFINISHED,
    Batch,
    BatchState,
    change_state,
    free_chunks,
    remove_batch,
    reset_attempts,
)
from scrubber.store.database import writing


def fail(workshop: Workshop, batch: Batch, reason: str) -> None:
    """End a batch with the reason. What was done of it stays readable."""
    with writing(workshop.database) as connection:
        failed = change_state(
            connection,
            batch.number,
            UNFINISHED,
            BatchState.FAILED,
            reason=reason,
            finished_at=workshop.now(),
            held_until=None,
        )
    if failed:
        forget(workshop, batch)
        queue_callback(workshop, batch)


def cancel(workshop: Workshop, batch: Batch, who: str) -> bool:
    """Stop a batch; what was done of it stays readable. False if it was over."""
    with writing(workshop.database) as connection:
        cancelled = change_state(
            connection,
            batch.number,
            UNFINISHED,
            BatchState.CANCELLED,
            finished_at=workshop.now(),
            held_until=None,
        )
        if cancelled:
            record(connection, workshop.now(), batch.tenant, who, "cancelled", batch.id)
    if cancelled:
        forget(workshop, batch)
    return cancelled


def retry(workshop: Workshop, batch: Batch, who: str) -> bool:
    """Go on with a batch that failed or was cancelled, where it stopped. False if it did not."""
    stopped = (BatchState.FAILED, BatchState.CANCELLED)
    is_split = batch.chunks is not None
    with writing(workshop.database) as connection:
        goes_on = change_state(
            connection,
            batch.number,
            stopped,
            BatchState.RUNNING if is_split else BatchState.QUEUED,
            reason=None,
            finished_at=None,
        )
        if not goes_on:
            return False
        record(connection, workshop.now(), batch.tenant, who, "retried", batch.id)
        reset_attempts(connection, batch.number)
        free = free_chunks(connection, batch.number, workshop.now())
    if is_split:
        queue_chunks(workshop, batch, free)
    else:
        queue_split(workshop, batch)
    return True


def purge(workshop: Workshop, batch: Batch, who: str = SERVICE) -> None:
    """Remove a batch that is over, with all that was kept of it: results, history and upload."""
    with writing(workshop.database) as connection:
        record(connection, workshop.now(), batch.tenant, who, "purged", batch.id)
        remove_batch(connection, batch.number)
    # The upload goes last: a blob without a batch is found and removed later, a batch without its blob is broken.
    for blob in (batch.plain_blob, batch.blob):
        if blob:
            workshop.blobs.remove(blob)
