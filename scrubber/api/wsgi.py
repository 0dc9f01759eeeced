"""What gunicorn starts: ``scrubber.api.wsgi:application()``. Importing this does nothing."""

import os
from dataclasses import replace
from typing import Final

from flask import Flask

from scrubber.api.app import create_app
from scrubber.batch.workshop import Workshop
from scrubber.bootstrap import Renewal, build, open_workshop
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
    return _app(Renewal(scrubber), open_workshop(settings, scrubber.engine) if settings.redis_url else None)


def renewed(app: Flask) -> Flask:
    """The app over the reference snapshot that is current now, or over the one it has where that can't be used."""
    parts: tuple[Renewal, Workshop | None] = app.extensions[PARTS]
    renewal, workshop = parts
    renewal.renew()
    return _app(renewal, workshop and replace(workshop, engine=renewal.scrubber.engine))


def is_due(app: Flask) -> bool:
    """Whether another snapshot was made current since this was last asked."""
    renewal: Renewal = app.extensions[PARTS][0]
    return renewal.due()


def _app(renewal: Renewal, workshop: Workshop | None) -> Flask:
    app = create_app(renewal.scrubber, workshop, refused=renewal.refused)
    app.extensions[PARTS] = renewal, workshop
    return app
