"""The results of a batch: kept a chunk at a time, read back in the order of the upload.

A chunk's results are one deflated text, a result a line, because they are written once and read in order. What they
are looked up by (disposition, edit, payer, provider) stands in rows beside it.
"""

import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, TypeAlias

from msgspec import Struct
from sqlalchemy import Connection, Select, func, insert, select, update

from scrubber.store.batches import ChunkState
from scrubber.store.bulk import insert_rows
from scrubber.store.tables import BATCH_FINDINGS, CHUNK_RESULTS, CHUNKS, CLAIM_HISTORY, CLAIMS, FINDINGS

LEVEL: Final = 1
"""Of deflation: results are much alike, more effort gains little."""

PORTION: Final = 1000
"""Rows that are held at a time of very many."""

IN_PORTIONS: Final = {"yield_per": PORTION}
"""Of a query: fetched so many at a time."""


CLAIM_COLUMNS: Final = (
    "batch", "ordinal", "claim_id", "disposition", "payer", "provider", "charge", "fingerprint",
)  # fmt: skip
FINDING_COLUMNS: Final = ("batch", "ordinal", "position", "edit", "severity", "line", "carc")
HISTORY_COLUMNS: Final = ("batch", "ordinal", "tenant", "member", "provider", "first_day", "services")

BATCH_FINDING_COLUMNS: Final = ("batch", "ordinal", "finding")

AFTER_ALL_OTHERS: Final = 1_000_000
"""The position of a finding of the batch among those of its claim."""

Rows: TypeAlias = list[tuple[Any, ...]]
FoundBy: TypeAlias = tuple[str, str, int | None, str | None]
"""What a finding is filtered and counted by: edit, severity, line, CARC."""


class ChunkResults(Struct, frozen=True, kw_only=True):
    """What is kept of a chunk: its results, and rows with the columns named above.

    ``lines`` are the results in order, each without ``ending`` unless it ends in ``}``. Days are ISO texts.
    """

    lines: list[bytes]
    ending: bytes
    claims: Rows
    findings: Rows
    history: Rows


class Wanted(Struct, frozen=True, kw_only=True):
    """Which results of a batch: all that fit every field given."""

    disposition: str | None = None
    edit: str | None = None
    payer: str | None = None
    provider: str | None = None

    @property
    def all(self) -> bool:
        """Whether every result is wanted."""
        return self == Wanted()


def add_results(connection: Connection, batch: int, chunk: int, results: ChunkResults) -> None:
    """Keep the results of a chunk."""
    lines = zlib.compress(b"\n".join(results.lines), LEVEL)
    connection.execute(
        insert(CHUNK_RESULTS).values(batch=batch, chunk=chunk, lines=lines, ending=results.ending)
    )
    insert_rows(connection, CLAIMS, CLAIM_COLUMNS, results.claims)
    insert_rows(connection, FINDINGS, FINDING_COLUMNS, results.findings)
    insert_rows(connection, CLAIM_HISTORY, HISTORY_COLUMNS, results.history)


def read_results(
    connection: Connection, batch: int, wanted: Wanted, after: int = -1, limit: int | None = None
) -> Iterator[tuple[int, bytes, str | None]]:
    """Results as JSON in the order of the upload, those with an ordinal beyond ``after``.

    Gives the ordinal, the result, and as JSON the finding that only the whole batch shows, if there is one.
    """
    ordinals = None if wanted.all else _ordinals(connection, batch, wanted, after, limit)
    left = limit
    for chunk in connection.execute(
        select(CHUNKS.c.chunk, CHUNKS.c.first, CHUNKS.c.records)
        .where(
            CHUNKS.c.batch == batch,
            CHUNKS.c.state == ChunkState.DONE,
            CHUNKS.c.first + CHUNKS.c.records > after + 1,
        )
        .order_by(CHUNKS.c.chunk)
    ).all():
        end = chunk.first + chunk.records
        numbers = range(max(chunk.first, after + 1), end) if ordinals is None else list(ordinals.upto(end))
        if not numbers:
            continue
        lines, ending = _stored(connection, batch, chunk.chunk)
        added = _added(connection, batch, chunk.first, end)
        for ordinal in numbers:
            if left is not None:
                if left == 0:
                    return
                left -= 1
            line = lines[ordinal - chunk.first]
            yield ordinal, line if line.endswith(b"}") else line + ending, added.get(ordinal)


def count_results(connection: Connection, batch: int) -> dict[str, int]:
    """How many records of a batch there are of each disposition."""
    query = (
        select(CLAIMS.c.disposition, func.count().label("number"))
        .where(CLAIMS.c.batch == batch)
        .group_by(CLAIMS.c.disposition)
    )
    return {row.disposition: row.number for row in connection.execute(query)}


def charges(connection: Connection, batch: int) -> dict[str, int]:
    """The charges of a batch in cents by disposition."""
    query = (
        select(CLAIMS.c.disposition, func.sum(CLAIMS.c.charge))
        .where(CLAIMS.c.batch == batch)
        .group_by(CLAIMS.c.disposition)
    )
    return {disposition: int(total) for disposition, total in connection.execute(query)}


def count_findings(connection: Connection, batch: int) -> dict[str, int]:
    """How many findings of a batch there are of each edit."""
    query = (
        select(FINDINGS.c.edit, func.count().label("number"))
        .where(FINDINGS.c.batch == batch)
        .group_by(FINDINGS.c.edit)
    )
    return {row.edit: row.number for row in connection.execute(query.order_by(FINDINGS.c.edit))}


def repeated_claims(connection: Connection, batch: int) -> Iterator[tuple[int, int, str]]:
    """Claims of a batch that repeat an earlier one of it: ordinal, ordinal of the first, disposition; in order."""
    here = CLAIMS.c.batch == batch
    firsts = (
        select(CLAIMS.c.fingerprint, func.min(CLAIMS.c.ordinal).label("first"))
        .where(here, CLAIMS.c.fingerprint.is_not(None))
        .group_by(CLAIMS.c.fingerprint)
        .having(func.count() > 1)
        .subquery()
    )
    query = (
        select(CLAIMS.c.ordinal, firsts.c.first, CLAIMS.c.disposition)
        .join(firsts, firsts.c.fingerprint == CLAIMS.c.fingerprint)
        .where(here, CLAIMS.c.ordinal > firsts.c.first)
        .order_by(CLAIMS.c.ordinal)
    )
    for row in connection.execute(query, execution_options=IN_PORTIONS):
        yield row.ordinal, row.first, row.disposition


def add_batch_findings(
    connection: Connection, batch: int, disposition: str, findings: Iterator[tuple[int, str, FoundBy]]
) -> None:
    """Add findings to claims of a batch, all of which then have ``disposition``.

    Each is the claim's ordinal, the finding as JSON, and what it is found by.
    """
    while rows := list(islice(findings, PORTION)):
        beside = [(batch, at, finding) for at, finding, _ in rows]
        insert_rows(connection, BATCH_FINDINGS, BATCH_FINDING_COLUMNS, beside)
        found = [(batch, at, AFTER_ALL_OTHERS, *by) for at, _, by in rows]
        insert_rows(connection, FINDINGS, FINDING_COLUMNS, found)
    added = select(BATCH_FINDINGS.c.ordinal).where(BATCH_FINDINGS.c.batch == batch)
    connection.execute(
        update(CLAIMS)
        .where(CLAIMS.c.batch == batch, CLAIMS.c.ordinal.in_(added))
        .values(disposition=disposition)
    )


class _Ordinals:
    """The ordinals of the results that are wanted, in order, handed out chunk by chunk."""

    def __init__(self, ordinals: Iterator[int]) -> None:
        self._ordinals = ordinals
        self._next = next(ordinals, None)

    def upto(self, end: int) -> Iterator[int]:
        while self._next is not None and self._next < end:
            yield self._next
            self._next = next(self._ordinals, None)


def _ordinals(connection: Connection, batch: int, wanted: Wanted, after: int, limit: int | None) -> _Ordinals:
    query: Select[Any] = select(CLAIMS.c.ordinal).where(CLAIMS.c.batch == batch, CLAIMS.c.ordinal > after)
    for name in ("disposition", "payer", "provider"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(CLAIMS.c[name] == value)
    if wanted.edit is not None:
        found = select(FINDINGS.c.ordinal).where(FINDINGS.c.batch == batch, FINDINGS.c.edit == wanted.edit)
        query = query.where(CLAIMS.c.ordinal.in_(found))
    query = query.order_by(CLAIMS.c.ordinal).limit(limit)
    return _Ordinals(iter(connection.execute(query, execution_options=IN_PORTIONS).scalars()))


def _stored(connection: Connection, batch: int, chunk: int) -> tuple[list[bytes], bytes]:
    """The lines of a chunk that is done, and their ending."""
    row = connection.execute(
        select(CHUNK_RESULTS.c.lines, CHUNK_RESULTS.c.ending).where(
            CHUNK_RESULTS.c.batch == batch, CHUNK_RESULTS.c.chunk == chunk
        )
    ).one()
    return zlib.decompress(row.lines).split(b"\n"), row.ending


def _added(connection: Connection, batch: int, first: int, end: int) -> dict[int, str]:
    """The findings that only the whole batch shows, by ordinal from ``first`` to before ``end``."""
    query = select(BATCH_FINDINGS.c.ordinal, BATCH_FINDINGS.c.finding).where(
        BATCH_FINDINGS.c.batch == batch, BATCH_FINDINGS.c.ordinal >= first, BATCH_FINDINGS.c.ordinal < end
    )
    return {row.ordinal: row.finding for row in connection.execute(query)}
