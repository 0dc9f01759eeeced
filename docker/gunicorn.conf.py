"""gunicorn for the API: address, port and number of workers come from the program's own settings.

Scrubbing is CPU work: plain sync workers serve it best. The app is built once, before the fork; the workers
share its memory and the mapped reference snapshot.
"""

import gc
import os
from pathlib import Path
from typing import Any

from scrubber.settings import Settings

settings = Settings.read(os.environ)

wsgi_app = "scrubber.api.wsgi:application()"
bind = f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"
workers = settings.workers
worker_class = "sync"
preload_app = True

# A claim takes well under a millisecond and a body is read within the timeout or not at all.
timeout = 30
graceful_timeout = 30
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
if Path("/dev/shm").is_dir():  # noqa: S108 - memory for the workers' heartbeat: a disk may stall it
    worker_tmp_dir = "/dev/shm"  # noqa: S108

# The app logs its requests itself, without what was sent.
accesslog = None
errorlog = "-"
control_socket_disable = True


def when_ready(server: Any) -> None:  # noqa: ARG001 - gunicorn's signature
    """Before the fork: what is built by now stays, so no worker needs to walk, and so copy, its pages."""
    gc.collect()
    gc.freeze()
