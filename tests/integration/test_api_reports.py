"""The denial-risk report over HTTP and from the command line, in each of its forms."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from scrubber.batch.workshop import Workshop
from scrubber.cli.main import scrubber as command
from scrubber.report.figures import DenialReport
from scrubber.report.forms import MEDIA_TYPES
from tests.integration.test_api import as_documented, problem
from tests.integration.test_api_batches import (  # noqa: F401 - fixtures
    SEVEN,
    batch_app,
    caller,
    openapi,
    submit,
    work,
    workshop,
)

PERIOD = "/v1/reports/denial-risk"
SAMPLES = Path(__file__).parents[2] / "docs/guide/samples"
BEGINS = {"html": b"<!doctype html>", "xlsx": b"PK", "pdf": b"%PDF-", "json": b"{"}


@pytest.fixture
def batch(caller: FlaskClient, workshop: Workshop) -> str:  # noqa: F811
    id_ = submit(caller)
    work(workshop, id_)
    return id_


def test_the_report_of_a_batch(caller: FlaskClient, batch: str, openapi: dict[str, Any]) -> None:  # noqa: F811
    answer = caller.get(f"/v1/batches/{batch}/report")
    told = as_documented(answer, openapi, "/v1/batches/{batch_id}/report", "get")
    report = msgspec.convert(told, DenialReport, strict=False)
    assert (report.all.claims, report.dispositions.unreadable.claims) == (7, 1)
    assert report.of.name == batch
    counts = caller.get(f"/v1/batches/{batch}").get_json()["counts"]
    assert counts == {name: getattr(report.dispositions, name).claims for name in counts}
    assert {work.edit for work in report.worklist} >= {"COV703", "DUP952"}
    assert all(work.advice for work in report.worklist)


@pytest.mark.parametrize("form", MEDIA_TYPES)
def test_each_form_by_its_address_and_by_what_is_accepted(caller: FlaskClient, batch: str, form: str) -> None:  # noqa: F811
    for address in (f"/v1/batches/{batch}/report", PERIOD):
        named = caller.get(f"{address}.{form}")
        accepted = caller.get(address, headers={"Accept": MEDIA_TYPES[form].split(";")[0]})
        for answer in (named, accepted):
            assert answer.status_code == 200
            assert answer.content_type == MEDIA_TYPES[form]
            assert int(answer.headers["Content-Length"]) == len(answer.data)
            assert answer.data.startswith(BEGINS.get(form, b""))
    if form == "html":
        assert "style-src 'unsafe-inline'" in named.headers["Content-Security-Policy"]
        assert "script" not in named.headers["Content-Security-Policy"]
    assert ("attachment" in named.headers.get("Content-Disposition", "")) == (form in {"xlsx", "pdf", "csv"})


def test_the_report_of_a_period(caller: FlaskClient, batch: str, openapi: dict[str, Any]) -> None:  # noqa: F811
    def claims(**query: str) -> int:
        answer = caller.get(PERIOD, query_string=query)
        told: dict[str, Any] = as_documented(answer, openapi, PERIOD, "get")
        return int(told["all"]["claims"])

    everything = claims()
    assert everything == 7
    early, late = claims(to="2026-03-02"), claims(**{"from": "2026-03-03"})
    assert early + late == 6  # what could not be read has no day
    assert claims(payer="01112") == 1
    assert claims(provider="nobody") == 0
    again = caller.get(PERIOD, query_string={"from": "2026-03-03", "to": "2026-03-02"})
    assert problem(again, 422, "query-invalid")["errors"][0]["parameter"] == "to"
    problem(caller.get(PERIOD, query_string={"since": "2026-01-01"}), 422, "query-invalid")


def test_a_claim_scrubbed_again_counts_once(caller: FlaskClient, workshop: Workshop, batch: str) -> None:  # noqa: F811
    again = submit(caller, SEVEN)
    work(workshop, again)
    report = caller.get(PERIOD).get_json()
    assert report["all"]["claims"] == 7
    assert caller.delete(f"/v1/batches/{again}").status_code in {200, 204}
    assert caller.get(PERIOD).get_json()["all"]["claims"] == 7


def test_what_has_no_report(caller: FlaskClient, workshop: Workshop, openapi: dict[str, Any]) -> None:  # noqa: F811
    waiting = submit(caller)
    problem(caller.get(f"/v1/batches/{waiting}/report"), 409, "batch-not-over")
    caller.delete(f"/v1/batches/{waiting}")
    problem(caller.get(f"/v1/batches/{waiting}/report"), 409, "batch-not-done")
    assert caller.get("/v1/batches/nothing/report").status_code == 404
    assert caller.get(f"{PERIOD}.docx").status_code == 404
    assert caller.get(PERIOD, headers={"Accept": "image/png"}).status_code == 406
    empty = caller.get(PERIOD).get_json()
    assert (empty["all"]["claims"], empty["clean_by_claims"]) == (0, None)
    assert caller.get(f"{PERIOD}.html").status_code == 200


def test_the_report_of_files(tmp_path: Path) -> None:
    files = [str(path) for path in sorted(SAMPLES.glob("*.json"))]
    outputs = [part for form in MEDIA_TYPES for part in (f"--{form}", str(tmp_path / f"report.{form}"))]
    done = CliRunner().invoke(command, ["report", *files, *outputs], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "5 claims" in done.output
    told = json.loads((tmp_path / "report.json").read_bytes())
    assert told["all"]["claims"] == 5
    assert (
        told["of"]["name"] == f"{', '.join(Path(name).name for name in files[:3])} and {len(files) - 3} more"
    )
    for form, begins in BEGINS.items():
        assert (tmp_path / f"report.{form}").read_bytes().startswith(begins)


def test_no_file_and_no_service(tmp_path: Path) -> None:
    batch = "f96d1123-0c4d-447a-a0a5-e4a76483d0cc"
    done = CliRunner().invoke(command, ["report", batch, "--url", "http://127.0.0.1:1"])
    assert done.exit_code != 0
    assert "nothing answers" in done.output
    done = CliRunner().invoke(command, ["report", "nothing"])
    assert "there is no file nothing, and it is not the id of a batch" in done.output
    done = CliRunner().invoke(command, ["report", "nothing", "nobody"])
    assert "there is no file nothing" in done.output
