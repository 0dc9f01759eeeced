"""The body of a request, whole or not at all.

Gunicorn ends a body where the connection ends, and says nothing when fewer bytes came than were announced: an upload
cut off in the middle would look like a shorter one.
"""

from collections.abc import Iterator
from typing import Final

from flask import Request, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from scrubber.api.problems import Problem

PIECE: Final = 256 * 1024
"""Bytes read at a time."""


def body_pieces(asked: Request) -> Iterator[bytes]:
    """The body, piece by piece. Raises ClientDisconnected where it is not whole.

    RequestEntityTooLarge where it is longer than ``asked.max_content_length``.
    """
    came = 0
    try:
        while piece := asked.stream.read(PIECE):
            came += len(piece)
            yield piece
    except (OSError, ParseException):  # gunicorn's words for a connection that ended, and for broken chunks
        raise ClientDisconnected from None
    if asked.content_length not in {None, came}:
        raise ClientDisconnected


def read_body(asked: Request) -> bytes:
    """The body at once; it raises what `body_pieces` does."""
    try:
        body = asked.get_data(cache=False)
    except (OSError, ParseException):
        raise ClientDisconnected from None
    if asked.content_length not in {None, len(body)}:
        raise ClientDisconnected
    return body


def json_body(most_bytes: int) -> bytes:
    """The body of the present request, if it says it is JSON and is no longer than that."""
    environ = request.environ
    if environ.get("CONTENT_TYPE") != "application/json" or "HTTP_CONTENT_ENCODING" in environ:
        _refuse_other_types(request)
    request.max_content_length = most_bytes + 1
    try:
        body = read_body(request)
    except RequestEntityTooLarge:
        body = None
    # A body sent in chunks is cut at the maximum without a word: the one byte more tells.
    if body is None or len(body) > most_bytes:
        raise Problem("body-too-large", f"At most {most_bytes} bytes are read here.")
    return body


def _refuse_other_types(asked: Request) -> None:
    charset = asked.mimetype_params.get("charset", "utf-8").lower()
    encoding = asked.headers.get("Content-Encoding", "identity").lower()
    if asked.mimetype != "application/json" or charset not in {"utf-8", "utf8"} or encoding != "identity":
        raise Problem("media-type-unsupported", "Send Content-Type: application/json, UTF-8, not compressed.")
