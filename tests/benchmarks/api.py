"""A claim through the app, without a network: scrubbed, against an echo of the same body by the same framework."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from scrubber.api.app import create_app
from scrubber.bootstrap import build
from scrubber.settings import Settings
from tests.benchmarks.timing import microseconds

REQUESTS = 2_000
CLEAN = Path(__file__).parents[2] / "docs" / "guide" / "samples" / "chiropractic-clean.json"
DAYS = ("2026-10-05", "2026-10-07", "2026-10-09")


def measured(settings: Settings) -> Iterator[tuple[str, str]]:
    """Microseconds of a request with a clean claim of three lines."""
    body = json.dumps(claim_of_three_lines()).encode()
    scrubbed = _request(create_app(build(settings)), "/v1/claims/scrub", body)
    echoed = _request(echo_app(), "/echo", body)
    yield (
        "POST /v1/claims/scrub",
        f"{scrubbed:.0f} µs; echo {echoed:.0f} µs; {echoed / scrubbed:.0%} of its requests/s",
    )


def claim_of_three_lines() -> dict[str, Any]:
    """A clean claim."""
    claim: dict[str, Any] = json.loads(CLEAN.read_bytes())
    claim["lines"] = [dict(claim["lines"][0], service_date=day) for day in DAYS]
    claim["total_charge"] = "135.00"
    return claim


def echo_app() -> Flask:
    """Decodes the JSON of a request, and sends it back."""
    app = Flask("echo")

    @app.post("/echo")
    def echo() -> ResponseReturnValue:
        return jsonify(request.get_json())

    return app


def _request(app: Flask, path: str, body: bytes) -> float:
    """Microseconds of one request. The app writes its log lines to nowhere."""

    def ask() -> int:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": path,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
        }
        told: list[str] = []
        answer = app(environ, lambda status, _headers, *_: told.append(status))  # type: ignore[arg-type, return-value]
        for _ in answer:
            pass
        return int(told[0].split()[0])

    if ask() != 200:
        raise RuntimeError(f"{path} does not answer")
    return microseconds(ask, REQUESTS)
