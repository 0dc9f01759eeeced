"""Services as they run, for tests: gunicorn with the configuration that is shipped, and batch workers."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import requests

from tests.patients import look_into

ROOT = Path(__file__).parents[1]
PATIENCE: Final = 240
"""Seconds after which what should come is given up: a machine that others use takes ten times as long at times."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(**settings: object) -> dict[str, str]:
    """The environment of a service with these settings and no others."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("SCRUBBER_")}
    return others | {f"SCRUBBER_{name.upper()}": str(value) for name, value in settings.items()}


class Process:
    """One of our programs, running. What it prints goes to ``output`` and ``errors`` in a directory."""

    def __init__(self, command: list[str], environ: dict[str, str], directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.output, self.errors = directory / "output", directory / "errors"
        with self.output.open("ab") as output, self.errors.open("ab") as errors:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=errors
            )

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        self._look()
        return code

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)
        self._look()

    def _look(self) -> None:
        look_into(self.output)
        look_into(self.errors)


class Gunicorn(Process):
    """The API, and where it listens."""

    def __init__(self, directory: Path, **settings: object) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "docker" / "gunicorn.conf.py")]
        super().__init__(command, environment(port=port, **{"workers": 1, **settings}), directory)

    def wait_until_ready(self) -> None:
        def ready() -> bool:
            assert self.process.poll() is None, self.errors.read_text()
            try:
                return requests.get(f"{self.url}/readyz", timeout=PATIENCE).status_code == 200
            except requests.ConnectionError:
                return False

        wait_until(ready, self.errors.read_text)


class Worker(Process):
    """A batch worker."""

    def __init__(self, directory: Path, **settings: object) -> None:
        super().__init__([sys.executable, "-m", "scrubber", "worker"], environment(**settings), directory)


class BatchService:
    """The API with batches, and one worker."""

    def __init__(self, directory: Path, **settings: object) -> None:
        self.settings = settings
        self.api = Gunicorn(directory / "api", **settings)
        self.worker = Worker(directory / "worker", **settings)
        self.batches = f"{self.api.url}/v1/batches"

    def wait_until_ready(self) -> None:
        self.api.wait_until_ready()

    def submit(self, body: Any, **headers: str) -> str:
        """The id of a new batch with this upload."""
        answer = requests.post(self.batches, data=body, headers=headers, timeout=PATIENCE)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def show(self, batch: str) -> dict[str, Any]:
        answer = requests.get(f"{self.batches}/{batch}", timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    def ended(self, batch: str) -> dict[str, Any]:
        """A batch once it is over."""
        over = {"done", "failed", "cancelled"}
        wait_until(lambda: self.show(batch)["state"] in over, lambda: str(self.show(batch)))
        return self.show(batch)

    def results(self, batch: str, **query: object) -> list[dict[str, Any]]:
        """All results of a batch, by pages."""
        found: list[dict[str, Any]] = []
        while True:
            answer = requests.get(f"{self.batches}/{batch}/results", params=query, timeout=PATIENCE)  # type: ignore[arg-type]
            assert answer.status_code == 200, answer.text
            found += answer.json()["results"]
            query["cursor"] = answer.json()["next_cursor"]
            if query["cursor"] is None:
                return found

    def kill(self) -> None:
        self.worker.kill()
        self.api.kill()


def wait_until(condition: Callable[[], object], told: Callable[[], str] = lambda: "") -> None:
    """Wait until something holds; where it never does, a failure with what was told."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, told() or f"not within {PATIENCE} seconds"
        time.sleep(0.05)
