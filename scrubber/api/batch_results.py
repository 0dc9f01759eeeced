"""``GET /v1/batches/{id}/results``: what came out, by page or as one stream, in the order of the upload."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Annotated, Any, Final

import msgspec
from flask import Response, request
from msgspec import Meta, Struct
from sqlalchemy import Connection

from scrubber.api.audited import note_reading
from scrubber.api.batch_page import batch_asked
from scrubber.api.cursors import cursor_after, cursor_parameter
from scrubber.api.problems import Problem
from scrubber.api.query import choice_parameter, number_parameter, query_schema, read_query, text_parameter
from scrubber.api.routes import Blueprint, add_route
from scrubber.batch.workshop import Workshop
from scrubber.engine import Disposition, Result
from scrubber.intake.record import UNREADABLE, Unreadable
from scrubber.output.results_csv import csv_rows
from scrubber.store.batches import UNFINISHED, Batch, BatchState
from scrubber.store.database import reading
from scrubber.store.results import Wanted, read_results

PAGE: Final = 100
"""Results on a page, unless another number is asked for."""

JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"

WRITTEN_AT_ONCE: Final = 64 * 1024
"""Bytes of a stream that are gathered before they are sent."""

LEVEL: Final = 1
"""Of compression: results are much alike, more effort gains little."""

QUERY = query_schema(
    disposition=choice_parameter(
        "Only results of this disposition.", [*(kind.value for kind in Disposition), UNREADABLE]
    ),
    edit=text_parameter(
        "Only results with a finding of this edit.", pattern="^[A-Za-z0-9-]+$", longest=40, example="COV702"
    ),
    payer=text_parameter("Only claims to this payer id.", longest=80, example="05102"),
    provider=text_parameter("Only claims of this billing provider's NPI.", longest=80, example="1234567893"),
    cursor=cursor_parameter(),
    limit=number_parameter(
        "Results on a page; a stream has all of them unless it is given.", 1, 1000, default=PAGE
    ),
)


_ONE_OF = {"anyOf": [{"$ref": f"#/components/schemas/{kind.__name__}"} for kind in (Result, Unreadable)]}


class ResultPage(Struct, frozen=True):
    """Results in the order of the upload. ``next_cursor`` is where the next page begins, null on the last.

    ``state`` is that of the batch: of one that failed or was cancelled, ``results`` are those it had by then.
    """

    state: BatchState
    results: list[Annotated[msgspec.Raw, Meta(extra_json_schema=_ONE_OF)]]
    next_cursor: str | None


def results_blueprint(configured: Callable[[], Workshop]) -> Blueprint:
    """The route of results. ``configured`` gives what they are kept in, or ends the request with a problem."""
    blueprint = Blueprint("results", __name__, description="What came out of a batch")

    def show_results(batch_id: str) -> Response:
        """Show the results of a batch that is over, in the order of the upload.

        A page of JSON; or all of them as a stream, for `Accept: application/x-ndjson` (a result a line) and
        `Accept: text/csv` (a finding a row). A record that could not be read stands in its place. The header
        `X-Batch-State` tells whether the batch was done, or failed or was cancelled before all its results were there.
        """
        workshop, query = configured(), read_query(QUERY)
        form = request.accept_mimetypes.best_match([JSON, NDJSON, CSV]) if request.accept_mimetypes else JSON
        if form is None:
            raise Problem("not-acceptable", f"Results come as {JSON}, {NDJSON} and {CSV}.")
        wanted = Wanted(
            disposition=query.get("disposition"),
            edit=query["edit"].upper() if "edit" in query else None,
            payer=query.get("payer"),
            provider=query.get("provider"),
        )
        after, limit = query.get("cursor", -1), query.get("limit")
        with ExitStack() as stack:
            connection = stack.enter_context(reading(workshop.database))
            batch = batch_asked(connection, batch_id)
            if batch.state in UNFINISHED:
                raise Problem("batch-not-over", headers=[("Retry-After", "1")])
            note_reading(workshop, "results", batch.id)
            if form == JSON:
                return _answer([_page(connection, batch, wanted, after, limit or PAGE)], batch, JSON)
            lines = (line for _, line in read_results(connection, batch.key, wanted, after, limit))
            if form == NDJSON:
                response = _answer((line + b"\n" for line in lines), batch, NDJSON)
            else:
                rows = csv_rows(map(decoded, lines))
                response = _answer((row.encode() for row in rows), batch, f"{CSV}; charset=utf-8")
            # The moment of the database that is read lasts until the answer is sent, or its reader gone.
            response.call_on_close(stack.pop_all().close)
            return response

    text: dict[str, Any] = {"schema": {"type": "string"}}
    add_route(
        blueprint,
        "/v1/batches/<batch_id>/results",
        show_results,
        path={"batch_id": "The id of a batch"},
        query=QUERY,
        returns=ResultPage,
        content={NDJSON: text, CSV: text},
        problems=(
            "batch-unknown", "not-acceptable", "batch-not-over", "batches-not-configured", "store-unavailable",
        ),
    )  # fmt: skip
    return blueprint


def _page(connection: Connection, batch: Batch, wanted: Wanted, after: int, limit: int) -> bytes:
    found = list(read_results(connection, batch.key, wanted, after, limit + 1))
    page = found[:limit]
    return msgspec.json.encode(
        ResultPage(
            state=batch.state,
            results=[msgspec.Raw(line) for _, line in page],
            next_cursor=cursor_after(page[-1][0]) if len(found) > limit else None,
        )
    )


def decoded(line: bytes) -> Result | Unreadable:
    """A result from its JSON."""
    if line.startswith(_BEGINS_UNREADABLE):
        return msgspec.json.decode(line, type=Unreadable)
    return msgspec.json.decode(line, type=Result)


_BEGINS_UNREADABLE: Final = b'{"disposition":"unreadable",'


def _answer(pieces: Iterable[bytes], batch: Batch, content_type: str) -> Response:
    headers = {"X-Batch-State": batch.state.value, "Vary": "Accept, Accept-Encoding"}
    body = gathered(pieces)
    if request.accept_encodings["gzip"]:
        headers["Content-Encoding"] = "gzip"
        body = _packed(body)
    return Response(body, headers=headers, content_type=content_type)


def gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in larger pieces."""
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= WRITTEN_AT_ONCE:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def _packed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()
