"""What batches are worked with: handed to whoever takes them in, and to each job by its worker."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime

from redis import Redis
from sqlalchemy import Engine as Database

from scrubber.engine import Engine
from scrubber.risk import RiskModel
from scrubber.settings import Settings
from scrubber.store.blobs import Blobs


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """The engine, and where batches are kept and queued.

    ``models`` are the risk models made so far, by reference snapshot, tenant and calibration.
    """

    settings: Settings
    engine: Engine
    database: Database
    blobs: Blobs
    redis: Redis
    now: Callable[[], datetime] = _now
    models: dict[tuple[str, str, str], RiskModel] = field(default_factory=dict, compare=False, repr=False)


WORKSHOP: ContextVar[Workshop] = ContextVar("workshop")
"""That of the worker a job runs in. Jobs are called by RQ with ids alone; this is how they come to the rest."""
