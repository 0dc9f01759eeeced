"""Cursors: where the next page begins, in a form that callers hand back and don't read."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from marshmallow import ValidationError

from scrubber.api.schemas import Value

LARGEST: Final = 2**63 - 1


def cursor_after(number: int) -> str:
    """The cursor of the page after a number."""
    return urlsafe_b64encode(b"%x" % number).decode().rstrip("=")


def cursor_parameter() -> Value:
    """The parameter ``cursor``; read, it is the number that the page comes after."""
    return Value(_number, {"type": "string"}, metadata={"description": "The next_cursor of the page before."})


def _number(cursor: object) -> int:
    text = str(cursor)
    try:
        number = int(urlsafe_b64decode(text + "=" * (-len(text) % 4)), 16)
    except ValueError:
        number = -1
    if not 0 <= number <= LARGEST:
        raise ValidationError("Expected the next_cursor of a page.")
    return number
