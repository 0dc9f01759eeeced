"""``/v1/batches/{id}/report`` and ``/v1/reports/denial-risk``: the denial-risk report in each of its forms."""

from collections.abc import Callable, Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from flask import Response, request
from sqlalchemy import Connection

from scrubber.api.audited import note_reading
from scrubber.api.batch_page import batch_asked
from scrubber.api.problems import Problem, ProblemError
from scrubber.api.query import date_parameter, query_schema, read_query, text_parameter
from scrubber.api.routes import Blueprint, add_route
from scrubber.api.tenants import tenant_of
from scrubber.batch.report import stored_findings, stored_report
from scrubber.batch.workshop import Workshop
from scrubber.report.figures import Covered, DenialReport
from scrubber.report.forms import MEDIA_TYPES, render
from scrubber.store.batches import UNFINISHED, BatchState
from scrubber.store.database import reading
from scrubber.store.figures import Scope

IN_MEMORY: Final = 4 * 1024**2
"""Bytes of a report that are held in memory; the rest goes through a file."""
PIECE: Final = 256 * 1024
NOTED: Final = 30
"""Characters of an id that the audit notes: longer ones come from nobody, and its rows have room for so many."""

QUERY: Final = query_schema(
    **{
        "from": date_parameter(
            "The first day of service of the claims, or later. Without it, from the first on."
        ),
        "to": date_parameter("The last such day."),
        "payer": text_parameter("Only claims to the payer with this id.", longest=80),
        "provider": text_parameter("Only claims of the billing provider with this NPI.", longest=80),
    }
)

PROBLEMS: Final = ("not-acceptable", "batches-not-configured", "store-unavailable")
NO_FORM: Final = "no-such-address"
SAYS_FORM: Final = f"One of {', '.join(MEDIA_TYPES)}"

HTML_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
}
"""The page carries its style and drawings in itself and runs no script."""


def reports_blueprint(configured: Callable[[], Workshop]) -> Blueprint:
    """The routes of reports. ``configured`` gives where batches are, or ends the request with a problem."""
    blueprint = Blueprint(
        "reports", __name__, description="How much is expected to be denied, why, what to do"
    )

    def show_batch_report(batch_id: str) -> Response:
        """Show the denial-risk report of a batch that is done, in the form that is accepted: JSON if none is named."""
        return _of_batch(configured(), batch_id, _accepted())

    def show_batch_report_as(batch_id: str, form: str) -> Response:
        """Show the denial-risk report of a batch that is done, in the form that its address names."""
        return _of_batch(configured(), batch_id, _known(form))

    def show_report() -> Response:
        """Show the denial-risk report of all batches that are done, in the form accepted: JSON if none is named.

        A claim that was scrubbed several times counts once, as it was scrubbed last.
        """
        return _of_period(configured(), _accepted())

    def show_report_as(form: str) -> Response:
        """Show the denial-risk report of all batches that are done, in the form that its address names."""
        return _of_period(configured(), _known(form))

    content = {
        media_type: {"schema": {"type": "string", "format": "binary"}}
        for form, media_type in MEDIA_TYPES.items()
        if form != "json"
    }
    of_batch = (*PROBLEMS, "batch-unknown", "batch-not-over", "batch-not-done")
    batch_as = (*of_batch, NO_FORM)
    id_, form = {"batch_id": "The id of a batch"}, {"form": SAYS_FORM}
    for rule, view, path, query, problems in (
        ("/v1/batches/<batch_id>/report", show_batch_report, id_, None, of_batch),
        ("/v1/batches/<batch_id>/report.<form>", show_batch_report_as, {**id_, **form}, None, batch_as),
        ("/v1/reports/denial-risk", show_report, {}, QUERY, PROBLEMS),
        ("/v1/reports/denial-risk.<form>", show_report_as, form, QUERY, (*PROBLEMS, NO_FORM)),
    ):
        add_route(
            blueprint,
            rule,
            view,
            path=path,
            query=query,
            returns=DenialReport,
            content=content,
            problems=problems,
        )
    return blueprint


def _accepted() -> str:
    if not request.accept_mimetypes:
        return "json"
    types = {media_type.split(";")[0]: form for form, media_type in MEDIA_TYPES.items()}
    best = request.accept_mimetypes.best_match(["application/json", *types])
    if best is None:
        raise Problem("not-acceptable", f"The report comes as {', '.join(types)}.")
    return types[best]


def _known(form: str) -> str:
    if form not in MEDIA_TYPES:
        raise Problem("no-such-address", f"The report comes as {', '.join(MEDIA_TYPES)}.")
    return form


def _of_batch(workshop: Workshop, batch_id: str, form: str) -> Response:
    with reading(workshop.database) as connection:
        batch = batch_asked(connection, batch_id)
        if batch.state in UNFINISHED:
            raise Problem("batch-not-over", headers=[("Retry-After", "1")])
        if batch.state is not BatchState.DONE:
            raise Problem("batch-not-done")
        scope = Scope(tenant=batch.tenant, batch=batch.number)
        return _answer(workshop, connection, scope, Covered(kind="batch", name=batch.id), form)


def _of_period(workshop: Workshop, form: str) -> Response:
    query = read_query(QUERY)
    narrowed = {
        "first_day": query.get("from"),
        "last_day": query.get("to"),
        "payer": query.get("payer"),
        "provider": query.get("provider"),
    }
    if narrowed["first_day"] and narrowed["last_day"] and narrowed["last_day"] < narrowed["first_day"]:
        raise Problem("query-invalid", errors=[ProblemError(parameter="to", message="It lies before from.")])
    with reading(workshop.database) as connection:
        scope = Scope(tenant=tenant_of(request), **narrowed)
        return _answer(workshop, connection, scope, Covered(kind="period", **narrowed), form)


def _answer(workshop: Workshop, connection: Connection, scope: Scope, of: Covered, form: str) -> Response:
    note_reading(workshop, "report", _subject(of))
    report = stored_report(connection, workshop, scope, of)
    out: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed when it is sent
    try:
        render(form, report, out, stored_findings(connection, scope))
        size = out.tell()
        out.seek(0)
    except BaseException:
        out.close()
        raise
    headers = {"Content-Length": str(size), "Vary": "Accept", **(HTML_HEADERS if form == "html" else {})}
    if form in {"xlsx", "pdf", "csv"}:
        headers["Content-Disposition"] = f'attachment; filename="denial-risk.{form}"'
    response = Response(_pieces(out), headers=headers, content_type=MEDIA_TYPES[form])
    # Where nothing of it is asked for, as by HEAD.
    response.call_on_close(out.close)
    return response


def _subject(of: Covered) -> str:
    """What the audit names: the batch; or that it was a period, with what narrowed it down."""
    if of.name is not None:
        return of.name
    told = {"from": of.first_day, "to": of.last_day, "payer": of.payer, "provider": of.provider}
    return " ".join([of.kind, *(f"{name} {str(value)[:NOTED]}" for name, value in told.items() if value)])


def _pieces(out: IO[bytes]) -> Iterator[bytes]:
    with out:
        while piece := out.read(PIECE):
            yield piece
