"""Batches as users see them: gunicorn, a worker and Valkey as they run."""

import gzip
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests
import yaml

from scrubber.intake.files import read_claims
from scrubber.intake.record import Received
from tests.edits.cases import base_claim, merged
from tests.services import PATIENCE, ROOT, BatchService, Gunicorn, environment, wait_until

SAMPLES = ROOT / "docs" / "guide" / "samples"
GOLDEN = ROOT / "tests" / "golden"


def ndjson(count: int, mark: str = "C") -> bytes:
    claims = (merged(base_claim(), {"claim_id": f"{mark}-{number}"}) for number in range(count))
    return b"".join(json.dumps(claim).encode() + b"\n" for claim in claims)


FILES = {
    "ndjson": (SAMPLES / "batch.ndjson").read_bytes(),
    "json": json.dumps([json.loads(path.read_bytes()) for path in sorted(SAMPLES.glob("*.json"))]).encode(),
    "x12": (GOLDEN / "x12" / "everything.837").read_bytes(),
    "csv": (GOLDEN / "intake" / "claims.csv").read_bytes(),
    "fhir": (GOLDEN / "intake" / "bundle.fhir.json").read_bytes(),
    "gzip": gzip.compress((GOLDEN / "intake" / "claims.csv").read_bytes()),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_batch_says_what_the_api_says_of_each_claim(batch_service: BatchService, kind: str) -> None:
    upload = FILES[kind]
    readings = list(read_claims(io.BytesIO(upload), "upload"))
    # The API is asked first: then it has the same history as the batch.
    scrub = f"{batch_service.api.url}/v1/claims/scrub?history=true"
    answers = [
        requests.post(
            scrub,
            data=msgspec.json.encode(reading.claim),
            headers={"Content-Type": "application/json"},
            timeout=PATIENCE,
        ).json()
        if isinstance(reading, Received)
        else msgspec.to_builtins(reading)
        for reading in readings
    ]
    page = batch_service.ended(batch_service.submit(upload))
    assert page["state"] == "done", page["reason"]
    results = batch_service.results(page["id"])
    assert len(results) == len(readings) == page["records"]
    for result, answer in zip(results, answers, strict=True):
        for finding in result.get("findings", ()):
            finding["source_location"] = None
        # What repeats another claim of its own batch has tests of its own.
        if "DUP952" not in {finding["edit"] for finding in result.get("findings", ())}:
            assert result == answer


def test_events_from_queue_to_end(batch_service: BatchService) -> None:
    batch = batch_service.submit(ndjson(40))
    with requests.get(f"{batch_service.batches}/{batch}/events", stream=True, timeout=PATIENCE) as stream:
        lines = [line for line in stream.iter_lines(decode_unicode=True) if line.startswith("event")]
    assert lines[-1] == "event: end"
    assert lines.count("event: end") == 1
    assert batch_service.show(batch)["state"] == "done"


def test_an_api_that_is_told_to_stop_does_not_wait_for_those_who_watch(
    batch_service: BatchService, tmp_path: Path
) -> None:
    os.kill(batch_service.worker.process.pid, signal.SIGSTOP)
    api = Gunicorn(tmp_path, **batch_service.settings)
    try:
        api.wait_until_ready()
        batch = batch_service.submit(ndjson(1))
        with requests.get(f"{api.url}/v1/batches/{batch}/events", stream=True, timeout=PATIENCE) as stream:
            assert next(stream.iter_lines()) == b"retry: 2000"
            began = time.monotonic()
            assert api.stop() == 0
            assert time.monotonic() - began < 25, "what listens is not waited for, as a request would be"
    finally:
        os.kill(batch_service.worker.process.pid, signal.SIGCONT)
        api.kill()


def test_the_service_answers_while_uploads_and_streams_go_on(batch_service: BatchService) -> None:
    address = batch_service.api.url.removeprefix("http://").split(":")
    before = len(requests.get(batch_service.batches, timeout=PATIENCE).json()["batches"])
    uploads = [socket.create_connection((address[0], int(address[1])), timeout=PATIENCE) for _ in range(5)]
    for upload in uploads:
        upload.sendall(
            b"POST /v1/batches HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n" + ndjson(3)
        )
    answer = requests.get(f"{batch_service.api.url}/healthz", timeout=PATIENCE)
    assert answer.status_code == 200
    # Cut off in the middle, they leave nothing: those that say that no more comes, and those that break off.
    for upload in uploads[:2]:
        upload.shutdown(socket.SHUT_WR)
        assert b" 400 " in upload.recv(100)
    for upload in uploads:
        upload.close()
    after = requests.get(batch_service.batches, timeout=PATIENCE).json()["batches"]
    assert len(after) == before


def test_cancel_while_it_is_running(batch_service: BatchService) -> None:
    os.kill(batch_service.worker.process.pid, signal.SIGSTOP)
    try:
        batch = batch_service.submit(ndjson(20))
        address = f"{batch_service.batches}/{batch}"
        assert requests.delete(address, timeout=PATIENCE).json()["state"] == "cancelled"
    finally:
        os.kill(batch_service.worker.process.pid, signal.SIGCONT)
    assert requests.get(f"{address}/results", timeout=PATIENCE).json() == {
        "state": "cancelled", "results": [], "next_cursor": None
    }  # fmt: skip
    assert requests.post(f"{address}/retry", timeout=PATIENCE).status_code == 202
    page = batch_service.ended(batch)
    assert (page["state"], page["records_done"]) == ("done", 20)
    assert [result["claim_id"] for result in batch_service.results(batch, limit=7)] == [
        f"C-{number}" for number in range(20)
    ]
    assert requests.delete(address, timeout=PATIENCE).status_code == 204
    assert requests.get(address, timeout=PATIENCE).status_code == 404


def test_a_reader_that_goes_away_harms_nobody(batch_service: BatchService) -> None:
    page = batch_service.ended(batch_service.submit(ndjson(200)))
    for path in ("results", "events"):
        for _ in range(10):
            with requests.get(
                f"{batch_service.batches}/{page['id']}/{path}",
                headers={"Accept": "application/x-ndjson, text/event-stream"},
                stream=True,
                timeout=PATIENCE,
            ) as answer:
                next(answer.iter_content(10))
    with requests.get(
        f"{batch_service.batches}/{page['id']}/results",
        headers={"Accept": "application/x-ndjson"},
        timeout=PATIENCE,
    ) as whole:
        assert len(whole.text.splitlines()) == 200


def test_the_same_key_at_the_same_time_is_one_batch(batch_service: BatchService) -> None:
    upload = ndjson(3, "K")
    ids: list[str] = []
    senders = [
        threading.Thread(
            target=lambda: ids.append(batch_service.submit(upload, **{"Idempotency-Key": "at once"}))
        )
        for _ in range(6)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(ids) == 6
    assert len(set(ids)) == 1


def test_a_multipart_form_as_clients_send_it(batch_service: BatchService) -> None:
    upload = (GOLDEN / "intake" / "claims-mapped.csv").read_bytes()
    columns = yaml.safe_load((GOLDEN / "intake" / "claims-mapped.columns.yaml").read_text())
    answer = requests.post(
        batch_service.batches,
        files={"file": ("claims.csv", upload, "application/vnd.ms-excel")},
        data={"columns": json.dumps(columns)},
        timeout=PATIENCE,
    )
    assert answer.status_code == 202, answer.text
    page = batch_service.ended(answer.json()["id"])
    assert (page["state"], page["format"]) == ("done", "delimited")
    assert page["rejected"]["count"] == 0


def test_too_large_without_a_length(batch_service: BatchService) -> None:
    pieces = (b"x" * 100_000 for _ in range(100))
    # It is answered before all was sent, which not every client gets to see.
    with suppress(requests.ConnectionError):
        assert requests.post(batch_service.batches, data=pieces, timeout=PATIENCE).status_code == 413
    assert requests.get(f"{batch_service.api.url}/healthz", timeout=PATIENCE).status_code == 200


def test_the_command(batch_service: BatchService, tmp_path: Path) -> None:
    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "scrubber", "batch", *arguments],
            env=environment(url=batch_service.api.url),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    sent = run("submit", str(SAMPLES / "batch.ndjson"), "--wait")
    assert (sent.returncode, sent.stderr) == (1, "")
    batch, told, counted = sent.stdout.splitlines()
    assert told.startswith(f"{batch}  done  5 of 5 records")
    assert counted.startswith("5 claims: ")
    written = run("results", batch, "--format", "csv", "-o", str(tmp_path / "results.csv"))
    assert (written.returncode, written.stdout, written.stderr) == (0, "", "")
    assert (tmp_path / "results.csv").read_text().startswith("claim_id,disposition,")
    assert batch in run("list").stdout
    nobody = run("--url", "http://127.0.0.1:9", "status", batch)
    assert (nobody.returncode, nobody.stdout) == (2, "")
    assert nobody.stderr.startswith("Error: nothing answers at http://127.0.0.1:9; start the service with")


def test_the_worker_is_seen(batch_service: BatchService) -> None:
    def told() -> dict[str, Any]:
        dependencies: dict[str, Any] = requests.get(
            f"{batch_service.api.url}/readyz", timeout=PATIENCE
        ).json()["dependencies"]
        return dependencies

    wait_until(lambda: told()["workers"] == {"status": "ok", "detail": "1 alive"}, lambda: str(told()))
    assert {one["status"] for one in told().values()} == {"ok"}


def test_nothing_of_a_claim_is_in_any_log(batch_service: BatchService) -> None:
    batch_service.ended(batch_service.submit(ndjson(2, "Zaphod") + b'{"claim_id":"Zaphod-broken"}\n'))
    for process in (batch_service.api, batch_service.worker):
        log = process.output.read_text() + process.errors.read_text()
        assert "Zaphod" not in log
        assert all(json.loads(line) for line in process.output.read_text().splitlines())
