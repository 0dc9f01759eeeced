"""Telling who asked for it how a batch ended: a signed POST, in the form of Standard Webhooks.

Its body names the batch and counts its claims; it holds nothing of a claim. A URL given by a user must not reach into
the operator's own network: the address is checked on the connection itself, so a name that resolves differently the
second time gains nothing.
"""

import hmac
from base64 import b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from socket import socket
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

from scrubber.batch.workshop import Workshop
from scrubber.settings import Settings
from scrubber.store.batches import Batch, batch_by_number, hold_callback, set_callback_state
from scrubber.store.database import writing

SECONDS: Final = (5, 15)
"""To connect, and to wait for the answer."""

GIVEN_UP_AFTER: Final = timedelta(days=1)

LONGEST_URL: Final = 2048


class CallbackRefused(Exception):
    """A callback URL that is not used. The message says why and does not repeat it."""


class NotTaken(Exception):
    """The callback was not taken; it is tried again."""


class _NotPublic(OSError):
    """The connection leads to an address that is not public."""


def check_callback_url(settings: Settings, url: str) -> None:
    """Raises CallbackRefused for a URL that a callback can't go to."""
    if settings.callback_secret is None:
        raise CallbackRefused("No callbacks are sent here: SCRUBBER_CALLBACK_SECRET is not set.")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise CallbackRefused("callback_url is not a URL.") from None
    schemes = {"https", "http"} if settings.callback_to_anywhere else {"https"}
    if parts.scheme not in schemes or not host or len(url) > LONGEST_URL or not url.isprintable():
        raise CallbackRefused(
            f"callback_url must be an {' or '.join(sorted(schemes))} URL of at most {LONGEST_URL} characters."
        )
    if parts.username is not None or parts.fragment:
        raise CallbackRefused("callback_url must hold no user name, password or fragment.")
    if not settings.callback_to_anywhere and not _may_be_public(host):
        raise CallbackRefused("callback_url must lead to a public address.")


def tell_ending(workshop: Workshop, number: int) -> None:
    """Send the callback of a batch that is over. Raises NotTaken until it is taken, or a day has passed."""
    now = workshop.now()
    until = now + timedelta(seconds=sum(SECONDS))
    with writing(workshop.database) as connection:
        batch = batch_by_number(connection, number)
        if batch is None or not hold_callback(connection, batch.key, now, until):
            return
    status = _sent(workshop.settings, batch, now)
    if status is not None and 200 <= status < 300:
        state = "delivered"
    elif status == 410 or (batch.finished_at is not None and now - batch.finished_at >= GIVEN_UP_AFTER):
        state = "given-up"
    else:
        state = "pending"
    with writing(workshop.database) as connection:
        set_callback_state(connection, batch.key, until, state)
    if state == "pending":
        raise NotTaken


def _sent(settings: Settings, batch: Batch, now: datetime) -> int | None:
    """Post the callback; the status of the answer, None if there was none."""
    body = msgspec.json.encode(
        {
            "type": f"batch.{batch.state}",
            "timestamp": batch.finished_at,
            "data": {
                "id": batch.id,
                "state": batch.state,
                "reason": batch.reason,
                "records": batch.records,
                "claims": (batch.summary or {}).get("claims"),
            },
        }
    )
    with requests.Session() as session:
        session.trust_env = False
        if not settings.callback_to_anywhere:
            session.mount("https://", _PublicAdapter())
        try:
            answer = session.post(
                batch.callback_url or "",
                data=body,
                headers={"Content-Type": "application/json"} | signature(settings, batch, now, body),
                timeout=SECONDS,
                allow_redirects=False,
                stream=True,
            )
        except requests.RequestException:
            return None
        with answer:
            return answer.status_code


def signature(settings: Settings, batch: Batch, now: datetime, body: bytes) -> dict[str, str]:
    """The headers of Standard Webhooks 1.0. The id is the same each time, so that a repetition can be told."""
    message, moment = f"batch-{batch.id}-{batch.state}", str(int(now.timestamp()))
    digest = hmac.digest(settings.callback_secret or b"", f"{message}.{moment}.".encode() + body, sha256)
    return {
        "webhook-id": message,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{b64encode(digest).decode()}",
    }


def _may_be_public(host: str) -> bool:
    """Whether a host may lead to a public address: a name may, for all one sees of it."""
    try:
        return ip_address(host).is_global
    except ValueError:
        return host.lower().rstrip(".") != "localhost"


def _checked(connected: socket) -> socket:
    address = ip_address(connected.getpeername()[0])
    if not (getattr(address, "ipv4_mapped", None) or address).is_global:
        connected.close()
        raise _NotPublic
    return connected


class _PublicHTTPSConnection(HTTPSConnection):
    def _new_conn(self) -> socket:
        return _checked(super()._new_conn())


class _PublicHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHTTPSConnection


class _PublicAdapter(HTTPAdapter):
    """Connects to public addresses only, whatever a name resolves to."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"https": _PublicHTTPSPool}
