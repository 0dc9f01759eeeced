"""The routes of waivers, and what a waiver does to claims and batches; on each database."""

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import Engine as Database
from sqlalchemy.exc import OperationalError

from scrubber.api.app import create_app
from scrubber.batch.chunk import work_chunk
from scrubber.batch.merge import merge_batch
from scrubber.batch.recover import purge_old
from scrubber.batch.split import split_batch
from scrubber.batch.waiving import CurrentWaivers
from scrubber.batch.workshop import Workshop
from scrubber.bootstrap import Scrubber
from scrubber.settings import Settings
from scrubber.store.audit import acts
from scrubber.store.batches import find_batch
from scrubber.store.blobs import open_blobs
from scrubber.store.database import reading
from tests.edits.cases import base_claim, merged
from tests.integration.test_api import problem

PATH = "/v1/waivers"
EDIT = "COV703"
TODAY = datetime.now(UTC).date()
SOON = (TODAY + timedelta(days=30)).isoformat()
HELD = {"diagnoses": ["M99.01", "M53.81"], "lines": [{"service_date": "2026-03-04"}]}
WAIVER = {"edit": EDIT, "payer": "05102", "reason": "agreed", "by": "Kim", "until": SOON}


@pytest.fixture
def workshop(tmp_path: Path, scrubber: Scrubber, database: Database, clean_redis: Redis) -> Workshop:
    settings = Settings.read({"SCRUBBER_DATA_DIR": str(tmp_path), "SCRUBBER_CHUNK_CLAIMS": "2"})
    return Workshop(
        settings=settings,
        engine=scrubber.engine,
        database=database,
        blobs=open_blobs(settings.blobs),
        redis=clean_redis,
    )


@pytest.fixture
def app(scrubber: Scrubber, workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setattr("scrubber.batch.waiving.LOOK_SECONDS", 0)
    return create_app(scrubber, workshop)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def claim(number: int) -> dict[str, Any]:
    member = {"subscriber": {"id": f"1EG4TE5MK{number}"}}
    made: dict[str, Any] = merged(base_claim(), {**HELD, **member, "claim_id": f"C-{number}"})
    return made


def add(client: FlaskClient, **more: Any) -> int:
    answer = client.post(PATH, json={**WAIVER, **more})
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"{PATH}/{answer.get_json()['number']}"
    return int(answer.get_json()["number"])


def scrubbed(client: FlaskClient, **query: str) -> dict[str, Any]:
    answer = client.post("/v1/claims/scrub", json=claim(70), query_string=query)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.get_json()
    return result


def audited(workshop: Workshop) -> list[tuple[str, str, str]]:
    with reading(workshop.database) as connection:
        return [(act.who, act.did, act.subject) for act in acts(connection, "default")]


def test_a_waiver_holds_until_it_is_withdrawn(
    client: FlaskClient, workshop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert scrubbed(client)["disposition"] == "hold"
    number = add(client, claim_id="C-70")
    result = scrubbed(client)
    assert result["disposition"] != "hold"
    (waived,) = result["waived"]
    assert waived["finding"]["edit"] == EDIT
    assert (waived["waiver"], waived["by"], waived["reason"], waived["until"]) == (
        number, "Kim", "agreed", SOON
    )  # fmt: skip
    explained = {one["edit"]: one for one in scrubbed(client, explain="true")["explanation"]}
    assert explained[EDIT]["outcome"] == "waived"
    assert scrubbed(client, as_of=SOON)["waived"]
    assert not scrubbed(client, as_of=(TODAY + timedelta(days=31)).isoformat())["waived"]
    shown = client.get(f"{PATH}/{number}").get_json()
    assert (shown["state"], shown["uses"], shown["claim_id"]) == ("active", 0, "C-70")
    gone = client.delete(f"{PATH}/{number}?by=Lee").get_json()
    assert (gone["state"], gone["withdrawn_by"]) == ("withdrawn", "Lee")
    assert scrubbed(client)["disposition"] == "hold"
    assert client.delete(f"{PATH}/{number}?by=Max").get_json() == gone
    assert audited(workshop) == [
        ("api", "waived", f"waiver {number}"), ("api", "waiver withdrawn", f"waiver {number}")
    ]  # fmt: skip
    assert "C-70" not in caplog.text


WRONG: list[tuple[dict[str, Any], set[str]]] = [
    ({"edit": "COV7033"}, {"/edit"}),
    ({"payer": None}, {"/everywhere"}),
    ({"everywhere": True}, {"/everywhere"}),
    ({"payer_profile": "medicare_part_c"}, {"/payer_profile"}),
    ({"until": "2026-01-01"}, {"/until"}),
    ({"until": None, "by": " ", "reason": "", "provider": "123"}, {"/until", "/by", "/reason", "/provider"}),
    ({"claim_id": ""}, {"/claim_id"}),
    ({"payer": "05102 "}, {"/payer"}),
    ({"colour": "red", "edit": 7}, {"/colour", "/edit"}),
    ({"number": 3}, {"/number"}),
]


def test_all_that_is_wrong_is_told_and_nothing_is_kept(client: FlaskClient) -> None:
    told = {}
    for wrong, pointers in WRONG:
        said = problem(client.post(PATH, json={**WAIVER, **wrong}), 422, "waiver-invalid")
        assert {error["pointer"] for error in said["errors"]} == pointers
        told.update(dict.fromkeys(pointers, said))
    assert told["/payer_profile"]["nearest"][0] == "medicare_part_b"
    nearest = problem(client.post(PATH, json={**WAIVER, **WRONG[0][0]}), 422, "waiver-invalid")["nearest"]
    assert nearest[0] == EDIT
    assert client.get(PATH).get_json()["waivers"] == []


def test_an_unknown_waiver_is_a_problem(client: FlaskClient) -> None:
    for number in (77, 10**30):
        problem(client.get(f"{PATH}/{number}"), 404, "waiver-unknown")
        problem(client.delete(f"{PATH}/{number}"), 404, "waiver-unknown")


def test_waivers_are_listed_by_pages_and_state(client: FlaskClient) -> None:
    numbers = [add(client, payer=str(number)) for number in range(5)]
    client.delete(f"{PATH}/{numbers[0]}")
    listed, cursor = [], {}
    while cursor is not None:
        page = client.get(PATH, query_string={"limit": 2, **cursor}).get_json()
        listed += [one["number"] for one in page["waivers"]]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert listed == numbers[::-1]
    for state, count in {"active": 4, "withdrawn": 1, "expired": 0, "unused": 4, "expiring": 4}.items():
        assert len(client.get(f"{PATH}?state={state}").get_json()["waivers"]) == count
    assert client.get(f"{PATH}?state=expiring&days=29").get_json()["waivers"] == []
    problem(client.get(f"{PATH}?state=odd"), 422, "query-invalid")


def test_of_two_who_withdraw_at_once_one_does(app: Flask, client: FlaskClient, workshop: Workshop) -> None:
    number, at_once, answers = add(client), Barrier(4), []

    def withdraw(who: int) -> None:
        at_once.wait()
        answers.append(app.test_client().delete(f"{PATH}/{number}?by=P{who}").get_json()["withdrawn_by"])

    threads = [Thread(target=withdraw, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert len(set(answers)) == 1
    assert [did for _, did, _ in audited(workshop)] == ["waived", "waiver withdrawn"]


def submit(client: FlaskClient, *numbers: int) -> str:
    body = b"".join(json.dumps(claim(number)).encode() + b"\n" for number in numbers)
    answer = client.post("/v1/batches", data=body)
    assert answer.status_code == 202, answer.text
    return str(answer.get_json()["id"])


def test_a_batch_names_the_waivers_it_was_scrubbed_with(
    client: FlaskClient, workshop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    number = add(client)
    batch_id = submit(client, 70, 71, 72, 73)
    with reading(workshop.database) as connection:
        batch = find_batch(connection, "default", batch_id)
    assert batch is not None
    split_batch(workshop, batch.number)
    work_chunk(workshop, batch.number, 0)
    client.delete(f"{PATH}/{number}")  # while the batch runs
    work_chunk(workshop, batch.number, 1)
    merge_batch(workshop, batch.number)

    page = client.get(f"/v1/batches/{batch_id}").get_json()
    assert page["waivers"] == ["1.0"]
    assert page["waived"] == {str(number): 2}
    assert page["findings"][EDIT] == 2
    results = client.get(f"/v1/batches/{batch_id}/results").get_json()["results"]
    assert [[one["waiver"] for one in result["waived"]] for result in results] == [[number]] * 2 + [[]] * 2
    (edit,) = (
        one for one in client.get(f"/v1/batches/{batch_id}/report.json").get_json()["edits"] if one["edit"] == EDIT
    )  # fmt: skip
    assert (edit["fired"], edit["waived"]) == (2, 2)
    shown = client.get(f"{PATH}/{number}").get_json()
    assert (shown["uses"], shown["last_used_on"]) == (2, TODAY.isoformat())

    client.delete(f"/v1/batches/{batch_id}")
    assert client.get(f"{PATH}/{number}").get_json()["uses"] == 0


def test_what_the_merge_finds_is_waived_too(client: FlaskClient, workshop: Workshop) -> None:
    number = add(client, edit="DUP952")
    batch_id = submit(client, 70, 71, 70)
    with reading(workshop.database) as connection:
        batch = find_batch(connection, "default", batch_id)
    assert batch is not None
    split_batch(workshop, batch.number)
    for chunk in range(2):
        work_chunk(workshop, batch.number, chunk)
    merge_batch(workshop, batch.number)
    assert client.get(f"/v1/batches/{batch_id}").get_json()["waived"] == {str(number): 1}


def test_the_purge_forgets_the_claims_of_waivers_that_are_over(
    client: FlaskClient, workshop: Workshop
) -> None:
    number = add(client, claim_id="C-70")
    client.delete(f"{PATH}/{number}")
    purge_old(workshop, timedelta(days=30))
    assert client.get(f"{PATH}/{number}").get_json()["claim_id"] == "C-70"
    purge_old(workshop, timedelta(0))
    shown = client.get(f"{PATH}/{number}").get_json()
    assert (shown["claim_id"], shown["claim_forgotten"], shown["everywhere"]) == (None, True, False)


def test_the_waivers_seen_last_hold_while_the_database_is_away(
    client: FlaskClient, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(client)
    current = CurrentWaivers(workshop)
    monkeypatch.setattr("scrubber.batch.waiving.LOOK_SECONDS", 0)
    seen = current.of("default")
    assert seen is not None
    assert current.of("default") is seen
    add(client)

    def away(*_arguments: object) -> None:
        raise OperationalError("", None, Exception())

    with monkeypatch.context() as broken:
        broken.setattr("scrubber.batch.waiving.waivers_not_withdrawn", away)
        assert current.of("default") is seen
    assert current.of("default") is not seen
    assert current.of("other") is None


def test_every_process_sees_a_change_within_a_second_and_looks_no_more_often(
    client: FlaskClient, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = 100.0
    monkeypatch.setattr("scrubber.batch.waiving.LOOK_SECONDS", 1)
    monkeypatch.setattr("scrubber.batch.waiving.monotonic", lambda: moment)
    elsewhere = CurrentWaivers(workshop)
    assert elsewhere.of("default") is None
    number = add(client)
    moment = 100.9
    assert elsewhere.of("default") is None
    moment = 101.0
    assert elsewhere.of("default") is not None
    client.delete(f"{PATH}/{number}")
    moment = 102.0
    assert elsewhere.of("default") is None
