"""Callbacks: where they may go, how they are signed, what becomes of them."""

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from socket import AF_INET, SOCK_STREAM, create_server

import pytest
import requests
import requests_mock
from redis import Redis
from sqlalchemy import Engine as Database

from scrubber.batch import ending
from scrubber.batch.callback import CallbackRefused, NotTaken, check_callback_url, tell_ending
from scrubber.batch.workshop import Workshop
from scrubber.engine import Engine
from scrubber.settings import SettingInvalid, Settings
from scrubber.store import batches
from scrubber.store.batches import BatchState, NewBatch
from scrubber.store.blobs import open_blobs
from scrubber.store.database import open_database, reading, upgrade, writing
from scrubber.store.tables import BatchKey

KEY = bytes(range(32))
FIRST = BatchKey("default", 1)
URL = "https://billing.example/ended"
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
SETTINGS = Settings.read({"SCRUBBER_CALLBACK_SECRET": f"whsec_{b64encode(KEY).decode()}"})


@pytest.fixture
def workshop(tmp_path: Path, engine: Engine) -> Iterator[Workshop]:
    """One with a batch that is over and whose callback is to be sent."""
    database = open_database(f"sqlite:///{tmp_path / 'x.db'}")
    upgrade(database)
    with writing(database) as connection:
        batches.add_batch(
            connection,
            NewBatch(
                id="b1", tenant="default", created_at=NOW, as_of=NOW.date(), blob="b1", upload_bytes=1,
                sha256="0" * 64, callback_url=URL,
            ),
        )  # fmt: skip
        batches.change_state(
            connection, FIRST, [BatchState.QUEUED], BatchState.DONE, finished_at=NOW, records=3,
            summary={"claims": {"clean": 2, "hold": 1}, "edits": {"COV703": 1}},
        )  # fmt: skip
    yield Workshop(
        settings=SETTINGS,
        engine=engine,
        database=database,
        blobs=open_blobs((tmp_path / "blobs").as_uri()),
        redis=Redis(),
        now=lambda: NOW + timedelta(seconds=1),
    )
    database.dispose()


def state(database: Database) -> str | None:
    with reading(database) as connection:
        batch = batches.batch_by_number(connection, 1)
    assert batch is not None
    return batch.callback_state


def test_a_callback_is_signed_and_counts_without_content(workshop: Workshop) -> None:
    with requests_mock.Mocker() as mock:
        mock.post(URL, status_code=204)
        tell_ending(workshop, 1)
    (sent,) = mock.request_history
    body = json.loads(sent.body)
    assert body["type"] == "batch.done"
    assert body["data"] == {
        "id": "b1", "state": "done", "reason": None, "records": 3, "claims": {"clean": 2, "hold": 1},
    }  # fmt: skip
    signed = f"{sent.headers['webhook-id']}.{sent.headers['webhook-timestamp']}.".encode() + sent.body
    version, signature = sent.headers["webhook-signature"].split(",")
    assert version == "v1"
    assert hmac.compare_digest(b64decode(signature), hmac.digest(KEY, signed, sha256))
    assert sent.headers["webhook-timestamp"] == str(int(NOW.timestamp()) + 1)
    assert state(workshop.database) == "delivered"


@pytest.mark.parametrize("status", [301, 400, 404, 429, 500, 503])
def test_what_is_not_taken_is_tried_again_under_the_same_id(workshop: Workshop, status: int) -> None:
    with requests_mock.Mocker() as mock:
        mock.post(URL, status_code=status, headers={"Location": "https://elsewhere.example/"})
        for _ in range(2):
            with pytest.raises(NotTaken):
                tell_ending(workshop, 1)
        assert [request.url for request in mock.request_history] == [URL, URL]
        assert len({request.headers["webhook-id"] for request in mock.request_history}) == 1
    assert state(workshop.database) == "pending"


def test_no_answer_is_tried_again(workshop: Workshop) -> None:
    with requests_mock.Mocker() as mock:
        mock.post(URL, exc=requests.ConnectTimeout)
        with pytest.raises(NotTaken):
            tell_ending(workshop, 1)
    assert state(workshop.database) == "pending"


def test_gone_is_gone(workshop: Workshop) -> None:
    with requests_mock.Mocker() as mock:
        mock.post(URL, status_code=410)
        tell_ending(workshop, 1)
    assert state(workshop.database) == "given-up"


def test_after_a_day_it_is_given_up(workshop: Workshop) -> None:
    workshop = replace(workshop, now=lambda: NOW + timedelta(days=1))
    with requests_mock.Mocker() as mock:
        mock.post(URL, status_code=500)
        tell_ending(workshop, 1)
    assert state(workshop.database) == "given-up"


def test_a_callback_is_sent_once_by_one(workshop: Workshop) -> None:
    with requests_mock.Mocker() as mock:
        mock.post(URL, status_code=200)
        tell_ending(workshop, 1)
        tell_ending(workshop, 1)
        with writing(workshop.database) as connection:
            over = [BatchState.DONE]
            assert batches.change_state(connection, FIRST, over, over[0], callback_state="pending")
            assert batches.hold_callback(connection, FIRST, NOW, NOW + timedelta(minutes=1))
        tell_ending(workshop, 1)
        assert len(mock.request_history) == 1


def test_a_batch_tried_again_while_its_callback_is_sent_has_another_to_come(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "queue_split", lambda *_: None)

    def tried_again(*_: object) -> str:
        with writing(workshop.database) as connection:
            batch = batches.batch_by_number(connection, 1)
        assert batch is not None
        assert ending.retry(workshop, batch, "test")
        with writing(workshop.database) as connection:
            until = NOW + timedelta(minutes=2)
            assert batches.change_state(
                connection, FIRST, [BatchState.QUEUED], BatchState.SPLITTING, held_until=until
            )
        return ""

    with writing(workshop.database) as connection:
        batches.change_state(connection, FIRST, [BatchState.DONE], BatchState.FAILED)
    with requests_mock.Mocker() as mock:
        mock.post(URL, text=tried_again)
        tell_ending(workshop, 1)
    assert state(workshop.database) == "pending"
    with writing(workshop.database) as connection:
        later = NOW + timedelta(minutes=3)
        assert batches.hold_splitting(connection, FIRST, later, later), "who splits it next can take it over"


@pytest.mark.parametrize(
    "url",
    [
        "http://billing.example/x", "ftp://billing.example/x", "billing.example", "https://", "", "https://[",
        "https://127.0.0.1/x", "https://10.1.2.3/x", "https://[::1]/x", "https://169.254.169.254/latest",
        "https://localhost/x", "https://LOCALHOST./x", "https://user@billing.example/x", "https://billing.example/#f",
        "https://billing.example/\n", "https://billing.example:99999/", "https://billing.example/" + "x" * 2048,
    ],
)  # fmt: skip
def test_urls_that_callbacks_do_not_go_to(url: str) -> None:
    with pytest.raises(CallbackRefused) as refused:
        check_callback_url(SETTINGS, url)
    assert not url or url not in str(refused.value)


def test_a_public_https_url_is_taken_and_others_where_the_operator_says_so() -> None:
    check_callback_url(SETTINGS, URL)
    check_callback_url(replace(SETTINGS, callback_to_anywhere=True), "http://127.0.0.1:8080/x")


def test_without_a_secret_there_are_no_callbacks() -> None:
    with pytest.raises(CallbackRefused, match="SCRUBBER_CALLBACK_SECRET"):
        check_callback_url(Settings(), URL)


@pytest.mark.parametrize("secret", ["x", "whsec_", "whsec_c2hvcnQ=", "whsec_" + "A" * 200, "whsec_ü"])
def test_a_weak_secret_is_refused(secret: str) -> None:
    with pytest.raises(SettingInvalid, match="SCRUBBER_CALLBACK_SECRET"):
        Settings.read({"SCRUBBER_CALLBACK_SECRET": secret})


def test_a_name_that_leads_to_a_private_address_gets_no_byte(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name passes every look at it; only the connection shows where it leads."""
    monkeypatch.setattr(
        "urllib3.util.connection.socket.getaddrinfo",
        lambda _host, port, *_rest: [(AF_INET, SOCK_STREAM, 6, "", ("127.0.0.1", port))],
    )
    with create_server(("127.0.0.1", 0)) as private:
        private.settimeout(5)
        url = f"https://billing.example:{private.getsockname()[1]}/private"
        check_callback_url(SETTINGS, url)
        with writing(workshop.database) as connection:
            batches.change_state(connection, FIRST, [BatchState.DONE], BatchState.DONE, callback_url=url)
        with pytest.raises(NotTaken):
            tell_ending(workshop, 1)
        connected, _ = private.accept()
        with connected:
            assert connected.recv(1) == b""
