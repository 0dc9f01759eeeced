"""Remittances and the decisions in them: taken in portion by portion, of force all at once.

Until a remittance is all in, its decisions count for nothing, so that one broken off leaves nothing behind: whoever
brings the same file again begins anew.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    delete,
    exists,
    insert,
    or_,
    select,
    text,
    tuple_,
    update,
)

from scrubber.risk.decision import DECISIVE, Decision
from scrubber.store.bulk import insert_rows
from scrubber.store.results import IN_PORTIONS
from scrubber.store.tables import BATCHES, CLAIM_HISTORY, CLAIMS, OUTCOMES, REMITTANCES, looked_up_last

OUTCOME_COLUMNS: Final = (
    "remittance", "position", "tenant", "claim_id", "line", "match", "batch", "ordinal", "payer", "paid_by",
    "procedure", "service_date", "decided_on", "in_force", "outcome", "charge", "paid", "denied", "adjustments",
    "remark_codes", "predicted", "findings",
)  # fmt: skip

ONE_AT_A_TIME: Final = text("SELECT pg_advisory_xact_lock(5837018)")
"""On PostgreSQL: no two remittances take force, nor two calibrations a name, without seeing each other."""


MOST_CANDIDATES: Final = 20
"""Claims of one id that are compared with a payment."""


class KeptRemittance(Struct, frozen=True, kw_only=True):
    """A remittance; ``told`` is None until it is all in."""

    number: int
    received_at: datetime
    held_until: datetime | None
    told: str | None


class BilledLine(Struct, frozen=True, array_like=True):
    """A line of a scrubbed claim."""

    procedure: str
    modifiers: tuple[str, ...]
    day: date
    units: Decimal


class Candidate(Struct, frozen=True, kw_only=True):
    """A scrubbed claim a payment may be about. ``charge`` in cents; without lines, none are known."""

    batch: int
    ordinal: int
    as_of: date
    payer: str
    providers: frozenset[str]
    charge: int
    first_day: date | None
    lines: tuple[BilledLine, ...]


def find_remittance(connection: Connection, tenant: str, sha256: str) -> KeptRemittance | None:
    """A tenant's remittance by the hash of its file."""
    query = select(
        REMITTANCES.c.number, REMITTANCES.c.received_at, REMITTANCES.c.held_until, REMITTANCES.c.told
    ).where(REMITTANCES.c.tenant == tenant, REMITTANCES.c.sha256 == sha256)
    row = connection.execute(query).one_or_none()
    return KeptRemittance(**row._mapping) if row else None


def add_remittance(connection: Connection, tenant: str, sha256: str, now: datetime, until: datetime) -> int:
    """A new remittance, held until then; its number. Raises IntegrityError if the tenant has it already."""
    values = {"tenant": tenant, "sha256": sha256, "received_at": now, "held_until": until}
    added = connection.execute(insert(REMITTANCES).values(**values).returning(REMITTANCES.c.number))
    number: int = added.scalar_one()
    return number


def remove_unfinished(connection: Connection, tenant: str, number: int) -> None:
    """Remove a remittance that is not all in, with what there is of it."""
    connection.execute(delete(REMITTANCES).where(_unfinished(tenant, number)))


def add_outcomes(
    connection: Connection, tenant: str, number: int, rows: Sequence[tuple[Any, ...]], until: datetime
) -> bool:
    """Keep decisions, rows of OUTCOME_COLUMNS, and hold their remittance longer; False if it is nobody's any more."""
    held = connection.execute(update(REMITTANCES).where(_unfinished(tenant, number)).values(held_until=until))
    if held.rowcount != 1:
        return False
    insert_rows(connection, OUTCOMES, OUTCOME_COLUMNS, rows)
    return True


def finish_remittance(connection: Connection, tenant: str, number: int, told: str, learned: int) -> bool:
    """Say that a remittance is all in, and let its decisions be of force; False if it is nobody's any more.

    A decision is of force until a later one on the same line of the same scrubbed claim, by the same payer, takes its
    place, or until one on that claim id is reversed. Later is what was paid later, whichever file came first.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(ONE_AT_A_TIME)
    finished = connection.execute(
        update(REMITTANCES)
        .where(_unfinished(tenant, number))
        .values(told=told, learned=learned, held_until=None)
    )
    if finished.rowcount != 1:
        return False
    connection.execute(
        update(OUTCOMES)
        .where(
            OUTCOMES.c.tenant == tenant,
            OUTCOMES.c.remittance == number,
            OUTCOMES.c.batch.is_not(None),
            OUTCOMES.c.outcome.in_(DECISIVE),
        )
        .values(in_force=True)
    )
    told_here = OUTCOMES.alias()
    connection.execute(
        update(OUTCOMES)
        .where(
            OUTCOMES.c.tenant == tenant,
            OUTCOMES.c.in_force,
            OUTCOMES.c.claim_id.in_(
                select(told_here.c.claim_id).where(
                    told_here.c.tenant == tenant, told_here.c.remittance == number
                )
            ),
            _is_replaced(tenant),
        )
        .values(in_force=False)
    )
    return True


def _is_replaced(tenant: str) -> ColumnElement[bool]:
    """Whether a later decision takes the place of a row of OUTCOMES."""
    later, here = OUTCOMES.alias().c, OUTCOMES.c
    all_in = select(REMITTANCES.c.number).where(
        REMITTANCES.c.tenant == tenant, REMITTANCES.c.told.is_not(None)
    )
    same_line = or_(later.line == here.line, later.line == 0, here.line == 0)
    same_claim = and_(later.batch == here.batch, later.ordinal == here.ordinal, later.outcome.in_(DECISIVE))
    return exists().where(
        later.tenant == tenant,
        later.claim_id == here.claim_id,
        later.paid_by == here.paid_by,
        later.remittance.in_(all_in),
        same_line,
        or_(later.outcome == Decision.REVERSED, same_claim),
        # Not as one row value: SQLite would then look through all that was decided later, whatever the claim.
        or_(
            later.decided_on > here.decided_on,
            and_(
                later.decided_on == here.decided_on,
                tuple_(later.remittance, later.position) > tuple_(here.remittance, here.position),
            ),
        ),
    )


def _unfinished(tenant: str, number: int) -> ColumnElement[bool]:
    return and_(REMITTANCES.c.tenant == tenant, REMITTANCES.c.number == number, REMITTANCES.c.told.is_(None))


def candidates(connection: Connection, tenant: str, claim_ids: Collection[str]) -> dict[str, list[Candidate]]:
    """The tenant's scrubbed claims of each of these ids; of an id that very many have, those scrubbed last."""
    query = (
        select(
            CLAIMS.c.claim_id,
            CLAIMS.c.batch,
            CLAIMS.c.ordinal,
            BATCHES.c.as_of,
            CLAIMS.c.payer,
            CLAIMS.c.provider,
            CLAIM_HISTORY.c.provider.label("rendering"),
            CLAIMS.c.charge,
            CLAIMS.c.first_day,
            CLAIM_HISTORY.c.services,
        )
        .join(BATCHES, BATCHES.c.number == looked_up_last(CLAIMS.c.batch))
        .outerjoin(
            CLAIM_HISTORY,
            and_(
                CLAIM_HISTORY.c.tenant == tenant,
                CLAIM_HISTORY.c.batch == CLAIMS.c.batch,
                CLAIM_HISTORY.c.ordinal == CLAIMS.c.ordinal,
            ),
        )
        .where(CLAIMS.c.tenant == tenant, CLAIMS.c.claim_id.in_(claim_ids), BATCHES.c.tenant == tenant)
        .order_by(CLAIMS.c.batch.desc(), CLAIMS.c.ordinal.desc())
    )
    found: dict[str, list[Candidate]] = {}
    for row in connection.execute(query, execution_options=IN_PORTIONS):
        if len(found.get(row.claim_id, ())) == MOST_CANDIDATES:
            continue
        lines = _lines(row.services) if row.services else ()
        found.setdefault(row.claim_id, []).append(
            Candidate(
                batch=row.batch,
                ordinal=row.ordinal,
                as_of=row.as_of,
                payer=row.payer,
                providers=frozenset(filter(None, (row.provider, row.rendering))),
                charge=row.charge,
                first_day=row.first_day,
                lines=lines,
            )
        )
    return found


_lines = msgspec.json.Decoder(tuple[BilledLine, ...]).decode
