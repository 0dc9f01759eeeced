"""Whether the service lives, whether it can answer, and what it is."""

from dataclasses import fields
from datetime import UTC, datetime
from platform import python_version
from typing import Literal

from flask import Response
from msgspec import Struct

from scrubber import __version__
from scrubber.api.dependencies import Dependencies, Dependency
from scrubber.api.routes import Blueprint, add_route, answer, json_content
from scrubber.batch.workshop import Workshop
from scrubber.bootstrap import Scrubber
from scrubber.reference import Snapshot
from scrubber.reference.snapshot import newest_editions

NO_TABLES = {"as_of", "digest", "editions", "payers"}


class Alive(Struct, frozen=True):
    """The process answers."""

    status: str


class Readiness(Struct, frozen=True, kw_only=True):
    """Whether claims can be scrubbed, and with what: ``tables`` says which reference tables are loaded.

    ``dependencies`` are those of batches, null where the service takes none. Without the database or the place of
    uploads it is not ready; without Redis or a worker batches are taken in, and wait.

    ``ages`` gives for a table with editions the days since the newest one came into force. ``refused`` says why a newer
    snapshot, or payer rules that were changed, are not in use; those named here go on answering.
    """

    status: Literal["ready", "not-ready"]
    dependencies: dict[str, Dependency] | None
    ruleset: str
    digest: str
    editions: dict[str, str]
    ages: dict[str, int]
    refused: str | None
    tables: dict[str, bool]


class Version(Struct, frozen=True, kw_only=True):
    """What is running."""

    version: str
    ruleset: str
    python: str


def health_blueprint(scrubber: Scrubber, workshop: Workshop | None, refused: str | None) -> Blueprint:
    """The routes for those who run the service. ``refused`` says why what is newer is not in use."""
    blueprint = Blueprint("service", __name__, description="Health and version")
    reference = scrubber.reference
    tables = {
        field.name: getattr(reference, field.name) is not None
        for field in fields(Snapshot)
        if field.name not in NO_TABLES
    }
    newest = newest_editions(reference)
    any_table = any(tables.values())
    dependencies = None if workshop is None else Dependencies(workshop)
    version = Version(version=__version__, ruleset=scrubber.engine.ruleset, python=python_version())

    def healthz() -> Response:
        """Say that the process is alive."""
        return answer(Alive("ok"))

    def readyz() -> Response:
        """Say whether claims can be scrubbed, with which reference tables, and what batches depend on.

        An edit whose table is not loaded is *not evaluated*; without any table nothing is ready.
        """
        today = datetime.now(UTC).date()
        asked = None if dependencies is None else dependencies.ask()
        ready = any_table and (
            asked is None or all(asked[name].status == "ok" for name in ("database", "blobs"))
        )
        readiness = Readiness(
            status="ready" if ready else "not-ready",
            dependencies=asked,
            ruleset=scrubber.engine.ruleset,
            digest=reference.digest,
            editions=dict(reference.editions),
            ages={name: (today - edition.effective).days for name, edition in newest.items()},
            refused=refused,
            tables=tables,
        )
        return answer(readiness, 200 if ready else 503)

    def show_version() -> Response:
        """Show version and ruleset."""
        return answer(version)

    add_route(blueprint, "/healthz", healthz, returns=Alive)
    add_route(
        blueprint,
        "/readyz",
        readyz,
        returns=Readiness,
        also={"503": {"description": "Not ready", "content": json_content(Readiness)}},
    )
    add_route(blueprint, "/version", show_version, returns=Version)
    return blueprint
