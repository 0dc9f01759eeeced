"""gunicorn for the API: address, port and number of workers come from the program's own settings.

The app is built once, before the fork; the workers share its memory and the mapped reference snapshot. SIGHUP, or a
snapshot that is made current, has it built anew: see docs/decisions/reload.md. A worker has threads, so that an upload
that takes minutes, or somebody who watches a batch, holds up nobody else: see docs/decisions/gunicorn-workers.md.
"""

import gc
import os
import signal
import socket
import struct
from pathlib import Path
from typing import Any

from scrubber.api.wsgi import is_due, renewed
from scrubber.settings import Settings

settings = Settings.read(os.environ)

wsgi_app = "scrubber.api.wsgi:application()"
bind = f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"
workers = settings.workers
worker_class = "gthread"
threads = 8
preload_app = True

# A worker that does not so much as take a new connection for so long is stuck, and replaced.
timeout = 30
graceful_timeout = 30
# After a reload the old workers may take longer with what they have begun, such as an upload. When all is stopped it is
# the time above that counts: the master ends them.
reload_timeout = 3600
# A thread waits no longer than this for a client to send more, or to take more. gunicorn itself would wait for ever.
client_timeout = 30
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
if Path("/dev/shm").is_dir():  # noqa: S108 - memory for the workers' heartbeat: a disk may stall it
    worker_tmp_dir = "/dev/shm"  # noqa: S108

# The app logs its requests itself, without what was sent.
accesslog = None
errorlog = "-"
control_socket_disable = True

LOOK_SECONDS = 2
"""How often the master looks for another snapshot."""


def on_starting(server: Any) -> None:
    """Have the master look now and then for another snapshot, by a timer and not by a thread: it forks."""

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
