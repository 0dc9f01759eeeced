"""Whatever is sent: a 4xx that says where, nothing of what was sent in answer or log, and the next claim is served."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from scrubber.log import configure_logging
from tests.edits.cases import base_claim, merged

MARK = "Zaphod-4711"
"""Stands for what must not be repeated."""

SCRUB = "/v1/claims/scrub?as_of=2026-03-10"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the service logs, as it is configured for production."""
    logger = logging.getLogger("scrubber")
    before = logger.handlers[:], logger.level, logger.propagate
    stream = io.StringIO()
    configure_logging(stream=stream)
    yield stream
    logger.handlers[:], logger.level, logger.propagate = before


def claim(**difference: Any) -> dict[str, Any]:
    marked = {"claim_id": MARK, "subscriber": {"id": MARK}, "billing_provider": {"name": MARK}}
    return merged(base_claim(), {**marked, **difference})


def line(**difference: Any) -> bytes:
    return json.dumps(claim(lines=[difference])).encode()


def raw(field: str, written: bytes) -> bytes:
    """The claim with a field of its line written just so."""
    return line(**{field: "@"}).replace(b'"@"', written)


GOOD = json.dumps(base_claim()).encode()

NOT_JSON = {
    "empty": b"",
    "blank": b" \r\n ",
    "cut": json.dumps(claim()).encode()[:-20],
    "no quotes": f"{{claim_id: {MARK}}}".encode(),
    "comma": GOOD[:-1] + b",}",
    "more behind": GOOD + f'"{MARK}"'.encode(),
    "two claims": GOOD + b"\n" + GOOD,
    "byte order mark": b"\xef\xbb\xbf" + GOOD,
    "utf-16": json.dumps(claim()).encode("utf-16"),
    "not utf-8": raw("ndc", f'"{MARK}'.encode() + b'\xff"'),
    "surrogate in utf-8": raw("ndc", f'"{MARK}'.encode() + b'\xed\xa0\x80"'),
    "raw NUL": raw("ndc", f'"{MARK}\x00"'.encode()),
    "raw newline": raw("ndc", f'"{MARK}\n"'.encode()),
    "all NUL": b"\x00" * 1000,
    "1 MB of arrays": b"[" * 1_000_000,
    "1 MB of objects": b'{"a":' * 200_000,
    "1 MB of nesting in a field": raw("modifiers", b"[" * 500_000 + b"]" * 500_000),
    "form": b"claim_id=1&payer=2",
    "xml": f"<claim>{MARK}</claim>".encode(),
    "x12": b"ISA*00*          *00*          *ZZ*1*ZZ*2*260302*1200*^*00501*1*0*P*:~",
}

INVALID = {
    "array": (b"[]", [""]),
    "null": (b"null", [""]),
    "text": (f'"{MARK}"'.encode(), [""]),
    "number": (b"1", [""]),
    "nothing": (b"{}", ["/claim_id", "/lines", "/payer"]),
    "types": (
        line(charge=[MARK], units={}, modifiers=MARK, procedure=98940, service_date=20260302),
        [f"/lines/0/{field}" for field in ("charge", "modifiers", "procedure", "service_date", "units")],
    ),
    "unknown fields": (
        json.dumps({**claim(), "colour": MARK, "dates": {"of birth": MARK}}).encode(),
        ["/colour", "/dates/of birth"],
    ),
    "nulls": (line(charge=None, modifiers=None), ["/lines/0/charge", "/lines/0/modifiers"]),
    "no lines": (json.dumps(claim() | {"lines": []}).encode(), ["/lines"]),
    "10,000 lines": (json.dumps(claim(lines=[{}] * 10_000)).encode(), ["/lines"]),
    "lines are numbers": (json.dumps(claim() | {"lines": [1, 2]}).encode(), ["/lines/0", "/lines/1"]),
    "NUL": (line(ndc=f"{MARK}\x00"), ["/lines/0/ndc"]),
    "escape": (line(ndc=f"{MARK}\x1b[2J"), ["/lines/0/ndc"]),
    "lone surrogate": (line(ndc=f"{MARK}\ud800"), ["/lines/0/ndc"]),
    "two lone surrogates": (line(ndc=f"{MARK}\udc00", procedure="\ud800"), ["/lines/0/ndc", "/lines/0/procedure"]),
    "surrogate in a name": (json.dumps({**claim(), "\ud800": MARK}).encode(), ["/?"]),
    "negative money": (line(charge="-45.00", units=-1), ["/lines/0/charge", "/lines/0/units"]),
    "negative total": (json.dumps(claim(total_charge=-0.01)).encode(), ["/total_charge"]),
    "too fine": (line(charge="45.001"), ["/lines/0/charge"]),
    "year 1": (line(service_date="0001-01-01"), ["/lines/0/service_date"]),
    "year 9999": (line(service_date_to="9999-12-31"), ["/lines/0/service_date_to"]),
    "no such day": (json.dumps(claim(patient={"birth_date": "2026-02-30"})).encode(), ["/patient/birth_date"]),
    "NaN": (raw("charge", b"NaN"), ["/lines/0/charge"]),
    "Infinity": (raw("units", b"-Infinity"), ["/lines/0/units"]),
    "NaN as text": (line(charge="NaN"), ["/lines/0/charge"]),
    "huge float": (raw("charge", b"1e400"), ["/lines/0/charge"]),
    "huger float": (raw("charge", b"1e99999999999999999999"), ["/lines/0/charge"]),
    "huge int": (raw("charge", b"9" * 100_000), ["/lines/0/charge"]),
    "huge pointer": (raw("diagnosis_pointers", b"[" + b"9" * 10_000 + b"]"), ["/lines/0/diagnosis_pointers/0"]),
    "digits of another script": (line(charge="٤٥", diagnosis_pointers=["٣"]), [
        "/lines/0/charge", "/lines/0/diagnosis_pointers/0",
    ]),
    "deep arrays": (raw("modifiers", b"[" * 300 + b"]" * 300), ["/lines/0/modifiers/0"]),
    "long text": (line(ndc=MARK * 1000), ["/lines/0/ndc"]),
    "long list": (line(modifiers=["AT"] * 13), ["/lines/0/modifiers"]),
    "other word": (json.dumps(claim(documentation={"imaging": MARK})).encode(), ["/documentation/imaging"]),
    "duplicate key of two types": (raw("ndc", f'1,"ndc":"{MARK}"'.encode()), ["/lines/0/ndc"]),
}  # fmt: skip


def refused(
    client: FlaskClient, log: io.StringIO, body: bytes, status: int, **options: Any
) -> dict[str, Any]:
    """The problem with which a body is refused, after a look at the log and at the next claim."""
    response = client.post(SCRUB, data=body, **{"content_type": "application/json", **options})
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.content_type == "application/problem+json"
    text = response.get_data(as_text=True)
    assert len(text) < 20_000
    assert MARK not in text
    assert MARK not in str(response.headers)
    following = client.post(SCRUB, data=GOOD, content_type="application/json")
    assert following.status_code == 200
    assert following.get_json()["disposition"] == "clean"
    logged = log.getvalue()
    assert MARK not in logged
    assert [json.loads(entry)["status"] for entry in logged.splitlines()] == [status, 200]
    problem: dict[str, Any] = response.get_json()
    return problem


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_what_is_not_json(client: FlaskClient, log: io.StringIO, body: bytes) -> None:
    problem = refused(client, log, body, 400)
    assert problem["type"] == "urn:claim-scrubber:problem:malformed-json"
    assert "byte" in problem["detail"] or "nested" in problem["detail"]


@pytest.mark.parametrize(("body", "pointers"), INVALID.values(), ids=INVALID.keys())
def test_json_that_is_no_claim(
    client: FlaskClient, log: io.StringIO, body: bytes, pointers: list[str]
) -> None:
    problem = refused(client, log, body, 422)
    assert problem["type"] == "urn:claim-scrubber:problem:claim-invalid"
    assert [error["pointer"] for error in problem["errors"]] == pointers
    assert all(error["message"] for error in problem["errors"])


def test_all_errors_come_at_once_but_not_without_end(client: FlaskClient, log: io.StringIO) -> None:
    wrong = [{"procedure": MARK * 9, "service_date": MARK, "charge": MARK, "units": MARK}] * 900
    problem = refused(client, log, json.dumps(claim() | {"lines": wrong}).encode(), 422)
    *errors, last = problem["errors"]
    assert len(errors) == 100
    assert errors[4]["pointer"] == "/lines/1/charge"
    assert last["message"] == f"{4 * 900 - 100} more errors are not shown."


LIMIT = 2 * 1024 * 1024


@pytest.mark.parametrize("size", [5_000_000, LIMIT + 2, LIMIT + 1])
def test_a_body_over_the_limit(client: FlaskClient, log: io.StringIO, size: int) -> None:
    problem = refused(client, log, b"[" * size, 413)
    assert problem["type"] == "urn:claim-scrubber:problem:body-too-large"
    assert str(LIMIT) in problem["detail"]


def test_a_body_at_the_limit(client: FlaskClient) -> None:
    assert client.post(SCRUB, data=GOOD.ljust(LIMIT), content_type="application/json").status_code == 200


@pytest.mark.parametrize("size", [5_000_000, LIMIT + 1])
def test_a_body_of_unknown_length_over_the_limit(client: FlaskClient, log: io.StringIO, size: int) -> None:
    # Cut at the limit, this is a good claim.
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    stream = io.BytesIO(GOOD.ljust(size))
    problem = refused(client, log, b"", 413, input_stream=stream, environ_overrides=chunked)
    assert problem["type"] == "urn:claim-scrubber:problem:body-too-large"


@pytest.mark.parametrize(
    "options",
    [
        {"content_type": "text/plain"},
        {"content_type": "application/x-www-form-urlencoded"},
        {"content_type": "application/json; charset=latin-1"},
        {"content_type": ""},
        {"content_type": f"application/{MARK}"},
        {"headers": {"Content-Encoding": "gzip"}},
    ],
)
def test_other_content_types(client: FlaskClient, log: io.StringIO, options: dict[str, Any]) -> None:
    problem = refused(client, log, json.dumps(claim()).encode(), 415, **options)
    assert problem["type"] == "urn:claim-scrubber:problem:media-type-unsupported"


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "application/json;charset=UTF-8"]
)
def test_content_types_that_are_read(client: FlaskClient, content_type: str) -> None:
    assert client.post(SCRUB, data=GOOD, content_type=content_type).status_code == 200


def test_a_fault_is_told_to_nobody(app: Flask, client: FlaskClient, log: io.StringIO) -> None:
    def fail(**_path: object) -> None:
        raise RuntimeError(MARK)

    view = app.view_functions["edits.show_edit"]
    app.view_functions["edits.show_edit"] = fail
    try:
        response = client.get(f"/v1/edits/{MARK}?who={MARK}", headers={"X-Request-ID": "r-1"})
    finally:
        app.view_functions["edits.show_edit"] = view
    assert response.status_code == 500
    assert response.get_json() == {
        "type": "urn:claim-scrubber:problem:internal",
        "title": "A fault of the service",
        "status": 500,
        "instance": "urn:request:r-1",
    }
    assert MARK not in log.getvalue()
    fault, request = map(json.loads, log.getvalue().splitlines())
    assert (fault["level"], fault["request_id"], fault["fault"]) == ("error", "r-1", "RuntimeError")
    assert fault["at"][-1].endswith(" fail")
    assert (request["status"], request["route"]) == (500, "/v1/edits/<edit_id>")


def test_a_good_claim_leaves_nothing_of_itself_in_the_log(client: FlaskClient, log: io.StringIO) -> None:
    response = client.post(f"{SCRUB}&explain=true", json=claim(), headers={"X-Request-ID": "r-2"})
    assert response.get_json()["claim_id"] == MARK
    client.get(f"/v1/codes/icd10cm/{MARK}?on=2026-01-01")
    client.get(f"/{MARK}")
    client.open("/healthz", method=MARK.upper())
    assert MARK not in log.getvalue()
    assert MARK.upper() not in log.getvalue()
    first, *_ = map(json.loads, log.getvalue().splitlines())
    assert first.keys() == {"time", "level", "event", "request_id", "method", "route", "status", "ms"}
    assert (first["request_id"], first["method"], first["route"], first["status"]) == (
        "r-2", "POST", "/v1/claims/scrub", 200,
    )  # fmt: skip
    assert 0 < first["ms"] < 60_000
