"""Clients that mean harm, or know no HTTP, against gunicorn as shipped: refused or cut, while others are served."""

import gzip
import itertools
import socket
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Event, Thread

import pytest
import requests

from scrubber.api.pace import LINE_SECONDS
from tests.integration.batch_processes import ndjson
from tests.services import ROOT, BatchService, wait_until

CLAIM = (ROOT / "docs" / "guide" / "sample-claim.json").read_bytes()
JSON = {"Content-Type": "application/json"}
SECONDS = 10
"""Within which a refusal has to come, on a busy machine."""


def connect(service: BatchService) -> socket.socket:
    host, port = service.api.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=SECONDS)


def head(*headers: bytes, line: bytes = b"POST /v1/claims/scrub HTTP/1.1") -> bytes:
    return b"\r\n".join([line, b"Host: localhost", *headers, b"", b""])


def answered(service: BatchService, pieces: Iterable[bytes]) -> bytes:
    """What comes back for these bytes; nothing where the connection is just ended."""
    with connect(service) as connection:
        with suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(piece)
        back = b""
        with suppress(ConnectionError):
            while b"\r\n\r\n" not in back and (more := connection.recv(8192)):
                back += more
    return back


def is_served(service: BatchService) -> None:
    answer = requests.post(f"{service.api.url}/v1/claims/scrub", CLAIM, headers=JSON, timeout=SECONDS)
    assert answer.status_code == 200, answer.text


def kept(service: BatchService) -> set[Path]:
    return set((Path(str(service.settings["data_dir"])) / "blobs").iterdir())


JSON_TYPE = b"Content-Type: application/json"
CHUNKED = b"Transfer-Encoding: chunked"
LENGTH = b"Content-Length: %d" % len(CLAIM)
MALFORMED = {
    "line too long": head(line=b"GET /" + b"a" * 8000 + b" HTTP/1.1"),
    "line without end": b"GET /" + b"a" * 100_000,
    "header too long": head(b"X: " + b"a" * 9000),
    "too many headers": head(*(b"X-%d: 1" % number for number in range(100))),
    "headers without end": b"GET /healthz HTTP/1.1\r\n" + b"X: a\r\n" * 100_000,
    "length is a word": head(b"Content-Length: many"),
    "length is negative": head(b"Content-Length: -1"),
    "length has a sign": head(b"Content-Length: +5") + b"12345",
    "length is hexadecimal": head(b"Content-Length: 0x5") + b"12345",
    "two lengths in one": head(b"Content-Length: 5, 6") + b"12345",
    "two lengths": head(b"Content-Length: 5", b"Content-Length: 6") + b"12345",
    "length and chunks": head(JSON_TYPE, LENGTH, CHUNKED) + b"0\r\n\r\n",
    "coding unknown": head(JSON_TYPE, b"Transfer-Encoding: xchunked") + b"0\r\n\r\n",
    "chunked twice": head(JSON_TYPE, CHUNKED, CHUNKED) + b"0\r\n\r\n",
    "chunk size is no number": head(JSON_TYPE, CHUNKED) + b"ZZ\r\n{}\r\n0\r\n\r\n",
    "chunk size is negative": head(JSON_TYPE, CHUNKED) + b"-2\r\n{}\r\n0\r\n\r\n",
    "chunk without end": head(JSON_TYPE, CHUNKED) + b"2\r\n{}XX",
    "chunk size without end": head(JSON_TYPE, CHUNKED) + b"0" * 100_000,
    "folded header": head(b"X: a\r\n b"),
    "NUL in a header": head(b"X: a\x00b"),
    "NUL in a name": head(b"X\x00: a"),
    "bare CR in a header": head(b"X: a\rb"),
    "blank before the colon": head(b"Content-Length : 5") + b"12345",
    "header without colon": head(b"nonsense"),
    "method is no word": head(line=b"G(T /healthz HTTP/1.1"),
    "version unknown": head(line=b"GET /healthz HTTP/9.9"),
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500) + b"\r\n\r\n",
}


@pytest.mark.parametrize("sent", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_request_is_refused(batch_service: BatchService, sent: bytes) -> None:
    began = time.monotonic()
    back = answered(batch_service, [sent])
    assert time.monotonic() - began < SECONDS
    assert not back or back.startswith((b"HTTP/1.1 4", b"HTTP/1.1 501")), back[:200]
    is_served(batch_service)


def test_a_body_without_end_is_cut_at_the_limit(batch_service: BatchService) -> None:
    before = kept(batch_service)
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    for address in (b"/v1/claims/scrub", b"/v1/batches", b"/v1/remittances", b"/v1/payer-rules/test"):
        beginning = head(JSON_TYPE, CHUNKED, line=b"POST " + address + b" HTTP/1.1")
        sent = itertools.chain([beginning], itertools.repeat(chunk, 1000))  # 64 MB, were they taken
        assert answered(batch_service, sent)[:12] in {b"HTTP/1.1 413", b""}, address
        is_served(batch_service)
    assert kept(batch_service) == before


BOUNDARY = {"Content-Type": "multipart/form-data; boundary=b"}
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n'
FORMS = {
    "no end": PART + b"\r\n" + CLAIM,
    "no end of a part's headers": PART + b"X: " + b"a" * 1_500_000,
    "a thousand headers of a part": PART + b"X: a\r\n" * 100_000 + b"\r\n" + CLAIM + b"\r\n--b--",
    "many parts": b'--b\r\nContent-Disposition: form-data; name="columns"\r\n\r\n{}\r\n' * 10_000 + b"--b--",
    "no part": b"a" * 1_500_000,
    "part in a part": PART + b"Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n--c--\r\n--c\r\n",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_malformed_form_is_refused_and_leaves_nothing(batch_service: BatchService, form: bytes) -> None:
    before = kept(batch_service)
    answer = requests.post(batch_service.batches, form, headers=BOUNDARY, timeout=SECONDS)
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (400, "form-invalid")
    assert kept(batch_service) == before


def test_bombs_end_and_the_next_batch_is_worked(batch_service: BatchService) -> None:
    """Of blanks, a thousandth of their size; and JSON deeper than anything that reads it."""
    packed = gzip.compress(b" " * 10_000_000) * 40
    bombs = [batch_service.submit(body) for body in (packed, b"[" * 1_500_000, b'{"a":' * 300_000)]
    for bomb in bombs:
        over = batch_service.ended(bomb)
        assert over["state"] == "failed" or set(over["counts"]) == {"unreadable"}, over
    after = batch_service.ended(batch_service.submit(ndjson(3, mark="AFTERBOMB")))
    assert after["state"] == "done"


@contextmanager
def dripping(service: BatchService, beginning: bytes, number: int) -> Iterator[list[socket.socket]]:
    """So many connections that begin a request, and go on with it a byte at a time."""
    with ExitStack() as stack:
        alive = [stack.enter_context(connect(service)) for _ in range(number)]
        over = Event()

        def drip() -> None:
            while not over.wait(0.2):
                for connection in list(alive):
                    try:
                        connection.sendall(beginning[-1:])
                    except OSError:
                        alive.remove(connection)

        for connection in alive:
            connection.sendall(beginning)
        thread = Thread(target=drip)
        thread.start()
        try:
            yield alive
        finally:
            over.set()
            thread.join()


SLOW = {
    "headers": head(JSON_TYPE)[:-4] + b"a",
    "body": head(JSON_TYPE, b"Content-Length: 1000") + b"{",
    "upload": head(b"Content-Length: 1000", line=b"POST /v1/batches HTTP/1.1") + b"{",
}


@pytest.mark.parametrize("beginning", SLOW.values(), ids=SLOW.keys())
def test_who_drips_keeps_nobody_out_for_long(batch_service: BatchService, beginning: bytes) -> None:
    """Three times as many as there are threads: while others wait, each has a second."""
    before = kept(batch_service)
    with dripping(batch_service, beginning, 24) as alive:
        deadline = time.monotonic() + 20

        def served() -> bool:
            answer = requests.post(
                f"{batch_service.api.url}/v1/claims/scrub", CLAIM, headers=JSON, timeout=20
            )
            assert answer.status_code in {200, 503}, answer.text
            assert answer.status_code == 200 or "Retry-After" in answer.headers
            return answer.status_code == 200

        while not served():
            assert time.monotonic() < deadline
        assert len(alive) < 24
    wait_until(lambda: kept(batch_service) == before)


def test_beyond_capacity_is_turned_away_and_served_again_afterwards(batch_service: BatchService) -> None:
    """Uploads that keep the pace have all threads for as long as they like; who waits behind them is told to come back.

    Those who ask how the service does are answered however late.
    """
    over = Event()

    def trickle() -> Iterator[bytes]:
        while not over.wait(0.1):
            yield b" " * 4096

    def upload() -> None:
        requests.post(batch_service.batches, trickle(), timeout=60)

    claims = f"{batch_service.api.url}/v1/claims/scrub"
    with ThreadPoolExecutor(20) as pool:
        uploads = [pool.submit(upload) for _ in range(8)]
        busy = partial(requests.post, claims, CLAIM, headers=JSON, timeout=60)
        wait_until(lambda: all(each.running() for each in uploads))
        time.sleep(0.5)  # until each has its thread
        waiting = [pool.submit(busy) for _ in range(10)]
        health = pool.submit(requests.get, f"{batch_service.api.url}/healthz", timeout=60)
        time.sleep(LINE_SECONDS + 0.5)
        assert not any(each.done() for each in waiting)
        over.set()
        answers = [each.result() for each in waiting]
        assert health.result().status_code == 200
    for answer in answers:
        assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (503, "too-busy")
        assert int(answer.headers["Retry-After"]) > 0
    is_served(batch_service)


def test_who_says_nothing_holds_no_thread(batch_service: BatchService) -> None:
    with ExitStack() as stack:
        for _ in range(64):
            stack.enter_context(connect(batch_service))
        began = time.monotonic()
        is_served(batch_service)
        assert (
            time.monotonic() - began < 4
        )  # gunicorn alone gives each thread away for 5 seconds, eight times over
