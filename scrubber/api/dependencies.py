"""What batches depend on, each asked whether it is there, for a limited time."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Final, Literal

from fsspec.implementations.local import LocalFileSystem
from msgspec import Struct
from rq.worker_registration import get_keys

from scrubber.batch.workshop import Workshop
from scrubber.store.database import revision_needed

SECONDS: Final = 1.5
"""How long an answer may take."""


class Dependency(Struct, frozen=True):
    """Something batches depend on: whether it answers as it should, and what it says."""

    status: Literal["ok", "failed"]
    detail: str


class Failed(Exception):
    """It answers, and not as it should. The message says how."""


class Dependencies:
    """The dependencies of a workshop. Asking several times at once asks each of them once."""

    def __init__(self, workshop: Workshop) -> None:
        self._checks: dict[str, Callable[[], str]] = {
            "database": lambda: _database(workshop),
            "blobs": lambda: _blobs(workshop),
            "redis": lambda: _redis(workshop),
            "workers": lambda: _workers(workshop),
        }
        self._threads = ThreadPoolExecutor(len(self._checks), thread_name_prefix="ready")
        self._asked: dict[str, Future[str]] = {}

    def ask(self) -> dict[str, Dependency]:
        """What each says. One that does not answer in time is not asked again before it has."""
        for name, check in self._checks.items():
            asked = self._asked.get(name)
            if asked is None or asked.done():
                self._asked[name] = self._threads.submit(check)
        asked_now = dict(self._asked)
        wait(asked_now.values(), SECONDS)
        return {name: _answer(asked) for name, asked in asked_now.items()}


def _answer(asked: Future[str]) -> Dependency:
    if not asked.done():
        return Dependency("failed", f"does not answer within {SECONDS} seconds")
    fault = asked.exception()
    if fault is None:
        return Dependency("ok", asked.result())
    # Of other exceptions only the kind: their text may hold addresses and passwords.
    return Dependency("failed", str(fault) if isinstance(fault, Failed) else type(fault).__name__)


def _database(workshop: Workshop) -> str:
    present, needed = revision_needed(workshop.database)
    if present != needed:
        raise Failed(f"its tables are at revision {present}, this version needs {needed}")
    return f"revision {present}"


def _blobs(workshop: Workshop) -> str:
    there = workshop.blobs.files.exists(workshop.blobs.root)
    # Where there are no directories, a place without a blob is not there either.
    if not there and isinstance(workshop.blobs.files, LocalFileSystem):
        raise Failed("the directory of uploads is not there")
    return "there"


def _redis(workshop: Workshop) -> str:
    workshop.redis.ping()
    return "answers"


def _workers(workshop: Workshop) -> str:
    keys: Iterable[str] = get_keys(connection=workshop.redis)
    # A worker that was killed stays in the list, and its own entry expires.
    alive = workshop.redis.exists(*keys) if keys else 0
    if not alive:
        raise Failed("none is alive; batches wait until one is")
    return f"{alive} alive"
