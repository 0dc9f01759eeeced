"""Queueing the steps of a batch in RQ. Jobs carry numbers and no content, as JSON, under names made from those."""

import time
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from redis import Redis
from rq import Queue, Retry
from rq.queue import EnqueueData
from rq.serializers import JSONSerializer

from scrubber.batch.workshop import Workshop
from scrubber.store.batches import Batch

SMALL: Final = "scrubber-small"
LARGE: Final = "scrubber-large"
CALLBACKS: Final = "scrubber-callbacks"
CALIBRATIONS: Final = "scrubber-calibrations"
QUEUES: Final = (CALLBACKS, SMALL, LARGE, CALIBRATIONS)
"""In the order in which a worker empties them."""

FORGOTTEN_AFTER: Final = 24 * 3600
"""Seconds for which Redis remembers a job that failed; the batch itself tells why it did."""

SPLIT_SECONDS: Final = 4 * 3600
MERGE_SECONDS: Final = 3600
CALIBRATE_SECONDS: Final = 3600
"""How long a step may take; far longer than it does for the largest upload."""

RETRY: Final = Retry(max=3, interval=[1, 10, 30])
"""For a fault that may pass, such as a database that is not there for a moment."""

JOBS_A_BATCH: Final = 16
"""Jobs that the chunks of a batch are spread over, so that many workers have something to do."""

MOST_CHUNKS_A_JOB: Final = 8
"""A job is over in seconds, so that a worker looks for small batches in between."""

CALLBACK_SECONDS: Final = 60
CALLBACK_RETRY: Final = Retry(max=10, interval=[5, 30, 120, 600, 1800, 3600, 7200, 14400, 21600, 36000])
"""Backing off over a day."""


def open_queue(redis: Redis, name: str) -> Queue:
    """A queue by its name."""
    return Queue(name, connection=redis, serializer=JSONSerializer)


def queue_split(workshop: Workshop, batch: Batch) -> None:
    """Queue the cutting of a batch into chunks."""
    _queue(workshop, batch, [_job(f"split-{batch.number}", "split", (batch.number,), SPLIT_SECONDS)])


def queue_chunks(workshop: Workshop, batch: Batch, chunks: Sequence[int], of: int) -> None:
    """Queue some chunks of the ``of`` that a batch has, neighbours in one job where there are many.

    What a job learns of a file serves all its chunks. Which go together is told by ``of`` alone, so that a job that
    waits for chunks is known by its name when they are looked for again.
    """
    together = min(max(1, of // JOBS_A_BATCH), MOST_CHUNKS_A_JOB)
    seconds = workshop.settings.chunk_seconds * together
    jobs = [
        _job(f"chunks-{batch.number}-{number}", "scrub_chunks", (batch.number, *neighbours), seconds)
        for number, neighbours in groupby(sorted(chunks), key=lambda chunk: chunk // together)
    ]
    _queue(workshop, batch, jobs)


def queue_merge(workshop: Workshop, batch: Batch) -> None:
    """Queue the last step of a batch."""
    _queue(workshop, batch, [_job(f"merge-{batch.number}", "merge", (batch.number,), MERGE_SECONDS)])


def queue_callback(workshop: Workshop, batch: Batch) -> None:
    """Queue the telling of how a batch ended, if somebody asked for that."""
    if batch.callback_url is None:
        return
    job = _job(f"callback-{batch.number}", "call_back", (batch.number,), CALLBACK_SECONDS)
    _put(open_queue(workshop.redis, CALLBACKS), [job._replace(retry=CALLBACK_RETRY)])


def queue_calibration(workshop: Workshop, remittance: int, *, anew: bool = False) -> None:
    """Queue the learning of denial rates for the tenant of a remittance. ``anew``: even if nothing came since."""
    name = f"calibrate-{remittance}-{anew:d}"
    queue = open_queue(workshop.redis, CALIBRATIONS)
    known = queue.fetch_job(name)
    # One that waits or runs will do, and one that failed would fail again.
    if known is None or (anew and known.is_failed):
        queue.enqueue_many([_job(name, "calibrate", (remittance, int(anew)), CALIBRATE_SECONDS)])


def forget(workshop: Workshop, batch: Batch) -> None:
    """Take what is queued of a batch out of its queue. A job that has begun finds out by itself."""
    queue = _queue_of(workshop, batch)
    for name in _waiting(queue):
        # Whoever takes it out has it, a worker or we: RQ can fail to delete a job that has begun.
        mine = name.split("-")[1] == str(batch.number) and _taken(queue, name)
        if mine and (job := queue.fetch_job(name)) is not None:
            job.delete(remove_from_queue=False)


def _taken(queue: Queue, name: str) -> bool:
    return bool(queue.remove(name) or queue.scheduled_job_registry.remove(name))


def _queue_of(workshop: Workshop, batch: Batch) -> Queue:
    """A large batch does not hold up the small ones."""
    small = batch.upload_bytes <= workshop.settings.small_batch_bytes
    return open_queue(workshop.redis, SMALL if small else LARGE)


def _queue(workshop: Workshop, batch: Batch, jobs: list[EnqueueData]) -> None:
    _put(_queue_of(workshop, batch), jobs)


def _put(queue: Queue, jobs: list[EnqueueData]) -> None:
    """Queue jobs, but not those that wait already. One that was taken from the queue and lost is queued again."""
    waiting = _waiting(queue)
    lost = [job for job in jobs if job.job_id not in waiting]
    for job in lost:
        queue.scheduled_job_registry.remove(job.job_id)
    queue.enqueue_many(lost)


def _waiting(queue: Queue) -> set[str]:
    """The names of the jobs in a queue, and of those put off until a time to come.

    One whose time has come counts as lost: the scheduler that should have queued it may have died, and RQ keeps its
    place for two minutes.
    """
    put_off: Any = queue.connection.zrangebyscore(queue.scheduled_job_registry.key, time.time(), "+inf")
    return {*queue.get_job_ids(), *map(bytes.decode, put_off)}


def _job(name: str, function: str, numbers: tuple[int, ...], seconds: int) -> EnqueueData:
    return Queue.prepare_data(
        f"scrubber.batch.jobs.{function}",
        args=numbers,
        timeout=seconds,
        result_ttl=0,
        failure_ttl=FORGOTTEN_AFTER,
        description=name,
        job_id=name,
        retry=RETRY,
    )
