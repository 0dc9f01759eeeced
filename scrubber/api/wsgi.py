"""What gunicorn starts: ``scrubber.api.wsgi:application()``. Importing this does nothing."""

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from flask import Flask

from scrubber.api.access import Access, open_access
from scrubber.api.app import create_app
from scrubber.batch.workshop import Workshop
from scrubber.bootstrap import Renewal, build, check_binding, open_store, open_workshop
from scrubber.log import configure_logging
from scrubber.settings import Settings

PARTS: Final = "scrubber"
"""Where the app keeps what it was made of."""


def application() -> Flask:
    """The app of the settings in the environment, logging to standard output.

    It holds no connection yet, so that gunicorn may fork it. Without a Redis there are no batches.
    """
    configure_logging()
    settings = Settings.read(os.environ)
    scrubber = build(settings)
    workshop = open_workshop(settings, scrubber.engine, for_requests=True) if settings.redis_url else None
    access = open_access(settings, workshop.database if workshop else open_store(settings))
    return _app(Renewal(scrubber), workshop, access)


def renewed(app: Flask) -> Flask:
    """The app over the snapshot and payer rules that are current now, or over what it has where they can't be used."""
    parts: tuple[Renewal, Workshop | None, Access] = app.extensions[PARTS]
    renewal, workshop, access = parts
    renewal.renew()
    return _app(renewal, workshop and replace(workshop, engine=renewal.scrubber.engine), access)


def asks_for_keys(app: Flask, hosts: Sequence[str]) -> bool:
    """Whether the app asks for keys. Raises KeysMissing where it does not, and these addresses are not loopback."""
    access: Access = app.extensions[PARTS][2]
    return check_binding(access.keys.database, hosts)


def is_due(app: Flask) -> bool:
    """Whether another snapshot was made current, or payer rules were changed, since this was last asked."""
    renewal: Renewal = app.extensions[PARTS][0]
    return renewal.due()


def _app(renewal: Renewal, workshop: Workshop | None, access: Access) -> Flask:
    app = create_app(renewal.scrubber, workshop, access=access, refused=renewal.refused)
    app.extensions[PARTS] = renewal, workshop, access
    return app
