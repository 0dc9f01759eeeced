"""What Prometheus is told, by an app alone and by a service with two API processes and a worker."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import yaml
from flask.testing import FlaskClient
from msgspec import json
from prometheus_client.parser import text_string_to_metric_families

from scrubber.bootstrap import Scrubber
from scrubber.settings import Settings
from tests.services import PATIENCE, ROOT, Gunicorn, Worker, wait_until

CLAIM = (ROOT / "docs" / "guide" / "sample-claim.json").read_bytes()
JSON = {"Content-Type": "application/json"}
WATCHED = (ROOT / "docker" / "monitoring" / "alerts.yaml", ROOT / "docker" / "monitoring" / "dashboard.json")


def told(text: str) -> dict[tuple[str, ...], float]:
    """Samples by name and the values of their labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_an_app_counts_requests_claims_and_findings(client: FlaskClient) -> None:
    before = told(client.get("/metrics").text)
    assert client.post("/v1/claims/scrub", data=CLAIM, headers=JSON).json["disposition"] == "hold"  # type: ignore[index]
    after = told(client.get("/metrics").text)

    def added(*name: str) -> float:
        return after[name] - before.get(name, 0)

    assert added("scrubber_claims_scrubbed_total", "hold") == 1
    assert added("scrubber_findings_total", "COV703", "deny") == 1
    assert added("scrubber_http_requests_total", "POST", "/v1/claims/scrub", "200") == 1
    assert added("scrubber_http_request_seconds_count", "POST", "/v1/claims/scrub") == 1
    assert after["scrubber_reference_age_days", "icd10cm"] > 0


def test_an_address_is_counted_by_its_template(client: FlaskClient) -> None:
    client.get("/v1/edits/COV703")
    client.get("/v1/no/such/MEMBER123")
    text = client.get("/metrics").text
    assert "/v1/edits/<" in text
    assert "MEMBER123" not in text


@pytest.fixture
def service(settings: Settings, scrubber: Scrubber, redis_url: str, tmp_path: Path) -> Iterator[Gunicorn]:
    given = {
        "data_dir": tmp_path / "data",
        "reference_dir": settings.snapshots,
        "redis_url": f"{redis_url}{'&' if '?' in redis_url else '?'}db=5",
    }
    api, worker = Gunicorn(tmp_path / "api", **given, workers=2), Worker(tmp_path / "worker", **given)
    try:
        api.wait_until_ready()
        yield api
    finally:
        worker.kill()
        api.stop()
        api.kill()


def test_a_service_tells_all_its_processes_together_with_queues_and_batches(service: Gunicorn) -> None:
    for _ in range(20):
        requests.post(f"{service.url}/v1/claims/scrub", CLAIM, headers=JSON, timeout=PATIENCE)

    def now() -> dict[tuple[str, ...], float]:
        return told(requests.get(f"{service.url}/metrics", timeout=PATIENCE).text)

    assert now()["scrubber_claims_scrubbed_total", "hold"] == 20
    sent = requests.post(f"{service.url}/v1/batches", CLAIM, headers=JSON, timeout=PATIENCE)
    batch = service.url + sent.headers["Location"]
    wait_until(lambda: requests.get(batch, timeout=PATIENCE).json()["state"] == "done")
    after = now()
    assert after["scrubber_batch_claims_total", "hold"] == 1
    assert after["scrubber_batch_findings_total", "COV703", "deny"] == 1
    assert after["scrubber_batch_chunk_seconds_count",] == 1
    assert after["scrubber_batches", "done"] == 1
    assert after["scrubber_workers_alive",] == 1
    assert after["scrubber_jobs_waiting", "scrubber-small"] == 0
    assert after["scrubber_up", "redis"] == after["scrubber_up", "database"] == 1

    named = {name for path in WATCHED for name in re.findall(r"\bscrubber_[a-z_]+", path.read_text())}
    assert named <= {name for name, *_ in after}, "a dashboard or alert asks for what nobody tells"


def test_alerts_are_of_their_form() -> None:
    for group in yaml.safe_load(WATCHED[0].read_text())["groups"]:
        for rule in group["rules"]:
            assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
            assert {"summary", "description"} == set(rule["annotations"])
    assert json.decode(WATCHED[1].read_bytes())["panels"]
