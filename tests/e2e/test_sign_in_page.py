"""Signing in with a key, in a real browser: the page, its form, the cookie, and where it leads."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from scrubber.api.access import open_access
from scrubber.api.app import create_app
from scrubber.bootstrap import build, open_store
from scrubber.engine import Engine
from scrubber.settings import Settings
from scrubber.store.database import writing
from scrubber.store.keys import create_key
from tests.services import PATIENCE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

# Chromium gives no command to fill a form in, so a page of the same origin does: it loads the sign-in page in a frame.
FILL = """<!doctype html><iframe id="page" src="/sign-in?next=/version"></iframe><script>
const frame = document.getElementById("page")
frame.onload = () => {
  const form = frame.contentDocument.querySelector("form[action='/sign-in']")
  if (form) { form.key.value = "KEY"; form.querySelector("button").click() }
  else fetch("/v1/edits").then(answer => document.title = frame.contentDocument.location.pathname + answer.status)
}
</script>"""


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        pass


@pytest.fixture
def served(settings: Settings, engine: Engine, tmp_path: Path) -> Iterator[str]:
    database = open_store(Settings(data_dir=tmp_path))
    with writing(database) as connection:
        key = create_key(
            connection,
            datetime.now(UTC),
            tenant="a",
            name="k",
            scopes=frozenset({"scrub"}),
            expires_at=None,
            who="x",
        )
    app = create_app(build(settings), access=open_access(Settings(data_dir=tmp_path), database))
    app.add_url_rule(
        "/healthz/fill", "service.fill", lambda: (FILL.replace("KEY", key), {"Content-Security-Policy": ""})
    )
    # Our pages are in no frame; for this one test they may be.
    app.after_request(
        lambda answer: answer.headers.update({"Content-Security-Policy": "form-action 'self'"}) or answer
    )
    server = make_server("127.0.0.1", 0, app, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    database.dispose()


def browse(url: str, directory: Path) -> str:
    return subprocess.run(
        [
            str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            f"--user-data-dir={directory}", "--virtual-time-budget=15000", "--dump-dom", url,
        ],
        capture_output=True, check=True, timeout=PATIENCE, text=True,
    ).stdout  # fmt: skip


def test_a_key_given_on_the_page_signs_the_browser_in(served: str, tmp_path: Path) -> None:
    page = unescape(browse(f"{served}/docs", tmp_path / "profile"))
    assert 'action="/sign-in"' in page, "who has not signed in is asked to"
    assert 'value="/docs"' in page
    assert "<title>/version200</title>" in browse(f"{served}/healthz/fill", tmp_path / "profile")
