"""``GET /v1/batches/{id}/events``: how a batch gets on, as server-sent events."""

from collections.abc import Callable, Iterator
from threading import BoundedSemaphore
from time import monotonic, sleep
from typing import Final

import msgspec
from flask import Response, current_app, request

from scrubber.api.batch_page import BatchStatus, batch_asked, status_of
from scrubber.api.routes import Blueprint, add_route
from scrubber.api.tenants import tenant_of
from scrubber.batch.workshop import Workshop
from scrubber.store.batches import UNFINISHED, find_batch
from scrubber.store.database import reading

LOOK_SECONDS: Final = 0.5
"""How often a batch is looked at: no event comes sooner after another."""

QUIET_SECONDS: Final = 10
"""After so long without an event a comment is sent; by that it shows if the client has gone."""

STREAM_SECONDS: Final = 300
"""How long one stream lasts. Clients connect anew by themselves, and are told the state at once."""

MOST_STREAMS: Final = 4
"""Streams of one process at a time: each takes a thread. One more gets the present state, and asks again."""

STOPPING: Final = "STOPPING"
"""The app's config may hold a function that says whether its process is to stop."""

MEDIA_TYPE: Final = "text/event-stream"


def events_blueprint(configured: Callable[[], Workshop]) -> Blueprint:
    """The route of events. ``configured`` gives what is watched, or ends the request with a problem."""
    blueprint = Blueprint("events", __name__, description="How a batch gets on")
    seats = BoundedSemaphore(MOST_STREAMS)

    def stream_events(batch_id: str) -> Response:
        """Stream how a batch gets on, as server-sent events.

        An event `status` holds the batch as JSON. One comes at once, one after each change, at most two a second; the
        last is `end`, when the batch is over. A stream may end without it, as any connection may: connect again.
        """
        workshop = configured()
        with reading(workshop.database) as connection:
            batch_asked(connection, batch_id)
        stopping: Callable[[], bool] = current_app.config.get(STOPPING, lambda: False)
        look = _look(workshop, tenant_of(request), batch_id)
        events = _events(look, stopping, seats)
        # Proxies that gather an answer before they pass it on are asked not to.
        return Response(events, headers={"X-Accel-Buffering": "no"}, content_type=MEDIA_TYPE)

    add_route(
        blueprint,
        "/v1/batches/<batch_id>/events",
        stream_events,
        path={"batch_id": "The id of a batch"},
        returns=None,
        content={MEDIA_TYPE: {"schema": {"type": "string"}}},
        problems=("batch-unknown", "batches-not-configured", "store-unavailable"),
    )
    return blueprint


Look = Callable[[], BatchStatus | None]


def _look(workshop: Workshop, tenant: str, batch_id: str) -> Look:
    def look() -> BatchStatus | None:
        with reading(workshop.database) as connection:
            batch = find_batch(connection, tenant, batch_id)
            return None if batch is None else status_of(connection, batch, workshop.now())

    return look


def _events(look: Look, stopping: Callable[[], bool], seats: BoundedSemaphore) -> Iterator[bytes]:
    """The events of a batch until it is over, removed, or there is another reason to end the stream."""
    seated = seats.acquire(blocking=False)
    try:
        yield b"retry: 2000\n\n"
        ends_at = monotonic() + STREAM_SECONDS
        told_at, told = 0.0, None
        while (status := look()) is not None:
            over = status.state not in UNFINISHED
            seen = (status.state, status.records, status.records_done)
            if seen != told:
                told, told_at = seen, monotonic()
                yield b"event: %s\ndata: %s\n\n" % (
                    b"end" if over else b"status",
                    msgspec.json.encode(status),
                )
            elif monotonic() - told_at >= QUIET_SECONDS:
                told_at = monotonic()
                yield b": still there\n\n"
            if over or not seated or stopping() or monotonic() >= ends_at:
                return
            sleep(LOOK_SECONDS)
    finally:
        if seated:
            seats.release()
