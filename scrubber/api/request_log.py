"""One line in the log for each request, its count in the metrics, and the request id that joins it to the answer.

A line says which route was called, how it ended and how long it took. What was sent is never in it: no body,
no query, no address beyond the route's template.
"""

import logging
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any

from flask import Flask, request

from scrubber.api.metrics import Metrics
from scrubber.api.tracing import Tracing

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HEADER = "X-Request-ID"

_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_LOG = logging.getLogger("scrubber.api")


def frame_requests(
    app: Flask, headers: Mapping[str, str], metrics: Metrics, tracing: Tracing | None = None
) -> None:
    """Give each request an id, a line in the log, a count, and a span where there is tracing.

    Each answer gets the id, and the ``headers`` it lacks.

    Done around the app and not in Flask's hooks: there each header costs as much as decoding a claim.
    """
    inner = app.wsgi_app

    def framed(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        started = perf_counter()
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _ACCEPTED.fullmatch(given) else secrets.token_hex(16)
        environ["scrubber.request_id"] = request_id

        def start(status: str, own: list[tuple[str, str]], *exc_info: Any) -> Callable[[bytes], object]:
            names = {name for name, _ in own}
            own.extend(pair for pair in headers.items() if pair[0] not in names)
            own.append((HEADER, request_id))
            _tell(metrics, tracing, request_id, int(status[:3]), perf_counter() - started)
            return start_response(status, own, *exc_info)

        return inner(environ, start)

    app.wsgi_app = framed  # type: ignore[method-assign]  # as Flask's manual has it


def _tell(metrics: Metrics, tracing: Tracing | None, request_id: str, status: int, seconds: float) -> None:
    """Count and log the present request. Flask's request is still there when an answer is started."""
    rule = request.url_rule
    method = request.method if request.method in _METHODS else "other"
    route = rule.rule if rule is not None else "none"
    metrics.answered(method, route, status, seconds)
    if tracing is not None:
        tracing.answered(request.environ, method, route, status, seconds)
    if _LOG.isEnabledFor(logging.INFO):
        fields = {
            "request_id": request_id,
            "method": method,
            "route": rule.rule if rule is not None else None,
            "status": status,
            "ms": round(seconds * 1000, 3),
        }
        _LOG.info("request", extra={"fields": fields})
