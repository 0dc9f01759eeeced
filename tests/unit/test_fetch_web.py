"""How the servers are asked: what is tried again, what is refused, where a redirect may lead."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import requests
import requests_mock as mocking

from scrubber.importers.fetch import FetchFailed
from scrubber.importers.fetch.web import MOST_REDIRECTS, NotThere, opened_web, page_text
from tests.unit.fetch_server import URL, web

PAGE: dict[str, Any] = {"text": "<p>grün</p>", "headers": {"Content-Type": "text/html; charset=utf-8"}}


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(requests_mock: mocking.Mocker, status: int) -> None:
    waited: list[float] = []
    told: list[str] = []
    requests_mock.get(URL, [{"status_code": status}, {"status_code": status}, PAGE])
    assert page_text(web(waited, told), URL) == "<p>grün</p>"
    assert waited == [2.0, 4.0]
    assert told[0] == f"waiting   files.example is too busy ({status}); trying again in 2 s"


@pytest.mark.parametrize("fault", [requests.ConnectionError, requests.ConnectTimeout, requests.ReadTimeout])
def test_a_connection_that_fails_is_tried_again(
    requests_mock: mocking.Mocker, fault: type[Exception]
) -> None:
    waited: list[float] = []
    requests_mock.get(URL, [{"exc": fault}, PAGE])
    assert page_text(web(waited), URL)
    assert waited == [2.0]
    requests_mock.get(URL, exc=fault)
    with pytest.raises(
        FetchFailed, match=r"the connection to files\.example failed, 5 times: run this again later"
    ):
        page_text(web(waited), URL)
    assert waited == [2.0, 2.0, 4.0, 8.0, 16.0]


def test_how_long_the_server_asks_to_wait(requests_mock: mocking.Mocker) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    past = "Wed, 30 Sep 2026 10:00:00 -0000"
    for told, least, most in (("7", 7, 7), (soon, 55, 60), (past, 0, 0), ("in a while", 2, 2), ("", 2, 2)):
        waited: list[float] = []
        requests_mock.get(URL, [{"status_code": 503, "headers": {"Retry-After": told}}, PAGE])
        page_text(web(waited), URL)
        assert least <= waited[0] <= most
    requests_mock.get(URL, status_code=429, headers={"Retry-After": "3600"})
    with pytest.raises(FetchFailed, match=r"too busy \(429\) and asks to be left alone for 60 minutes"):
        page_text(web(), URL)


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_not_there(requests_mock: mocking.Mocker, status: int) -> None:
    requests_mock.get(URL, status_code=status)
    with pytest.raises(NotThere, match=rf"files.example has no file /zip/table.zip \({status}\)"):
        page_text(web(), URL)


@pytest.mark.parametrize("status", [400, 401, 403, 204])
def test_a_server_that_refuses_is_not_asked_again(requests_mock: mocking.Mocker, status: int) -> None:
    waited: list[float] = []
    requests_mock.get(URL, status_code=status)
    with pytest.raises(FetchFailed, match=rf"to a program \({status}\): download it in a browser"):
        page_text(web(waited), URL)
    assert waited == []


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (requests.exceptions.SSLError, "files.example can't prove that it is files.example"),
        (requests.exceptions.InvalidHeader, "can't be asked for: InvalidHeader"),
    ],
)
def test_what_does_not_pass_is_not_tried_again(
    requests_mock: mocking.Mocker, fault: type[Exception], says: str
) -> None:
    waited: list[float] = []
    requests_mock.get(URL, exc=fault)
    with pytest.raises(FetchFailed, match=says):
        page_text(web(waited), URL)
    assert waited == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_an_allowed_host_is_followed(requests_mock: mocking.Mocker, status: int) -> None:
    requests_mock.get(URL, status_code=status, headers={"Location": "/other"})
    requests_mock.get(
        "https://files.example/other", status_code=status, headers={"Location": "https://pages.example/"}
    )
    requests_mock.get("https://pages.example/", **PAGE)
    assert page_text(web(), URL)


@pytest.mark.parametrize(
    "place",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/x",
        "http://files.example/",
        "https://files.example:8443/",
        "https://files.example@elsewhere.example/",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_elsewhere_is_not_followed(requests_mock: mocking.Mocker, place: str) -> None:
    requests_mock.get(URL, status_code=302, headers={"Location": place})
    with pytest.raises(
        FetchFailed, match=r"is not at an https address of files\.example, pages\.example: not fetched"
    ):
        page_text(web(), URL)
    assert requests_mock.call_count == 1


def test_redirects_without_end(requests_mock: mocking.Mocker) -> None:
    requests_mock.get(URL, status_code=302, headers={"Location": URL})
    with pytest.raises(FetchFailed, match="leads from one address to the next"):
        page_text(web(), URL)
    assert requests_mock.call_count == MOST_REDIRECTS + 1


def test_what_is_no_page(requests_mock: mocking.Mocker, monkeypatch: pytest.MonkeyPatch) -> None:
    requests_mock.get(URL, content=b"PK", headers={"Content-Type": "application/zip"})
    with pytest.raises(FetchFailed, match="is not a web page any more"):
        page_text(web(), URL)
    monkeypatch.setattr("scrubber.importers.fetch.web.MOST_PAGE", 3)
    requests_mock.get(URL, **PAGE)
    with pytest.raises(FetchFailed, match="is larger than any web page"):
        page_text(web(), URL)


def test_the_program_says_who_it_is(requests_mock: mocking.Mocker) -> None:
    requests_mock.get(URL, **PAGE)
    with opened_web(frozenset({"files.example"}), print) as opened:
        page_text(opened, URL)
    assert requests_mock.request_history[0].headers["User-Agent"].startswith("claim-scrubber/")
