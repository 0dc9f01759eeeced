"""``/v1/batches``: files of claims taken in, and what becomes of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from flask import Response, request

from scrubber.api.audited import note_reading
from scrubber.api.batch_page import BatchList, BatchPage, batch_asked, page_of, status_of
from scrubber.api.cursors import cursor_after, cursor_parameter
from scrubber.api.problems import Problem, ProblemError
from scrubber.api.query import number_parameter, query_schema, read_query, text_parameter
from scrubber.api.routes import Blueprint, add_route, answer
from scrubber.api.tenants import caller_of, tenant_of
from scrubber.api.uploads import FIELD_BYTES, MEDIA_TYPES, read_upload
from scrubber.batch.callback import CallbackRefused, check_callback_url
from scrubber.batch.ending import cancel, purge, retry
from scrubber.batch.submit import KeyUsed, TooManyBatches, UploadEmpty, UploadTooLarge, submit
from scrubber.batch.workshop import Workshop
from scrubber.store.batches import UNFINISHED, Batch, BatchState, list_batches
from scrubber.store.blobs import NoRoom
from scrubber.store.database import reading

RETRY_AFTER: Final = 30
"""Seconds after which it is worth while to ask again for room among the unfinished batches."""

SAYS_COLUMNS = (
    "JSON object that says which of your CSV columns is which of ours, null to leave one out: "
    '{"Claim #": "claim_id", "Note": null}.'
)
SAYS_CALLBACK = "Where to tell how the batch ended, by a signed POST (Standard Webhooks)."

QUERY_OF_SUBMIT = query_schema(
    columns=text_parameter(SAYS_COLUMNS, longest=FIELD_BYTES),
    callback_url=text_parameter(SAYS_CALLBACK, longest=FIELD_BYTES, example="https://example.org/hooks"),
)

QUERY_OF_LIST = query_schema(
    cursor=cursor_parameter(), limit=number_parameter("Batches on a page.", 1, 100, default=20)
)

IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "Yours for this upload: sent again with the same body it gives the same batch, and no second one.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}

PATH = {"batch_id": "The id of a batch"}


def batches_blueprint(configured: Callable[[], Workshop]) -> Blueprint:
    """The routes of batches. ``configured`` gives what they are worked with, or ends the request with a problem."""
    blueprint = Blueprint("batches", __name__, description="Scrub files of claims")

    def submit_batch() -> Response:
        """Take in a file of claims, to be scrubbed in the background.

        The file is the body itself, or the part `file` of a multipart form, whose other fields stand before it. What
        it is (X12 837P, NDJSON, JSON, CSV, FHIR; plain or as gzip) is told by its content.
        """
        workshop = configured()
        upload = read_upload(
            request, workshop.settings.max_upload_bytes, read_query(QUERY_OF_SUBMIT) if request.args else {}
        )
        if upload.callback_url is not None:
            try:
                check_callback_url(workshop.settings, upload.callback_url)
            except CallbackRefused as why:
                raise Problem("callback-refused", str(why)) from None
        with _refusals_as_problems():
            batch = submit(
                workshop,
                upload.content,
                tenant=tenant_of(request),
                who=caller_of(request),
                columns=upload.columns,
                idempotency_key=_idempotency_key(),
                callback_url=upload.callback_url,
            )
        return _answer_page(workshop, batch, 202, [("Location", f"/v1/batches/{batch.id}")])

    def list_all() -> Response:
        """List the batches, newest first."""
        workshop, query = configured(), read_query(QUERY_OF_LIST)
        limit = query.get("limit", 20)
        with reading(workshop.database) as connection:
            found = list_batches(connection, tenant_of(request), before=query.get("cursor"), limit=limit + 1)
            batches = tuple(status_of(connection, batch, workshop.now()) for batch in found[:limit])
        more = len(found) > limit
        return answer(BatchList(batches, cursor_after(found[limit - 1].number) if more else None))

    def show_batch(batch_id: str) -> Response:
        """Show a batch: its state, how far it is, what came out, and which records could not be read."""
        workshop = configured()
        with reading(workshop.database) as connection:
            page = page_of(connection, batch_asked(connection, batch_id), workshop.now())
        if page.rejected.first:
            note_reading(workshop, "unreadable records", page.id)
        return answer(page)

    def remove_batch(batch_id: str) -> Response:
        """Cancel a batch, or remove it with all that was kept of it if it is over.

        A cancelled batch keeps the results it has, and can be retried or removed.
        """
        workshop = configured()
        batch = _find(workshop, batch_id)
        if batch.state not in UNFINISHED and purge(workshop, batch, caller_of(request)):
            return Response(status=204)
        # It is not over; or not any more, for somebody has it tried again since it was looked at.
        cancel(workshop, batch, caller_of(request))
        return _answer_page(workshop, _find(workshop, batch_id), 202)

    def retry_batch(batch_id: str) -> Response:
        """Go on with a batch that failed or was cancelled, where it stopped."""
        workshop = configured()
        batch = _find(workshop, batch_id)
        if batch.state not in {BatchState.FAILED, BatchState.CANCELLED}:
            raise Problem("batch-not-stopped")
        retry(workshop, batch, caller_of(request))
        return _answer_page(workshop, _find(workshop, batch_id), 202)

    unknown = ("batch-unknown", "batches-not-configured", "store-unavailable")
    add_route(
        blueprint,
        "/v1/batches",
        submit_batch,
        method="POST",
        status=202,
        query=QUERY_OF_SUBMIT,
        headers=[IDEMPOTENCY_KEY],
        body=_body(),
        returns=BatchPage,
        problems=(
            "form-invalid", "idempotency-key-used", "body-too-large", "media-type-unsupported", "upload-empty",
            "callback-refused", "too-many-batches", "batches-not-configured", "store-unavailable", "no-room",
        ),
    )  # fmt: skip
    add_route(
        blueprint, "/v1/batches", list_all, query=QUERY_OF_LIST, returns=BatchList, problems=unknown[1:]
    )
    add_route(blueprint, "/v1/batches/<batch_id>", show_batch, path=PATH, returns=BatchPage, problems=unknown)
    add_route(
        blueprint,
        "/v1/batches/<batch_id>",
        remove_batch,
        method="DELETE",
        path=PATH,
        status=202,
        returns=BatchPage,
        also={"204": {"description": "It was over, and is removed."}},
        problems=unknown,
    )
    add_route(
        blueprint,
        "/v1/batches/<batch_id>/retry",
        retry_batch,
        method="POST",
        path=PATH,
        status=202,
        returns=BatchPage,
        problems=(*unknown, "batch-not-stopped"),
    )
    return blueprint


def _find(workshop: Workshop, batch_id: str) -> Batch:
    with reading(workshop.database) as connection:
        return batch_asked(connection, batch_id)


def _answer_page(
    workshop: Workshop, batch: Batch, status: int, headers: list[tuple[str, str]] | None = None
) -> Response:
    with reading(workshop.database) as connection:
        return answer(page_of(connection, batch, workshop.now()), status, headers or ())


def _idempotency_key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not (1 <= len(key) <= 255 and key.isascii() and key.isprintable()):
        told = "Expected 1 to 255 printable ASCII characters."
        raise Problem("query-invalid", errors=[ProblemError(parameter="Idempotency-Key", message=told)])
    return key


@contextmanager
def _refusals_as_problems() -> Iterator[None]:
    try:
        yield
    except UploadEmpty:
        raise Problem("upload-empty") from None
    except UploadTooLarge as why:
        raise Problem("body-too-large", str(why)) from None
    except KeyUsed as why:
        raise Problem("idempotency-key-used", str(why)) from None
    except TooManyBatches as why:
        raise Problem("too-many-batches", str(why), headers=[("Retry-After", str(RETRY_AFTER))]) from None
    except NoRoom as why:
        raise Problem("no-room", str(why)) from None


def _body() -> dict[str, Any]:
    raw = {"schema": {"type": "string", "format": "binary"}}
    form = {
        "type": "object",
        "properties": {
            "columns": {"type": "string", "description": SAYS_COLUMNS},
            "callback_url": {"type": "string", "description": SAYS_CALLBACK},
            "file": {"type": "string", "format": "binary", "description": "The file; the last part."},
        },
        "required": ["file"],
    }
    return {
        "required": True,
        "description": "The file. Its Content-Type may be any of these, and is not relied upon.",
        "content": {**dict.fromkeys(MEDIA_TYPES, raw), "multipart/form-data": {"schema": form}},
    }
