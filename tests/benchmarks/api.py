"""Requests through the app itself, without a network: scrubbing a claim against an echo of the same body."""

import io
import json
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from scrubber.api.app import create_app
from scrubber.bootstrap import Scrubber

ROUNDS = 7
REQUESTS = 2_000


def echo_app() -> Flask:
    """The peer: the same framework, a body decoded and sent back."""
    app = Flask("echo")

    @app.post("/echo")
    def echo() -> ResponseReturnValue:
        return jsonify(request.get_json())

    return app


def microseconds(app: Flask, path: str, body: bytes) -> float:
    """One request, the median of several rounds. The app writes its log lines to nowhere."""

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
    return median(_round(ask) for _ in range(ROUNDS))


def compare(scrubber: Scrubber, claim: dict[str, Any]) -> tuple[float, float]:
    """Microseconds of a scrub and of an echo, for the same claim."""
    body = json.dumps(claim).encode()
    return microseconds(create_app(scrubber), "/v1/claims/scrub", body), microseconds(
        echo_app(), "/echo", body
    )


def _round(ask: Callable[[], int]) -> float:
    started = time.perf_counter()
    for _ in range(REQUESTS):
        ask()
    return (time.perf_counter() - started) / REQUESTS * 1e6
