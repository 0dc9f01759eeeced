"""Patients with marks in all that tells who they are, sent through every door in good and in damaged files.

Then everything that a service writes for others than the sender is searched for the marks: logs, metrics, queue,
problem documents, callbacks, temporary files, and the disk. Claim ids have a mark of their own: they stand in the
database, for results are looked up by them, and in nothing else.
"""

import gzip
import json
import os
import re
import signal
import sqlite3
from base64 import b64encode
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any, ClassVar

import pytest
import requests
from redis import Redis

from scrubber.bootstrap import Scrubber
from tests.integration.batch_processes import ndjson
from tests.patients import contents
from tests.remittance_files import Paid, Service, remittance
from tests.services import PATIENCE, ROOT, BatchService, Worker

PATIENT, CLAIM_ID, BORN = "ZZMARK", "QQMARK", "1911-11-11"
MARKS = tuple(mark.encode() for mark in (PATIENT, CLAIM_ID, BORN, BORN.replace("-", "")))
BUT_CLAIM_ID = tuple(mark for mark in MARKS if mark != CLAIM_ID.encode())
JSON = {"Content-Type": "application/json"}
GOLDEN = ROOT / "tests" / "golden"

IDENTIFYING = {
    rb"\b(DOE|POE|ANN|EDGAR|VIRGINIA)\b": b"ZZMARKNAME",
    rb"5 OAK AVENUE|5 ELM STREET": b"ZZMARKSTREET",
    rb"1EG4TE5MK7\d|W123456789": b"ZZMARK00001",
    rb"19500402|19720511|20051231": b"19111111",
    rb"1950-04-02|1972-05-11|1948-11-30|2005-12-31": b"1911-11-11",
    rb"\bA-(\d+)\b": rb"QQMARK-\1",
    rb'"claim_id": ?"([^"]+)"': rb'"claim_id":"QQMARK\1"',
}


def marked(content: bytes) -> bytes:
    for what, mark in IDENTIFYING.items():
        content = re.sub(what, mark, content)
    return content


SAMPLE = marked((ROOT / "docs" / "guide" / "sample-claim.json").read_bytes())
FILES = {
    "837": marked((GOLDEN / "x12" / "everything.837").read_bytes()),
    "csv": marked((GOLDEN / "intake" / "claims.csv").read_bytes()),
    "fhir": marked((GOLDEN / "intake" / "bundle.fhir.json").read_bytes()),
    "ndjson": marked(ndjson(150, bad_every=7)),
    "json": b"[" + SAMPLE + b"," + SAMPLE.replace(b"QQMARK", b"QQMARK2") + b"]",
}


def damaged(content: bytes) -> Iterator[bytes]:
    """A file cut off here and there, with rubbish, badly packed, and what is of no kind."""
    for part in (3, 5, 8):
        yield content[: len(content) * part // 9]
    yield content.replace(b"98940", b"ZZMARKCODE").replace(b"2026", b"ZZMARKYEAR")
    yield gzip.compress(content)[:-9]
    yield b"Patient ZZMARK born 1911-11-11: " + content[:200]


def with_each_value_wrong(claim: Any, wrong: object) -> Iterator[Any]:
    """The claim again and again, each time with another of its values exchanged."""
    for key, value in list(claim.items()) if isinstance(claim, dict) else list(enumerate(claim)):
        if isinstance(value, dict | list):
            yield from with_each_value_wrong_at(claim, key, wrong)
        claim[key] = wrong
        yield claim
        claim[key] = value


def with_each_value_wrong_at(claim: Any, key: Any, wrong: object) -> Iterator[Any]:
    for _ in with_each_value_wrong(claim[key], wrong):
        yield claim


class Callback(BaseHTTPRequestHandler):
    """Takes callbacks, and keeps them."""

    received: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        self.received.append(
            str(self.headers).encode() + self.rfile.read(int(self.headers["Content-Length"]))
        )
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def callback() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Callback) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/done"
        server.shutdown()
        thread.join()


@pytest.fixture
def service(
    scrubber: Scrubber, redis_url: str, clean_redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[BatchService]:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    made = BatchService(
        tmp_path,
        data_dir=tmp_path / "data",
        reference_dir=scrubber.settings.snapshots,
        redis_url=redis_url,
        chunk_claims=50,
        chunk_seconds=3,
        encryption_keys=b64encode(b"k" * 32).decode(),
        callback_secret="whsec_" + b64encode(b"s" * 32).decode(),
        callback_to_anywhere="yes",
    )
    made.wait_until_ready()
    yield made
    made.kill()


@pytest.fixture
def seen_in_queue(redis_url: str, clean_redis: Redis) -> Iterator[set[bytes]]:
    """Everything that the queue ever held while the test ran."""
    seen: set[bytes] = set()
    over = Event()

    def look() -> None:
        with Redis.from_url(redis_url) as redis:
            while not over.wait(0.02):
                seen.update(contents(redis))

    thread = Thread(target=look)
    thread.start()
    yield seen
    over.set()
    thread.join()


def found(content: bytes, marks: Iterable[bytes] = MARKS) -> list[bytes]:
    return [mark for mark in marks if mark in content]


def test_nobody_but_the_sender_is_told_of_a_patient(
    service: BatchService, callback: str, seen_in_queue: set[bytes], redis_url: str, tmp_path: Path
) -> None:
    problems: list[requests.Response] = []
    url = service.api.url

    def ask(method: str, path: str, **more: Any) -> requests.Response:
        answer = requests.request(method, url + path, timeout=PATIENCE, **more)
        if answer.status_code >= 400:
            problems.append(answer)
        return answer

    # One claim: as it should be, with each value wrong in two ways, and as no JSON at all.
    for query in ("", "?explain=true&history=true"):
        assert CLAIM_ID in ask("POST", f"/v1/claims/scrub{query}", data=SAMPLE, headers=JSON).text
    claim = json.loads(SAMPLE)
    for wrong in (PATIENT, {"unknown": BORN}):
        for mutant in with_each_value_wrong(claim, wrong):
            ask("POST", "/v1/claims/scrub", json=mutant)
    for body in (SAMPLE[:-20], b'{"payer": ' * 5000, b"\xff" + SAMPLE):
        ask("POST", "/v1/claims/scrub", data=body, headers=JSON)

    # Batches of every kind, whole and damaged; one worker dies in the middle of them.
    batches = [
        ask("POST", "/v1/batches", data=content, params={"callback_url": callback}).json()
        for content in FILES.values()
    ]
    os.kill(service.worker.process.pid, signal.SIGKILL)
    service.worker.process.wait()
    service.worker = Worker(tmp_path / "worker", **service.settings)
    batches += [
        answer.json()
        for content in FILES.values()
        for wrong_content in damaged(content)
        if (answer := ask("POST", "/v1/batches", data=wrong_content)).status_code == 202
    ]
    ended = [service.ended(batch["id"]) for batch in batches]
    assert sum(batch["state"] == "done" for batch in ended) >= len(FILES)
    states = json.dumps(ended).encode()
    for batch in ended:
        path = f"/v1/batches/{batch['id']}"
        for what in ("/results", "/report", "/999", "/277ca", "/events", f"/results?edit={PATIENT}"):
            ask("GET", path + what)
    assert CLAIM_ID in ask("GET", f"/v1/batches/{ended[0]['id']}/results").text

    # What payers decided, and what else takes something from a user.
    paid = marked(remittance([Paid("QQMARK-1", [Service("98940", "2026-03-02", "45")])]))
    for content in (paid, *damaged(paid)):
        ask("POST", "/v1/remittances", data=content)
    for path in (
        f"/v1/batches/{PATIENT}", f"/v1/batches?cursor={PATIENT}", f"/v1/codes/icd10cm/{PATIENT}", f"/{PATIENT}",
        f"/v1/coverage?procedure={PATIENT}&diagnosis={BORN}", f"/v1/reports/denial-risk?from={PATIENT}",
        f"/v1/edits/{PATIENT}", f"/v1/payer-rules/{PATIENT}", f"/v1/coverage/articles/{PATIENT}",
    ):  # fmt: skip
        ask("GET", path)
    ask("POST", "/v1/waivers", json={"edit": PATIENT, "claim_id": CLAIM_ID, "reason": "known", "by": "test"})
    ask("POST", "/v1/payer-rules/test", json={"rule": f"id: {PATIENT}", "claims": [claim]})
    metrics = ask("GET", "/metrics").content
    service.worker.stop()
    service.api.stop()

    # Nobody else learns of it.
    assert len(problems) > 100
    for problem in problems:
        assert not found(problem.content), (problem.request.path_url, problem.content)
    assert not found(states, BUT_CLAIM_ID)
    assert not found(metrics)
    assert Callback.received
    assert not found(b"".join(Callback.received))
    with Redis.from_url(redis_url) as redis:
        seen_in_queue.update(contents(redis))
    assert any(b"scrub_chunks" in content for content in seen_in_queue)
    assert not found(b"\n".join(seen_in_queue))
    logs = [path for name in ("api", "worker") for path in (tmp_path / name).iterdir()]
    assert b"/v1/claims/scrub" in b"".join(path.read_bytes() for path in logs)
    counts = Path("/dev/shm").glob("scrubber-metrics-*/*")  # noqa: S108
    for path in (*logs, *files(tmp_path / "tmp"), *counts):
        assert not found(path.read_bytes()), path

    # On the disk uploads and results are sealed. The database holds claim ids, and no more of a patient.
    sqlite3.connect(tmp_path / "data" / "scrubber.db").close()
    for path in files(tmp_path / "data"):
        of_database = path.name.startswith("scrubber.db")
        assert not found(path.read_bytes(), BUT_CLAIM_ID if of_database else MARKS), path


def files(directory: Path) -> Iterator[Path]:
    return (path for path in directory.rglob("*") if path.is_file())
