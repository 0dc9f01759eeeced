"""The API over the reference data of the repo, called in process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from scrubber.api.app import create_app
from scrubber.batch.valkey import ValkeyUnusable, embedded_valkey, valkey_server
from scrubber.bootstrap import Scrubber, build
from scrubber.cli.supervise import lifeline
from scrubber.engine import Engine
from scrubber.settings import Settings
from tests.integration.batch_processes import Site, site
from tests.services import BatchService


@pytest.fixture(scope="session")
def scrubber(settings: Settings) -> Scrubber:
    return build(settings)


@pytest.fixture(scope="session")
def app(scrubber: Scrubber) -> Flask:
    return create_app(scrubber)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def here(
    settings: Settings, engine: Engine, clean_redis: Redis, redis_url: str, tmp_path: Path
) -> Iterator[Site]:
    """A place of its own where batches are worked; its workers are started by the test."""
    with site(settings, engine, redis_url, tmp_path) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def on_each_database(
    request: pytest.FixtureRequest, scrubber: Scrubber, clean_redis: Redis, redis_url: str, tmp_path: Path
) -> Iterator[Site]:
    """A place on each database; the steps of a batch are done by the test itself."""
    more = {} if request.param == "sqlite" else {"database_url": str(request.getfixturevalue("postgres_url"))}
    with site(scrubber.settings, scrubber.engine, redis_url, tmp_path, chunk_claims=3, **more) as made:
        yield made


@pytest.fixture(scope="session")
def batch_service(
    scrubber: Scrubber, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BatchService]:  # scrubber: has built the snapshot
    """The API, a batch worker, and a Valkey that no other test flushes; chunks are small."""
    try:
        valkey_server()
    except ValkeyUnusable as why:
        pytest.skip(str(why))
    directory = tmp_path_factory.mktemp("batches")
    with lifeline() as group, embedded_valkey(directory, group) as valkey:
        service = BatchService(
            directory,
            data_dir=directory,
            reference_dir=scrubber.settings.snapshots,
            redis_url=valkey.url,
            chunk_claims=5,
            max_upload_bytes=2_000_000,
            max_running_batches=20,
        )
        try:
            service.wait_until_ready()
            yield service
        finally:
            service.kill()
