"""The API as it runs: gunicorn with the configuration that is shipped, over a socket, until it is told to stop."""

import gc
import json
import socket
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from scrubber.engine import Engine
from scrubber.settings import Settings
from tests.edits.cases import base_claim
from tests.services import PATIENCE, ROOT, Gunicorn

MARK = "Zaphod-4711"


@pytest.fixture(scope="module")
def service(
    settings: Settings, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gunicorn]:  # engine: has built the snapshot
    service = Gunicorn(tmp_path_factory.mktemp("gunicorn"), data_dir=settings.data_dir)
    try:
        service.wait_until_ready()
        yield service
    finally:
        service.kill()


def test_round_trip_bad_input_and_graceful_stop(service: Gunicorn) -> None:
    scrub = f"{service.url}/v1/claims/scrub?as_of=2026-03-10"
    claim = {**base_claim(), "claim_id": MARK}

    result = requests.post(scrub, json=claim, headers={"X-Request-ID": "first"}, timeout=PATIENCE)
    assert result.status_code == 200
    assert result.json()["disposition"] == "clean"
    assert result.headers["X-Request-ID"] == "first"

    # Bodies with and without a length, too long, cut off: the worker lives through all of them.
    json_type = {"Content-Type": "application/json"}
    chunks = iter([json.dumps(claim).encode()[:100], json.dumps(claim).encode()[100:]])
    assert requests.post(scrub, data=chunks, headers=json_type, timeout=PATIENCE).status_code == 200
    too_long = requests.post(scrub, data=b"[" * 5_000_000, headers=json_type, timeout=PATIENCE)
    assert too_long.status_code == 413
    assert too_long.headers["Content-Type"] == "application/problem+json"
    nested = requests.post(scrub, data=b"[" * 1_000_000, headers=json_type, timeout=PATIENCE)
    assert nested.status_code == 400
    with socket.create_connection(
        service.url.removeprefix("http://").split(":"), timeout=PATIENCE
    ) as connection:  # type: ignore[arg-type]
        connection.sendall(
            b"POST /v1/claims/scrub HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n{"
        )
    assert requests.post(scrub, json=claim, timeout=PATIENCE).status_code == 200

    assert service.stop() == 0
    lines = [json.loads(line) for line in service.output.read_text().splitlines()]
    assert {"first"} <= {line["request_id"] for line in lines}
    assert {line["status"] for line in lines} >= {200, 400, 413}
    assert MARK not in service.output.read_text() + service.errors.read_text()
    assert "Worker exiting" in service.errors.read_text()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{service.url}/healthz", timeout=2)


def test_a_connection_that_stalls_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By the configuration's own hook, with a shorter limit: gunicorn's threads would wait for ever."""
    monkeypatch.setenv(
        "PROMETHEUS_MULTIPROC_DIR", str(tmp_path)
    )  # else it would name one for all later tests
    spec = spec_from_file_location("configuration", ROOT / "docker" / "gunicorn.conf.py")
    assert spec is not None
    assert spec.loader is not None
    configuration = module_from_spec(spec)
    spec.loader.exec_module(configuration)
    monkeypatch.setattr(configuration, "client_timeout", 1)
    monkeypatch.setattr(gc, "freeze", lambda: None)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        configuration.when_ready(SimpleNamespace(LISTENERS=[SimpleNamespace(sock=listener)]))
        with socket.create_connection(listener.getsockname()) as client, listener.accept()[0] as connection:
            connection.setblocking(True)
            with pytest.raises(BlockingIOError):
                connection.recv(1)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            with pytest.raises(BlockingIOError):
                connection.sendall(b"x" * 50_000_000)
