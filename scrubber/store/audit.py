"""Who did what to which batch: rows that are added and never changed, each with a digest of all before it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, insert, select, text

from scrubber.store.tables import AUDIT

SERVICE: Final = "service"
"""Who acts where nobody asked: the service by its settings."""

START: Final = bytes(32)
"""What stands for the digest before the first."""

PORTION: Final = 1000


class Act(Struct, frozen=True):
    """What someone did: ``did`` is a verb (submitted, read results, purged, ...), ``subject`` what it was done to.

    ``digest`` is SHA-256 over the digest before it and what is told here but for the number, as JSON.
    """

    number: int
    at: datetime
    who: str
    did: str
    subject: str
    digest: bytes


class Broken(Exception):
    """The digests don't follow from the rows. The message names the first row that does not fit."""


def record(connection: Connection, at: datetime, tenant: str, who: str, did: str, subject: str) -> None:
    """Note what someone did, in the transaction in which it is done. One after another of a tenant.

    The last thing of a transaction: who waits for another lock with this one held keeps the whole tenant waiting, and
    may wait for somebody who waits for this one.
    """
    if connection.dialect.name == "postgresql":  # SQLite has one writer
        connection.execute(
            text("SELECT pg_advisory_xact_lock(5837020, hashtext(:tenant))"), {"tenant": tenant}
        )
    before = connection.execute(
        select(AUDIT.c.digest).where(AUDIT.c.tenant == tenant).order_by(AUDIT.c.number.desc()).limit(1)
    ).scalar()
    digest = _digest(before or START, at, tenant, who, did, subject)
    connection.execute(
        insert(AUDIT).values(at=at, tenant=tenant, who=who, did=did, subject=subject, digest=digest)
    )


def acts(connection: Connection, tenant: str, after: int = 0) -> Iterator[Act]:
    """What was done for a tenant, oldest first, beyond a number."""
    query = (
        select(AUDIT.c.number, AUDIT.c.at, AUDIT.c.who, AUDIT.c.did, AUDIT.c.subject, AUDIT.c.digest)
        .where(AUDIT.c.tenant == tenant, AUDIT.c.number > after)
        .order_by(AUDIT.c.number)
        .execution_options(yield_per=PORTION)
    )
    with connection.execute(query) as rows:
        for row in rows:
            yield Act(*row)


def tenants_in(connection: Connection) -> list[str]:
    """Every tenant of whom something is noted."""
    query = select(AUDIT.c.tenant).distinct().order_by(AUDIT.c.tenant)
    return [row.tenant for row in connection.execute(query)]


def verify(connection: Connection, tenant: str) -> tuple[int, bytes]:
    """How many rows a tenant has, and the last digest. Raises Broken where a row was changed, added or taken out.

    Rows taken off the end leave no gap: that shows by a last digest that was noted elsewhere and is not among them.
    """
    count, digest = 0, START
    for act in acts(connection, tenant):
        digest = _digest(digest, act.at, tenant, act.who, act.did, act.subject)
        if digest != act.digest:
            raise Broken(f"row {act.number} of {tenant} does not follow from the rows before it")
        count += 1
    return count, digest


def _digest(before: bytes, at: datetime, tenant: str, who: str, did: str, subject: str) -> bytes:
    told = msgspec.json.encode([at.astimezone(UTC).isoformat(), tenant, who, did, subject])
    return sha256(before + told).digest()
