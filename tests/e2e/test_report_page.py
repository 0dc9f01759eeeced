"""The report's page in a real browser: drawn, quiet, alone, and printable."""

import shutil
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from scrubber.report.figures import DenialReport
from scrubber.report.forms import MEDIA_TYPES, render
from tests import report_samples as samples
from tests.services import PATIENCE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

PAGES = {sample.__name__: sample for sample in (samples.rich, samples.hostile, samples.empty)}


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, list[str]]]:
    """Where the samples are served, and every path that was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            sample: Callable[[], DenialReport] | None = PAGES.get(self.path[1:])
            page = BytesIO()
            if sample:
                render("html", sample(), page)
            self.send_response(200 if sample else 404)
            self.send_header("Content-Type", MEDIA_TYPES["html"])
            # As strict as a server can be: the page must not need more.
            self.send_header(
                "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
            )
            self.end_headers()
            self.wfile.write(page.getvalue())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def browse(url: str, directory: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--enable-logging=stderr",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", f"--user-data-dir={directory / 'profile'}",
            *options, url,
        ],
        capture_output=True, check=True, timeout=PATIENCE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_the_page_asks_for_nothing_and_complains_of_nothing(
    page: str, served: tuple[str, list[str]], tmp_path: Path
) -> None:
    url, asked = served
    asked.clear()
    done = browse(f"{url}/{page}", tmp_path, "--dump-dom")
    assert asked == [f"/{page}"]
    assert "CONSOLE" not in done.stderr
    assert "<main>" in done.stdout
    assert "<script>" not in done.stdout


def test_it_is_drawn(served: tuple[str, list[str]], tmp_path: Path) -> None:
    image = tmp_path / "page.png"
    browse(
        f"{served[0]}/rich", tmp_path, f"--screenshot={image}", "--window-size=500,900", "--hide-scrollbars"
    )
    width, height = struct.unpack(">II", image.read_bytes()[16:24])
    assert (width, height) == (500, 900)
    assert image.stat().st_size > 20_000, "little was drawn"


def test_it_prints(served: tuple[str, list[str]], tmp_path: Path) -> None:
    printed = tmp_path / "page.pdf"
    browse(f"{served[0]}/rich", tmp_path, f"--print-to-pdf={printed}", "--no-pdf-header-footer")
    pages = PdfReader(printed).pages
    text = "".join(page.extract_text() for page in pages)
    assert 4 <= len(pages) <= 12
    assert "$104,218.37" in text
    assert "Skip to the answer" not in text
    width, height = pages[0].mediabox.width, pages[0].mediabox.height
    assert (round(width), round(height)) == (612, 792)
