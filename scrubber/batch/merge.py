"""The last step of a batch: what only other claims show, of the batch itself and of those before it, and the sums."""

from collections.abc import Collection

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from scrubber.batch.beside import Beside, said_beside
from scrubber.batch.ending import fail
from scrubber.batch.queues import queue_callback
from scrubber.batch.rows import alike, found_by, unevaluated_row, waived_by
from scrubber.batch.scoring import scoring_engine
from scrubber.batch.split import MOST_ATTEMPTS, UPLOAD
from scrubber.batch.waiving import with_waivers
from scrubber.batch.workshop import Workshop
from scrubber.claim.amounts import cents
from scrubber.engine import Engine, Result, apply_waivers, disposition
from scrubber.intake.cuts import Cut, read_cut
from scrubber.intake.record import Received
from scrubber.risk.costs import cents_allowed, costs
from scrubber.store.batches import (
    Batch,
    BatchState,
    batch_by_number,
    change_state,
    chunks_left,
    count_attempt,
    waiver_sets,
)
from scrubber.store.database import writing
from scrubber.store.figures import supersede
from scrubber.store.history import Stretch, is_ours_to_merge, one_at_a_time, update_statistics
from scrubber.store.results import (
    KeptChunk,
    charges,
    count_findings,
    count_results,
    count_waived,
    done_chunks,
)
from scrubber.store.rewriting import Rewritten, cut_of, rewrite_results

MANY_RECORDS = 1000
"""Of a batch that changes what a database should know of its tables."""


def merge_batch(workshop: Workshop, number: int) -> None:
    """Finish a batch all of whose chunks are done.

    Nothing happens if it is over, or not there yet, or (on PostgreSQL) another worker is at it.
    """
    batch = _begun(workshop, number)
    if batch is None:
        return
    # A batch that ends its worker each time it is merged never comes to an exception.
    if batch.attempts > MOST_ATTEMPTS:
        fail(workshop, batch, "The results could not be put together: the worker stopped each time.")
        return
    try:
        _merge(workshop, batch)
    except Exception as fault:
        if batch.attempts == MOST_ATTEMPTS:
            fail(workshop, batch, f"The results could not be put together ({type(fault).__name__}).")
            return
        raise


def _begun(workshop: Workshop, number: int) -> Batch | None:
    """The batch, now ours to merge; None if it is over, or not there yet, or another worker is at it."""
    with writing(workshop.database) as connection:
        batch = batch_by_number(connection, number)
        if batch is None or batch.state is not BatchState.RUNNING or chunks_left(connection, batch.key):
            return None
        if not is_ours_to_merge(connection, number):
            return None
        return replace(batch, attempts=count_attempt(connection, batch.key))


def _merge(workshop: Workshop, batch: Batch) -> None:
    if (batch.records or 0) >= MANY_RECORDS:
        update_statistics(workshop.database)
    with writing(workshop.database) as connection:
        if not is_ours_to_merge(connection, batch.number):
            return
        one_at_a_time(connection, batch.tenant)
        done = change_state(
            connection, batch.key, [BatchState.RUNNING], BatchState.DONE, finished_at=workshop.now()
        )
        if not done:
            return
        engine = scoring_engine(workshop, batch.tenant, batch.calibration).on(batch.as_of)
        engine, waivers = with_waivers(workshop, engine, batch.tenant)
        for chunk in done_chunks(connection, batch.key):
            _add_findings(workshop, connection, engine, batch, chunk)
        supersede(connection, batch.key)
        summary = {
            "claims": count_results(connection, batch.key),
            "charges": {name: f"{cents / 100:.2f}" for name, cents in charges(connection, batch.key).items()},
            "edits": count_findings(connection, batch.key),
            "waived": count_waived(connection, batch.key),
            "waivers": sorted(waiver_sets(connection, batch.key) | ({waivers} if waivers else set())),
        }
        change_state(connection, batch.key, [BatchState.DONE], BatchState.DONE, summary=summary)
    queue_callback(workshop, batch)


def _add_findings(
    workshop: Workshop, connection: Connection, engine: Engine, batch: Batch, chunk: KeptChunk
) -> None:
    """Add to the results of a chunk what other claims show."""
    stretch = Stretch(batch.tenant, batch.number, chunk.first, chunk.end)

    def read(ordinals: Collection[int]) -> dict[int, Received]:
        cut = msgspec.json.decode(cut_of(connection, batch.key, chunk.chunk), type=Cut)
        with workshop.blobs.open(batch.readable_blob) as file:
            records = enumerate(read_cut(file, UPLOAD, cut, columns=batch.columns), chunk.first)
            return {
                ordinal: record
                for ordinal, record in records
                if ordinal in ordinals and isinstance(record, Received)
            }

    said = said_beside(connection, engine, stretch, read)
    if not said:
        return

    def rewritten(ordinal: int, line: bytes) -> Rewritten:
        return _with_more(engine, ordinal, msgspec.json.decode(line, type=Result), said[ordinal])

    rewrite_results(connection, batch.key, chunk, sorted(said), rewritten)


def _with_more(engine: Engine, ordinal: int, result: Result, more: Beside) -> Rewritten:
    """A result with this as well: its disposition and its risk are those of all its findings."""
    claim = more.received.claim
    added, waived = apply_waivers(engine, claim, more.findings)
    findings = sorted((*result.findings, *added), key=lambda finding: finding.edit)
    now = replace(
        result,
        findings=tuple(findings),
        not_evaluated=tuple(sorted((*result.not_evaluated, *more.not_evaluated), key=lambda said: said.edit)),
        waived=tuple(sorted((*result.waived, *waived), key=lambda one: one.finding.edit)),
        disposition=disposition(findings),
        denial_risk=engine.assess(claim, findings),
    )
    new = {id(finding) for finding in added}
    told = [(id(finding) in new, finding, probability, cost) for finding, probability, cost in costs(now)]
    digest, edits = unevaluated_row(now)
    return Rewritten(
        ordinal=ordinal,
        line=msgspec.json.encode(now),
        disposition=str(now.disposition),
        probability=now.denial_risk.probability,
        cents_at_risk=cents(now.denial_risk.charge_at_risk),
        cents_allowed=cents_allowed(now),
        alike=alike(claim, now, digest),
        at_risk=[cost for is_new, _, _, cost in told if not is_new],
        added=[
            *(
                found_by(claim, finding, probability, cost)
                for is_new, finding, probability, cost in told
                if is_new
            ),
            *(waived_by(claim, one) for one in waived),
        ],
        unevaluated=(digest, edits) if digest else None,
    )
