"""Whether the container it runs in does its work: ``healthcheck.py api`` or ``healthcheck.py worker``.

Exit code 0 if so, else 1 with a line that says what is wrong. The API has to answer; a worker has to have told the
queue within its time to live that it is there. Whether the database answers is asked by ``/readyz``: a service that
waits for its database is not mended by starting it again.
"""

import os
import socket
import sys
from http.client import HTTPConnection, HTTPException

from redis import Redis
from redis.exceptions import RedisError
from rq import Worker

from scrubber.settings import Settings

SECONDS = 4


def api(settings: Settings) -> str | None:
    """What is wrong with the API, None if it answers."""
    anywhere = settings.host in {"0.0.0.0", "::"}  # noqa: S104 - asked of, not bound to
    connection = HTTPConnection("localhost" if anywhere else settings.host, settings.port, timeout=SECONDS)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, HTTPException) as why:
        return f"the API does not answer: {type(why).__name__}"
    finally:
        connection.close()
    return None if status == 200 else f"the API answers {status}"


def worker(settings: Settings) -> str | None:
    """What is wrong with the worker of this host, None if the queue knows it as alive."""
    if settings.redis_url is None:
        return "SCRUBBER_REDIS_URL names no Redis"
    redis = Redis.from_url(settings.redis_url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)
    try:
        hosts = {known.hostname for known in Worker.all(connection=redis)}
    except RedisError as why:
        return f"the queue does not answer: {type(why).__name__}"
    return None if socket.gethostname() in hosts else "no worker of this host is registered"


if __name__ == "__main__":
    check = {"api": api, "worker": worker}[sys.argv[1] if len(sys.argv) > 1 else "api"]
    wrong = check(Settings.read(os.environ))
    if wrong:
        sys.exit(wrong)
