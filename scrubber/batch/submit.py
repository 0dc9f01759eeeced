"""Taking in an upload: keep it, record the batch, queue its first step; in that order, so that nothing is promised."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from uuid import uuid4

import redis
from msgspec.structs import replace

from scrubber.batch.queues import queue_split
from scrubber.batch.workshop import Workshop
from scrubber.store.audit import record
from scrubber.store.batches import Batch, NewBatch, add_batch, batch_of_key, count_unfinished, find_batch
from scrubber.store.calibrations import current_calibration
from scrubber.store.database import reading, writing

_LOG = logging.getLogger("scrubber.batch")


class UploadRefused(Exception):
    """An upload that is not taken in. The message is for who sent it."""


class TooManyBatches(UploadRefused):
    """The tenant has as many unfinished batches as it may have."""


class UploadTooLarge(UploadRefused):
    """The upload is longer than the service takes."""


class UploadEmpty(UploadRefused):
    """There is nothing in the upload."""


class KeyUsed(UploadRefused):
    """The idempotency key was used before, with another upload."""


def submit(
    workshop: Workshop,
    content: Iterable[bytes],
    *,
    tenant: str,
    who: str,
    columns: Mapping[str, str | None] | None = None,
    idempotency_key: str | None = None,
    callback_url: str | None = None,
) -> Batch:
    """The batch of an upload, or the one that this upload was sent as before with the same idempotency key.

    Raises UploadRefused, NoRoom when the disk is full, and OSError; then nothing of the upload is kept.
    """
    most = workshop.settings.max_running_batches
    with reading(workshop.database) as connection:
        known = batch_of_key(connection, tenant, idempotency_key) if idempotency_key else None
        if known is None and count_unfinished(connection, tenant) >= most:
            raise TooManyBatches(
                f"{most} batches are unfinished; no more are taken until one of them is over."
            )
    batch_id = str(uuid4())
    hashed = sha256()
    size = workshop.blobs.write(batch_id, bounded(content, workshop.settings.max_upload_bytes, hashed.update))
    now = workshop.now()
    new = NewBatch(
        id=batch_id,
        tenant=tenant,
        created_at=now,
        as_of=now.date(),
        blob=batch_id,
        upload_bytes=size,
        sha256=hashed.hexdigest(),
        columns=dict(columns) if columns else None,
        idempotency_key=idempotency_key,
        callback_url=callback_url,
    )
    try:
        batch = _recorded(workshop, new, who)
    except BaseException:
        workshop.blobs.remove(batch_id)
        raise
    if batch.id != batch_id:
        workshop.blobs.remove(batch_id)
        return batch
    try:
        queue_split(workshop, batch)
    except redis.RedisError:
        # It is recorded, and a worker that finds it unqueued will queue it.
        _LOG.warning("batch recorded but not queued: no Redis", extra={"fields": {"batch": batch.id}})
    return batch


def _recorded(workshop: Workshop, new: NewBatch, who: str) -> Batch:
    with writing(workshop.database) as connection:
        new = replace(new, calibration=current_calibration(connection, new.tenant))
        if add_batch(connection, new):
            record(connection, new.created_at, new.tenant, who, "submitted", new.id)
            batch = find_batch(connection, new.tenant, new.id)
        else:
            batch = batch_of_key(connection, new.tenant, new.idempotency_key or "")
            if batch and batch.sha256 != new.sha256:
                raise KeyUsed("This Idempotency-Key came with another upload before.")
    if batch is None:
        raise LookupError("the batch was removed while it was recorded")
    return batch


def bounded(content: Iterable[bytes], most: int, note: Callable[[bytes], None]) -> Iterator[bytes]:
    """The content as it comes, noted piece by piece. Raises UploadTooLarge or UploadEmpty."""
    size = 0
    for piece in content:
        size += len(piece)
        if size > most:
            raise UploadTooLarge(f"At most {most} bytes are taken in one upload.")
        note(piece)
        yield piece
    if not size:
        raise UploadEmpty("The upload is empty.")
