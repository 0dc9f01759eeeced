"""The last step of a batch: what only other claims show, of the batch itself and of those before it, and the sums."""

from collections import defaultdict
from collections.abc import Iterator

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from scrubber.batch.queues import queue_callback
from scrubber.batch.rows import found_by, stored
from scrubber.batch.scoring import scoring_engine
from scrubber.batch.workshop import Workshop
from scrubber.claim import Claim, Payer, ServiceLine
from scrubber.claim.amounts import cents
from scrubber.edits.duplicates import (
    already_scrubbed,
    claim_already_scrubbed_or_paid,
    claim_repeated_in_batch,
    repeated_in_batch,
)
from scrubber.edits.global_period import Periods, defects_of, service_inside_global_period
from scrubber.engine import Engine, Result, disposition, finding_of
from scrubber.risk.costs import costs
from scrubber.rule import Defect, Edit, Finding
from scrubber.store.batches import Batch, BatchState, batch_by_number, change_state, chunks_left
from scrubber.store.database import reading, writing
from scrubber.store.figures import supersede
from scrubber.store.history import (
    Billed,
    Stretch,
    billed,
    earlier_copies,
    members_with_periods,
    one_at_a_time,
    repeated_claims,
    update_statistics,
)
from scrubber.store.results import (
    KeptChunk,
    charges,
    count_findings,
    count_results,
    done_chunks,
)
from scrubber.store.rewriting import Rewritten, rewrite_results

MANY_RECORDS = 1000
"""Of a batch that changes what a database should know of its tables."""


def merge_batch(workshop: Workshop, number: int) -> None:
    """Finish a batch all of whose chunks are done. Nothing happens if it is over, or not there yet."""
    with reading(workshop.database) as connection:
        batch = batch_by_number(connection, number)
    if batch is not None and (batch.records or 0) >= MANY_RECORDS:
        update_statistics(workshop.database)
    with writing(workshop.database) as connection:
        batch = batch_by_number(connection, number)
        if batch is None or batch.state is not BatchState.RUNNING or chunks_left(connection, number):
            return
        one_at_a_time(connection, batch.tenant)
        done = change_state(
            connection, number, [BatchState.RUNNING], BatchState.DONE, finished_at=workshop.now()
        )
        if not done:
            return
        engine = scoring_engine(workshop, batch.tenant, batch.calibration).on(batch.as_of)
        for chunk in done_chunks(connection, number):
            _add_findings(connection, engine, batch, chunk)
        supersede(connection, number, batch.tenant)
        summary = {
            "claims": count_results(connection, number),
            "charges": {name: f"{cents / 100:.2f}" for name, cents in charges(connection, number).items()},
            "edits": count_findings(connection, number),
        }
        change_state(connection, number, [BatchState.DONE], BatchState.DONE, summary=summary)
    queue_callback(workshop, batch)


def _add_findings(connection: Connection, engine: Engine, batch: Batch, chunk: KeptChunk) -> None:
    """Add to the results of a chunk what other claims show."""
    found: defaultdict[int, list[Finding]] = defaultdict(list)
    stretch = Stretch(batch.tenant, batch.number, chunk.first, chunk.end)
    for ordinal, edit, defect in _defects(connection, engine, stretch):
        found[ordinal].append(finding_of(edit, defect))
    if not found:
        return
    bills = billed(connection, stretch, found)

    def rewritten(ordinal: int, line: bytes) -> Rewritten:
        result = msgspec.json.decode(line, type=Result)
        return _with_findings(engine, ordinal, result, found[ordinal], bills[ordinal])

    rewrite_results(connection, batch.number, chunk, sorted(found), rewritten)


def _defects(connection: Connection, engine: Engine, stretch: Stretch) -> Iterator[tuple[int, Edit, Defect]]:
    repeated = repeated_claims(connection, stretch)
    for ordinal, first in repeated.items():
        yield ordinal, claim_repeated_in_batch, repeated_in_batch(first + 1)
    for ordinal, copy in earlier_copies(connection, stretch).items():
        yield ordinal, claim_already_scrubbed_or_paid, already_scrubbed(copy)
    fees = engine.reference.fee_schedule
    if fees is None:
        return
    for member in members_with_periods(connection, stretch):
        periods = Periods((*member.before, *member.own), fees)
        for own in member.own:
            # Of one claim many times over, the first is judged; the others are not to be sent at all.
            if stretch.first < own.record <= stretch.end and own.record - 1 not in repeated:
                for defect in defects_of(own, periods, member.before, fees):
                    yield own.record - 1, service_inside_global_period, defect


def _with_findings(
    engine: Engine, ordinal: int, result: Result, added: list[Finding], bills: Billed
) -> Rewritten:
    """A result with these findings as well: its disposition and its risk are those of all of them."""
    findings = sorted((*result.findings, *added), key=lambda finding: finding.edit)
    now = replace(
        result,
        findings=tuple(findings),
        disposition=disposition(findings),
        denial_risk=engine.assess(_as_charged(result, bills, engine), findings),
    )
    new = {id(finding) for finding in added}
    told = [(id(finding) in new, finding, probability, cost) for finding, probability, cost in costs(now)]
    return Rewritten(
        ordinal=ordinal,
        line=msgspec.json.encode(now),
        disposition=str(now.disposition),
        probability=now.denial_risk.probability,
        cents_at_risk=cents(now.denial_risk.charge_at_risk),
        at_risk=[cost for is_new, _, _, cost in told if not is_new],
        added=[
            found_by(finding, (_procedure(finding, bills), None), probability, cost)
            for is_new, finding, probability, cost in told
            if is_new
        ],
    )


def _as_charged(result: Result, bills: Billed, engine: Engine) -> Claim:
    """As much of the claim of a result as its risk is made of: the payer, and what each line charges."""
    return Claim(
        claim_id=result.claim_id,
        payer=Payer(id=bills.payer),
        lines=tuple(
            [
                ServiceLine(procedure="", service_date=engine.reference.as_of, charge=line.charge)
                for line in result.denial_risk.lines
            ]
        ),
    )


def _procedure(finding: Finding, bills: Billed) -> str | None:
    return stored(bills.services[(finding.line or 1) - 1].procedure)[:16] if bills.services else None
