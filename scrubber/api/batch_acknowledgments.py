"""``GET /v1/batches/{id}/999`` and ``/277ca``: the answers to an 837 batch, in its own language."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import chain
from typing import Final

from flask import Response

from scrubber.api.audited import note_reading
from scrubber.api.batch_page import batch_asked
from scrubber.api.batch_results import decoded, gathered
from scrubber.api.problems import Problem
from scrubber.api.routes import Blueprint, add_route
from scrubber.batch.split import UPLOAD
from scrubber.batch.workshop import Workshop
from scrubber.output import Reply, in_order, received_in, write_277ca, write_999
from scrubber.store.batches import UNFINISHED, BatchState
from scrubber.store.database import reading
from scrubber.store.results import Wanted, read_results

MEDIA_TYPE: Final = "application/edi-x12"

LARGEST_NUMBER: Final = 999_999_999
"""Of an interchange."""


def acknowledgments_blueprint(configured: Callable[[], Workshop]) -> Blueprint:
    """The routes of acknowledgments. ``configured`` gives where batches are, or ends the request with a problem."""
    blueprint = Blueprint("acknowledgments", __name__, description="Answers to 837 files, as X12")

    def show_999(batch_id: str) -> Response:
        """Answer an 837 batch with its 999: what of its structure is wrong. A TA1 follows where the file asks for one.

        204 where the file has no group that wants one.
        """
        return _answer(configured(), batch_id, judged=False)

    def show_277ca(batch_id: str) -> Response:
        """Answer an 837 batch with its 277CA: claim by claim whether it goes on.

        204 where the file has no transaction of claims that its 999 does not reject.
        """
        return _answer(configured(), batch_id, judged=True)

    for name, view in {"999": show_999, "277ca": show_277ca}.items():
        add_route(
            blueprint,
            f"/v1/batches/<batch_id>/{name}",
            view,
            path={"batch_id": "The id of a batch"},
            returns=None,
            content={MEDIA_TYPE: {"schema": {"type": "string"}}},
            also={"204": {"description": "There is nothing to acknowledge."}},
            problems=(
                "batch-unknown", "batch-not-over", "batch-not-done", "batch-not-837", "batches-not-configured",
                "store-unavailable",
            ),
        )  # fmt: skip
    return blueprint


def _answer(workshop: Workshop, batch_id: str, *, judged: bool) -> Response:
    with ExitStack() as stack:
        connection = stack.enter_context(reading(workshop.database))
        batch = batch_asked(connection, batch_id)
        if batch.state in UNFINISHED or batch.finished_at is None:
            raise Problem("batch-not-over", headers=[("Retry-After", "1")])
        if batch.format != "x12":
            raise Problem("batch-not-837")
        if judged and batch.state is not BatchState.DONE:
            raise Problem("batch-not-done")
        note_reading(workshop, "acknowledgment", batch.id)
        upload = stack.enter_context(workshop.blobs.open(batch.readable_blob))
        # The same each time it is asked for, and not that of the batch before.
        reply = Reply((batch.number - 1) % LARGEST_NUMBER + 1, batch.finished_at)
        segments: Iterator[bytes]
        if judged:
            results = (decoded(line) for _, line in read_results(connection, batch.key, Wanted()))
            segments = iter(write_277ca(received_in(upload, UPLOAD, in_order(results)), reply))
        else:
            segments = iter(write_999(received_in(upload, UPLOAD), reply))
        first = next(segments, None)
        if first is None:
            return Response(status=204)
        response = Response(gathered(chain([first], segments)), content_type=MEDIA_TYPE)
        response.call_on_close(stack.pop_all().close)
        return response
