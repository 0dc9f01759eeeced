"""gunicorn for the API: address, port and number of workers come from the program's own settings.

The app is built once, before the fork; the workers share its memory and the mapped reference snapshot. SIGHUP, a
snapshot that is made current, or a payer rule that is changed has it built anew: see docs/decisions/reload.md. A worker
has threads, so that an upload that takes minutes, or somebody who watches a batch, holds up nobody else: see
docs/decisions/gunicorn-workers.md.
"""

import gc
import os
import signal
import socket
import struct
import sys
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
"""Where the workers keep heartbeats and counts, which a disk may stall; None where a system has no such place."""

# Where the workers keep what they count, so that any of them can tell all of it. prometheus_client asks as it is
# imported. On a reload this is read again, and the counts go on.
COUNTS = "PROMETHEUS_MULTIPROC_DIR"
if COUNTS not in os.environ:
    os.environ[COUNTS] = mkdtemp(prefix="scrubber-metrics-", dir=IN_MEMORY)

from prometheus_client.multiprocess import mark_process_dead  # noqa: E402

from scrubber.api.wsgi import asks_for_keys, is_due, renewed  # noqa: E402
from scrubber.bootstrap import KeysMissing  # noqa: E402
from scrubber.settings import Settings  # noqa: E402

settings = Settings.read(os.environ)

wsgi_app = "scrubber.api.wsgi:application()"
bind = f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"
workers = settings.workers
worker_class = "scrubber.api.pace.Worker"
threads = 8
preload_app = True

# A worker that does not so much as take a new connection for so long is stuck, and replaced.
timeout = 30
graceful_timeout = 30
# After a reload the old workers may take longer with what they have begun, such as an upload. When all is stopped it is
# the time above that counts: the master ends them.
reload_timeout = 3600
# A thread waits no longer than this for a client to send more, or to take more. gunicorn itself would wait for ever.
# How long all such waiting may last is in scrubber/api/pace.py.
client_timeout = 30
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
worker_tmp_dir = IN_MEMORY

# The app logs its requests itself, without what was sent.
accesslog = None
errorlog = "-"
control_socket_disable = True

LOOK_SECONDS = 2
"""How often the master looks for another snapshot and other payer rules."""


def on_starting(server: Any) -> None:
    """Bind nowhere without keys but to loopback. Have the master look now and then for what is new.

    By a timer and not by a thread: it forks.
    """
    # An address is a host and a port, or the path of a socket, which is for programs of this machine.
    hosts = [address[0] for address in server.cfg.address if isinstance(address, tuple)]
    try:
        if not asks_for_keys(server.app.wsgi(), hosts):
            server.log.info("There is no API key: anybody on this machine may ask, nobody beyond it can")
    except KeysMissing as why:
        on_exit(server)
        sys.exit(f"scrubber: {why}")

    def look(_signal: int, _frame: Any) -> None:
        if is_due(server.app.wsgi()):
            os.kill(os.getpid(), signal.SIGHUP)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, LOOK_SECONDS, LOOK_SECONDS)


def when_ready(server: Any) -> None:
    """Before the fork: limit how long connections may stall, and keep what is built by now.

    A connection inherits its limits from the socket that accepts it. What is frozen no worker's collector needs to
    walk, and so copy.
    """
    for listener in server.LISTENERS:
        for limit in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            listener.sock.setsockopt(socket.SOL_SOCKET, limit, struct.pack("@ll", client_timeout, 0))
    gc.collect()
    gc.freeze()


def on_reload(server: Any) -> None:
    """On SIGHUP, before the new workers are forked: with ``preload_app`` gunicorn itself would keep the app it has."""
    gc.unfreeze()
    server.app.callable = renewed(server.app.wsgi())
    gc.collect()
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    """Let streams end when the worker is told to stop, which otherwise would wait for them, and uploads not."""
    worker.cfg.set("graceful_timeout", reload_timeout)
    worker.wsgi.config["STOPPING"] = lambda: not worker.alive


def child_exit(_server: Any, worker: Any) -> None:
    """A worker that is gone has no present state; what it counted stays."""
    mark_process_dead(worker.pid)


def on_exit(_server: Any) -> None:
    """Leave nothing behind: a timer that still ran would end an interpreter that has let go of its signals."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    rmtree(os.environ[COUNTS], ignore_errors=True)
