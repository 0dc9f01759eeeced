"""The last step of a batch: what only all its chunks together show, and the sums."""

from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection

from scrubber.batch.queues import queue_callback
from scrubber.batch.scrubbed import found_by
from scrubber.batch.workshop import Workshop
from scrubber.edits.duplicates import claim_repeated_in_batch, repeated_in_batch
from scrubber.engine import Disposition, finding_of
from scrubber.store.batches import BatchState, batch_by_number, change_state, chunks_left
from scrubber.store.database import writing
from scrubber.store.results import (
    FoundBy,
    add_batch_findings,
    charges,
    count_findings,
    count_results,
    repeated_claims,
)


def merge_batch(workshop: Workshop, number: int) -> None:
    """Finish a batch all of whose chunks are done. Nothing happens if it is over, or not there yet."""
    with writing(workshop.database) as connection:
        batch = batch_by_number(connection, number)
        if batch is None or batch.state is not BatchState.RUNNING or chunks_left(connection, number):
            return
        done = change_state(
            connection, number, [BatchState.RUNNING], BatchState.DONE, finished_at=workshop.now()
        )
        if not done:
            return
        add_batch_findings(connection, number, Disposition.HOLD, _repeated(connection, number))
        summary = {
            "claims": count_results(connection, number),
            "charges": {name: f"{cents / 100:.2f}" for name, cents in charges(connection, number).items()},
            "edits": count_findings(connection, number),
        }
        change_state(connection, number, [BatchState.DONE], BatchState.DONE, summary=summary)
    queue_callback(workshop, batch)


def _repeated(connection: Connection, number: int) -> Iterator[tuple[int, str, FoundBy]]:
    """DUP952 of each claim that repeats an earlier one of the batch."""
    for ordinal, first, _disposition in repeated_claims(connection, number):
        finding = finding_of(claim_repeated_in_batch, repeated_in_batch(first + 1))
        yield (
            ordinal,
            msgspec.json.encode(finding).decode(),
            found_by(finding),
        )
