"""Asking a running service for something, and writing what it answers to a file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import UNAUTHORIZED
from pathlib import Path
from typing import Any, BinaryIO, Final

import click
import requests

from scrubber.settings import Settings

PIECE: Final = 256 * 1024
SECONDS: Final = (5, 60)
"""To connect, and to wait for an answer or its next bytes."""


class ServiceSays(click.ClickException):
    """The API could not be asked, or said no. The message is one line for the user."""


url_option = click.option(
    "--url", help="Where the API is; default SCRUBBER_URL, else SCRUBBER_HOST and SCRUBBER_PORT."
)


def service_url(url: str | None) -> str:
    """Where the API is: what was said, else the settings."""
    settings = Settings.read(os.environ)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return (url or settings.url or f"http://{host}:{settings.port}").rstrip("/")


def ask(url: str, method: str, path: str, **options: Any) -> requests.Response:
    """The answer of the API. Raises ServiceSays for one that says no, and where there is none."""
    try:
        answer = requests.request(method, f"{url}{path}", timeout=SECONDS, auth=_with_key, **options)
    except requests.ConnectTimeout:
        raise ServiceSays(f"{url} does not answer") from None
    except requests.ConnectionError as error:
        if "refused" in str(error):
            raise ServiceSays(
                f"nothing answers at {url}; start the service with `scrubber serve --embedded`, "
                "or name another with --url or SCRUBBER_URL"
            ) from None
        raise ServiceSays(f"the connection to {url} failed or was cut off") from None
    except (requests.RequestException, ValueError) as error:
        raise ServiceSays(f"{url} can't be asked ({type(error).__name__})") from None
    if not answer.ok:
        hint = ": set SCRUBBER_API_KEY to one that holds" if answer.status_code == UNAUTHORIZED else ""
        raise ServiceSays(_problem(answer) + hint)
    return answer


def _with_key(asked: requests.PreparedRequest) -> requests.PreparedRequest:
    """The request with our key, if the settings have one."""
    if key := Settings.read(os.environ).api_key:
        asked.headers["Authorization"] = f"Bearer {key}"
    return asked


def _problem(answer: requests.Response) -> str:
    """What a problem document says, in one line."""
    try:
        problem = answer.json()
        told = [problem["title"], problem.get("detail")]
        told += [
            f"{error.get('parameter') or error['pointer'].strip('/')}: {error['message']}"
            for error in problem.get("errors", ())
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"the service answers {answer.status_code} {answer.reason}; is it the claim scrubber?"
    return ". ".join(text.rstrip(".") for text in told if text)


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """A file to write that is there under its name once it is whole. Raises click.UsageError without its directory."""
    if not path.parent.is_dir():
        raise click.UsageError(f"there is no directory {path.parent} to write {path.name} to")
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
