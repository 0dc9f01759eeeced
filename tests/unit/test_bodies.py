"""A body is taken whole or not at all."""

import io
from typing import Any

import pytest
from flask import Request
from gunicorn.http.body import Body, ChunkedReader, LengthReader
from gunicorn.http.unreader import IterUnreader
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from scrubber.api.bodies import PIECE, body_pieces, read_body


def asked(body: Any, length: int | None, most_bytes: int = 2**30) -> Request:
    """A request as gunicorn hands it on."""
    environ = {"wsgi.input": body, "wsgi.input_terminated": True, "REQUEST_METHOD": "POST"}
    if length is not None:
        environ["CONTENT_LENGTH"] = str(length)
    request = Request(environ)
    request.max_content_length = most_bytes
    return request


def announced(sent: bytes, length: int) -> Request:
    return asked(Body(LengthReader(IterUnreader(iter([sent])), length)), length)


def chunked(sent: bytes) -> Request:
    return asked(Body(ChunkedReader(type("Message", (), {})(), IterUnreader(iter([sent])))), None)


def test_a_whole_body() -> None:
    body = bytes(range(256)) * 3000
    assert list(map(len, body_pieces(announced(body, len(body))))) == [PIECE, PIECE, len(body) - 2 * PIECE]
    assert read_body(announced(body, len(body))) == body
    assert read_body(announced(b"", 0)) == b""
    assert read_body(chunked(b"3\r\nabc\r\n0\r\n\r\n")) == b"abc"
    assert read_body(asked(io.BytesIO(), None)) == b""


@pytest.mark.parametrize("sent", [b"", b"x", b"x" * 99])
def test_fewer_bytes_than_announced(sent: bytes) -> None:
    with pytest.raises(ClientDisconnected):
        read_body(announced(sent, 100))


@pytest.mark.parametrize("sent", [b"", b"3\r\nab", b"3\r\nabc\r\n", b"3\r\nabcd\r\n0\r\n\r\n", b"zz\r\nabc"])
def test_chunks_that_break_off(sent: bytes) -> None:
    with pytest.raises(ClientDisconnected):
        read_body(chunked(sent))


def test_more_than_is_taken() -> None:
    with pytest.raises(RequestEntityTooLarge):
        read_body(asked(io.BytesIO(b"x" * 100), 100, most_bytes=99))
