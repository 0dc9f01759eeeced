"""Batches with a key: nothing of a claim is on the disk in plain text, and keys can be changed."""

import zlib
from base64 import b64encode
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import select

from scrubber.batch.seal import seal_all
from scrubber.engine import Engine
from scrubber.settings import Settings
from scrubber.store.batches import BatchState
from scrubber.store.database import reading
from scrubber.store.results import Wanted, read_results
from scrubber.store.sealing import MAGIC, SealBroken, Sealing
from scrubber.store.tables import CHUNK_RESULTS
from tests.integration.batch_processes import Site, ndjson, site

OLD, NEW = (b64encode(letter * 32).decode() for letter in (b"o", b"n"))
MISSING = "not among SCRUBBER_ENCRYPTION_KEYS"
CONTENT = ndjson(120, bad_every=50)


def kept(here: Site) -> Iterable[bytes]:
    """All that is kept of uploads and results, as it is kept."""
    for name in here.workshop.blobs.names():
        with closing(here.workshop.blobs.files.open(f"{here.workshop.blobs.root}/{name}", "rb")) as file:
            yield file.read()
    with reading(here.workshop.database) as connection:
        yield from connection.execute(select(CHUNK_RESULTS.c.lines)).scalars()


def test_keys_come_and_go_and_results_stay(
    settings: Settings, engine: Engine, clean_redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    with site(settings, engine, redis_url, tmp_path) as plain, plain.worker():
        batch = plain.wait(plain.send(CONTENT))
        results = plain.results(batch)
        assert not any(content.startswith(MAGIC) for content in kept(plain))
    with site(settings, engine, redis_url, tmp_path, encryption_keys=OLD) as sealed, sealed.worker():
        assert sealed.results(batch) == results
        second = sealed.wait(sealed.send(CONTENT.replace(b"1EG4TE5MK73", b"1EG4TE5MK74")))
        assert second.state is BatchState.DONE
        assert sum(content.startswith(MAGIC) for content in kept(sealed)) == 4
        assert sum(seal_all(sealed.workshop)) == 4 + 1  # the secret of hashes
        assert all(content.startswith(MAGIC) for content in kept(sealed))
    with site(settings, engine, redis_url, tmp_path, encryption_keys=f"{NEW},{OLD}") as both:
        assert all(seal_all(both.workshop))
        assert not any(seal_all(both.workshop))
    with site(settings, engine, redis_url, tmp_path, encryption_keys=NEW) as new:
        assert new.results(batch) == results
        for content in kept(new):
            assert b"1EG4TE5MK7" not in content
            with pytest.raises(zlib.error):
                zlib.decompress(content)
        wrong = new.workshop.database.execution_options(sealing=Sealing([b"o" * 32]))
        with reading(wrong) as connection, pytest.raises(SealBroken, match=MISSING):
            list(read_results(connection, batch.key, Wanted()))
    with (
        pytest.raises(SealBroken, match=f"the secret .* {MISSING}"),
        site(settings, engine, redis_url, tmp_path, encryption_keys=OLD),
    ):
        pass
