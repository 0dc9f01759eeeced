"""Each thing the service depends on is stopped while batches run, and comes back.

What it is shows in ``/readyz``, callers are told in time and in so many words, no claim is lost or there twice, and
nobody has to do anything for all of it to go on.
"""

import resource
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
import requests

from scrubber.batch import callback
from scrubber.batch.valkey import Valkey, ValkeyUnusable, embedded_valkey, valkey_server
from scrubber.bootstrap import Scrubber
from scrubber.cli.supervise import lifeline
from scrubber.settings import Settings
from scrubber.store.batches import BatchState
from tests import postgres
from tests.integration.batch_processes import Site, ndjson
from tests.services import ROOT, BatchService, free_port, wait_until

RECORDS = 400
CONTENT = ndjson(RECORDS)
CLAIM = (ROOT / "docs" / "guide" / "sample-claim.json").read_bytes()
JSON = {"Content-Type": "application/json"}
IN_TIME = 20
"""Seconds within which a caller has his answer, whatever is away; the machine may be busy."""


@contextmanager
def service(directory: Path, scrubber: Scrubber, **settings: Any) -> Iterator[tuple[BatchService, Valkey]]:
    try:
        valkey_server()
    except ValkeyUnusable as why:
        pytest.skip(str(why))
    with lifeline() as group, embedded_valkey(directory, group) as valkey:
        made = BatchService(
            directory,
            data_dir=directory,
            reference_dir=scrubber.settings.snapshots,
            redis_url=valkey.url,
            chunk_claims=50,
            chunk_seconds=5,
            **settings,
        )
        try:
            made.wait_until_ready()
            yield made, valkey
        finally:
            made.kill()


@pytest.fixture(scope="module")
def running(
    scrubber: Scrubber, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[BatchService, Valkey]]:
    directory = tmp_path_factory.mktemp("stopped")
    with service(directory, scrubber) as made:
        yield made


def readiness(of: BatchService) -> tuple[int, dict[str, str]]:
    """The status of /readyz, and that of each dependency."""
    answer = requests.get(f"{of.api.url}/readyz", timeout=IN_TIME)
    return answer.status_code, {name: told["status"] for name, told in answer.json()["dependencies"].items()}


def begun(of: BatchService, mark: str) -> str:
    """A batch of which some is done and some is not."""
    batch = of.submit(ndjson(RECORDS, mark=mark))
    wait_until(lambda: of.show(batch)["records_done"])
    return batch


def ends_with_each_claim_once(of: BatchService, batch: str) -> None:
    over = of.ended(batch)
    assert (over["state"], over["reason"]) == ("done", None)
    assert sum(over["counts"].values()) == RECORDS
    assert [result["claim_id"] for result in of.results(batch, limit=1000)] == [
        f"T-{number}" for number in range(RECORDS)
    ]


def claims_are_scrubbed(of: BatchService) -> None:
    answer = requests.post(f"{of.api.url}/v1/claims/scrub", CLAIM, headers=JSON, timeout=IN_TIME)
    assert answer.status_code == 200, answer.text


def problem(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "frozen"])
def test_valkey(running: tuple[BatchService, Valkey], how: signal.Signals) -> None:
    here, valkey = running
    batch = begun(here, f"MBI{how.name}A")
    valkey.process.send_signal(how)
    try:
        status, said = readiness(here)
        assert (status, said["redis"], said["database"]) == (200, "failed", "ok")
        claims_are_scrubbed(here)
        began = time.monotonic()
        meanwhile = here.submit(ndjson(RECORDS, mark=f"MBI{how.name}B"))
        assert time.monotonic() - began < IN_TIME
        assert here.show(meanwhile)["state"] == "queued"
    finally:
        if how is signal.SIGSTOP:
            valkey.process.send_signal(signal.SIGCONT)
        else:
            valkey.process.wait()
            valkey.start()
    ends_with_each_claim_once(here, batch)
    ends_with_each_claim_once(here, meanwhile)
    wait_until(lambda: readiness(here)[1]["redis"] == "ok")


def test_postgresql(scrubber: Scrubber, tmp_path: Path) -> None:
    binaries = postgres.binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    with (
        postgres.cluster(binaries) as cluster,
        service(tmp_path, scrubber, database_url=cluster.url.format(database="postgres")) as (here, _),
    ):
        batch = begun(here, "MBIPGA")
        blobs = set((tmp_path / "blobs").iterdir())
        cluster.stop()
        try:
            status, said = readiness(here)
            assert (status, said["database"], said["redis"]) == (503, "failed", "ok")
            claims_are_scrubbed(here)
            for asked in (
                requests.get(f"{here.batches}/{batch}", timeout=IN_TIME),
                requests.post(here.batches, CONTENT, timeout=IN_TIME),
            ):
                assert problem(asked) == (503, "store-unavailable")
                assert int(asked.headers["Retry-After"]) > 0
            assert set((tmp_path / "blobs").iterdir()) == blobs
        finally:
            cluster.start()
        ends_with_each_claim_once(here, batch)
        ends_with_each_claim_once(here, here.submit(ndjson(RECORDS, mark="MBIPGB")))
        assert readiness(here)[0] == 200


def processes(first: int) -> Iterator[int]:
    """A process and all below it."""
    yield first
    with suppress(FileNotFoundError):
        for child in Path(f"/proc/{first}/task/{first}/children").read_text().split():
            yield from processes(int(child))


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux can limit a process that runs")
def test_the_disk_of_the_api(running: tuple[BatchService, Valkey]) -> None:
    """A limit on the size of files stands for a full disk."""
    here, _ = running
    batch = begun(here, "MBIDISKA")
    blobs = Path(str(here.settings["data_dir"])) / "blobs"
    before = set(blobs.iterdir())
    full, free = 64 * 1024, resource.RLIM_INFINITY
    for process in processes(here.api.process.pid):
        resource.prlimit(process, resource.RLIMIT_FSIZE, (full, free))
    try:
        claims_are_scrubbed(here)
        assert problem(requests.post(here.batches, CONTENT, timeout=IN_TIME)) == (507, "no-room")
        assert set(blobs.iterdir()) == before
        assert here.ended(batch)["state"] == "done"
    finally:
        for process in processes(here.api.process.pid):
            resource.prlimit(process, resource.RLIMIT_FSIZE, (free, free))
    ends_with_each_claim_once(here, batch)
    ends_with_each_claim_once(here, here.submit(ndjson(RECORDS, mark="MBIDISKB")))


class Told(BaseHTTPRequestHandler):
    """Where callbacks go."""

    ids: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.ids.append(self.headers["webhook-id"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_the_host_of_callbacks(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """It refuses, then takes the connection and says nothing, then answers: it is told once, and no batch waits."""
    secret = {"SCRUBBER_CALLBACK_SECRET": "whsec_" + "A" * 32, "SCRUBBER_CALLBACK_TO_ANYWHERE": "yes"}
    # The worker may be killed while it tells the host, and then holds the callback for as long as that may take.
    held = timedelta(seconds=sum(callback.SECONDS))
    workshop = replace(
        here.workshop,
        settings=Settings.read(here.environment | secret),
        now=lambda: here.workshop.now() + held,
    )
    port = free_port()
    with here.worker():
        batch = here.wait(here.send(ndjson(3), callback_url=f"http://127.0.0.1:{port}/done"))
    assert (batch.state, batch.callback_state) == (BatchState.DONE, "pending")

    def tell() -> str | None:
        with suppress(callback.NotTaken):
            callback.tell_ending(workshop, batch.number)
        return here.look(batch).callback_state

    assert tell() == "pending"
    with socket.create_server(("127.0.0.1", port)), monkeypatch.context() as soon:
        soon.setattr(callback, "SECONDS", (5, 0.5))
        began = time.monotonic()
        assert tell() == "pending"
        assert 0.5 <= time.monotonic() - began < IN_TIME
    with HTTPServer(("127.0.0.1", port), Told) as host:
        thread = Thread(target=host.serve_forever)
        thread.start()
        try:
            assert tell() == tell() == "delivered"
        finally:
            host.shutdown()
            thread.join()
    assert Told.ids == [f"batch-{batch.id}-done"]
