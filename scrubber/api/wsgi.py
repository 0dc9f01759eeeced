"""What gunicorn starts: ``scrubber.api.wsgi:application()``. Importing this does nothing."""

import os

from flask import Flask

from scrubber.api.app import create_app
from scrubber.bootstrap import build, open_workshop
from scrubber.log import configure_logging
from scrubber.settings import Settings


def application() -> Flask:
    """The app of the settings in the environment, logging to standard output.

    It holds no connection yet, so that gunicorn may fork it. Without a Redis there are no batches.
    """
    configure_logging()
    settings = Settings.read(os.environ)
    scrubber = build(settings)
    return create_app(scrubber, open_workshop(settings, scrubber.engine) if settings.redis_url else None)
