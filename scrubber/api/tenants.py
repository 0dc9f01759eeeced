"""Whose data a request is about, and who asks."""

from flask import Request


def tenant_of(_asked: Request) -> str:
    """The tenant of a request. The API asks nobody who they are, so all requests are one tenant's."""
    return "default"


def caller_of(_asked: Request) -> str:
    """What the audit calls whoever sent a request."""
    return "api"
