"""The secret that hashes of patients are keyed with: made once, sealed, the same for all."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import delete, select

from scrubber.store.database import reading, writing
from scrubber.store.hashing import have_secret, keyed_in, keyed_with, seal_secret_anew
from scrubber.store.sealing import MAGIC, NOTHING_SEALED, SealBroken, Sealing
from scrubber.store.tables import SECRETS

OLD, NEW = b"o" * 32, b"n" * 32
HASH = b"h" * 16


def with_keys(database: Database, *keys: bytes) -> Database:
    return database.execution_options(sealing=Sealing(keys))


def emptied(database: Database) -> Database:
    with writing(database) as connection:
        connection.execute(delete(SECRETS))
    return database


def kept(database: Database) -> bytes:
    with reading(database) as connection:
        return connection.execute(select(SECRETS.c.secret)).scalar_one()


def keyed(database: Database) -> bytes:
    with reading(database) as connection:
        return keyed_in(connection)(HASH)


def test_a_hash_is_the_same_with_one_secret_and_another_with_another() -> None:
    assert keyed_with(b"a" * 32)(HASH) == keyed_with(b"a" * 32)(HASH)
    assert len({HASH, keyed_with(b"a" * 32)(HASH), keyed_with(b"b" * 32)(HASH)}) == 3
    assert len(keyed_with(b"a" * 32)(HASH)) == 16


def test_each_database_has_a_secret_of_its_own_and_keeps_it(database: Database) -> None:
    before, hashed = kept(database), keyed(database)
    have_secret(database)
    assert (kept(database), keyed(database)) == (before, hashed)
    have_secret(emptied(database))
    assert kept(database) != before
    assert len(kept(database)) == 32
    assert keyed(database) != hashed


def test_of_several_that_start_at_once_all_have_the_same(database: Database) -> None:
    emptied(database)
    with ThreadPoolExecutor(4) as pool:

        def started(_: int) -> bytes:
            have_secret(database)
            return keyed(database)

        assert len(set(pool.map(started, range(8)))) == 1


def test_the_secret_is_sealed_and_brought_under_a_new_key(database: Database) -> None:
    plain = keyed(database)
    old, both, new = with_keys(database, OLD), with_keys(database, NEW, OLD), with_keys(database, NEW)
    for place in (old, both):
        with writing(place) as connection:
            assert seal_secret_anew(connection)
            assert not seal_secret_anew(connection)
        assert kept(database).startswith(MAGIC)
        assert keyed(place) == plain
    assert keyed(new) == plain
    have_secret(new)
    for place in (old, with_keys(database)):
        with pytest.raises(SealBroken, match=r"the secret that hashes .* not among SCRUBBER_ENCRYPTION_KEYS"):
            have_secret(place)


def test_a_new_secret_is_sealed_from_the_first(database: Database) -> None:
    have_secret(with_keys(emptied(database), OLD))
    assert kept(database).startswith(MAGIC)
    assert keyed(with_keys(database, OLD))
    with pytest.raises(SealBroken):
        keyed(database.execution_options(sealing=NOTHING_SEALED))
