"""Changing results that are kept: what a claim's result says once all claims of its batch are there."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Connection, Update, bindparam, select, update

from scrubber.store.bulk import add_missing_rows, insert_rows
from scrubber.store.results import (
    FINDING_COLUMNS,
    UNEVALUATED_COLUMNS,
    FoundBy,
    KeptChunk,
    kept_lines,
    sealed_lines,
)
from scrubber.store.tables import CHUNK_RESULTS, CHUNKS, CLAIMS, FINDINGS, UNEVALUATED, BatchKey, of_batch

AFTER_ALL_OTHERS: Final = 1_000_000
"""The position of the first finding that only other claims show, among those of its claim."""


class Rewritten(Struct, frozen=True, kw_only=True):
    """A result that was changed once its whole batch was there: what is kept of it instead, and its rows.

    ``at_risk`` are the cents of the findings it had, by position; ``added`` those it has besides. ``unevaluated`` is
    the row of what could not be evaluated after its batch, None where there is none.
    """

    ordinal: int
    line: bytes
    disposition: str
    probability: float
    cents_at_risk: int
    cents_allowed: int | None
    alike: int
    at_risk: list[int]
    added: list[FoundBy]
    unevaluated: tuple[bytes, str] | None = None


def cut_of(connection: Connection, batch: BatchKey, chunk: int) -> str:
    """Where a chunk stands in the upload, as it was split."""
    query = select(CHUNKS.c.cut).where(of_batch(CHUNKS, batch), CHUNKS.c.chunk == chunk)
    return str(connection.execute(query).scalar_one())


def rewrite_results(
    connection: Connection,
    batch: BatchKey,
    kept: KeptChunk,
    ordinals: Sequence[int],
    rewritten: Callable[[int, bytes], Rewritten],
) -> None:
    """Change results of a chunk: ``rewritten`` is given the ordinal and the result and says what becomes of it."""
    lines, ending = kept_lines(connection, batch, kept.chunk)
    changed = [rewritten(ordinal, lines[ordinal - kept.first] + ending) for ordinal in ordinals]
    for one in changed:
        lines[one.ordinal - kept.first] = one.line.removesuffix(ending)
    connection.execute(
        update(CHUNK_RESULTS)
        .where(of_batch(CHUNK_RESULTS, batch), CHUNK_RESULTS.c.chunk == kept.chunk)
        .values(lines=sealed_lines(connection, batch, kept.chunk, lines))
    )
    _execute_many(
        connection,
        update(CLAIMS)
        .where(of_batch(CLAIMS, batch), CLAIMS.c.ordinal == bindparam("at"))
        .values(
            disposition=bindparam("found"),
            probability=bindparam("chance"),
            at_risk=bindparam("cents"),
            allowed_at_risk=bindparam("allowed"),
            unevaluated=bindparam("unknown"),
            alike=bindparam("kind"),
        ),
        [
            {
                "at": one.ordinal,
                "found": one.disposition,
                "chance": one.probability,
                "cents": one.cents_at_risk,
                "allowed": one.cents_allowed,
                "unknown": one.unevaluated and one.unevaluated[0],
                "kind": one.alike,
            }
            for one in changed
        ],
    )
    unevaluated = {(*batch, *one.unevaluated) for one in changed if one.unevaluated}
    add_missing_rows(connection, UNEVALUATED, UNEVALUATED_COLUMNS, sorted(unevaluated))
    _execute_many(
        connection,
        update(FINDINGS)
        .where(
            of_batch(FINDINGS, batch),
            FINDINGS.c.ordinal == bindparam("at"),
            FINDINGS.c.position == bindparam("place"),
        )
        .values(at_risk=bindparam("cents")),
        [
            {"at": one.ordinal, "place": position, "cents": cents}
            for one in changed
            for position, cents in enumerate(one.at_risk)
        ],
    )
    added = [
        (*batch, one.ordinal, AFTER_ALL_OTHERS + number, *found)
        for one in changed
        for number, found in enumerate(one.added)
    ]
    insert_rows(connection, FINDINGS, FINDING_COLUMNS, added)


def _execute_many(connection: Connection, statement: Update, values: list[dict[str, Any]]) -> None:
    if values:
        connection.execute(statement, values)
