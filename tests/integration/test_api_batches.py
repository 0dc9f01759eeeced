"""The routes of batches, called in process with a real Valkey; the steps of a batch are done by the test itself."""

import errno
import gzip
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import Engine as Database

from scrubber.api.app import create_app
from scrubber.api.batch_events import STOPPING
from scrubber.batch.chunk import work_chunk
from scrubber.batch.ending import purge, retry
from scrubber.batch.merge import merge_batch
from scrubber.batch.split import split_batch
from scrubber.batch.submit import submit as submit_batch
from scrubber.batch.workshop import Workshop
from scrubber.bootstrap import Scrubber, open_workshop
from scrubber.cli.main import scrubber as command
from scrubber.settings import Settings
from scrubber.store.audit import acts
from scrubber.store.batches import Batch, find_batch, free_chunks
from scrubber.store.database import reading
from tests.edits.cases import base_claim, merged
from tests.integration.test_api import as_documented, problem

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BATCHES_PATH = "/v1/batches"
ONE = "/v1/batches/{batch_id}"


@pytest.fixture
def workshop(tmp_path: Path, scrubber: Scrubber, redis_url: str, clean_redis: Redis) -> Iterator[Workshop]:
    settings = Settings.read(
        {
            "SCRUBBER_DATA_DIR": str(tmp_path),
            "SCRUBBER_REFERENCE_DIR": str(scrubber.settings.snapshots),
            "SCRUBBER_REDIS_URL": redis_url,
            "SCRUBBER_CHUNK_CLAIMS": "3",
            "SCRUBBER_MAX_UPLOAD_BYTES": "200000",
            "SCRUBBER_MAX_RUNNING_BATCHES": "3",
            "SCRUBBER_CALLBACK_SECRET": SECRET,
        }
    )
    workshop = open_workshop(settings, scrubber.engine)
    yield workshop
    workshop.database.dispose()
    workshop.redis.close()


@pytest.fixture
def batch_app(scrubber: Scrubber, workshop: Workshop) -> Flask:
    return create_app(scrubber, workshop)


@pytest.fixture
def caller(batch_app: Flask) -> FlaskClient:
    return batch_app.test_client()


@pytest.fixture
def openapi(caller: FlaskClient) -> dict[str, Any]:
    document: dict[str, Any] = caller.get("/openapi.json").get_json()
    return document


def ndjson(*differences: dict[str, Any]) -> bytes:
    """Claims that differ in their id at least."""
    claims = [
        merged(base_claim(), {"claim_id": f"C-{number}", **one}) for number, one in enumerate(differences, 1)
    ]
    return b"".join(json.dumps(claim).encode() + b"\n" for claim in claims)


CLEAN: dict[str, Any] = {}
HELD = {"diagnoses": ["M53.81"], "lines": [{"diagnosis_pointers": [1], "service_date": "2026-03-04"}]}
OTHER_PAYER = {"payer": {"id": "01112", "name": "Noridian JE"}, "claim_id": "=cmd"}
SEVEN = ndjson(
    CLEAN,
    HELD,
    {"subscriber": {"id": "1EG4TE5MK74"}},
    OTHER_PAYER,
    {"lines": [{"service_date": "2026-03-03"}]},
    CLEAN,  # repeats the first
).replace(b"\n", b'\n{"claim_id":"broken"}\n', 1)


def work(workshop: Workshop, batch_id: str, *, most_chunks: int = 1000, merge: bool = True) -> None:
    """Do the steps of a batch here and now."""
    with reading(workshop.database) as connection:
        batch = find_batch(connection, "default", batch_id)
    assert batch is not None
    split_batch(workshop, batch.number)
    with reading(workshop.database) as connection:
        chunks = free_chunks(connection, batch.key, datetime.now(UTC))
    for chunk in chunks[:most_chunks]:
        work_chunk(workshop, batch.number, chunk)
    if merge:
        merge_batch(workshop, batch.number)


def submit(caller: FlaskClient, body: bytes = SEVEN, **options: Any) -> str:
    answer = caller.post(BATCHES_PATH, data=body, **options)
    assert answer.status_code == 202, answer.text
    return str(answer.get_json()["id"])


def kept_blobs(workshop: Workshop) -> list[str]:
    return list(workshop.blobs.older_than(datetime.now(UTC) + timedelta(days=1)))


def test_a_batch_from_upload_to_results(
    caller: FlaskClient, workshop: Workshop, openapi: dict[str, Any]
) -> None:
    answer = caller.post(BATCHES_PATH, data=SEVEN, content_type="application/x-ndjson")
    taken = as_documented(answer, openapi, BATCHES_PATH, "post")
    assert answer.status_code == 202
    assert answer.headers["Location"] == taken["links"]["self"] == f"/v1/batches/{taken['id']}"
    assert (taken["state"], taken["progress"], taken["records"]) == ("queued", 0.0, None)
    assert taken["upload_bytes"] == len(SEVEN)

    work(workshop, taken["id"], most_chunks=1, merge=False)
    running = as_documented(caller.get(taken["links"]["self"]), openapi, ONE)
    assert (running["state"], running["records"], running["records_done"]) == ("running", 7, 3)
    assert running["progress"] == round(3 / 7, 4)
    assert running["rate"] > 0
    assert running["expected_end"] > running["started_at"]
    problem(caller.get(taken["links"]["results"]), 409, "batch-not-over")

    work(workshop, taken["id"])
    page = as_documented(caller.get(taken["links"]["self"]), openapi, ONE)
    assert (page["state"], page["progress"], page["expected_end"]) == ("done", 1.0, None)
    assert page["counts"] == {"clean": 4, "hold": 2, "unreadable": 1}
    assert sum(page["counts"].values()) == page["records"] == page["records_done"] == 7
    assert page["findings"]["DUP952"] == 1
    assert page["rulesets"] == [workshop.engine.ruleset]
    assert page["rejected"]["count"] == 1
    (rejected,) = page["rejected"]["first"]
    assert (rejected["claim_id"], rejected["place"]) == ("broken", "upload line 2")

    results = as_documented(caller.get(taken["links"]["results"]), openapi, f"{ONE}/results")
    assert (results["state"], results["next_cursor"]) == ("done", None)
    kinds = [result["disposition"] for result in results["results"]]
    assert kinds == ["clean", "unreadable", "hold", "clean", "clean", "clean", "hold"]
    repeated = results["results"][-1]
    assert repeated["findings"][-1]["edit"] == "DUP952"
    assert repeated["claim_id"] == "C-6"


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("disposition=hold", ["C-2", "C-6"]),
        ("disposition=unreadable", ["broken"]),
        ("disposition=review", []),
        ("edit=cov703", ["C-2"]),
        ("edit=DUP952", ["C-6"]),
        ("edit=DUP952&disposition=clean", []),
        ("payer=01112", ["=cmd"]),
        ("provider=1234567893&disposition=clean", ["C-1", "C-3", "=cmd", "C-5"]),
        ("provider=none", []),
    ],
)
def test_results_by_what_is_asked_for(
    caller: FlaskClient, workshop: Workshop, query: str, ids: list[str]
) -> None:
    batch = submit(caller)
    work(workshop, batch)
    results = caller.get(f"/v1/batches/{batch}/results?{query}").get_json()["results"]
    assert [result["claim_id"] for result in results] == ids


def test_pages_streams_and_their_packed_form_hold_the_same(caller: FlaskClient, workshop: Workshop) -> None:
    batch = submit(caller)
    work(workshop, batch)
    results = f"/v1/batches/{batch}/results"
    walked: list[Any] = []
    cursor = ""
    while True:
        page = caller.get(f"{results}?limit=2{cursor}").get_json()
        assert len(page["results"]) <= 2
        walked += page["results"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(walked) == 7

    stream = caller.get(results, headers={"Accept": "application/x-ndjson"})
    assert stream.content_type == "application/x-ndjson"
    assert stream.headers["X-Batch-State"] == "done"
    assert [json.loads(line) for line in stream.data.splitlines()] == walked
    packed = caller.get(results, headers={"Accept": "application/x-ndjson", "Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == stream.data
    some = caller.get(f"{results}?limit=3", headers={"Accept": "application/x-ndjson"})
    assert some.data == b"".join(stream.data.splitlines(keepends=True)[:3])
    problem(caller.get(results, headers={"Accept": "image/png"}), 406, "not-acceptable")
    for accept in ("*/*", "text/html,*/*;q=0.8", "application/json;q=0.5"):
        assert caller.get(results, headers={"Accept": accept}).content_type == "application/json"


def test_a_stream_is_of_one_moment(
    scrubber: Scrubber, workshop: Workshop, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A stream sends what it has gathered: here each result, so that it is not at its end before it has begun.
    monkeypatch.setattr("scrubber.api.batch_results.WRITTEN_AT_ONCE", 1)
    here = replace(workshop, database=database)
    caller = create_app(scrubber, here).test_client()
    batch = submit(caller)
    work(here, batch)
    path = f"/v1/batches/{batch}"
    stream = iter(
        caller.get(f"{path}/results", headers={"Accept": "application/x-ndjson"}, buffered=False).response
    )
    results_csv = caller.get(f"{path}/results", headers={"Accept": "text/csv"})
    first = next(stream)
    assert caller.delete(path).status_code == 204
    assert len((first + b"".join(stream)).splitlines()) == 7
    assert len(results_csv.text.splitlines()) > 7
    problem(caller.get(path), 404, "batch-unknown")


def test_csv_is_that_of_the_command(
    caller: FlaskClient, workshop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    upload = ndjson(CLEAN, HELD, OTHER_PAYER) + b"{}\n"
    batch = submit(caller, upload)
    work(workshop, batch)
    rows = caller.get(f"/v1/batches/{batch}/results", headers={"Accept": "text/csv"})
    assert rows.content_type == "text/csv; charset=utf-8"
    (tmp_path / "upload").write_bytes(upload)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCRUBBER_REFERENCE_DIR", str(workshop.settings.snapshots))
    with pytest.raises(SystemExit):
        command(["check", "upload", "--format", "csv"])
    assert rows.text == capsys.readouterr().out
    assert "\n'=cmd,clean," in rows.text
    assert ",unreadable," in rows.text


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=1e2", "limit"),
        ("cursor=%00", "cursor"),
        ("cursor=zz", "cursor"),
        ("cursor=LTE", "cursor"),
        ("cursor=ZmZmZmZmZmZmZmZmZmZmZmZmZmY", "cursor"),
        ("disposition=bad", "disposition"),
        ("edit=%27", "edit"),
        ("payer=%00", "payer"),
        ("colour=red", "colour"),
    ],
)
def test_a_wrong_question_about_results(caller: FlaskClient, query: str, parameter: str) -> None:
    told = problem(caller.get(f"/v1/batches/none/results?{query}"), 422, "query-invalid")
    assert [error["parameter"] for error in told["errors"]] == [parameter]


def test_an_app_holds_no_connection_that_a_fork_would_share(scrubber: Scrubber, workshop: Workshop) -> None:
    create_app(scrubber, workshop)
    assert workshop.database.pool.status().startswith("Pool size: 5  Connections in pool: 0")
    assert "Current Checked out connections: 0" in workshop.database.pool.status()


def test_a_batch_that_is_not_there(caller: FlaskClient, workshop: Workshop) -> None:
    batch = submit_batch(workshop, [SEVEN], tenant="somebody else", who="test").id
    for name in (batch, "none", "%00", "x" * 500):
        path = f"/v1/batches/{name}"
        problem(caller.get(path), 404, "batch-unknown")
        problem(caller.get(f"{path}/results"), 404, "batch-unknown")
        problem(caller.get(f"{path}/events"), 404, "batch-unknown")
        problem(caller.delete(path), 404, "batch-unknown")
        problem(caller.post(f"{path}/retry"), 404, "batch-unknown")
    assert caller.get(BATCHES_PATH).get_json() == {"batches": [], "next_cursor": None}


def test_the_same_key_gives_the_same_batch(caller: FlaskClient, workshop: Workshop) -> None:
    key = {"Idempotency-Key": "monday"}
    first = submit(caller, headers=key)
    assert submit(caller, headers=key) == first
    assert len(kept_blobs(workshop)) == 1
    problem(caller.post(BATCHES_PATH, data=b"other", headers=key), 409, "idempotency-key-used")
    assert len(kept_blobs(workshop)) == 1
    assert submit(caller, headers={"Idempotency-Key": "tuesday"}) != first
    # With as many unfinished as there may be, what is known already is still answered.
    submit(caller)
    assert submit(caller, headers=key) == first
    for odd in ("", "x" * 256, "ä"):
        problem(caller.post(BATCHES_PATH, data=SEVEN, headers={"Idempotency-Key": odd}), 422, "query-invalid")


def test_so_many_unfinished_batches_and_no_more(caller: FlaskClient, workshop: Workshop) -> None:
    batches = [submit(caller) for _ in range(3)]
    answer = caller.post(BATCHES_PATH, data=SEVEN)
    problem(answer, 429, "too-many-batches")
    assert int(answer.headers["Retry-After"]) > 0
    work(workshop, batches[0])
    submit(caller)


def test_the_list_is_by_pages_newest_first(caller: FlaskClient, openapi: dict[str, Any]) -> None:
    batches = [submit(caller) for _ in range(3)]
    page = as_documented(caller.get(f"{BATCHES_PATH}?limit=2"), openapi, BATCHES_PATH)
    assert [batch["id"] for batch in page["batches"]] == batches[:0:-1]
    rest = caller.get(f"{BATCHES_PATH}?limit=2&cursor={page['next_cursor']}").get_json()
    assert [batch["id"] for batch in rest["batches"]] == batches[:1]
    assert rest["next_cursor"] is None
    problem(caller.get(f"{BATCHES_PATH}?limit=101"), 422, "query-invalid")


def test_cancel_keeps_what_was_done_retry_goes_on_and_delete_removes_all(
    caller: FlaskClient, workshop: Workshop
) -> None:
    batch = submit(caller)
    path = f"/v1/batches/{batch}"
    work(workshop, batch, most_chunks=1, merge=False)
    problem(caller.post(f"{path}/retry"), 409, "batch-not-stopped")
    cancelled = caller.delete(path)
    assert cancelled.status_code == 202
    assert cancelled.get_json()["state"] == "cancelled"
    part = caller.get(f"{path}/results").get_json()
    assert (part["state"], len(part["results"])) == ("cancelled", 3)

    retried = caller.post(f"{path}/retry")
    assert (retried.status_code, retried.get_json()["state"]) == (202, "running")
    work(workshop, batch)
    assert len(caller.get(f"{path}/results").get_json()["results"]) == 7

    removed = caller.delete(path)
    assert (removed.status_code, removed.data) == (204, b"")
    problem(caller.get(path), 404, "batch-unknown")
    assert kept_blobs(workshop) == []


def test_a_batch_that_somebody_has_tried_again_meanwhile_is_not_said_to_be_removed(
    caller: FlaskClient, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/v1/batches/{submit(caller)}"
    assert caller.delete(path).get_json()["state"] == "cancelled"

    def tried_again_before(workshop: Workshop, batch: Batch, who: str) -> bool:
        assert retry(workshop, batch, "somebody else")
        return purge(workshop, batch, who)

    monkeypatch.setattr("scrubber.api.batches.purge", tried_again_before)
    answer = caller.delete(path)
    assert (answer.status_code, answer.get_json()["state"]) == (202, "cancelled")
    monkeypatch.setattr("scrubber.api.batches.purge", lambda *told: purge(*told) and purge(*told))
    problem(caller.delete(path), 404, "batch-unknown")


def test_a_file_of_no_known_format_fails_with_the_reason(caller: FlaskClient, workshop: Workshop) -> None:
    batch = submit(caller, b"%PDF-1.7 Zaphod")
    work(workshop, batch, merge=False)
    page = caller.get(f"/v1/batches/{batch}").get_json()
    assert page["state"] == "failed"
    assert "PDF" in page["reason"]
    assert "Zaphod" not in page["reason"]
    assert caller.get(f"/v1/batches/{batch}/results").get_json()["results"] == []


def test_without_redis_a_batch_is_taken_and_can_be_cancelled(
    scrubber: Scrubber, workshop: Workshop, tmp_path: Path
) -> None:
    gone = Redis(unix_socket_path=str(tmp_path / "none"), retry=Retry(NoBackoff(), 0))
    caller = create_app(scrubber, replace(workshop, redis=gone)).test_client()
    batch = submit(caller)
    assert caller.delete(f"/v1/batches/{batch}").get_json()["state"] == "cancelled"
    assert caller.post(f"/v1/batches/{batch}/retry").get_json()["state"] == "queued"


def test_acknowledgments_of_an_837(caller: FlaskClient, workshop: Workshop, tmp_path: Path) -> None:
    file = Path(__file__).parents[1] / "golden" / "x12" / "everything.837"
    (tmp_path / "upload").write_bytes(file.read_bytes())
    batch = submit(caller, gzip.compress(file.read_bytes()))
    path = f"/v1/batches/{batch}"
    problem(caller.get(f"{path}/999"), 409, "batch-not-over")
    work(workshop, batch)
    page = caller.get(path).get_json()
    at = page["finished_at"][:16]
    environ = {"SCRUBBER_REFERENCE_DIR": str(workshop.settings.snapshots)}
    for form, link in (("999", "acknowledgment_999"), ("277ca", "acknowledgment_277ca")):
        with caller.get(page["links"][link]) as answer, caller.get(page["links"][link]) as again:
            assert (answer.status_code, answer.content_type) == (200, "application/edi-x12")
            assert again.data == answer.data
        arguments = ["acknowledge", str(tmp_path / "upload"), "--form", form, "--at", at]
        of_command = CliRunner().invoke(command, arguments, env=environ).stdout
        assert answer.text.count("~") == of_command.count("~") > 5
        # The seconds of the moment are the batch's own.
        assert re.sub(r"[0-9]{8}", "", answer.text) == re.sub(r"[0-9]{8}", "", of_command)


def test_acknowledgments_of_what_has_none(caller: FlaskClient, workshop: Workshop) -> None:
    other = submit(caller)
    work(workshop, other)
    links = caller.get(f"/v1/batches/{other}").get_json()["links"]
    assert links["acknowledgment_999"] is links["acknowledgment_277ca"] is None
    problem(caller.get(f"/v1/batches/{other}/999"), 409, "batch-not-837")
    problem(caller.get(f"/v1/batches/{other}/277ca"), 409, "batch-not-837")
    problem(caller.get("/v1/batches/none/277ca"), 404, "batch-unknown")
    stopped = submit(caller, (Path(__file__).parents[1] / "golden" / "x12" / "everything.837").read_bytes())
    work(workshop, stopped, most_chunks=0, merge=False)
    caller.delete(f"/v1/batches/{stopped}")
    with caller.get(f"/v1/batches/{stopped}/999") as answer:
        assert answer.status_code == 200
    problem(caller.get(f"/v1/batches/{stopped}/277ca"), 409, "batch-not-done")


# What is sent


@pytest.mark.parametrize(
    "content_type",
    [
        None, "application/edi-x12", "application/json", "text/csv", "application/fhir+json", "text/plain",
        "application/gzip", "application/octet-stream", "application/x-www-form-urlencoded", "nonsense",
        "application/vnd.ms-excel",
    ],
)  # fmt: skip
def test_the_content_decides_and_not_what_it_is_called(caller: FlaskClient, content_type: str | None) -> None:
    submit(caller, content_type=content_type)


@pytest.mark.parametrize(
    "content_type",
    [
        "image/png",
        "application/pdf",
        "application/zip",
        "text/html",
        "application/fhir+xml",
        "multipart/mixed",
    ],
)
def test_what_is_clearly_no_claims_is_refused(caller: FlaskClient, content_type: str) -> None:
    answer = caller.post(BATCHES_PATH, data=SEVEN, content_type=content_type)
    problem(answer, 415, "media-type-unsupported")


def test_packed_by_name_or_by_header_is_the_same(caller: FlaskClient) -> None:
    packed = gzip.compress(SEVEN)
    submit(caller, packed, content_type="application/gzip")
    submit(caller, packed, content_type="application/x-ndjson", headers={"Content-Encoding": "gzip"})
    answer = caller.post(BATCHES_PATH, data=packed, headers={"Content-Encoding": "br"})
    problem(answer, 415, "media-type-unsupported")


def test_empty_and_too_large_uploads_leave_nothing(caller: FlaskClient, workshop: Workshop) -> None:
    problem(caller.post(BATCHES_PATH, data=b""), 422, "upload-empty")
    problem(caller.post(BATCHES_PATH, data=b"x" * 200_001), 413, "body-too-large")
    problem(caller.post(BATCHES_PATH, data=b"x" * 2_000_000), 413, "body-too-large")
    without_length = {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    endless = caller.post(
        BATCHES_PATH, input_stream=io.BytesIO(b"x" * 2_000_000), environ_overrides=without_length
    )
    problem(endless, 413, "body-too-large")
    assert kept_blobs(workshop) == []
    submit(caller, b"x" * 200_000)


def test_an_upload_that_is_cut_off_leaves_nothing(caller: FlaskClient, workshop: Workshop) -> None:
    answer = caller.post(BATCHES_PATH, data=SEVEN, environ_overrides={"CONTENT_LENGTH": "100000"})
    problem(answer, 400, "bad-request")

    class Cut:
        def read(self, _size: int) -> bytes:
            raise OSError("reset by the client")

    chunked = {"wsgi.input": Cut(), "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    answer = caller.post(BATCHES_PATH, environ_overrides=chunked)
    problem(answer, 400, "bad-request")
    assert kept_blobs(workshop) == []
    assert caller.get(BATCHES_PATH).get_json()["batches"] == []


def test_a_full_disk(caller: FlaskClient, workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("scrubber.store.blobs.os.fsync", full)
    problem(caller.post(BATCHES_PATH, data=SEVEN), 507, "no-room")
    assert kept_blobs(workshop) == []
    assert caller.get(BATCHES_PATH).get_json()["batches"] == []


def form(*parts: tuple[str, bytes], boundary: str = "b", end: bytes = b"--b--\r\n") -> dict[str, Any]:
    """A multipart request: the headers' disposition and the content of each part."""
    body = b"".join(
        b"--b\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (named.encode(), content)
        for named, content in parts
    )
    return {"data": body + end, "content_type": f"multipart/form-data; boundary={boundary}"}


def test_a_form(caller: FlaskClient, workshop: Workshop) -> None:
    table = b"Claim #,procedure,service_date,charge\r\nA-1,98940,2026-03-02,45.00\r\n"
    names = json.dumps({"Claim #": "claim_id"}).encode()
    sent = form(('name="columns"', names), ('name="file"; filename="M\u00fcller.csv"', table))
    answer = caller.post(BATCHES_PATH, **sent)
    assert answer.status_code == 202, answer.text
    with reading(workshop.database) as connection:
        batch = find_batch(connection, "default", answer.get_json()["id"])
    assert batch is not None
    assert batch.columns == {"Claim #": "claim_id"}
    with workshop.blobs.open(batch.blob) as blob:
        assert blob.read() == table
    # A field that is called file will do, and names of columns may stand in the query.
    sent = form(('name="file"', SEVEN))
    assert caller.post(f"{BATCHES_PATH}?columns=%7B%22a%22:null%7D", **sent).status_code == 202


def test_a_form_of_any_size_is_handed_on_as_it_comes(caller: FlaskClient, workshop: Workshop) -> None:
    content = (b"\r\n--bx\r\n-\r-" * 20_000)[:199_999]
    answer = caller.post(BATCHES_PATH, **form(('name="file"; filename="x"', content)))
    batch = answer.get_json()
    with workshop.blobs.open(kept_blobs(workshop)[0]) as blob:
        assert blob.read() == content
    assert batch["upload_bytes"] == len(content)
    too_large = caller.post(BATCHES_PATH, **form(('name="file"; filename="x"', b"y" * 200_001)))
    problem(too_large, 413, "body-too-large")


FILE = ('name="file"; filename="x"', SEVEN)


@pytest.mark.parametrize(
    "sent",
    [
        form(FILE, boundary=""),
        form(FILE, boundary="c"),
        form(FILE, boundary="b" * 71),
        form(),
        form(end=b""),
        form(FILE, end=b""),
        form(FILE, end=b"--b"),
        form(FILE, FILE),
        form(FILE, ('name="callback_url"', b"https://example.org")),
        form(('name="columns"', b"{}"), ('name="columns"', b"{}"), FILE),
        form(('name="columns"', b"{" * 100_000), FILE),
        form(('name="columns"', b"\xff"), FILE),
        form(('name="other"', b""), FILE),
        form(('name="other"; filename="file"', b"")),
        form(("nameless", b"")),
        form(*[('name="columns"', b"{}")] * 100),
        form(FILE, end=b"--b--\r\n" + b"x" * 700_000),
        {"data": b"--b\r\nX: " + b"y" * 700_000, "content_type": "multipart/form-data; boundary=b"},
        {"data": b"--b\r\nX: y\r\n\r\n\r\n--b--\r\n", "content_type": "multipart/form-data; boundary=b"},
        {"data": b"--b\r\n\xff: y\r\n\r\n\r\n--b--\r\n", "content_type": "multipart/form-data; boundary=b"},
        {"data": b"\0" * 10_000, "content_type": "multipart/form-data; boundary=b"},
    ],
)
def test_a_broken_form_is_refused_and_leaves_nothing(
    caller: FlaskClient, workshop: Workshop, sent: dict[str, Any]
) -> None:
    problem(caller.post(BATCHES_PATH, **sent), 400, "form-invalid")
    assert kept_blobs(workshop) == []


def test_an_empty_file_in_a_form(caller: FlaskClient) -> None:
    problem(caller.post(BATCHES_PATH, **form(('name="file"; filename="x"', b""))), 422, "upload-empty")


@pytest.mark.parametrize("columns", ["[]", "{", '{"a": 1}', "\u00e4", '"a"'])
def test_names_of_columns_that_are_none(caller: FlaskClient, columns: str) -> None:
    answer = caller.post(BATCHES_PATH, data=SEVEN, query_string={"columns": columns})
    told = problem(answer, 422, "query-invalid")
    assert [error["parameter"] for error in told["errors"]] == ["columns"]
    form_sent = form(('name="columns"', columns.encode()), FILE)
    problem(caller.post(BATCHES_PATH, **form_sent), 422, "query-invalid")


def test_callbacks_are_checked_before_anything_is_read(caller: FlaskClient, workshop: Workshop) -> None:
    good = caller.post(f"{BATCHES_PATH}?callback_url=https://example.org/hook", data=SEVEN).get_json()
    assert good["callback"] == "pending"
    for odd in (
        "http://example.org",
        "https://127.0.0.1/",
        "ftp://example.org",
        "nonsense",
        "https://u:p@e.org",
    ):
        answer = caller.post(BATCHES_PATH, data=SEVEN, query_string={"callback_url": odd})
        told = problem(answer, 422, "callback-refused")
        assert odd not in json.dumps(told)
        problem(
            caller.post(BATCHES_PATH, **form(('name="callback_url"', odd.encode()), FILE)),
            422,
            "callback-refused",
        )
    assert len(kept_blobs(workshop)) == 1


# How it gets on


def events(stream: str) -> list[tuple[str, dict[str, Any]]]:
    told = []
    for event in stream.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in event.splitlines())
        if "event" in fields:
            told.append((fields["event"], json.loads(fields["data"])))
    return told


def test_events_tell_each_change_and_the_end(
    caller: FlaskClient, workshop: Workshop, openapi: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = submit(caller)
    steps = iter(
        [
            lambda: None,
            lambda: work(workshop, batch, most_chunks=1, merge=False),
            lambda: None,
            lambda: work(workshop, batch),
        ]
    )
    monkeypatch.setattr("scrubber.api.batch_events.sleep", lambda _seconds: next(steps)())
    answer = caller.get(f"/v1/batches/{batch}/events", headers={"Last-Event-ID": "7"})
    assert answer.content_type == "text/event-stream"
    assert "text/event-stream" in openapi["paths"][f"{ONE}/events"]["get"]["responses"]["200"]["content"]
    told = events(answer.text)
    assert [(name, status["state"], status["records_done"]) for name, status in told] == [
        ("status", "queued", 0),
        ("status", "running", 3),
        ("end", "done", 7),
    ]
    assert [name for name, _ in events(caller.get(f"/v1/batches/{batch}/events").text)] == ["end"]


def test_events_end_with_the_process_with_the_client_and_with_the_batch(
    batch_app: Flask, caller: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/v1/batches/{submit(caller)}/events"
    stop: list[bool] = []
    batch_app.config[STOPPING] = lambda: bool(stop)
    monkeypatch.setattr("scrubber.api.batch_events.sleep", lambda _seconds: None)
    monkeypatch.setattr("scrubber.api.batch_events.QUIET_SECONDS", 0)
    # More streams than there are seats get the state and end; a stream that is closed leaves its seat.
    for _ in range(3):
        streams = [iter(caller.get(path, buffered=False).response) for _ in range(4)]
        for stream in streams:
            assert next(stream) == b"retry: 2000\n\n"
            assert b"event: status" in next(stream)
            assert next(stream) == b": still there\n\n"
        assert [name for name, _ in events(caller.get(path).text)] == ["status"]
        for stream in streams:
            stream.close()  # type: ignore[attr-defined]
    stream = iter(caller.get(path, buffered=False).response)
    assert b"event: status" in [next(stream), next(stream)][1]
    stop.append(True)
    assert list(stream) == []
    stop.clear()
    stream = iter(caller.get(path, buffered=False).response)
    assert b"event: status" in [next(stream), next(stream)][1]
    caller.delete(path.removesuffix("/events"))
    assert [next(stream).split(b"\n")[0], *stream] == [b"event: end"]


# Where batches are not, or not just now


def test_a_service_without_batches_says_what_to_set(client: FlaskClient, openapi: dict[str, Any]) -> None:
    for answer in (
        client.post(BATCHES_PATH, data=SEVEN),
        client.get(BATCHES_PATH),
        client.get("/v1/batches/x"),
        client.delete("/v1/batches/x"),
        client.post("/v1/batches/x/retry"),
        client.get("/v1/batches/x/results"),
        client.get("/v1/batches/x/events"),
    ):
        told = problem(answer, 503, "batches-not-configured")
        assert "SCRUBBER_REDIS_URL" in told["detail"]
    assert client.get("/readyz").get_json()["dependencies"] is None


def test_readiness_tells_each_dependency(
    caller: FlaskClient, workshop: Workshop, openapi: dict[str, Any], tmp_path: Path
) -> None:
    ready = caller.get("/readyz")
    told = as_documented(ready, openapi, "/readyz")["dependencies"]
    assert ready.status_code == 200
    assert {name: one["status"] for name, one in told.items()} == {
        "database": "ok",
        "blobs": "ok",
        "redis": "ok",
        "workers": "failed",
    }
    assert told["database"]["detail"].startswith("revision ")
    (tmp_path / "blobs").rmdir()
    workshop.redis.close()
    not_ready = caller.get("/readyz")
    assert not_ready.status_code == 503
    assert as_documented(not_ready, openapi, "/readyz")["dependencies"]["blobs"]["status"] == "failed"


def test_a_database_that_fails_is_told_without_its_words(
    caller: FlaskClient, workshop: Workshop, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    workshop.database.dispose()
    for file in tmp_path.glob("scrubber.db*"):
        file.unlink()
    (tmp_path / "scrubber.db").mkdir()
    answer = caller.get(BATCHES_PATH)
    problem(answer, 503, "store-unavailable")
    assert answer.headers["Retry-After"]
    problem(caller.post(BATCHES_PATH, data=SEVEN), 503, "store-unavailable")
    assert kept_blobs(workshop) == []
    assert caller.get("/readyz").get_json()["dependencies"]["database"]["status"] == "failed"


def test_who_reads_what_is_kept_of_patients_is_noted(caller: FlaskClient, workshop: Workshop) -> None:
    batch = submit(caller)
    assert caller.get(f"/v1/batches/{batch}/results").status_code == 409
    work(workshop, batch)
    for what in ("results", "report", "999"):
        caller.get(f"/v1/batches/{batch}/{what}")
    caller.get("/v1/reports/denial-risk")
    caller.get(f"/v1/reports/denial-risk?from=2026-01-01&to=2026-12-31&payer={'P' * 80}&provider={'1' * 80}")
    caller.get("/v1/reports/denial-risk?payer=05102")
    assert caller.get(f"/v1/batches/{batch}").get_json()["rejected"]["count"] == 1
    with reading(workshop.database) as connection:
        noted = [(act.who, act.did, act.subject) for act in acts(connection, "default")]
    assert noted == [
        ("api", "submitted", batch),
        ("api", "read results", batch),
        ("api", "read report", batch),
        ("api", "read report", "period"),
        ("api", "read report", f"period from 2026-01-01 to 2026-12-31 payer {'P' * 30} provider {'1' * 30}"),
        ("api", "read report", "period payer 05102"),
        ("api", "read unreadable records", batch),
    ]
