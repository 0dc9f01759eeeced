"""What the tests share: the reference snapshot built from the committed data, and an engine over it."""

from datetime import date

import pytest
from hypothesis import settings as hypothesis_settings

from scrubber.bootstrap import build
from scrubber.engine import Engine
from scrubber.settings import Settings

# A busy machine makes single examples slow; how long the suite may take is judged as a whole.
hypothesis_settings.register_profile("suite", deadline=None, print_blob=True)
hypothesis_settings.load_profile("suite")


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a service of its own, with a data directory that goes away."""
    return Settings.read({"SCRUBBER_DATA_DIR": str(tmp_path_factory.mktemp("data"))})


@pytest.fixture(scope="session")
def engine(settings: Settings) -> Engine:
    """The engine as the service builds it, on 2026-03-10."""
    return build(settings).engine.on(date(2026, 3, 10))
