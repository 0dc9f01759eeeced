"""A watch over the whole suite: what a service says to others than the sender tells nothing of a patient.

Nearly all tests bill for the same few invented people. Their member ids and birth dates are looked for in each record
that is logged, in each problem document and page of metrics, in what the processes of the tests print, and in what is
left in Valkey. ``tests/integration/test_redaction.py`` looks closer, through every door.
"""

import logging
import re
import traceback
import zlib
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any, Final

import requests
from redis import Redis
from werkzeug.test import Client, TestResponse

MARKS: Final = re.compile(rb"1EG4-?TE5-?MK7\d|W123456789|W100200300|(?<!\d)1950-?04-?02(?!\d)|ZZMARK|QQMARK")

_told: Final[list[str]] = []


def told_since() -> list[str]:
    """What was told of a patient since this was last asked: where, and around which mark."""
    told, _told[:] = _told[:], []
    return told


def look(where: str, content: bytes) -> None:
    """Note what content that is not for the sender alone tells of a patient."""
    if mark := MARKS.search(content):
        around = content[max(0, mark.start() - 80) : mark.end() + 20]
        _told.append(f"{where}: {around!r}")


def look_into(file: Path) -> None:
    """The same of what a process has printed."""
    if file.exists():
        look(file.name, file.read_bytes())


def look_into_queue(redis: Redis) -> None:
    """The same of all that a Valkey holds."""
    for content in contents(redis):
        look("Valkey", content)


def contents(redis: Redis) -> Iterator[bytes]:
    """Keys and values of a Valkey, packed values also unpacked."""
    readers: dict[bytes, Any] = {
        b"string": lambda key: [redis.get(key)],
        b"hash": lambda key: [part for pair in redis.hgetall(key).items() for part in pair],
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"set": redis.smembers,
        b"zset": lambda key: redis.zrange(key, 0, -1),
    }
    for key in redis.scan_iter():
        yield key
        for value in readers.get(redis.type(key), lambda _: [])(key):
            yield value or b""
            try:
                yield zlib.decompress(value or b"")
            except zlib.error:
                continue


def watch() -> None:
    """Look, from now on and in this process, at each record that is logged and each answer that a test is given."""
    handle = logging.Logger.handle

    @wraps(handle)
    def handled(logger: logging.Logger, record: logging.LogRecord) -> None:
        fault = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
        look(f"log {logger.name}", f"{record.getMessage()} {vars(record)} {fault}".encode())
        handle(logger, record)

    logging.Logger.handle = handled  # type: ignore[method-assign]
    Client.open = _looking(Client.open, _of_test_client)  # type: ignore[method-assign]
    requests.Session.send = _looking(requests.Session.send, _of_requests)  # type: ignore[method-assign]


def _looking(ask: Callable[..., Any], look_at: Callable[[Any], None]) -> Callable[..., Any]:
    @wraps(ask)
    def asked(*arguments: Any, **options: Any) -> Any:
        answer = ask(*arguments, **options)
        look_at(answer)
        return answer

    return asked


def _of_test_client(answer: TestResponse) -> None:
    if _is_for_others(answer.mimetype, answer.request.path):
        look(f"answer of {answer.request.path}", answer.data)


def _of_requests(answer: requests.Response) -> None:
    if _is_for_others(answer.headers.get("Content-Type", ""), answer.request.path_url):
        look(f"answer of {answer.request.path_url}", answer.content)


def _is_for_others(mimetype: str | None, path: str) -> bool:
    return (mimetype or "").startswith("application/problem+json") or path.startswith("/metrics")
