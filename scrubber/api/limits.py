"""How much one key may ask for: requests a minute over all processes, and slow requests at a time in each.

Redis is not asked about each request, which costs as much as scrubbing a claim (docs/decisions/keys.md): a process
counts by itself, and every second tells Redis what came and hears what came elsewhere.
"""

import logging
from collections import Counter
from collections.abc import Callable
from threading import Lock
from time import monotonic, time
from typing import Final

from redis import Redis, RedisError

from scrubber.api.problems import Problem

SYNC_SECONDS: Final = 1
"""How old the count of other processes may be."""

AWAY_SECONDS: Final = 10
"""How long Redis is not asked again when it did not answer; each process then counts for itself."""

WINDOW_SECONDS: Final = 60
SLOW_RETRY: Final = 5

_LOG = logging.getLogger("scrubber.api")


class _Window:
    """The requests of one key in one minute: those of all processes that Redis was told, and ours it was not yet."""

    __slots__ = ("minute", "synced", "told", "untold")

    def __init__(self, minute: int) -> None:
        self.minute, self.told, self.untold, self.synced = minute, 0, 0, monotonic()


class Rates:
    """Requests a minute by key. Without a Redis, or while it is away, each process counts alone."""

    def __init__(self, limit: int, redis: Redis | None) -> None:
        self._limit, self._redis = limit, redis
        self._windows: dict[str, _Window] = {}
        self._lock = Lock()
        self._away_until = 0.0

    def count(self, key: str) -> None:
        """Count a request. Ends it with a problem where there were too many in this minute."""
        if not self._limit:
            return
        now = time()
        minute = int(now // WINDOW_SECONDS)
        with self._lock:
            window = self._windows.get(key)
            if window is None or window.minute != minute:
                window = self._windows[key] = _Window(minute)
            window.untold += 1
            due = monotonic() - window.synced >= SYNC_SECONDS
            if due:
                window.synced = monotonic()
        if due and self._redis is not None and monotonic() >= self._away_until:
            self._sync(self._redis, key, window)
        if window.told + window.untold > self._limit:
            wait = WINDOW_SECONDS - int(now % WINDOW_SECONDS)
            raise Problem(
                "too-many-requests",
                f"A key may ask {self._limit} times a minute.",
                headers=[("Retry-After", str(wait))],
            )

    def _sync(self, redis: Redis, key: str, window: _Window) -> None:
        number = window.untold
        name = f"scrubber:rate:{key}:{window.minute}"
        try:
            pipeline = redis.pipeline()
            pipeline.incrby(name, number)
            pipeline.expire(name, 2 * WINDOW_SECONDS)
            told, _ = pipeline.execute()
        except RedisError as fault:
            self._away_until = monotonic() + AWAY_SECONDS
            _LOG.warning("requests are counted by process", extra={"fields": {"fault": type(fault).__name__}})
            return
        with self._lock:
            window.told, window.untold = told, window.untold - number


class SlowRequests:
    """How many uploads, reports and the like a key has under way in this process."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._under_way: Counter[str] = Counter()
        self._lock = Lock()

    def begin(self, key: str) -> Callable[[], None]:
        """Count a request in; gives what to call at its end. Ends it with a problem where there are too many."""
        with self._lock:
            if self._limit and self._under_way[key] >= self._limit:
                raise Problem(
                    "too-many-requests",
                    f"A key may have {self._limit} uploads, downloads or reports under way at a time.",
                    headers=[("Retry-After", str(SLOW_RETRY))],
                )
            self._under_way[key] += 1
        ended = False

        def end() -> None:
            nonlocal ended
            with self._lock:
                if not ended:
                    ended = True
                    self._under_way[key] -= 1

        return end
