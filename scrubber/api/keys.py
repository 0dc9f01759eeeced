"""The keys as a process of the API knows them: read at once, looked up in memory, read anew every other second."""

import logging
from datetime import UTC, datetime
from hmac import compare_digest
from math import inf
from threading import Lock, Thread
from time import monotonic, time
from typing import Final, NamedTuple

from sqlalchemy import Engine as Database
from sqlalchemy.exc import SQLAlchemyError

from scrubber.api.problems import Problem
from scrubber.api.tenants import Caller
from scrubber.store.database import reading, writing
from scrubber.store.keys import ID_LENGTH, PREFIX, USED_SECONDS, all_keys, digest_of, note_use

LOOK_SECONDS: Final = 2
"""How often the keys are read: so late is it noticed that one was made or revoked."""

WAIT_SECONDS: Final = 1
"""How long a request waits for another that reads them, where they were not read lately."""

FIRST_WAIT_SECONDS: Final = 10
"""The same in a process that has not read them at all: the first requests of a worker come together."""

GOOD_SECONDS: Final = 300
"""How long the keys read last count while the database does not answer; then nobody is let in."""

NOTING: Final = "note the use of a key"
"""What the threads are called that do so."""

_LOG = logging.getLogger("scrubber.api")
_ID: Final = slice(len(PREFIX), len(PREFIX) + ID_LENGTH)


class _Known(NamedTuple):
    caller: Caller
    digest: bytes
    ends: float


class KeyRing:
    """The keys in a database. Connects when first asked, so it may be made before a fork."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._reading = Lock()
        self._known: dict[str, _Known] = {}
        self._closed = False
        self._read_at = self._tried_at = -inf
        self._noted: dict[str, float] = {}

    def closed(self) -> bool:
        """Whether keys are asked for: whether there ever was one. Raises Problem where that can't be told."""
        now = monotonic()
        if now - self._tried_at >= LOOK_SECONDS or self._read_at == -inf:
            self._look()
        if now - self._read_at > GOOD_SECONDS:
            raise Problem("store-unavailable", "The keys can't be read.", headers=[("Retry-After", "10")])
        return self._closed

    def with_text(self, text: str) -> Caller | None:
        """Whose key a text is, None if it is none that holds."""
        known = self._known.get(text[_ID])
        # In a time that does not depend on where the digests differ.
        if known is None or not compare_digest(known.digest, digest_of(text)):
            return None
        return self._used(known)

    def with_id(self, key_id: str) -> Caller | None:
        """Whose key the one of an id is, None if there is none that holds."""
        known = self._known.get(key_id)
        return None if known is None else self._used(known)

    def _used(self, known: _Known) -> Caller | None:
        now = time()
        if now >= known.ends:
            return None
        key = known.caller.key
        if key is not None and now - self._noted.get(key, 0) >= USED_SECONDS:
            self._noted[key] = now
            # Not by this request: another process may be writing for a while.
            Thread(target=self._note, args=(key,), name=NOTING, daemon=True).start()
        return known.caller

    def _look(self) -> None:
        """Read the keys, unless another thread does; wait for that one where what is known is old."""
        old = monotonic() - self._tried_at >= 2 * LOOK_SECONDS
        wait = FIRST_WAIT_SECONDS if self._read_at == -inf else WAIT_SECONDS if old else 0
        if not self._reading.acquire(timeout=wait):
            return
        try:
            if monotonic() - self._tried_at < LOOK_SECONDS:
                return
            self._tried_at = monotonic()
            with reading(self.database) as connection:
                keys = all_keys(connection)
            self._known = {
                key.id: _Known(
                    Caller(key.tenant, f"key {key.name} {key.id}", key.id, key.scopes),
                    key.digest,
                    key.expires_at.timestamp() if key.expires_at else inf,
                )
                for key in keys
                if key.revoked_at is None
            }
            self._closed = bool(keys)
            self._read_at = self._tried_at
        except SQLAlchemyError as fault:
            _LOG.warning("no look at keys", extra={"fields": {"fault": type(fault).__name__}})
        finally:
            self._reading.release()

    def _note(self, key: str) -> None:
        try:
            with writing(self.database) as connection:
                note_use(connection, datetime.now(UTC), key)
        except SQLAlchemyError as fault:
            _LOG.warning("no note of a key's use", extra={"fields": {"fault": type(fault).__name__}})
