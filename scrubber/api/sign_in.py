"""Signing in on a page: a key is given once, and a cookie stands for it for an hour."""

import hmac
import os
import re
from hashlib import sha256
from pathlib import Path
from time import time
from typing import Final

from flask import Blueprint, Request, Response, render_template_string, request

from scrubber.api.keys import KeyRing
from scrubber.api.tenants import Caller
from scrubber.settings import Settings

COOKIE: Final = "scrubber_session"
SESSION_SECONDS: Final = 3600
LOOPBACK: Final = frozenset({"127.0.0.1", "[::1]", "localhost"})

POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)

PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Claim scrubber: sign in</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 4rem auto; max-width: 26rem; padding: 0 1rem; color: #1a1a1a }
input, button { font: inherit; padding: .5rem; width: 100%; box-sizing: border-box; margin: .25rem 0 1rem }
[role=alert] { color: #a40000 }
@media (prefers-color-scheme: dark) { body { background: #161616; color: #eee } [role=alert] { color: #ff8a80 } }
</style>
</head>
<body>
<main>
<h1>Claim scrubber</h1>
{% if caller %}
<p>You are signed in with the {{ caller.who }} for {{ caller.tenant }}.</p>
<form method="post" action="/sign-out"><button>Sign out</button></form>
<p><a href="/docs">The API</a></p>
{% else %}
{% if refused %}<p role="alert">{{ refused }}</p>{% endif %}
<form method="post" action="/sign-in">
<label for="key">Your key</label>
<input id="key" name="key" type="password" autocomplete="current-password" required autofocus>
<input type="hidden" name="next" value="{{ next }}">
<button>Sign in</button>
</form>
<p>Signing in lasts an hour. It needs https, or a browser on the machine of the service.</p>
{% endif %}
</main>
</body>
</html>
"""

_PORT: Final = re.compile(r":[0-9]{1,5}\Z")
_OWN_ADDRESS: Final = re.compile(r"/(?![/\\])[!-\[\]-~]*")


class Sessions:
    """The cookies of signed-in browsers: nothing is kept of them but the secret they are signed with."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def made_for(self, key: str) -> str:
        """A session of a key, from now on."""
        return self._signed(f"{key}.{int(time()) + SESSION_SECONDS}")

    def key_in(self, cookie: str) -> str | None:
        """The id of the key a cookie stands for, None if it is not ours or over."""
        told, _, _ = cookie.rpartition(".")
        key, _, ends = told.partition(".")
        if not hmac.compare_digest(self._signed(told).encode(), cookie.encode()):
            return None
        return key if time() < int(ends) else None

    def _signed(self, told: str) -> str:
        return f"{told}.{hmac.new(self._secret, told.encode(), sha256).hexdigest()}"


def session_secret(settings: Settings) -> bytes:
    """What cookies are signed with: the setting, else a file of the data directory that is made once."""
    if settings.session_secret is not None:
        return settings.session_secret
    file = settings.data_dir / "session.key"
    if not file.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        _make(file)
    return file.read_bytes()


def _make(file: Path) -> None:
    """Make the file, whole or not at all; of several that do so at once, the first one's stays."""
    new = file.with_name(f"{file.name}.{os.getpid()}")
    new.touch(mode=0o600)
    try:
        new.write_bytes(os.urandom(32))
        file.hardlink_to(new)
    except FileExistsError:
        pass
    finally:
        new.unlink()


def same_origin(asked: Request) -> bool:
    """Whether a request comes from a page of ours, as the browser tells; without a word of it, it does not."""
    if asked.headers.get("Sec-Fetch-Site") == "same-origin":
        return True
    origin = asked.headers.get("Origin", "")
    return origin in {f"http://{asked.host}", f"https://{asked.host}"}


def is_local(host: str) -> bool:
    """Whether the ``Host`` of a request is this machine's own name."""
    return _PORT.sub("", host) in LOOPBACK


def sign_in_blueprint(keys: KeyRing, sessions: Sessions) -> Blueprint:
    """The page where a key is given, and what takes it."""
    blueprint = Blueprint("sign-in", __name__)

    @blueprint.get("/sign-in")
    def show() -> Response:
        return _page(signed_in(keys, sessions, request), _next(request.args.get("next", "")))

    @blueprint.post("/sign-in")
    def sign_in() -> Response:
        address = _next(request.form.get("next", ""))
        if not same_origin(request):
            return _page(None, address, "This did not come from the sign-in page. Try again.", 403)
        keys.closed()
        caller = keys.with_text(request.form.get("key", "").strip())
        if caller is None or caller.key is None:
            return _page(None, address, "There is no such key, or it holds no more.", 401)
        response = see_other(address)
        _set_cookie(response, sessions.made_for(caller.key), SESSION_SECONDS)
        return response

    @blueprint.post("/sign-out")
    def sign_out() -> Response:
        if not same_origin(request):
            return _page(None, "/docs", "This did not come from a page of ours.", 403)
        response = see_other("/sign-in")
        _set_cookie(response, "", 0)
        return response

    return blueprint


def signed_in(keys: KeyRing, sessions: Sessions, asked: Request) -> Caller | None:
    """Whose browser sent a request, None if nobody signed in there, or the key holds no more."""
    cookie = asked.cookies.get(COOKIE)
    key = sessions.key_in(cookie) if cookie else None
    return keys.with_id(key) if key and keys.closed() else None


def see_other(address: str) -> Response:
    """An answer that sends a browser on to an address of ours."""
    return Response(status=303, headers={"Location": address})


def _set_cookie(response: Response, value: str, seconds: int) -> None:
    # Sent over https alone, but for a browser on this machine. Who says he came by https is believed: it hides more.
    secure = (
        request.is_secure or request.headers.get("X-Forwarded-Proto") == "https" or not is_local(request.host)
    )
    response.set_cookie(COOKIE, value, max_age=seconds, secure=secure, httponly=True, samesite="Strict")


def _next(address: str) -> str:
    """Where to go on: an address of ours, and no other's."""
    return address if _OWN_ADDRESS.fullmatch(address) else "/docs"


def _page(caller: Caller | None, address: str, refused: str | None = None, status: int = 200) -> Response:
    page = render_template_string(PAGE, caller=caller, next=address, refused=refused)
    response = Response(page, status, mimetype="text/html")
    # Without a referrer policy of its own the browser would not tell where its form comes from.
    response.headers.update({"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"})
    return response
