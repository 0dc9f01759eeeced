"""The log of a service: one line of JSON a record, without anything that was sent."""

import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec


class JsonLine(logging.Formatter):
    """A log record as one line of JSON; ``fields`` of the record stand beside time, level and event."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        return msgspec.json.encode(line).decode()


def configure_logging(*others: str, stream: TextIO | None = None) -> None:
    """Send the program's log to ``stream``, standard output unless given. For whoever starts a service.

    ``others`` are loggers of libraries whose warnings are to go there too.
    """
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonLine())
    for name, level in {**dict.fromkeys(others, logging.WARNING), "scrubber": logging.INFO}.items():
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.setLevel(level)
        logger.propagate = False
