"""Finding work that nobody has queued, or that somebody took and did not finish, and queueing it."""

import logging
from datetime import timedelta

from scrubber.batch.ending import purge
from scrubber.batch.queues import queue_calibration, queue_callback, queue_chunks, queue_merge, queue_split
from scrubber.batch.workshop import Workshop
from scrubber.store.batches import (
    Batch,
    BatchState,
    callbacks_due,
    chunks_left,
    count_chunks,
    finished_before,
    free_chunks,
    known_blobs,
    unfinished_batches,
)
from scrubber.store.calibrations import calibrations_due
from scrubber.store.database import reading, writing
from scrubber.store.waivers import forget_claims

ORPHANED_AFTER = timedelta(days=1)
"""Age of an upload that belongs to no batch, after which nobody can still be sending it."""

_LOG = logging.getLogger("scrubber.batch")


def recover(workshop: Workshop) -> None:
    """Queue the next step of every unfinished batch that nobody is working on, and the learning from remittances.

    What is queued already stays as it is, so this may run as often as one likes and in many places at once.
    """
    with reading(workshop.database) as connection:
        batches = unfinished_batches(connection)
        untold = callbacks_due(connection, workshop.now())
        unlearned = calibrations_due(connection)
    for batch in batches:
        _recover(workshop, batch)
    for batch in untold:
        queue_callback(workshop, batch)
    for remittance in unlearned:
        queue_calibration(workshop, remittance)


def _recover(workshop: Workshop, batch: Batch) -> None:
    now = workshop.now()
    if batch.state is BatchState.QUEUED:
        queue_split(workshop, batch)
    elif batch.state is BatchState.SPLITTING:
        if batch.held_until is None or batch.held_until < now:
            queue_split(workshop, batch)
    else:
        with reading(workshop.database) as connection:
            free = free_chunks(connection, batch.key, now)
            left = chunks_left(connection, batch.key)
            chunks = count_chunks(connection, batch.key)
        # While somebody is at a chunk, the next ones are likely to be his.
        if free and len(free) == left:
            queue_chunks(workshop, batch, free, chunks)
        elif not left:
            queue_merge(workshop, batch)


def purge_old(workshop: Workshop, older_than: timedelta) -> int:
    """Remove batches that were over longer ago than that, and uploads that belong to no batch; how many batches.

    Of waivers that were over by then, the claim ids are forgotten.
    """
    now = workshop.now()
    with reading(workshop.database) as connection:
        batches = finished_before(connection, now - older_than)
    removed = sum(purge(workshop, batch) for batch in batches)
    with writing(workshop.database) as connection:
        forget_claims(connection, now - older_than)
    orphans = list(workshop.blobs.older_than(now - ORPHANED_AFTER))
    with reading(workshop.database) as connection:
        known = known_blobs(connection)
    for name in orphans:
        if name not in known:
            workshop.blobs.remove(name)
    if removed:
        _LOG.info("purged", extra={"fields": {"batches": removed}})
    return removed
