"""What gunicorn starts: ``scrubber.api.wsgi:application()``. Importing this does nothing."""

import os

from flask import Flask

from scrubber.api.app import create_app
from scrubber.api.request_log import configure_logging
from scrubber.bootstrap import build
from scrubber.settings import Settings


def application() -> Flask:
    """The app of the settings in the environment, logging to standard output."""
    configure_logging()
    return create_app(build(Settings.read(os.environ)))
