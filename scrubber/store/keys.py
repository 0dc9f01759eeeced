"""API keys: who may ask for what. Kept is a digest of each, by which a key can be told and not made."""

import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, func, insert, or_, select, update

from scrubber.store.audit import record
from scrubber.store.tables import KEYS

PREFIX: Final = "scrubber_"
"""What every key begins with, so that scanners for secrets and people know one when they see it."""

SCOPES: Final = ("scrub", "batch", "report", "rules", "admin")
"""What a key may be for: claims one at a time, batches and remittances, reports, payer rules and waivers, operation."""

ID_LENGTH: Final = 12

USED_SECONDS: Final = 60
"""The last use of a key is noted no more often than this."""


_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class NameTaken(Exception):
    """The tenant has a key of this name that holds. The message is one line for the operator."""


class KeyUnknown(Exception):
    """The tenant has no key of this name that holds. The message is one line for the operator."""


class Key(Struct, frozen=True):
    """A key as it is kept. ``digest`` is SHA-256 of its text; it holds until ``expires_at`` unless revoked before."""

    id: str
    tenant: str
    name: str
    digest: bytes
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None

    def holds(self, now: datetime) -> bool:
        """Whether it opens anything at this moment."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def digest_of(text: str) -> bytes:
    """What is kept of a key. No slow hash is needed: nobody guesses 256 random bits."""
    return sha256(text.encode()).digest()


def create_key(
    connection: Connection,
    now: datetime,
    *,
    tenant: str,
    name: str,
    scopes: frozenset[str],
    expires_at: datetime | None,
    who: str,
) -> str:
    """Make a key and give its text, which is not kept. Raises NameTaken."""
    # Of two who make one at once the second waits here, and then sees that of the first.
    record(connection, now, tenant, who, "created key", name)
    if _holding(connection, now, tenant, name):
        raise NameTaken(f"{tenant} has a key {name} already: rotate or revoke that, or take another name")
    return _insert(connection, now, tenant, name, scopes, expires_at)


def rotate_key(
    connection: Connection, now: datetime, *, tenant: str, name: str, grace: timedelta, who: str
) -> str:
    """Make a key of the same name and scopes; the old one holds for the time of ``grace``. Raises KeyUnknown.

    An end that was set for the old one is that of the new one.
    """
    held = _holding_or_unknown(connection, now, tenant, name)
    newest = max(held, key=lambda key: key.expires_at or _NEVER)
    ends = now + grace
    connection.execute(
        update(KEYS)
        .where(KEYS.c.tenant == tenant, KEYS.c.name == name, KEYS.c.revoked_at.is_(None))
        .where(or_(KEYS.c.expires_at.is_(None), KEYS.c.expires_at > ends))
        .values(expires_at=ends)
    )
    record(connection, now, tenant, who, "rotated key", name)
    return _insert(connection, now, tenant, name, newest.scopes, newest.expires_at)


def revoke_key(connection: Connection, now: datetime, *, tenant: str, name: str, who: str) -> int:
    """Let the keys of a name, old and new, open nothing any more; how many those were. Raises KeyUnknown."""
    held = _holding_or_unknown(connection, now, tenant, name)
    connection.execute(
        update(KEYS)
        .where(KEYS.c.tenant == tenant, KEYS.c.id.in_([key.id for key in held]))
        .values(revoked_at=now)
    )
    record(connection, now, tenant, who, "revoked key", name)
    return len(held)


def all_keys(connection: Connection, tenant: str | None = None) -> list[Key]:
    """Every key there ever was, of one tenant or of all, oldest first."""
    query = select(KEYS).order_by(KEYS.c.tenant, KEYS.c.created_at, KEYS.c.id)
    if tenant is not None:
        query = query.where(KEYS.c.tenant == tenant)
    return [
        Key(**{**row, "scopes": frozenset(row["scopes"].split())})
        for row in connection.execute(query).mappings()
    ]


def has_keys(connection: Connection) -> bool:
    """Whether a key was ever made, in force or not: from then on the service answers nobody without one."""
    return bool(connection.execute(select(func.count()).select_from(KEYS)).scalar())


def note_use(connection: Connection, now: datetime, key_id: str) -> None:
    """Note that a key was used; nothing is written where that was noted less than a minute ago."""
    before = now - timedelta(seconds=USED_SECONDS)
    connection.execute(
        update(KEYS)
        .where(KEYS.c.id == key_id, or_(KEYS.c.used_at.is_(None), KEYS.c.used_at < before))
        .values(used_at=now)
    )


def _holding(connection: Connection, now: datetime, tenant: str, name: str) -> list[Key]:
    return [key for key in all_keys(connection, tenant) if key.name == name and key.holds(now)]


def _holding_or_unknown(connection: Connection, now: datetime, tenant: str, name: str) -> list[Key]:
    held = _holding(connection, now, tenant, name)
    if not held:
        raise KeyUnknown(f"{tenant} has no key {name} that holds")
    return held


def _insert(
    connection: Connection,
    now: datetime,
    tenant: str,
    name: str,
    scopes: frozenset[str],
    expires_at: datetime | None,
) -> str:
    key_id = secrets.token_hex(ID_LENGTH // 2)
    text = f"{PREFIX}{key_id}_{secrets.token_hex(32)}"
    connection.execute(
        insert(KEYS).values(
            id=key_id,
            tenant=tenant,
            name=name,
            digest=digest_of(text),
            scopes=" ".join(sorted(scopes)),
            created_at=now,
            expires_at=expires_at,
        )
    )
    return text
