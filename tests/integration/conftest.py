"""The API over the reference data of the repo, called in process."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from scrubber.api.app import create_app
from scrubber.bootstrap import Scrubber, build
from scrubber.settings import Settings


@pytest.fixture(scope="session")
def scrubber(settings: Settings) -> Scrubber:
    return build(settings)


@pytest.fixture(scope="session")
def app(scrubber: Scrubber) -> Flask:
    return create_app(scrubber)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
