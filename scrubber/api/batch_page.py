"""What the API tells of a batch."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec
from flask import request
from msgspec import Struct
from sqlalchemy import Connection

from scrubber.api.problems import Problem
from scrubber.api.tenants import tenant_of
from scrubber.batch.scrubbed import read_ending
from scrubber.intake.record import UNREADABLE, Unreadable
from scrubber.store.batches import (
    Batch,
    BatchState,
    chunk_counts,
    find_batch,
    records_per_second,
)
from scrubber.store.figures import Scope, endings
from scrubber.store.results import Wanted, read_results

REJECTED_TOLD: Final = 100
"""Unreadable records that are told with a batch; the rest is in its results."""


class BatchLinks(Struct, frozen=True, kw_only=True):
    """Where the rest is told of a batch; the acknowledgments are those of an 837 file."""

    self: str
    results: str
    report: str
    events: str
    acknowledgment_999: str | None
    acknowledgment_277ca: str | None


class BatchStatus(Struct, frozen=True, kw_only=True):
    """A batch: its state, how far it is, and what came out.

    ``records`` is known once the upload is split. ``counts`` are records by disposition, ``charges`` their charges
    and ``findings`` how many there are of each edit; the latter two are there when the batch is done, and so are
    ``waived``, the findings that each waiver covers, by its number, and ``waivers``, the sets of waivers that were in
    force: ``6.1`` are the first six that were made but for the first one that was withdrawn. ``rate`` is in records per
    second. ``damage`` says what is wrong with the packing of the upload. ``callback`` is pending, delivered or
    given-up.
    """

    id: str
    state: BatchState
    reason: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    as_of: date
    upload_bytes: int
    sha256: str
    format: str | None
    damage: str | None
    records: int | None
    records_done: int
    progress: float
    rate: float | None
    expected_end: datetime | None
    counts: dict[str, int]
    charges: dict[str, str] | None
    findings: dict[str, int] | None
    waived: dict[str, int] | None
    waivers: tuple[str, ...]
    callback: str | None
    links: BatchLinks


class Rejected(Struct, frozen=True):
    """Records of the upload that could not be read: how many, and the first hundred."""

    count: int
    first: tuple[Unreadable, ...]


class BatchPage(BatchStatus, frozen=True, kw_only=True):
    """A batch with the records of it that could not be read.

    ``rulesets`` are those its results were made with: several, where rules were changed while it was worked on.
    """

    rulesets: tuple[str, ...]
    rejected: Rejected


class BatchList(Struct, frozen=True):
    """Batches, newest first. ``next_cursor`` is where the next page begins, null on the last."""

    batches: tuple[BatchStatus, ...]
    next_cursor: str | None


def batch_asked(connection: Connection, batch_id: str) -> Batch:
    """The batch of the present request's tenant. Ends the request with a problem where there is none."""
    batch = find_batch(connection, tenant_of(request), batch_id)
    if batch is None:
        raise Problem("batch-unknown")
    return batch


def status_of(connection: Connection, batch: Batch, now: datetime) -> BatchStatus:
    """A batch as it stands."""
    return BatchStatus(**_told(connection, batch, now))


def page_of(connection: Connection, batch: Batch, now: datetime) -> BatchPage:
    """A batch as it stands, with its unreadable records."""
    told = _told(connection, batch, now)
    unreadable = read_results(connection, batch.key, Wanted(disposition=UNREADABLE), limit=REJECTED_TOLD)
    first = tuple(msgspec.json.decode(line, type=Unreadable) for _, line in unreadable)
    made_with = map(read_ending, endings(connection, Scope(tenant=batch.tenant, batch=batch.number)))
    return BatchPage(
        **told,
        rulesets=tuple(sorted({ending.ruleset for ending in made_with})),
        rejected=Rejected(told["counts"].get(UNREADABLE, 0), first),
    )


_AS_KEPT: Final = (
    "id", "state", "reason", "created_at", "started_at", "finished_at", "as_of", "upload_bytes", "sha256", "format",
    "damage", "records",
)  # fmt: skip


def _told(connection: Connection, batch: Batch, now: datetime) -> dict[str, Any]:
    summary = batch.summary or {}
    counts: dict[str, int] | None = summary.get("claims")
    if counts is None:
        counts = Counter()
        for of_chunk in chunk_counts(connection, batch.key):
            counts.update(of_chunk)
    records_done = sum(counts.values())
    rate = records_per_second(connection, batch.key)
    expected_end = None
    if rate and batch.records and batch.state is BatchState.RUNNING:
        expected_end = now + timedelta(seconds=(batch.records - records_done) / rate)
    here = f"/v1/batches/{batch.id}"
    return {
        **{name: getattr(batch, name) for name in _AS_KEPT},
        "records_done": records_done,
        "progress": _progress(batch, records_done),
        "rate": rate and round(rate, 1),
        "expected_end": expected_end,
        "counts": counts,
        "charges": summary.get("charges"),
        "findings": summary.get("edits"),
        "waived": summary.get("waived"),
        "waivers": tuple(summary.get("waivers", ())),
        "callback": batch.callback_state,
        "links": BatchLinks(
            self=here,
            results=f"{here}/results",
            report=f"{here}/report",
            events=f"{here}/events",
            acknowledgment_999=f"{here}/999" if batch.format == "x12" else None,
            acknowledgment_277ca=f"{here}/277ca" if batch.format == "x12" else None,
        ),
    }


def _progress(batch: Batch, records_done: int) -> float:
    """From 0 to 1, which only a batch reaches that is done."""
    if batch.state is BatchState.DONE:
        return 1.0
    return min(round(records_done / batch.records, 4), 0.9999) if batch.records else 0.0
