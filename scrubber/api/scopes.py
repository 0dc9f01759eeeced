"""What a key has to be for, route by route."""

from collections.abc import Mapping
from typing import Any, Final

PUBLIC: Final = "public"
"""Asks for no key."""
ANY: Final = "any"
"""Asks for a key, whatever it is for."""

OF_BLUEPRINT: Final[Mapping[str, str]] = {
    "claims": "scrub",
    "batches": "batch",
    "results": "batch",
    "events": "batch",
    "acknowledgments": "batch",
    "remittances": "batch",
    "reports": "report",
    "risk": "report",
    "rule-tests": "rules",
    "waivers": "rules",
    "metrics": "admin",
    "coverage": ANY,
    "codes": ANY,
    "edits": ANY,
    "payer-rules": ANY,
    "docs": ANY,
    "api-docs": ANY,
    "service": PUBLIC,
    "sign-in": PUBLIC,
}
"""Of the routes of a blueprint. What is not named here is for ``admin`` alone, and fails a test."""

OF_ENDPOINT: Final[Mapping[str, str]] = {"risk.calibrate": "admin", "docs.asset": PUBLIC}
"""Where a route differs from its blueprint."""

SLOW: Final = frozenset({"results", "acknowledgments", "remittances", "reports"})
"""Blueprints whose routes may each keep a thread busy for minutes."""
SLOW_ENDPOINTS: Final = frozenset({"batches.submit_batch"})

SCHEME: Final = "key"
SCHEMES: Final[dict[str, Any]] = {
    SCHEME: {
        "type": "http",
        "scheme": "bearer",
        "description": "A key made with `scrubber keys create`. A service that has no keys asks for none, and answers "
        "on loopback only.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "scrubber_session",
        "description": "What a browser gets at `/sign-in` for a key, for an hour.",
    },
}
"""The OpenAPI security schemes."""


def scope_of(endpoint: str | None) -> str:
    """What is asked for at an endpoint; nothing where there is none, which is answered as such."""
    if endpoint is None:
        return PUBLIC
    return OF_ENDPOINT.get(endpoint) or OF_BLUEPRINT.get(endpoint.partition(".")[0], "admin")


def is_slow(endpoint: str) -> bool:
    """Whether a request to an endpoint may keep a thread busy for minutes."""
    return endpoint in SLOW_ENDPOINTS or endpoint.partition(".")[0] in SLOW


def security_docs(endpoint: str) -> dict[str, Any]:
    """What OpenAPI says of the key for an endpoint."""
    scope = scope_of(endpoint)
    if scope == PUBLIC:
        return {"security": []}
    scopes = [] if scope == ANY else [scope]
    return {"security": [{SCHEME: scopes}, {"session": scopes}]}


def access_problems(endpoint: str) -> tuple[str, ...]:
    """The problems with which a request to an endpoint may be refused before it is looked at."""
    scope = scope_of(endpoint)
    if scope == PUBLIC:
        return ()
    refusals = ("key-needed", "origin-refused", "too-many-requests", "too-busy")
    return (*refusals, *(["scope-missing"] if scope != ANY else []))
