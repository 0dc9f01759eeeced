"""A gunicorn worker whose clients have to keep a pace: who sends or takes a byte now and then holds no thread for long.

The time limits of a socket are for one read or write. Here all of a request's count together, and none but the time
that was spent waiting for the client. Who sends nothing at all holds no thread, and who has waited too long for one is
turned away: what came first would otherwise be answered when nobody waits for it any more, and all that came after it.
"""

import errno
import socket
from collections.abc import Callable
from functools import partial
from selectors import EVENT_READ
from struct import pack
from time import monotonic
from typing import Any, Final, TypeVar

from flask import Flask, request
from gunicorn.workers.gthread import ThreadWorker

from scrubber.api.problems import Problem
from scrubber.api.scopes import PUBLIC, scope_of

T = TypeVar("T")

PATIENCE_SECONDS: Final = 30
"""How long a client may keep a thread waiting in all, for a request and its answer, ..."""

CROWDED_SECONDS: Final = 1
"""... while others wait for a thread no longer than this, ..."""

LEAST_BYTES: Final = 1024
"""... and a second more for each so many bytes."""

LOOK_SECONDS: Final = 0.5
"""How often a thread that waits for a client looks whether its patience is over."""

FIRST_BYTE_SECONDS: Final = 10
"""How long a new connection may be silent."""

LINE_SECONDS: Final = 5
"""How long a request may wait for a thread, and still be answered."""

RETRY_AFTER: Final = 5


class PacedSocket(socket.socket):
    """A connection that ends where its client falls behind."""

    waited: float
    moved: int
    asked: float
    in_line: float
    crowded: Callable[[], bool] = staticmethod(lambda: False)

    def begin(self) -> None:
        """Another request begins."""
        self.waited, self.moved, self.in_line = 0.0, 0, 0.0
        self.asked = monotonic()

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """What came; raises ConnectionResetError for a client that is too slow."""
        return self._patiently(super().recv, len, size, flags)

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        """Send all; raises ConnectionResetError for a client that is too slow."""
        left = memoryview(data)
        while left:
            left = left[self._patiently(self.send, int, left, flags) :]

    def _patiently(self, step: Callable[..., T], moved: Callable[[T], int], *arguments: Any) -> T:
        while True:
            began = monotonic()
            try:
                result = step(*arguments)
            except BlockingIOError:  # not within LOOK_SECONDS
                self._count(began, 0)
            else:
                self._count(began, moved(result))
                return result

    def _count(self, began: float, number: int) -> None:
        self.waited += monotonic() - began
        self.moved += number
        if self.waited <= CROWDED_SECONDS:
            return
        patience = CROWDED_SECONDS if self.crowded() else PATIENCE_SECONDS
        if self.waited > patience + self.moved / LEAST_BYTES:
            raise ConnectionResetError(errno.ECONNRESET, "too slow")


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's worker with threads, over such connections."""

    def enqueue_req(self, conn: Any) -> None:
        """Hand a connection to a thread once something came on it; gunicorn itself would have the thread wait."""
        if not (conn.initialized or conn.data_ready):
            conn.timeout = monotonic() + FIRST_BYTE_SECONDS
            self.pending_conns.append(conn)
            self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))
            return
        if type(conn.sock) is socket.socket:
            conn.sock = PacedSocket(fileno=conn.sock.detach())
            for limit in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                conn.sock.setsockopt(socket.SOL_SOCKET, limit, pack("@ll", 0, int(LOOK_SECONDS * 1e6)))
            conn.sock.crowded = self.is_crowded
        if isinstance(conn.sock, PacedSocket):
            conn.sock.begin()
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """Serve a connection, in a thread."""
        if isinstance(conn.sock, PacedSocket):
            conn.sock.in_line = monotonic() - conn.sock.asked
        return super().handle(conn)

    def is_crowded(self) -> bool:
        """Whether some request waits for a thread."""
        idle = len(self.keepalived_conns) + len(self.pending_conns)
        return bool(self.nr_conns - idle > self.cfg.threads)


def turn_away_late(app: Flask) -> None:
    """Have requests that waited too long for a thread refused, but for those who ask how the service does."""

    def turn_away() -> None:
        connection = request.environ.get("gunicorn.socket")
        late = isinstance(connection, PacedSocket) and connection.in_line > LINE_SECONDS
        if late and scope_of(request.endpoint) != PUBLIC:
            raise Problem("too-busy", headers=[("Retry-After", str(RETRY_AFTER))])

    app.before_request(turn_away)
