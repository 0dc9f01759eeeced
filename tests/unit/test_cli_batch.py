"""``scrubber batch``: what it asks the API and what it makes of the answers."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from requests_mock import Mocker

from scrubber.cli.main import main

URL = "http://127.0.0.1:8000/v1/batches"
SAMPLE = b'{"claim_id":"A-1"}\n'


def page(state: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "b1", "state": state, "reason": None, "damage": None, "records": 4, "records_done": 2,
        "rate": 10.0, "expected_end": None, "counts": {}, "rejected": {"count": 0, "first": []},
        "created_at": "2026-11-22T10:00:00.5Z",
    } | more  # fmt: skip


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """Runs `scrubber batch` with arguments; its exit code, output and errors."""
    monkeypatch.setattr("scrubber.cli.batch.LOOK_SECONDS", 0)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "claims.ndjson").write_bytes(SAMPLE)

    def ran(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["scrubber", "batch", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsysbinary.readouterr()
        return int(ended.value.code or 0), said.out.decode(), said.err.decode()

    return ran


Run = Callable[..., tuple[int, str, str]]


def test_submit_sends_the_file_and_prints_the_id(run: Run, requests_mock: Mocker) -> None:
    sent: list[bytes] = []

    def take(request: requests.PreparedRequest, _context: object) -> dict[str, Any]:
        sent.extend(request.body)  # type: ignore[arg-type]
        return page("queued")

    asked = requests_mock.post(URL, status_code=202, json=take)
    Path("columns.yaml").write_text('"Claim #": claim_id\n')
    code, said, errors = run(
        "submit", "claims.ndjson", "--idempotency-key", "k", "--callback-url", "https://e.org", "--columns",
        "columns.yaml",
    )  # fmt: skip
    assert (code, said, errors) == (0, "b1\n", "")
    (request,) = asked.request_history
    assert sent == [SAMPLE]
    assert request.headers["Idempotency-Key"] == "k"
    assert request.qs["callback_url"] == ["https://e.org"]
    assert json.loads(request.qs["columns"][0]) == {"claim #": "claim_id"}  # requests_mock makes it small


@pytest.mark.parametrize(
    ("last", "code"),
    [
        (page("done", counts={"clean": 3, "review": 1}), 0),
        (page("done", counts={"hold": 1}), 1),
        (page("done", counts={"unreadable": 1}), 1),
        (page("failed", reason="The upload is a PDF.", records=None), 2),
        (page("cancelled"), 2),
    ],
)
def test_submit_and_wait(run: Run, requests_mock: Mocker, last: dict[str, Any], code: int) -> None:
    requests_mock.post(URL, status_code=202, json=page("queued", records=None))
    steps = [page("splitting", records=None), page("running"), page("running", records_done=3), last]
    requests_mock.get(f"{URL}/b1", [{"json": step} for step in steps])
    ended, said, _ = run("submit", "claims.ndjson", "--wait")
    assert ended == code
    assert said.startswith(f"b1\nb1  {last['state']}")
    assert (last["reason"] or "") in said


def test_status_tells_what_could_not_be_read(run: Run, requests_mock: Mocker) -> None:
    first = [{"place": "upload line 2", "message": "No claim.", "claim_id": None}]
    shown = page(
        "running",
        rejected={"count": 3, "first": first},
        damage="The end is missing.",
        expected_end="2026-11-22T10:00:09.1Z",
        counts={"clean": 1, "unreadable": 3},
    )
    requests_mock.get(f"{URL}/b1", json=shown)
    code, said, _ = run("status", "b1")
    assert code == 0
    assert said.splitlines() == [
        "b1  running  2 of 4 records  10/s  done about 10:00:09 UTC",
        "The end is missing.",
        "1 claim: 1 clean, 0 review, 0 hold; 3 records unreadable",
        "  upload line 2: No claim.",
        "  and 2 more",
    ]


@pytest.mark.parametrize(
    ("form", "accept", "answer", "written"),
    [
        ("ndjson", "application/x-ndjson", b'{"a":1}\n{"b":2}\n', b'{"a":1}\n{"b":2}\n'),
        ("csv", "text/csv", b"x,y\n", b"x,y\n"),
        ("json", "application/x-ndjson", b'{"a":1}\n{"b":2}\n', b'[\n{"a":1},\n{"b":2}\n]\n'),
        ("json", "application/x-ndjson", b"", b"[]\n"),
    ],
)
def test_results(
    run: Run, requests_mock: Mocker, form: str, accept: str, answer: bytes, written: bytes
) -> None:
    asked = requests_mock.get(f"{URL}/b1/results", content=answer, headers={"X-Batch-State": "done"})
    arguments = ("results", "b1", "--format", form, "--disposition", "hold", "--edit", "COV703")
    assert run(*arguments) == (0, written.decode(), "")
    assert asked.last_request.headers["Accept"] == accept
    assert asked.last_request.qs == {"disposition": ["hold"], "edit": ["cov703"]}
    assert run(*arguments, "-o", "out") == (0, "", "")
    assert Path("out").read_bytes() == written
    assert not Path("out.part").exists()


def test_results_of_a_batch_that_stopped_are_not_all(run: Run, requests_mock: Mocker) -> None:
    requests_mock.get(f"{URL}/b1/results", content=b"{}\n", headers={"X-Batch-State": "cancelled"})
    assert run("results", "b1")[2] == "The batch was cancelled: these are not all its results.\n"


def test_results_that_are_cut_off_leave_no_file(
    run: Run, requests_mock: Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> None:
        raise requests.exceptions.ChunkedEncodingError

    requests_mock.get(f"{URL}/b1/results", content=b"{}\n", headers={"X-Batch-State": "done"})
    monkeypatch.setattr(requests.Response, "iter_content", cut)
    code, _, errors = run("results", "b1", "-o", "out")
    assert (code, errors) == (2, "Error: the connection was cut off before the end of the results\n")
    assert [path.name for path in Path.cwd().iterdir()] == ["claims.ndjson"]


def test_cancel_leaves_a_batch_alone_that_is_over(run: Run, requests_mock: Mocker) -> None:
    requests_mock.get(f"{URL}/b1", json=page("done"))
    assert run("cancel", "b1") == (2, "", "Error: the batch is over: done\n")
    requests_mock.get(f"{URL}/b1", json=page("running"))
    requests_mock.delete(f"{URL}/b1", status_code=202, json=page("cancelled"))
    assert run("cancel", "b1")[:2] == (0, "b1  cancelled  2 of 4 records  10/s\n")


def test_retry_and_list(run: Run, requests_mock: Mocker) -> None:
    requests_mock.post(f"{URL}/b1/retry", status_code=202, json=page("running"))
    assert run("retry", "b1")[0] == 0
    requests_mock.get(f"{URL}?limit=5", json={"batches": [page("done"), page("queued", records=None)]})
    said = run("list", "--limit", "5")[1]
    assert said.splitlines() == [
        "b1  2026-11-22T10:00:00  done  2 of 4 records  10/s",
        "b1  2026-11-22T10:00:00  queued  10/s",
    ]


NOBODY = (
    "nothing answers at http://127.0.0.1:8000; start the service with `scrubber serve --embedded`, "
    "or name another with --url or SCRUBBER_URL"
)
INVALID = {"title": "T", "detail": "D.", "errors": [{"parameter": "p", "message": "M."}]}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"exc": requests.ConnectionError("[Errno 111] Connection refused")}, NOBODY),
        ({"exc": requests.ConnectTimeout}, "http://127.0.0.1:8000 does not answer"),
        (
            {"exc": requests.ConnectionError("reset")},
            "the connection to http://127.0.0.1:8000 failed or was cut off",
        ),
        ({"exc": requests.ReadTimeout}, "http://127.0.0.1:8000 can't be asked (ReadTimeout)"),
        ({"status_code": 422, "json": INVALID}, "T. D. p: M"),
        ({"status_code": 404, "json": {"title": "There is no such batch"}}, "There is no such batch"),
        (
            {"status_code": 502, "reason": "Bad Gateway", "text": "<html>"},
            "the service answers 502 Bad Gateway; is it the claim scrubber?",
        ),
        (
            {"status_code": 500, "reason": "Oops", "json": ["no problem"]},
            "the service answers 500 Oops; is it the claim scrubber?",
        ),
    ],
)  # fmt: skip
def test_errors_are_one_line(run: Run, requests_mock: Mocker, answer: dict[str, Any], says: str) -> None:
    requests_mock.get(f"{URL}/b1", **answer)
    assert run("status", "b1") == (2, "", f"Error: {says}\n")


def test_where_the_service_is(run: Run, requests_mock: Mocker, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOST", "PORT", "URL"):
        monkeypatch.delenv(f"SCRUBBER_{name}", raising=False)
    monkeypatch.setenv("SCRUBBER_HOST", "::1")
    monkeypatch.setenv("SCRUBBER_PORT", "9000")
    requests_mock.get("http://[::1]:9000/v1/batches/b1", json=page("done"))
    assert run("status", "b1")[0] == 0
    monkeypatch.setenv("SCRUBBER_URL", "https://claims.example.org/")
    requests_mock.get("https://claims.example.org/v1/batches/b1", json=page("done"))
    assert run("status", "b1")[0] == 0
    requests_mock.get("http://other/v1/batches/b1", json=page("done"))
    assert run("--url", "http://other", "status", "b1")[0] == 0
    assert "can't be asked (InvalidURL)" in run("--url", "http://", "status", "b1")[2]


def test_results_for_a_directory_that_is_not_there(
    run: Callable[..., tuple[int, str, str]], requests_mock: Mocker
) -> None:
    requests_mock.get(f"{URL}/b1/results", content=b"{}\n")
    code, _, errors = run("results", "b1", "--output", "nowhere/r.ndjson")
    assert (code, errors) == (2, "Error: there is no directory nowhere to write r.ndjson to\n")
