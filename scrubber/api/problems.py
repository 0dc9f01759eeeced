"""Errors as RFC 9457 problem documents. They name what is wrong and where, and never repeat a value of a claim.

The ``type`` of a problem is a stable URN, ``urn:claim-scrubber:problem:<name>``; ``PROBLEMS`` lists them all.
"""

import logging
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec
from flask import Flask, Response, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from scrubber.faults import where
from scrubber.intake.claim_json import ClaimInvalid, NotJson
from scrubber.store.sealing import SealBroken

URN = "urn:claim-scrubber:problem:"
MEDIA_TYPE = "application/problem+json"

_LOG = logging.getLogger("scrubber.api")


class ProblemType(NamedTuple):
    """A kind of problem: its HTTP status and its title, the same for each occurrence."""

    status: int
    title: str


PROBLEMS = {
    "bad-request": ProblemType(400, "The request can't be understood"),
    "malformed-json": ProblemType(400, "The body is not JSON"),
    "form-invalid": ProblemType(400, "The multipart form can't be read"),
    "key-needed": ProblemType(401, "A key is needed"),
    "scope-missing": ProblemType(403, "The key is not for this"),
    "origin-refused": ProblemType(403, "The request comes from a page of another site"),
    "no-such-address": ProblemType(404, "There is nothing at this address"),
    "article-unknown": ProblemType(404, "No such coverage article is loaded"),
    "code-unknown": ProblemType(404, "There is no such code"),
    "edit-unknown": ProblemType(404, "There is no such edit"),
    "rule-unknown": ProblemType(404, "There is no such payer rule"),
    "batch-unknown": ProblemType(404, "There is no such batch"),
    "waiver-unknown": ProblemType(404, "There is no such waiver"),
    "calibration-unknown": ProblemType(404, "There is no such calibration"),
    "method-not-allowed": ProblemType(405, "This address does not take this method"),
    "not-acceptable": ProblemType(406, "The answer comes in no type that is accepted"),
    "batch-not-over": ProblemType(409, "The batch is not over yet"),
    "batch-not-done": ProblemType(409, "The batch has not all its results"),
    "batch-not-837": ProblemType(409, "The batch is no X12 file of claims"),
    "batch-not-stopped": ProblemType(409, "The batch neither failed nor was cancelled"),
    "idempotency-key-used": ProblemType(409, "The Idempotency-Key came with another upload before"),
    "remittance-being-imported": ProblemType(409, "The same remittance is being taken in at this moment"),
    "nothing-decided": ProblemType(409, "No remittance decides on a claim that was scrubbed"),
    "body-too-large": ProblemType(413, "The body is too large"),
    "media-type-unsupported": ProblemType(415, "The body is of a type that is not read here"),
    "claim-invalid": ProblemType(422, "The body is not a claim"),
    "rule-test-invalid": ProblemType(422, "The body is not a rule with claims to test it on"),
    "rule-invalid": ProblemType(422, "The rule has faults"),
    "waiver-invalid": ProblemType(422, "The body is not a waiver"),
    "query-invalid": ProblemType(422, "The query can't be answered as it stands"),
    "upload-empty": ProblemType(422, "There is nothing in the upload"),
    "remittance-not-understood": ProblemType(422, "The upload is not a remittance that can be read"),
    "callback-refused": ProblemType(422, "No callback can be sent to this URL"),
    "too-many-requests": ProblemType(429, "There were too many requests with this key"),
    "too-many-batches": ProblemType(429, "Too many batches are unfinished"),
    "internal": ProblemType(500, "A fault of the service"),
    "reference-not-loaded": ProblemType(503, "The reference table for this answer is not loaded"),
    "batches-not-configured": ProblemType(503, "This service takes no batches"),
    "too-busy": ProblemType(503, "There is more to do than can be done now"),
    "store-unavailable": ProblemType(503, "What is kept can't be read or written now"),
    "no-room": ProblemType(507, "There is no room left to keep this"),
}

_OF_STATUS = {
    400: "bad-request",
    404: "no-such-address",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "media-type-unsupported",
}


class ProblemError(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One error: ``pointer`` (RFC 6901) tells where in the body, or ``parameter`` which part of the query.

    Of a payer rule ``line`` and ``column``, both from 1, tell where in its text.
    """

    message: str
    pointer: str | None = None
    parameter: str | None = None
    line: int | None = None
    column: int | None = None


class ProblemDetails(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An RFC 9457 problem. ``instance`` names the request as the service's log does."""

    type: str
    title: str
    status: int
    detail: str | None = None
    instance: str | None = None
    errors: tuple[ProblemError, ...] | None = None
    nearest: tuple[str, ...] | None = None


class Problem(Exception):
    """Ends a request with the problem of a name of ``PROBLEMS``."""

    def __init__(
        self,
        name: str,
        detail: str | None = None,
        *,
        errors: Sequence[ProblemError] | None = None,
        nearest: Sequence[str] | None = None,
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        super().__init__(name)
        self.name, self.detail = name, detail
        self.errors = None if errors is None else tuple(errors)
        self.nearest = None if nearest is None else tuple(nearest)
        self.headers = tuple(headers)


def answer_errors_with_problems(app: Flask) -> None:
    """Have every error of the app answered with a problem document."""
    app.register_error_handler(Problem, _answer)
    app.register_error_handler(ClaimInvalid, _answer_claim_invalid)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(OperationalError, _answer_store_fault)
    app.register_error_handler(SealBroken, _answer_broken_seal)
    app.register_error_handler(Exception, _answer_fault)


def problem_docs(names: Iterable[str]) -> dict[str, Any]:
    """The OpenAPI responses of problems, by status."""
    by_status: dict[str, list[str]] = {}
    for name in names:
        by_status.setdefault(str(PROBLEMS[name].status), []).append(
            f"{PROBLEMS[name].title} (`{URN}{name}`)."
        )
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    return {
        status: {"description": " ".join(told), "content": {MEDIA_TYPE: {"schema": schema}}}
        for status, told in sorted(by_status.items())
    }


def _answer(problem: Problem) -> Response:
    kind = PROBLEMS[problem.name]
    details = ProblemDetails(
        type=URN + problem.name,
        title=kind.title,
        status=kind.status,
        detail=problem.detail,
        instance=_instance(),
        errors=problem.errors,
        nearest=problem.nearest,
    )
    return _response(details, problem.headers)


def _answer_claim_invalid(invalid: ClaimInvalid) -> Response:
    if isinstance(invalid, NotJson):
        return _answer(Problem("malformed-json", invalid.errors[0].message))
    errors = [ProblemError(pointer=error.pointer, message=error.message) for error in invalid.errors]
    told = "One value is" if len(errors) == 1 else f"{len(errors)} values are"
    return _answer(
        Problem("claim-invalid", f"{told} not as a claim needs them; nothing was scrubbed.", errors=errors)
    )


def _answer_http_error(error: HTTPException) -> Response | HTTPException:
    status = error.code or 500
    if status < 400:
        return error
    if status >= 500:
        return _answer(Problem("internal"))
    headers = [(name, value) for name, value in error.get_headers() if name == "Allow"]
    if name := _OF_STATUS.get(status):
        return _answer(Problem(name, headers=headers))
    title = HTTPStatus(status).phrase
    return _response(
        ProblemDetails(type="about:blank", title=title, status=status, instance=_instance()), headers
    )


def _answer_fault(fault: Exception) -> Response:
    """Tell the caller nothing, and the log what failed where, without the exception's text: it may quote."""
    _log_fault(fault)
    return _answer(Problem("internal"))


def _answer_store_fault(fault: OperationalError) -> Response:
    """The database is away, waits too long for others, or has no room: nothing the caller can change."""
    _log_fault(fault)
    if (
        getattr(fault.orig, "sqlite_errorname", "") == "SQLITE_FULL"
        or getattr(fault.orig, "sqlstate", "") == "53100"
    ):
        return _answer(Problem("no-room"))
    return _answer(Problem("store-unavailable", headers=[("Retry-After", "10")]))


def _answer_broken_seal(fault: SealBroken) -> Response:
    """A key is missing, or somebody changed what is kept: for the operator, who is told which by the log."""
    _LOG.error("what is kept can't be opened", extra={"fields": {"why": str(fault)}})
    return _answer(Problem("store-unavailable"))


def _log_fault(fault: Exception) -> None:
    request_id = request.environ.get("scrubber.request_id")
    fields = {"request_id": request_id, "fault": type(fault).__name__, "at": where(fault)}
    _LOG.error("fault", extra={"fields": fields})


def _instance() -> str | None:
    request_id = request.environ.get("scrubber.request_id")
    return f"urn:request:{request_id}" if request_id else None


def _response(details: ProblemDetails, headers: Iterable[tuple[str, str]]) -> Response:
    response = Response(msgspec.json.encode(details), details.status, content_type=MEDIA_TYPE)
    response.headers.extend(headers)
    return response
