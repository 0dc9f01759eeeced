"""What the tests share: the reference snapshot built from the committed data, and an engine over it."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from redis import Redis
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine, text

from scrubber.batch.valkey import ValkeyUnusable, embedded_valkey, valkey_server
from scrubber.bootstrap import build
from scrubber.cli.supervise import lifeline
from scrubber.engine import Engine
from scrubber.settings import Settings
from scrubber.store.database import open_database, upgrade
from scrubber.store.hashing import have_secret
from tests import patients, postgres, tenants

# A busy machine makes single examples slow; how long the suite may take is judged as a whole.
hypothesis_settings.register_profile("suite", deadline=None, print_blob=True)
hypothesis_settings.load_profile("suite")

tenants.watch()
patients.watch()


@pytest.fixture(autouse=True)
def nothing_told_of_a_patient() -> Iterator[None]:
    """A test fails that has a patient told to others than the sender of a claim, or comes after services that did."""
    yield
    assert not patients.told_since()


@pytest.fixture(scope="session", autouse=True)
def nothing_told_in_the_end() -> Iterator[None]:
    """The same of services that end after the last test."""
    yield
    assert not patients.told_since()


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a service of its own, with a data directory that goes away."""
    return Settings.read({"SCRUBBER_DATA_DIR": str(tmp_path_factory.mktemp("data"))})


@pytest.fixture(scope="session")
def engine(settings: Settings) -> Engine:
    """The engine as the service builds it, on 2026-03-10."""
    return build(settings).engine.on(date(2026, 3, 10))


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Valkey on a unix socket, one for the whole run."""
    try:
        valkey_server()
    except ValkeyUnusable as why:
        pytest.skip(str(why))
    with lifeline() as group, embedded_valkey(tmp_path_factory.mktemp("redis"), group) as valkey:
        yield valkey.url


@pytest.fixture
def clean_redis(redis_url: str) -> Iterator[Redis]:
    """A client of that Valkey, which holds nothing yet."""
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
        yield redis
        patients.look_into_queue(redis)


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """The URL of a PostgreSQL with a database ``migrated`` that has its tables; ``{database}`` stands in it."""
    binaries = postgres.binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    with postgres.cluster(binaries) as cluster:
        url = cluster.url
        _execute(url.format(database="postgres"), "CREATE DATABASE migrated")
        migrated = open_database(url.format(database="migrated"))
        upgrade(migrated)
        migrated.dispose()
        yield url


@pytest.fixture
def postgres_url(postgres_template: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a PostgreSQL database with our tables and nothing in them."""
    name = f"test_{abs(hash(request.node.nodeid))}"
    _execute(postgres_template.format(database="postgres"), f"CREATE DATABASE {name} TEMPLATE migrated")
    yield postgres_template.format(database=name)
    _execute(postgres_template.format(database="postgres"), f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind, with its tables."""
    if request.param == "sqlite":
        opened = open_database(f"sqlite:///{tmp_path / 'scrubber.db'}")
        upgrade(opened)
    else:
        opened = open_database(request.getfixturevalue("postgres_url"))
    have_secret(opened)
    yield opened
    opened.dispose()


def _execute(url: str, statement: str) -> None:
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(statement))
    server.dispose()
