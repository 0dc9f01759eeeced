"""Hashes of patients as they are kept: hashed once more, with a secret of the database.

Whoever has a hash of a member id finds the id by trying all there are; with a secret among it he needs that as well.
The secret is made once and is the same for good: claims are found again by it. It is sealed as results are.
"""

from collections.abc import Callable
from hashlib import blake2b
from secrets import token_bytes
from typing import Final, TypeAlias

from sqlalchemy import Connection, select, update
from sqlalchemy import Engine as Database

from scrubber.store.bulk import add_missing_rows
from scrubber.store.database import sealing_of, writing
from scrubber.store.sealing import SealBroken
from scrubber.store.tables import SECRETS

Keyed: TypeAlias = Callable[[bytes], bytes]
"""Gives a hash as it is kept. 16 bytes."""

_NAME: Final = "hashes"
_PLACE: Final = f"secret {_NAME}"


def have_secret(database: Database) -> None:
    """Make the secret where there is none, and see that it opens. Of several at once one makes it.

    Raises SealBroken.
    """
    with writing(database) as connection:
        secret = sealing_of(connection).seal(token_bytes(32), _PLACE)
        add_missing_rows(connection, SECRETS, ("name", "secret"), [(_NAME, secret)])
        keyed_in(connection)


def keyed_in(connection: Connection) -> Keyed:
    """What hashes with the secret of a database. Raises SealBroken."""
    return keyed_with(_opened(connection, _kept(connection)))


def keyed_with(secret: bytes) -> Keyed:
    """What hashes with a secret."""
    begun = blake2b(key=secret, digest_size=16)

    def keyed(hashed: bytes) -> bytes:
        own = begun.copy()
        own.update(hashed)
        return own.digest()

    return keyed


def seal_secret_anew(connection: Connection) -> bool:
    """Seal the secret with the key of now if it is not; whether it had to be. Raises SealBroken."""
    kept, sealing = _kept(connection), sealing_of(connection)
    if not sealing.needs_sealing(kept):
        return False
    secret = sealing.seal(_opened(connection, kept), _PLACE)
    connection.execute(update(SECRETS).where(SECRETS.c.name == _NAME).values(secret=secret))
    return True


def _kept(connection: Connection) -> bytes:
    kept: bytes = connection.execute(select(SECRETS.c.secret).where(SECRETS.c.name == _NAME)).scalar_one()
    return kept


def _opened(connection: Connection, kept: bytes) -> bytes:
    try:
        return sealing_of(connection).open(kept, _PLACE)
    except SealBroken as why:
        raise SealBroken(f"the secret that hashes of patients are made with can't be read: {why}") from None
