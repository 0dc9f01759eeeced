"""Waivers: kept under a number, withdrawn and never deleted. How often each was used is counted in the results kept."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, TypeAlias, get_args

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from scrubber.engine import NewWaiver, Waiver
from scrubber.store.tables import BATCHES, FINDINGS, WAIVERS

FORGOTTEN: Final = ""
"""What stands for a claim id that was forgotten."""

State: TypeAlias = Literal["active", "expired", "withdrawn"]
Wanted: TypeAlias = Literal[State, "unused", "expiring"]
WANTED: Final = (*get_args(State), "unused", "expiring")

_SCOPES: Final = ("payer", "payer_profile", "provider", "claim_id")
_TERMS: Final = ("number", "edit", *_SCOPES, "reason", "by", "until")


class KeptWaiver(Struct, frozen=True, kw_only=True):
    """A waiver as it stands. ``uses`` are the findings it covers in the results that are kept.

    ``last_used_on`` is the day of the latest batch with one. ``claim_forgotten``: it was for one claim, and its id was
    removed since.
    """

    waiver: Waiver
    state: State
    created_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    claim_forgotten: bool
    uses: int
    last_used_on: date | None


def add_waiver(connection: Connection, tenant: str, waiver: NewWaiver, moment: datetime) -> int:
    """Keep a waiver; its number."""
    terms = asdict(waiver)
    del terms["everywhere"]
    added = connection.execute(insert(WAIVERS).values(**terms, tenant=tenant, created_at=moment))
    number: int = added.inserted_primary_key[0]  # type: ignore[index]  # one row was inserted
    return number


def withdraw_waiver(connection: Connection, tenant: str, number: int, moment: datetime, who: str) -> bool:
    """Withdraw a waiver; False where there is none, or it is withdrawn already: of two, one withdraws it."""
    withdrawn = connection.execute(
        update(WAIVERS)
        .where(WAIVERS.c.tenant == tenant, WAIVERS.c.number == number, WAIVERS.c.withdrawn_at.is_(None))
        .values(withdrawn_at=moment, withdrawn_by=who)
    )
    return withdrawn.rowcount == 1


def find_waiver(connection: Connection, tenant: str, number: int, today: date) -> KeptWaiver | None:
    """A tenant's waiver by its number."""
    found = _kept(connection, tenant, today, [WAIVERS.c.number == number], limit=1)
    return found[0] if found else None


def list_waivers(
    connection: Connection,
    tenant: str,
    today: date,
    *,
    wanted: Wanted | None = None,
    days: int = 30,
    edit: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[KeptWaiver]:
    """A tenant's waivers, newest first; those before a number.

    ``unused`` are active ones that no finding was covered by in so many ``days``, ``expiring`` those whose last day
    comes within them.
    """
    conditions: list[ColumnElement[bool]] = []
    active = and_(WAIVERS.c.withdrawn_at.is_(None), WAIVERS.c.until >= today)
    if wanted == "active":
        conditions.append(active)
    elif wanted == "expired":
        conditions += [WAIVERS.c.withdrawn_at.is_(None), WAIVERS.c.until < today]
    elif wanted == "withdrawn":
        conditions.append(WAIVERS.c.withdrawn_at.is_not(None))
    elif wanted == "expiring":
        conditions += [active, WAIVERS.c.until <= today + timedelta(days=days)]
    elif wanted == "unused":
        used = (
            select(FINDINGS.c.waiver)
            .join(BATCHES, BATCHES.c.number == FINDINGS.c.batch)
            .where(
                FINDINGS.c.tenant == tenant,
                FINDINGS.c.waiver.is_not(None),
                BATCHES.c.tenant == tenant,
                BATCHES.c.as_of > today - timedelta(days=days),
            )
        )
        conditions += [active, WAIVERS.c.number.not_in(used)]
    if edit is not None:
        conditions.append(WAIVERS.c.edit == edit)
    if before is not None:
        conditions.append(WAIVERS.c.number < before)
    return _kept(connection, tenant, today, conditions, limit)


def waiver_set(connection: Connection, tenant: str) -> str | None:
    """The name of the set that is not withdrawn, as in ``6.1``: of six, one is withdrawn. None where all are.

    No two sets of a tenant have one name, for waivers are only ever added and withdrawn.
    """
    query = select(func.count(), func.count(WAIVERS.c.withdrawn_at)).where(WAIVERS.c.tenant == tenant)
    made, withdrawn = connection.execute(query).one()
    return None if made == withdrawn else f"{made}.{withdrawn}"


def waivers_not_withdrawn(connection: Connection, tenant: str) -> list[Waiver]:
    """The waivers of that set, oldest first. Those that are over are among them: claims are also judged as of a day."""
    query = select(*(WAIVERS.c[name] for name in _TERMS)).where(
        WAIVERS.c.tenant == tenant,
        WAIVERS.c.withdrawn_at.is_(None),
        or_(WAIVERS.c.claim_id.is_(None), WAIVERS.c.claim_id != FORGOTTEN),
    )
    return [_waiver(row) for row in connection.execute(query.order_by(WAIVERS.c.number))]


def forget_claims(connection: Connection, moment: datetime) -> int:
    """Remove the claim ids from waivers of all tenants that were over before a moment; of how many."""
    over = or_(WAIVERS.c.withdrawn_at < moment, WAIVERS.c.until < moment.date())
    forgotten = connection.execute(
        update(WAIVERS).where(WAIVERS.c.claim_id != FORGOTTEN, over).values(claim_id=FORGOTTEN)
    )
    return forgotten.rowcount


def _kept(
    connection: Connection, tenant: str, today: date, conditions: Sequence[ColumnElement[bool]], limit: int
) -> list[KeptWaiver]:
    page = select(WAIVERS).where(WAIVERS.c.tenant == tenant, *conditions)
    rows = connection.execute(page.order_by(WAIVERS.c.number.desc()).limit(limit)).all()
    uses = (
        select(FINDINGS.c.waiver, func.count().label("uses"), func.max(BATCHES.c.as_of).label("last"))
        .join(BATCHES, BATCHES.c.number == FINDINGS.c.batch)
        .where(
            BATCHES.c.tenant == tenant,
            FINDINGS.c.tenant == tenant,
            FINDINGS.c.waiver.in_([row.number for row in rows]),
        )
        .group_by(FINDINGS.c.waiver)
    )
    used = {row.waiver: (row.uses, row.last) for row in connection.execute(uses)} if rows else {}
    return [
        KeptWaiver(
            waiver=_waiver([row._mapping[name] for name in _TERMS]),
            state="withdrawn" if row.withdrawn_at else "expired" if row.until < today else "active",
            created_at=row.created_at,
            withdrawn_at=row.withdrawn_at,
            withdrawn_by=row.withdrawn_by,
            claim_forgotten=row.claim_id == FORGOTTEN,
            uses=used.get(row.number, (0, None))[0],
            last_used_on=used.get(row.number, (0, None))[1],
        )
        for row in rows
    ]


def _waiver(row: Sequence[Any]) -> Waiver:
    terms = dict(zip(_TERMS, row, strict=True))
    everywhere = all(terms[scope] is None for scope in _SCOPES)
    terms["claim_id"] = terms["claim_id"] or None
    return Waiver(**terms, everywhere=everywhere)
