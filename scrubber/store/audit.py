"""Who did what to which batch: rows that are added and never changed."""

from datetime import datetime
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, insert, select

from scrubber.store.tables import AUDIT

SERVICE: Final = "service"
"""Who acts where nobody asked: the service by its settings."""


class Act(Struct, frozen=True):
    """What someone did: ``did`` is a verb (submitted, cancelled, retried, purged), ``subject`` what it was done to."""

    number: int
    at: datetime
    who: str
    did: str
    subject: str


def record(connection: Connection, at: datetime, tenant: str, who: str, did: str, subject: str) -> None:
    """Note what someone did, in the transaction in which it is done."""
    connection.execute(insert(AUDIT).values(at=at, tenant=tenant, who=who, did=did, subject=subject))


def acts(connection: Connection, tenant: str, after: int = 0, limit: int = 1000) -> list[Act]:
    """What was done for a tenant, oldest first, beyond a number."""
    query = (
        select(AUDIT.c.number, AUDIT.c.at, AUDIT.c.who, AUDIT.c.did, AUDIT.c.subject)
        .where(AUDIT.c.tenant == tenant, AUDIT.c.number > after)
        .order_by(AUDIT.c.number)
        .limit(limit)
    )
    return [Act(*row) for row in connection.execute(query)]
