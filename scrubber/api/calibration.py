"""``/v1/risk/calibration``: the denial rates learned from remittances, and how predictions did."""

from collections.abc import Callable

import redis
from flask import Response, request
from msgspec import Struct

from scrubber.api.problems import Problem
from scrubber.api.query import query_schema, read_query, text_parameter
from scrubber.api.routes import Blueprint, add_route, answer
from scrubber.api.tenants import tenant_of
from scrubber.batch.queues import queue_calibration
from scrubber.batch.workshop import Workshop
from scrubber.risk import Calibration
from scrubber.store.calibrations import calibration_names, find_calibration, newest_remittance
from scrubber.store.database import reading

QUERY = query_schema(name=text_parameter("Which one; without it, the current one.", example="2026-11-22.1"))


class CalibrationPage(Struct, frozen=True, kw_only=True):
    """A calibration, or none as long as nothing was learned.

    ``current`` is the one that claims are scored with from now on, ``names`` are all, newest first.
    """

    current: str | None
    names: tuple[str, ...]
    calibration: Calibration | None


def calibration_blueprint(configured: Callable[[], Workshop]) -> Blueprint:
    """The routes of calibrations. ``configured`` gives what they are worked with, or ends the request."""
    blueprint = Blueprint("risk", __name__, description="Denial rates learned from remittances")

    def show_calibration() -> Response:
        """Show the denial rates that were learned, and how well predictions held.

        A calibration never changes. Each result names the one it was scored with.
        """
        workshop, query = configured(), read_query(QUERY)
        return answer(_page(workshop, query.get("name")))

    def calibrate() -> Response:
        """Learn the denial rates anew from all remittances, in the background.

        That is done after each import by itself. Where nothing has changed, no new calibration is made.
        """
        workshop = configured()
        with reading(workshop.database) as connection:
            newest = newest_remittance(connection, tenant_of(request))
        if newest is None:
            raise Problem("nothing-decided")
        try:
            queue_calibration(workshop, newest, anew=True)
        except redis.RedisError:
            raise Problem(
                "store-unavailable", "Redis does not answer.", headers=[("Retry-After", "10")]
            ) from None
        return answer(_page(workshop, None), 202)

    problems = ("batches-not-configured", "store-unavailable")
    path = "/v1/risk/calibration"
    add_route(
        blueprint,
        path,
        show_calibration,
        query=QUERY,
        returns=CalibrationPage,
        problems=("calibration-unknown", *problems),
    )
    add_route(
        blueprint,
        path,
        calibrate,
        method="POST",
        status=202,
        returns=CalibrationPage,
        problems=("nothing-decided", *problems),
    )
    return blueprint


def _page(workshop: Workshop, name: str | None) -> CalibrationPage:
    tenant = tenant_of(request)
    with reading(workshop.database) as connection:
        names = calibration_names(connection, tenant)
        current = names[0] if names else None
        wanted = name or current
        calibration = find_calibration(connection, tenant, wanted) if wanted else None
    if name and calibration is None:
        raise Problem("calibration-unknown")
    return CalibrationPage(current=current, names=tuple(names), calibration=calibration)
