"""``POST /v1/claims/scrub`` over HTTP against an echo on the same server: one process of the shipped configuration.

The requests are whole texts, written to connections that stay open, so that next to nothing of the time is the
client's. The two are asked in turn, so that both meet the same machine.
"""

import json
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median, quantiles

from scrubber.settings import Settings
from tests.benchmarks.api import claim_of_three_lines
from tests.services import Gunicorn, Process, environment, free_port, wait_until

REQUESTS = 2_000
CONNECTIONS = 2
ROUNDS = 5


def measured(settings: Settings) -> Iterator[tuple[str, str]]:
    """Requests a second and the slowest of a hundred, of both."""
    body = json.dumps(claim_of_three_lines()).encode()
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        scrubbing = Gunicorn(Path(directory) / "api", data_dir=settings.data_dir)
        stack.callback(scrubbing.kill)
        scrubbing.wait_until_ready()
        port, echo = _echo(Path(directory) / "echo")
        stack.callback(echo.kill)
        asked = {
            "scrub": (int(scrubbing.url.rpartition(":")[2]), "/v1/claims/scrub"),
            "echo": (port, "/echo"),
        }
        rates: dict[str, list[float]] = {name: [] for name in asked}
        slowest: dict[str, list[float]] = {name: [] for name in asked}
        for _ in range(ROUNDS):
            for name, (of, path) in asked.items():
                requests, seconds = _load(of, path, body)
                rates[name].append(requests)
                slowest[name].append(seconds)
    rate = {name: median(of) for name, of in rates.items()}
    slow = {name: median(of) * 1000 for name, of in slowest.items()}
    p99 = f"p99 {slow['scrub']:.1f} ms, echo {slow['echo']:.1f} ms: {slow['scrub'] / slow['echo']:.1f}×"
    share = f"{rate['scrub'] / rate['echo']:.0%} of its requests/s"
    yield (
        "POST /v1/claims/scrub over HTTP",
        f"{rate['scrub']:,.0f} requests/s, echo {rate['echo']:,.0f}: {share}; {p99}",
    )


def _echo(directory: Path) -> tuple[int, Process]:
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "tests.benchmarks.api:echo_app()",
        f"--bind=127.0.0.1:{port}",
    ]
    command += ["--worker-class=scrubber.api.pace.Worker", "--threads=8", "--preload", "--no-control-socket"]
    echo = Process(command, environment(), directory)
    wait_until(lambda: _listens(port), echo.errors.read_text)
    return port, echo


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _load(port: int, path: str, body: bytes) -> tuple[float, float]:
    """Requests a second, and the seconds that ninety-nine in a hundred take at most."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    request = head.encode() + body
    began = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        parts = list(pool.map(lambda _: _ask(port, request, REQUESTS // CONNECTIONS), range(CONNECTIONS)))
    took = [seconds for part in parts for seconds in part]
    return len(took) / (time.perf_counter() - began), quantiles(took, n=100)[98]


def _ask(port: int, request: bytes, number: int) -> list[float]:
    took = []
    with closing(socket.create_connection(("127.0.0.1", port))) as connection:
        for _ in range(number):
            began = time.perf_counter()
            connection.sendall(request)
            answer = connection.recv(65536)
            head, _, content = answer.partition(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.partition(b"\r\n")[0].decode())
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            left = length - len(content)
            while left > 0:
                left -= len(connection.recv(65536))
            took.append(time.perf_counter() - began)
    return took
