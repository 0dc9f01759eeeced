"""Whose data a request is about, and who asks."""

from typing import Final, NamedTuple

from flask import Request

from scrubber.store.keys import SCOPES

CALLER: Final = "scrubber.caller"
"""Where access.py leaves in a request's environment who sent it. Without that there is no tenant, but a fault."""


class Caller(NamedTuple):
    """Who sent a request: ``who`` is what the audit calls it, ``key`` the id of its key, None where none is needed."""

    tenant: str
    who: str
    key: str | None
    scopes: frozenset[str]


ANYBODY: Final = Caller("default", "api", None, frozenset(SCOPES))
"""Who sends a request to a service without keys."""


def tenant_of(asked: Request) -> str:
    """The tenant of a request."""
    caller: Caller = asked.environ[CALLER]
    return caller.tenant


def caller_of(asked: Request) -> str:
    """What the audit calls whoever sent a request."""
    caller: Caller = asked.environ[CALLER]
    return caller.who
