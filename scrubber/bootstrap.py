"""The one place where the parts are put together: ``build(settings) -> Scrubber``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scrubber.edits.catalog import EDITS, RULESET
from scrubber.engine import Engine, build_engine
from scrubber.importers.payers import read_payers
from scrubber.importers.snapshot import build_snapshot, is_current, open_snapshot
from scrubber.reference import Snapshot
from scrubber.rule import Edit
from scrubber.settings import Settings

if TYPE_CHECKING:
    from scrubber.batch.workshop import Workshop


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubber:
    """A ready scrubber: the same for the API, the workers and the command line."""

    settings: Settings
    engine: Engine
    reference: Snapshot
    catalog: tuple[Edit, ...]


def build(
    settings: Settings, tell: Callable[[str], None] = lambda _text: None, *, verify: bool = False
) -> Scrubber:
    """Put a scrubber together; builds the reference snapshot first where there is none for the data at hand.

    ``tell`` is called with one line when that takes a while. ``verify`` reads every byte of the snapshot, as a
    service should that then runs for weeks. Today is the present day in UTC; ``engine.on`` gives
    the engine of another day. Raises OSError, SnapshotDamaged or an importer's error, each with a clear text.
    """
    if not is_current(settings.lcd_data_dir, settings.snapshots):
        tell("Building the reference snapshot (once, a few seconds) ...")
        build_snapshot(settings.lcd_data_dir, settings.snapshots)
    payers = read_payers(settings.payer_rules_dir)
    reference = open_snapshot(settings.snapshots, payers, datetime.now(UTC).date(), verify=verify)
    engine = build_engine(EDITS, reference, RULESET)
    return Scrubber(settings=settings, engine=engine, reference=reference, catalog=engine.plan.edits)


def open_workshop(settings: Settings, engine: Engine) -> "Workshop":
    """What batches are worked with. Connects to nothing yet, but for a database that needs its tables brought up.

    Raises DatabaseUnusable, BlobsUnusable or OSError, each with a clear text. What it needs is imported here: the
    command line checks a claim without it.
    """
    from redis import Redis  # noqa: PLC0415
    from redis.backoff import ExponentialWithJitterBackoff  # noqa: PLC0415
    from redis.retry import Retry  # noqa: PLC0415

    from scrubber.batch.workshop import Workshop  # noqa: PLC0415
    from scrubber.store.blobs import open_blobs  # noqa: PLC0415
    from scrubber.store.database import open_database, upgrade  # noqa: PLC0415

    database = open_database(settings.database)
    upgrade(database)
    database.dispose()
    return Workshop(
        settings=settings,
        engine=engine,
        database=database,
        blobs=open_blobs(settings.blobs),
        # It goes on where Redis was away for some seconds; without this, a client of a URL does not try again.
        redis=Redis.from_url(
            settings.redis_url or "redis://localhost:6379",
            retry=Retry(ExponentialWithJitterBackoff(base=0.01, cap=1), 10),
        ),
    )
