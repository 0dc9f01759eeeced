"""The results of a batch: kept a chunk at a time, read back in the order of the upload.

A chunk's results are one deflated text (sealed, given a key), a result a line, because they are written once and read
in order. What they are looked up by (disposition, edit, payer, provider) stands in rows beside it.
"""

import zlib
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from msgspec import Struct
from sqlalchemy import Connection, Select, and_, func, insert, select, update

from scrubber.store.batches import ChunkState
from scrubber.store.bulk import add_missing_rows, insert_rows
from scrubber.store.database import sealing_of
from scrubber.store.tables import (
    CHUNK_RESULTS,
    CHUNKS,
    CLAIM_HISTORY,
    CLAIMS,
    FINDINGS,
    UNEVALUATED,
    BatchKey,
    of_batch,
)

LEVEL: Final = 1
"""Of deflation: results are much alike, more effort gains little."""

PORTION: Final = 1000
"""Rows that are held at a time of very many."""

UNPACKED_AT_ONCE: Final = 512 * 1024
"""Bytes."""

IN_PORTIONS: Final = {"yield_per": PORTION}
"""Of a query: fetched so many at a time."""


CLAIM_COLUMNS: Final = (
    "tenant", "batch", "ordinal", "claim_id", "disposition", "payer", "provider", "charge", "first_day", "probability",
    "at_risk", "allowed_at_risk", "unevaluated", "alike", "fingerprint",
)  # fmt: skip
FINDING_COLUMNS: Final = (
    "tenant", "batch", "ordinal", "position", "edit", "severity", "line", "carc", "procedure", "diagnosis",
    "probability", "at_risk", "waiver", "alike",
)  # fmt: skip
HISTORY_COLUMNS: Final = (
    "tenant", "batch", "ordinal", "member", "payer", "medicare", "provider", "first_day", "last_day", "global_from",
    "global_until", "visits", "services", "account", "frequency_code", "original", "awaits",
)  # fmt: skip
UNEVALUATED_COLUMNS: Final = ("tenant", "batch", "digest", "edits")

Row: TypeAlias = tuple[Any, ...]
Rows: TypeAlias = list[Row]
FoundBy: TypeAlias = tuple[
    str, str, int | None, str | None, str | None, str | None, float, int, int | None, int
]
"""What a finding is found and counted by: FINDING_COLUMNS after its position."""


class ChunkResults(Struct, frozen=True, kw_only=True):
    """What is kept of a chunk: its results, and rows with the columns named above.

    ``lines`` are the results in order, each without ``ending`` unless it ends in ``}``. Days are ISO texts.
    """

    lines: list[bytes]
    ending: bytes
    claims: Rows
    findings: Rows
    history: Rows
    unevaluated: Rows


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


def add_results(connection: Connection, batch: BatchKey, chunk: int, results: ChunkResults) -> None:
    """Keep the results of a chunk."""
    lines = sealed_lines(connection, batch, chunk, results.lines)
    connection.execute(
        insert(CHUNK_RESULTS).values(
            tenant=batch.tenant, batch=batch.number, chunk=chunk, lines=lines, ending=results.ending
        )
    )
    insert_rows(connection, CLAIMS, CLAIM_COLUMNS, results.claims)
    insert_rows(connection, FINDINGS, FINDING_COLUMNS, results.findings)
    insert_rows(connection, CLAIM_HISTORY, HISTORY_COLUMNS, results.history)
    add_missing_rows(connection, UNEVALUATED, UNEVALUATED_COLUMNS, results.unevaluated)


def read_results(
    connection: Connection, batch: BatchKey, wanted: Wanted, after: int = -1, limit: int | None = None
) -> Iterator[tuple[int, bytes]]:
    """Results as JSON in the order of the upload with their ordinals, those with an ordinal beyond ``after``."""
    ordinals = None if wanted.all else _ordinals(connection, batch, wanted, after, limit)
    left = limit
    for chunk in done_chunks(connection, batch, after):
        if left == 0:
            return
        of_chunk = range(max(chunk.first, after + 1), chunk.end)
        numbers = (of_chunk if ordinals is None else list(ordinals.upto(chunk.end)))[:left]
        if not numbers:
            continue
        if left is not None:
            left -= len(numbers)
        lines, ending = kept_lines(connection, batch, chunk.chunk, numbers[-1] + 1 - chunk.first)
        for ordinal in numbers:
            line = lines[ordinal - chunk.first]
            yield ordinal, line if line.endswith(b"}") else line + ending


def count_results(connection: Connection, batch: BatchKey) -> dict[str, int]:
    """How many records of a batch there are of each disposition."""
    query = (
        select(CLAIMS.c.disposition, func.count().label("number"))
        .where(of_batch(CLAIMS, batch))
        .group_by(CLAIMS.c.disposition)
    )
    return {row.disposition: row.number for row in connection.execute(query)}


def charges(connection: Connection, batch: BatchKey) -> dict[str, int]:
    """The charges of a batch in cents by disposition."""
    query = (
        select(CLAIMS.c.disposition, func.sum(CLAIMS.c.charge))
        .where(of_batch(CLAIMS, batch))
        .group_by(CLAIMS.c.disposition)
    )
    return {disposition: int(total) for disposition, total in connection.execute(query)}


def count_findings(connection: Connection, batch: BatchKey) -> dict[str, int]:
    """How many findings of a batch there are of each edit, those that are waived left out."""
    query = (
        select(FINDINGS.c.edit, func.count().label("number"))
        .where(of_batch(FINDINGS, batch), FINDINGS.c.waiver.is_(None))
        .group_by(FINDINGS.c.edit)
    )
    return {row.edit: row.number for row in connection.execute(query.order_by(FINDINGS.c.edit))}


def count_waived(connection: Connection, batch: BatchKey) -> dict[int, int]:
    """How many findings of a batch each waiver covers, by its number."""
    query = (
        select(FINDINGS.c.waiver, func.count().label("number"))
        .where(of_batch(FINDINGS, batch), FINDINGS.c.waiver.is_not(None))
        .group_by(FINDINGS.c.waiver)
    )
    return {row.waiver: row.number for row in connection.execute(query.order_by(FINDINGS.c.waiver))}


class KeptChunk(Struct, frozen=True, kw_only=True):
    """A chunk that is done: its records are those from ordinal ``first`` to before ``end``."""

    chunk: int
    first: int
    end: int


def done_chunks(connection: Connection, batch: BatchKey, after: int = -1) -> list[KeptChunk]:
    """The chunks of a batch that are done and have records beyond an ordinal, in order."""
    query = (
        select(CHUNKS.c.chunk, CHUNKS.c.first, CHUNKS.c.records)
        .where(
            of_batch(CHUNKS, batch),
            CHUNKS.c.state == ChunkState.DONE,
            CHUNKS.c.first + CHUNKS.c.records > after + 1,
        )
        .order_by(CHUNKS.c.chunk)
    )
    return [
        KeptChunk(chunk=row.chunk, first=row.first, end=row.first + row.records)
        for row in connection.execute(query)
    ]


class _Ordinals:
    """The ordinals of the results that are wanted, in order, handed out chunk by chunk."""

    def __init__(self, ordinals: Iterator[int]) -> None:
        self._ordinals = ordinals
        self._next = next(ordinals, None)

    def upto(self, end: int) -> Iterator[int]:
        while self._next is not None and self._next < end:
            yield self._next
            self._next = next(self._ordinals, None)


def _ordinals(
    connection: Connection, batch: BatchKey, wanted: Wanted, after: int, limit: int | None
) -> _Ordinals:
    query: Select[Any] = select(CLAIMS.c.ordinal).where(of_batch(CLAIMS, batch), CLAIMS.c.ordinal > after)
    for name in ("disposition", "payer", "provider"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(CLAIMS.c[name] == value)
    if wanted.edit is not None:
        found = select(FINDINGS.c.ordinal).where(of_batch(FINDINGS, batch), FINDINGS.c.edit == wanted.edit)
        query = query.where(CLAIMS.c.ordinal.in_(found))
    query = query.order_by(CLAIMS.c.ordinal).limit(limit)
    return _Ordinals(iter(connection.execute(query, execution_options=IN_PORTIONS).scalars()))


def kept_lines(
    connection: Connection, batch: BatchKey, chunk: int, most: int | None = None
) -> tuple[list[bytes], bytes]:
    """The lines of a chunk that is done, or as many as are asked for, and their ending."""
    row = connection.execute(
        select(CHUNK_RESULTS.c.lines, CHUNK_RESULTS.c.ending).where(
            of_batch(CHUNK_RESULTS, batch), CHUNK_RESULTS.c.chunk == chunk
        )
    ).one()
    deflated = sealing_of(connection).open(row.lines, _place(batch, chunk))
    lines = zlib.decompress(deflated).split(b"\n") if most is None else _first_lines(deflated, most)
    return lines, row.ending


def _first_lines(deflated: bytes, most: int) -> list[bytes]:
    """No more is unpacked than holds them: a page of results is a small part of its chunk."""
    inflate, text, ends = zlib.decompressobj(), [], 0
    while ends < most and (piece := inflate.decompress(deflated, UNPACKED_AT_ONCE)):
        deflated = inflate.unconsumed_tail
        text.append(piece)
        ends += piece.count(b"\n")
    return b"".join(text).split(b"\n", most)[:most]


def sealed_lines(connection: Connection, batch: BatchKey, chunk: int, lines: list[bytes]) -> bytes:
    """The lines of a chunk as they are kept."""
    deflated = zlib.compress(b"\n".join(lines), LEVEL)
    return sealing_of(connection).seal(deflated, _place(batch, chunk))


def seal_anew(connection: Connection, batch: BatchKey, chunk: int) -> bool:
    """Seal the lines of a chunk with the key of now if they are not; whether they had to be. Raises SealBroken."""
    where = and_(of_batch(CHUNK_RESULTS, batch), CHUNK_RESULTS.c.chunk == chunk)
    # On PostgreSQL nobody changes it meanwhile; on SQLite nobody else writes.
    kept = connection.execute(
        select(CHUNK_RESULTS.c.lines).where(where).with_for_update()
    ).scalar_one_or_none()
    sealing, place = sealing_of(connection), _place(batch, chunk)
    if kept is None or not sealing.needs_sealing(kept):
        return False
    lines = sealing.seal(sealing.open(kept, place), place)
    connection.execute(update(CHUNK_RESULTS).where(where).values(lines=lines))
    return True


def chunks_kept(connection: Connection) -> list[tuple[BatchKey, int]]:
    """Batch and number of every chunk whose results are kept, of all tenants."""
    columns = CHUNK_RESULTS.c.batch, CHUNK_RESULTS.c.chunk, CHUNK_RESULTS.c.tenant
    query = select(*columns).order_by(*columns)
    return [(BatchKey(row.tenant, row.batch), row.chunk) for row in connection.execute(query)]


def _place(batch: BatchKey, chunk: int) -> str:
    return f"results {batch.number} {chunk}"
