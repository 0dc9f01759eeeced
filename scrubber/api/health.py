"""Whether the service lives, whether it can answer, and what it is."""

from dataclasses import fields
from platform import python_version

from flask import Response
from msgspec import Struct

from scrubber import __version__
from scrubber.api.routes import Blueprint, add_route, answer
from scrubber.bootstrap import Scrubber
from scrubber.reference import Snapshot

NO_TABLES = {"as_of", "digest", "editions", "payers"}


class Alive(Struct, frozen=True):
    """The process answers."""

    status: str


class Readiness(Struct, frozen=True, kw_only=True):
    """Whether claims can be scrubbed, and with what: ``tables`` says which reference tables are loaded."""

    status: str
    digest: str
    editions: dict[str, str]
    tables: dict[str, bool]


class Version(Struct, frozen=True, kw_only=True):
    """What is running."""

    version: str
    ruleset: str
    python: str


def health_blueprint(scrubber: Scrubber) -> Blueprint:
    """The routes for those who run the service."""
    blueprint = Blueprint("service", __name__, description="Health and version")
    reference = scrubber.reference
    tables = {
        field.name: getattr(reference, field.name) is not None
        for field in fields(Snapshot)
        if field.name not in NO_TABLES
    }
    ready = any(tables.values())
    readiness = Readiness(
        status="ready" if ready else "not-ready",
        digest=reference.digest,
        editions=dict(reference.editions),
        tables=tables,
    )
    version = Version(version=__version__, ruleset=scrubber.engine.ruleset, python=python_version())

    def healthz() -> Response:
        """Say that the process is alive."""
        return answer(Alive("ok"))

    def readyz() -> Response:
        """Say whether claims can be scrubbed, and with which reference tables.

        An edit whose table is not loaded is *not evaluated*; without any table nothing is ready.
        """
        return answer(readiness, 200 if ready else 503)

    def show_version() -> Response:
        """Show version and ruleset."""
        return answer(version)

    not_ready = {"$ref": "#/components/schemas/Readiness"}
    add_route(blueprint, "/healthz", healthz, returns=Alive)
    add_route(
        blueprint,
        "/readyz",
        readyz,
        returns=Readiness,
        also={"503": {"description": "Not ready", "content": {"application/json": {"schema": not_ready}}}},
    )
    add_route(blueprint, "/version", show_version, returns=Version)
    return blueprint
