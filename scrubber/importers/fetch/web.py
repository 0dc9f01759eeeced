"""Asking the servers of CMS and CDC: https only, only the hosts that are allowed, patiently, and never without end."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import requests

from scrubber import __version__
from scrubber.importers.fetch import FetchFailed

T = TypeVar("T")

ATTEMPTS = 5
FIRST_WAIT, LONGEST_WAIT = 2.0, 120.0
"""Seconds before the second attempt, doubled before each further one; and the longest a server may ask for."""
TIMEOUT = (10, 60)
"""Seconds to connect, and to wait for a piece of the answer."""
MOST_REDIRECTS = 5
MOST_PAGE = 10_000_000
"""Bytes of a page that is read for its links or its text."""


class TryAgain(Exception):
    """A fault that may pass. ``wait`` is how many seconds the server asks for, None where it doesn't say."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


class NotThere(FetchFailed):
    """The server has nothing at this address."""


@dataclass(frozen=True, slots=True)
class Web:
    """How the servers are asked: the session, the hosts allowed, how to wait, and whom to tell what is going on."""

    session: requests.Session
    hosts: frozenset[str]
    tell: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep


@contextmanager
def opened_web(hosts: frozenset[str], tell: Callable[[str], None]) -> Iterator[Web]:
    """The web for one command."""
    with requests.Session() as session:
        session.headers["User-Agent"] = f"claim-scrubber/{__version__}"
        yield Web(session, hosts, tell)


def persistent(web: Web, url: str, attempt: Callable[[], T]) -> T:
    """What an attempt gives, tried again after faults that may pass. Raises FetchFailed."""
    host = urlsplit(url).hostname
    number = 0
    while True:
        number += 1
        try:
            return attempt()
        except TryAgain as fault:
            why, wait = str(fault), fault.wait
        except requests.exceptions.SSLError:
            raise FetchFailed(f"{host} can't prove that it is {host}: nothing was fetched") from None
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError):
            why, wait = f"the connection to {host} failed", None
        except requests.RequestException as fault:
            raise FetchFailed(f"{url} can't be asked for: {type(fault).__name__}") from None
        if number == ATTEMPTS:
            raise FetchFailed(f"{why}, {ATTEMPTS} times: run this again later, it goes on where it stopped")
        if wait is None:
            wait = FIRST_WAIT * 2 ** (number - 1)
        if wait > LONGEST_WAIT:
            raise FetchFailed(
                f"{why} and asks to be left alone for {wait / 60:.0f} minutes: run this again then"
            )
        web.tell(f"waiting   {why}; trying again in {wait:.0f} s")
        web.sleep(wait)


@contextmanager
def answer(web: Web, url: str, headers: dict[str, str]) -> Iterator[requests.Response]:
    """What a server answers, its body not yet read: 200, 206, 304 or 416.

    Raises TryAgain, FetchFailed or requests.RequestException.
    """
    response = _followed(web, url, headers)
    with response:
        status, host = response.status_code, urlsplit(response.url).hostname
        if status == 429 or status >= 500:
            raise TryAgain(f"{host} is too busy ({status})", _asked_wait(response))
        if status in {404, 410}:
            raise NotThere(f"{host} has no file {urlsplit(url).path} ({status})")
        if status not in {200, 206, 304, 416}:
            raise FetchFailed(
                f"{host} does not give {url} to a program ({status}): "
                "download it in a browser and use `scrubber reference import`"
            )
        yield response


def page_text(web: Web, url: str) -> str:
    """The text of a web page. Raises FetchFailed."""

    def attempt() -> str:
        content = b""
        with answer(web, url, {}) as response:
            if response.status_code != 200 or not is_page(response):
                raise FetchFailed(f"{url} is not a web page any more")
            for piece in response.iter_content(2**16):
                content += piece
                if len(content) > MOST_PAGE:
                    raise FetchFailed(f"{url} is larger than any web page")
            return content.decode(response.encoding or "utf-8", errors="replace")

    return persistent(web, url, attempt)


def is_page(response: requests.Response) -> bool:
    """Whether the server calls its answer a web page."""
    return response.headers.get("Content-Type", "").lower().startswith(("text/html", "application/xhtml"))


def _followed(web: Web, url: str, headers: dict[str, str]) -> requests.Response:
    for _ in range(MOST_REDIRECTS + 1):
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.netloc not in web.hosts:
            raise FetchFailed(
                f"{url} is not at an https address of {', '.join(sorted(web.hosts))}: not fetched"
            )
        response = web.session.get(url, headers=headers, timeout=TIMEOUT, stream=True, allow_redirects=False)
        if not response.is_redirect:
            return response
        response.close()
        url = urljoin(url, response.headers["Location"])
    raise FetchFailed(f"{url} leads from one address to the next, {MOST_REDIRECTS} times: not fetched")


def _asked_wait(response: requests.Response) -> float | None:
    """The seconds that Retry-After names, as a number or as a time."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
