"""The upload of a request, as it comes in: a raw body, or the part ``file`` of a multipart form.

Nothing is kept here: the content is handed on piece by piece, so an upload of any size costs the same memory.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec
from flask import Request
from msgspec import Struct
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from scrubber.api.bodies import PIECE, body_pieces
from scrubber.api.problems import Problem, ProblemError

FORM_BYTES: Final = 1024**2
"""Bytes that a form may add to its file."""

FIELD_BYTES: Final = 64 * 1024
"""Bytes of one field of a form."""

MEDIA_TYPES: Final = (
    "application/edi-x12", "application/x-ndjson", "application/json", "text/csv", "application/fhir+json",
    "application/gzip", "application/octet-stream",
)  # fmt: skip
"""What uploads are said to be. Any of them may be said of any: the content decides."""

_CLEARLY_OTHER = re.compile(
    r"(?:image|audio|video|font|model|message)/.*|multipart/.*|text/html|.*[/+]xml|application/(?:pdf|zip|msword|rtf"
    r"|x-7z-compressed|x-tar|x-rar-compressed|vnd\.openxmlformats-officedocument.*)"
)

_FIELDS: Final = frozenset({"columns", "callback_url"})


class Upload(Struct, frozen=True, kw_only=True):
    """What was sent: ``content`` is read once, and raises a problem where the upload is not whole."""

    content: Iterator[bytes]
    columns: dict[str, str | None] | None
    callback_url: str | None


def read_upload(asked: Request, most_bytes: int, query: Mapping[str, Any]) -> Upload:
    """The upload of a request. ``query`` may hold ``columns`` and ``callback_url``, as the fields of a form may.

    Ends the request with a problem for what is no upload. ``most_bytes`` is the largest upload: what is announced to
    be larger is not read at all.
    """
    asked.max_content_length = most_bytes + FORM_BYTES
    if (asked.content_length or 0) > asked.max_content_length:
        raise Problem("body-too-large", f"At most {most_bytes} bytes are taken in one upload.")
    encoding = asked.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip", "x-gzip"}:
        raise Problem("media-type-unsupported", "Content-Encoding may be gzip; others are not read.")
    told = dict(query)
    if asked.mimetype == "multipart/form-data":
        content = _file_of_form(asked, told)
    elif _CLEARLY_OTHER.fullmatch(asked.mimetype):
        raise Problem("media-type-unsupported", f"Claims come as {', '.join(MEDIA_TYPES)}.")
    else:
        content = body_pieces(asked)
    return Upload(
        content=content, columns=_columns(told.get("columns")), callback_url=told.get("callback_url")
    )


def _file_of_form(asked: Request, told: dict[str, Any]) -> Iterator[bytes]:
    """The content of the part ``file``; the fields before it are added to what was ``told``."""
    boundary = asked.mimetype_params.get("boundary", "")
    if not boundary or len(boundary) > 70 or not boundary.isascii():
        raise _broken("Its Content-Type names no boundary.")
    events = _events(body_pieces(asked), boundary.encode())
    for event in events:
        if isinstance(event, File | Field) and event.name == "file":
            return _rest_of_form(events)
        if isinstance(event, Field) and event.name in _FIELDS:
            if event.name in told:
                raise _broken(f"{event.name} is given more than once.")
            told[event.name] = _text(events)
        elif isinstance(event, File | Field):
            raise _broken("It may hold the fields columns and callback_url, and then the file, named file.")
    raise _broken("It holds no file; send it as the part named file.")


def _rest_of_form(events: Iterator[Event]) -> Iterator[bytes]:
    for event in events:
        if isinstance(event, Data):
            if event.data:
                yield event.data
        elif not isinstance(event, Epilogue):
            raise _broken("The file must be its last part, and the only one.")


def _text(events: Iterator[Event]) -> str:
    """The value of the field that has begun."""
    text = bytearray()
    for event in events:
        if isinstance(event, Data):
            text += event.data
            if len(text) > FIELD_BYTES:
                raise _broken(f"A field is longer than {FIELD_BYTES} bytes.")
            if not event.more_data:
                break
    try:
        return text.decode()
    except UnicodeDecodeError:
        raise _broken("A field is not UTF-8.") from None


def _events(pieces: Iterator[bytes], boundary: bytes) -> Iterator[Event]:
    """The events of a form up to and with its end."""
    decoder = MultipartDecoder(boundary, max_form_memory_size=2 * PIECE, max_parts=len(_FIELDS) + 1)
    for piece in pieces:
        _form(decoder.receive_data, piece)
        while not isinstance(event := _form(decoder.next_event), NeedData):
            yield event
    _form(decoder.receive_data, None)
    yield _form(decoder.next_event)


def _form(step: Callable[..., Any], *arguments: bytes | None) -> Any:
    """Do a step of the decoder, which raises one thing or another where a form is none."""
    try:
        return step(*arguments)
    except RequestEntityTooLarge:
        raise _broken(
            "Its headers are too long, it has too many parts, or much comes after its end."
        ) from None
    except (ValueError, AttributeError):
        raise _broken("It does not end with its boundary, or a part is broken.") from None


def _columns(text: str | None) -> dict[str, str | None] | None:
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=dict[str, str | None])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        told = (
            "Expected a JSON object of your column names, each with the name of ours or null to leave it out."
        )
        raise Problem("query-invalid", errors=[ProblemError(parameter="columns", message=told)]) from None


def _broken(detail: str) -> Problem:
    return Problem("form-invalid", detail)
