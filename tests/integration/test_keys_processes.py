"""Keys as they are used: real gunicorn with the configuration that is shipped, and the command line."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from scrubber.engine import Engine
from scrubber.settings import Settings
from tests.edits.cases import base_claim
from tests.services import PATIENCE, ROOT, Gunicorn, environment, free_port, wait_until

KEY = re.compile(r"scrubber_[0-9a-f]{12}_[0-9a-f]{64}")


@pytest.fixture
def service(settings: Settings, engine: Engine, tmp_path: Path) -> Iterator[Gunicorn]:
    service = Gunicorn(
        tmp_path / "service",
        data_dir=tmp_path / "data",
        reference_dir=settings.snapshots,
        max_claim_bytes=100_000,
    )
    try:
        service.wait_until_ready()
        yield service
    finally:
        service.kill()


def scrubber(*arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scrubber", *arguments],
        cwd=ROOT, env=environment(**settings), capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


def test_the_first_key_closes_a_running_service_and_what_has_begun_is_ended(
    service: Gunicorn, tmp_path: Path
) -> None:
    assert "There is no API key" in service.errors.read_text()
    scrub = f"{service.url}/v1/claims/scrub"
    assert requests.post(scrub, json=base_claim(), timeout=PATIENCE).status_code == 200
    made = scrubber(
        "keys", "create", "--name", "first", "--scopes", "scrub,batch", data_dir=tmp_path / "data"
    )
    assert (made.returncode, KEY.fullmatch(made.stdout.strip()) is not None) == (0, True), made.stderr
    key = made.stdout.strip()
    wait_until(lambda: requests.post(scrub, json=base_claim(), timeout=PATIENCE).status_code == 401)
    headers = {"Authorization": f"Bearer {key}"}
    assert requests.post(scrub, json=base_claim(), headers=headers, timeout=PATIENCE).status_code == 200

    # The command line sends the key of its setting, and says in one line what is wrong without.
    ask = {"url": service.url, "data_dir": tmp_path / "data"}
    without, with_key = scrubber("batch", "list", **ask), scrubber("batch", "list", **ask, api_key=key)
    assert "A key is needed" in without.stderr
    assert "SCRUBBER_API_KEY" in without.stderr
    assert "takes no batches" in with_key.stderr, "it came through: this service has no Redis"

    # A request that is half sent when the service is told to stop is answered, once the rest is there.
    body = json.dumps(base_claim()).encode()
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        head = (
            f"POST /v1/claims/scrub HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {key}\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
        )
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100"), "the request is being read"
        connection.sendall(body[:100])
        service.process.terminate()
        wait_until(lambda: "Handling signal: term" in service.errors.read_text())
        connection.sendall(body[100:])
        assert connection.makefile("rb").readline().startswith(b"HTTP/1.1 200")
    assert service.process.wait(PATIENCE) == 0
    told = service.output.read_text() + service.errors.read_text()
    assert key not in told
    assert key[22:] not in told


def test_nobody_beyond_this_machine_is_served_without_keys(
    settings: Settings, engine: Engine, tmp_path: Path
) -> None:
    here = {"data_dir": tmp_path, "reference_dir": settings.snapshots, "port": free_port()}
    served = scrubber("serve", "--host", "0.0.0.0", **here)  # noqa: S104 - refused
    assert served.returncode == 2
    assert served.stderr.startswith(
        "Error: without an API key the service answers on 127.0.0.1 only, not on 0.0.0.0"
    )
    assert len(served.stderr.splitlines()) == 1
    # Nor by gunicorn itself, whatever address it is given.
    direct = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--config", "docker/gunicorn.conf.py", "--bind", "0.0.0.0:1"],
        cwd=ROOT, env=environment(**here), capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert direct.returncode == 1
    assert direct.stderr.splitlines()[-1].startswith(
        "scrubber: without an API key the service answers on 127.0.0.1"
    )
    assert "Traceback" not in direct.stderr
    assert "Listening" not in direct.stderr
