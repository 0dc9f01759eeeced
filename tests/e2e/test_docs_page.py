"""The API page in a real browser, without a network."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from scrubber.api.app import create_app
from scrubber.bootstrap import build
from scrubber.engine import Engine
from scrubber.settings import Settings
from tests.services import PATIENCE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        pass


@pytest.fixture(scope="module")
def url(settings: Settings, engine: Engine) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(build(settings)), handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_api_page_is_drawn_from_local_files(url: str, tmp_path: Path) -> None:
    page = subprocess.run(
        [
            str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            f"--user-data-dir={tmp_path}", "--virtual-time-budget=15000", "--dump-dom", f"{url}/docs",
        ],
        capture_output=True,
        check=True,
        timeout=PATIENCE,
        text=True,
    ).stdout  # fmt: skip
    assert "/v1/claims/scrub" in page
    assert "opblock" in page, "Swagger UI did not draw the operations"
    assert "Failed to load" not in page
