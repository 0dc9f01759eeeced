"""Who may ask for what: before each request, its key or session, the scope it needs, and the limits of the key."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Flask, Request, Response, after_this_request, request
from redis import Redis
from sqlalchemy import Engine as Database

from scrubber.api.keys import KeyRing
from scrubber.api.limits import Rates, SlowRequests
from scrubber.api.problems import Problem
from scrubber.api.scopes import ANY, PUBLIC, is_slow, scope_of
from scrubber.api.sign_in import (
    Sessions,
    is_local,
    same_origin,
    see_other,
    session_secret,
    sign_in_blueprint,
    signed_in,
)
from scrubber.api.tenants import ANYBODY, CALLER, Caller
from scrubber.settings import Settings

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
REDIS_SECONDS = 0.1
"""How long a request waits for Redis to count it."""


@dataclass(frozen=True, slots=True)
class Access:
    """What requests are let in by. It outlives the app, which is made anew for a new snapshot."""

    keys: KeyRing
    sessions: Sessions
    rates: Rates
    slow: SlowRequests


def open_access(settings: Settings, database: Database) -> Access:
    """The access of the keys in a database. Connects to nothing yet."""
    redis = None
    if settings.redis_url:
        redis = Redis.from_url(
            settings.redis_url,
            socket_timeout=REDIS_SECONDS,
            socket_connect_timeout=REDIS_SECONDS,
            retry=None,
        )
    return Access(
        keys=KeyRing(database),
        sessions=Sessions(session_secret(settings)),
        rates=Rates(settings.requests_per_minute, redis),
        slow=SlowRequests(settings.slow_requests),
    )


def let_in_by(app: Flask, access: Access | None) -> None:
    """Have the app ask for keys where there are any. Without ``access`` it asks nobody who they are."""
    if access is None:
        app.before_request(_let_anybody_in)
        return
    app.register_blueprint(sign_in_blueprint(access.keys, access.sessions))
    keys, rates, slow = access.keys, access.rates, access.slow

    def let_in() -> Response | None:
        endpoint = request.endpoint
        scope = scope_of(endpoint)
        if scope == PUBLIC or endpoint is None:
            return None
        if not keys.closed():
            _keep_other_sites_out(request)
            request.environ[CALLER] = ANYBODY
            return None
        caller = _caller(access, request)
        if caller is None:
            return _ask_for_key(request)
        if scope != ANY and scope not in caller.scopes:
            raise Problem("scope-missing", f"The key is not for {scope!r}.")
        if caller.key is not None:
            rates.count(caller.key)
            if is_slow(endpoint):
                _note_end(slow, caller.key)
        request.environ[CALLER] = caller
        return None

    app.before_request(let_in)


def _let_anybody_in() -> None:
    request.environ[CALLER] = ANYBODY


def _keep_other_sites_out(asked: Request) -> None:
    """A page of another site, in a browser on this machine, can send requests here: it is not let in."""
    origin = asked.environ.get("HTTP_ORIGIN")
    if not is_local(asked.host) or (origin is not None and not same_origin(asked)):
        raise Problem(
            "origin-refused", "Without keys the service answers this machine's own programs and pages."
        )


def _caller(access: Access, asked: Request) -> Caller | None:
    """Whose key or session comes with a request. Ends it where a session is used from elsewhere."""
    given: str | None = asked.environ.get("HTTP_AUTHORIZATION")
    if given is not None:
        scheme, _, text = given.partition(" ")
        return access.keys.with_text(text.strip()) if scheme.lower() == "bearer" else None
    caller = signed_in(access.keys, access.sessions, asked)
    if caller is not None and asked.method not in SAFE and not same_origin(asked):
        raise Problem("origin-refused", "A browser's session is good for pages of this service alone.")
    return caller


def _ask_for_key(asked: Request) -> Response:
    given = "HTTP_AUTHORIZATION" in asked.environ
    if not given and asked.method == "GET" and _is_page_wanted(asked):
        address = asked.full_path if asked.query_string else asked.path
        return see_other(f"/sign-in?{urlencode({'next': address})}")
    error = ', error="invalid_token"' if given else ""
    raise Problem(
        "key-needed",
        "The key is not known, or holds no more."
        if given
        else "Send the header Authorization: Bearer and a key.",
        headers=[("WWW-Authenticate", f'Bearer realm="claim-scrubber"{error}')],
    )


def _is_page_wanted(asked: Request) -> bool:
    return asked.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def _note_end(slow: SlowRequests, key: str) -> None:
    end = slow.begin(key)

    def when_sent(response: Response) -> Response:
        response.call_on_close(end)
        return response

    after_this_request(when_sent)
