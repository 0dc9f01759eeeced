"""The body of a request, whole or not at all.

Gunicorn ends a body where the connection ends, and says nothing when fewer bytes came than were announced: an upload
cut off in the middle would look like a shorter one.
"""

from collections.abc import Iterator
from typing import Final

from flask import Request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import ClientDisconnected

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
