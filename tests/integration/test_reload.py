"""A new reference snapshot under services that run: real processes, steady requests, none of them dropped."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import requests
from redis import Redis

from scrubber.engine import Engine
from scrubber.importers.files import write_whole
from scrubber.importers.snapshot import open_sections
from scrubber.reference import Sections, pack_sections
from scrubber.settings import Settings
from scrubber.store.batches import Batch, BatchState
from scrubber.store.database import reading
from scrubber.store.results import Wanted, read_results
from tests.edits.cases import base_claim
from tests.integration.batch_processes import Site, ndjson, site
from tests.services import PATIENCE, Gunicorn, environment, wait_until
from tests.unit.ncci_files import mue_csv, write

REFUSED = "what is new is refused, the old goes on"


@dataclass
class Shelf:
    """A directory with a snapshot that is current, and others to take its place."""

    directory: Path
    others: dict[str, bytes] = field(default_factory=dict)

    def put(self, which: str) -> str:
        """Make another snapshot current, as a build does; how its digest begins."""
        content = self.others[which]
        digest = Sections(memoryview(self.others["sound"])).digest[:23]
        name = f"{digest[7:]}.snapshot" if which == "sound" else f"{which}.snapshot"
        write_whole(self.directory / name, content)
        write_whole(self.directory / "current", json.dumps({"file": name, "inputs": ""}).encode())
        return digest

    def current(self) -> str:
        """How the digest of the current snapshot begins."""
        file = str(json.loads((self.directory / "current").read_bytes())["file"])
        return f"sha256:{file.removesuffix('.snapshot')}"


@pytest.fixture
def shelf(settings: Settings, engine: Engine, tmp_path: Path) -> Shelf:  # engine: has built the snapshot
    """The snapshot as shipped, which is current; one that differs from it; and that one damaged."""
    shelf = Shelf(tmp_path / "reference")
    shutil.copytree(settings.snapshots, shelf.directory)
    sections = open_sections(shelf.directory / f"{shelf.current()[7:]}.snapshot")
    content = pack_sections(
        {name: bytes(sections[name]) for name in sections.digests}, {**sections.editions, "more": "1"}
    )
    shelf.others = {"sound": content, "damaged": content[:-1000] + b"?" + content[-999:]}
    return shelf


@dataclass
class Load:
    """Clients that ask all the time, each over one connection."""

    url: str
    told: Callable[[dict[str, Any]], str] = lambda result: str(result["reference"]["digest"])
    answers: list[str] = field(default_factory=list)
    """What is told of each result, in order; without another ``told`` its digest."""
    failures: list[str] = field(default_factory=list)
    _over: Event = field(default_factory=Event)

    def ask(self) -> None:
        with requests.Session() as session:
            while not self._over.is_set():
                try:
                    answer = session.post(f"{self.url}/v1/claims/scrub", json=base_claim(), timeout=PATIENCE)
                    answer.raise_for_status()
                    self.answers.append(self.told(answer.json()))
                except requests.RequestException as failed:
                    self.failures.append(repr(failed))
                self._over.wait(0.03)  # the machine has other things to do as well

    @contextmanager
    def running(self) -> Iterator[None]:
        clients = [Thread(target=self.ask) for _ in range(4)]
        for client in clients:
            client.start()
        try:
            yield
        finally:
            self._over.set()
            for client in clients:
                client.join()

    def wait_for(self, beginning: str) -> None:
        """Until many answers in a row are told alike."""
        wait_until(
            lambda: len(self.answers) > 20 and all(one.startswith(beginning) for one in self.answers[-20:])
        )


def test_the_api_takes_a_new_snapshot_and_keeps_the_old_one_where_that_is_damaged(
    shelf: Shelf, tmp_path: Path
) -> None:
    service = Gunicorn(tmp_path / "api", data_dir=tmp_path, reference_dir=shelf.directory)
    load = Load(service.url)

    def ready() -> dict[str, Any]:
        answer = requests.get(f"{service.url}/readyz", timeout=PATIENCE)
        assert answer.status_code == 200
        told: dict[str, Any] = answer.json()
        return told

    def slowly(claim: bytes, new: str) -> Iterator[bytes]:
        yield claim[:100]
        load.wait_for(new)
        yield claim[100:]

    try:
        service.wait_until_ready()
        with load.running():
            old = shelf.current()
            load.wait_for(old)
            file = write(tmp_path, "mue-2026Q4.csv", mue_csv())
            subprocess.run(
                [sys.executable, "-m", "scrubber", "reference", "import", "mue", file],
                env=environment(data_dir=tmp_path, reference_dir=shelf.directory),
                check=True,
            )
            # It is noticed without a signal; what has begun before goes on with what it has.
            new = shelf.current()
            answer = requests.post(
                f"{service.url}/v1/claims/scrub",
                data=slowly(json.dumps(base_claim()).encode(), new),
                headers={"Content-Type": "application/json"},
                timeout=PATIENCE,
            )
            assert answer.json()["reference"]["digest"].startswith(old)
            assert ready()["editions"]["mue"].startswith("2026Q4, 2024Q3")

            shelf.put("damaged")
            service.process.send_signal(signal.SIGHUP)
            wait_until(lambda: "does not match its digest" in (ready()["refused"] or ""))
            (shelf.directory / "current").write_bytes(b'{"file":')
            wait_until(lambda: "current is damaged" in (ready()["refused"] or ""))
            load.wait_for(new)
            assert ready()["digest"].startswith(new)

            other = shelf.put("sound")
            service.process.send_signal(signal.SIGHUP)
            load.wait_for(other)
            wait_until(lambda: ready()["refused"] is None)
        assert service.stop() == 0
    finally:
        service.kill()
    assert load.failures == []
    assert len(load.answers) > 200
    log = [json.loads(line) for line in service.output.read_text().splitlines()]
    refused = [line for line in log if line["event"] == REFUSED]
    assert {line["reference"][:23] for line in refused} == {new}
    assert "Traceback" not in service.errors.read_text()


def test_a_worker_takes_a_new_snapshot_between_jobs_and_each_result_names_its_own(
    settings: Settings, engine: Engine, clean_redis: Redis, redis_url: str, shelf: Shelf, tmp_path: Path
) -> None:
    with site(
        settings, engine, redis_url, tmp_path, reference_dir=shelf.directory, chunk_claims=20
    ) as here, here.worker() as worker:  # fmt: skip
        old = shelf.current()
        large = here.send(ndjson(3000))
        wait_until(lambda: here.done_records(large) > 0)
        new = shelf.put("sound")
        assert here.wait(large).state is BatchState.DONE
        assert digests(here, large) == {old, new}

        shelf.put("damaged")
        worker.send_signal(signal.SIGHUP)
        small = here.send(ndjson(3))
        assert here.wait(small).state is BatchState.DONE
        assert digests(here, small) == {new}
        assert REFUSED in (here.workshop.settings.data_dir / "worker.log").read_text()


def digests(here: Site, batch: Batch) -> set[str]:
    """How the digests begin that the results of a batch name."""
    with reading(here.workshop.database) as connection:
        lines = [found[1] for found in read_results(connection, batch.key, Wanted())]
    return {json.loads(line)["reference"]["digest"][:23] for line in lines}
