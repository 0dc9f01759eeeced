"""Keys, tenants, scopes, sign-in and limits of the API, called in process."""

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import insert, select

from scrubber.api import keys as keys_module
from scrubber.api.access import Access, open_access
from scrubber.api.app import create_app
from scrubber.api.limits import Rates
from scrubber.api.problems import Problem
from scrubber.api.scopes import ANY, OF_BLUEPRINT, OF_ENDPOINT, PUBLIC, scope_of
from scrubber.api.sign_in import COOKIE, SESSION_SECONDS, Sessions, session_secret
from scrubber.batch.chunk import work_chunk
from scrubber.batch.merge import merge_batch
from scrubber.batch.split import split_batch
from scrubber.batch.workshop import Workshop
from scrubber.bootstrap import KeysMissing, Scrubber, check_binding, open_workshop
from scrubber.settings import Settings
from scrubber.store.audit import acts
from scrubber.store.batches import find_batch, free_chunks
from scrubber.store.database import reading, writing
from scrubber.store.keys import SCOPES, create_key, revoke_key
from scrubber.store.tables import CALIBRATIONS, KEYS
from tests.edits.cases import base_claim
from tests.integration.test_api import as_documented, problem
from tests.integration.test_api_batches import SEVEN

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SCRUB = "/v1/claims/scrub"
HELD = {
    **base_claim(),
    "diagnoses": ["M53.81"],
    "lines": [{**base_claim()["lines"][0], "diagnosis_pointers": [1]}],
}


@pytest.fixture
def workshop(tmp_path: Path, scrubber: Scrubber, redis_url: str, clean_redis: Redis) -> Iterator[Workshop]:
    settings = Settings.read(
        {
            "SCRUBBER_DATA_DIR": str(tmp_path),
            "SCRUBBER_REFERENCE_DIR": str(scrubber.settings.snapshots),
            "SCRUBBER_REDIS_URL": redis_url,
            "SCRUBBER_SLOW_REQUESTS": "1",
        }
    )
    workshop = open_workshop(settings, scrubber.engine)
    yield workshop
    workshop.database.dispose()
    workshop.redis.close()


@pytest.fixture
def access(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Access]:
    monkeypatch.setattr(keys_module, "LOOK_SECONDS", 0)
    yield open_access(workshop.settings, workshop.database)
    for thread in threading.enumerate():
        if thread.name == keys_module.NOTING:
            thread.join()


@pytest.fixture
def keyed(scrubber: Scrubber, workshop: Workshop, access: Access) -> Flask:
    return create_app(scrubber, workshop, access=access)


@pytest.fixture
def caller(keyed: Flask) -> FlaskClient:
    return keyed.test_client()


def key(
    workshop: Workshop, *scopes: str, tenant: str = "a", name: str = "k", ends: datetime | None = None
) -> str:
    with writing(workshop.database) as connection:
        return create_key(
            connection, NOW, tenant=tenant, name=name, scopes=frozenset(scopes), expires_at=ends, who="test"
        )


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def operations(caller: FlaskClient, headers: dict[str, str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in caller.get("/openapi.json", headers=headers).get_json()["paths"].items():
        for method in item.keys() & {"get", "post", "put", "patch", "delete"}:
            yield path, method, item[method]


def test_every_route_says_what_a_key_has_to_be_for(keyed: Flask) -> None:
    for rule in keyed.url_map.iter_rules():
        declared = rule.endpoint in OF_ENDPOINT or rule.endpoint.partition(".")[0] in OF_BLUEPRINT
        assert declared, f"{rule.endpoint} has no scope: see api/scopes.py"
    assert {*OF_BLUEPRINT.values(), *OF_ENDPOINT.values()} <= {*SCOPES, ANY, PUBLIC}
    assert scope_of("unheard-of.route") == "admin"


def test_each_operation_asks_for_a_key_of_its_scope(caller: FlaskClient, workshop: Workshop) -> None:
    keys = {scope: bearer(key(workshop, scope, name=scope)) for scope in SCOPES}
    openapi = caller.get("/openapi.json", headers=keys["rules"]).get_json()
    assert openapi["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    closed = 0
    for path, method, told in operations(caller, keys["rules"]):
        address = re.sub(r"{\w+}", "1", path)
        without = caller.open(address, method=method)
        if not told["security"]:
            assert without.status_code != 401, path
            continue
        closed += 1
        assert problem(without, 401, "key-needed")
        assert without.headers["WWW-Authenticate"] == 'Bearer realm="claim-scrubber"'
        as_documented(without, openapi, path, method)
        for scope in told["security"][0]["key"]:
            others = [other for other in SCOPES if other != scope]
            for other in others:
                refused = caller.open(address, method=method, headers=keys[other])
                assert repr(scope) in problem(refused, 403, "scope-missing")["detail"]
                as_documented(refused, openapi, path, method)
    assert closed > 20


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Basic eDp5", "Bearer scrubber_0_1", "Bearer \xe9", "Bearer " + "x" * 8000],
)
def test_what_is_no_key_is_refused(caller: FlaskClient, workshop: Workshop, header: str) -> None:
    key(workshop, "scrub")
    refused = caller.post(SCRUB, json=base_claim(), headers={"Authorization": header})
    assert problem(refused, 401, "key-needed")
    assert "invalid_token" in refused.headers["WWW-Authenticate"]


def test_a_key_holds_until_its_end_or_until_it_is_revoked(caller: FlaskClient, workshop: Workshop) -> None:
    def status(text: str) -> int:
        return caller.post(SCRUB, json=base_claim(), headers=bearer(text)).status_code

    good = key(workshop, "scrub")
    now = datetime.now(UTC)
    assert status(good) == 200
    assert status(good[:-1] + ("0" if good[-1] != "0" else "1")) == 401
    assert status(good + "0") == 401
    assert status(key(workshop, "scrub", name="over", ends=now)) == 401
    assert status(key(workshop, "scrub", name="later", ends=now + timedelta(hours=1))) == 200
    with writing(workshop.database) as connection:
        revoke_key(connection, now, tenant="a", name="k", who="test")
    assert status(good) == 401
    with reading(workshop.database) as connection:
        assert good[22:] not in str(connection.execute(select(KEYS)).all()), "the secret is not kept"


def test_without_keys_only_this_machine_is_answered_and_no_page_of_another_site(
    caller: FlaskClient, workshop: Workshop
) -> None:
    for headers, status in (
        ({}, 200),
        ({"Host": "127.0.0.1:8000"}, 200),
        ({"Host": "[::1]:8000"}, 200),
        ({"Host": "localhost:8000", "Origin": "http://localhost:8000"}, 200),
        ({"Host": "localhost."}, 403),
        ({"Host": "rebound.example"}, 403),
        ({"Host": "127.0.0.1.rebound.example"}, 403),
        ({"Host": "[::1"}, 403),
        ({"Host": "127.0.0.1:x"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Host": "127.0.0.1:8000", "Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
    ):
        assert caller.post(SCRUB, json=base_claim(), headers=headers).status_code == status, headers
    assert not check_binding(workshop.database, ["127.0.0.1", "::1", "localhost"])
    for host in ("0.0.0.0", "::", "192.0.2.1", "example.org", ""):  # noqa: S104
        with pytest.raises(KeysMissing, match="scrubber keys create"):
            check_binding(workshop.database, ["127.0.0.1", host])
    # The first key closes it, and revoking that does not open it again.
    text = key(workshop, "scrub")
    assert caller.post(SCRUB, json=base_claim()).status_code == 401
    with writing(workshop.database) as connection:
        revoke_key(connection, NOW, tenant="a", name="k", who="test")
    assert caller.post(SCRUB, json=base_claim(), headers=bearer(text)).status_code == 401
    assert check_binding(workshop.database, ["192.0.2.1"])


def test_the_last_use_is_noted_once_a_minute(
    workshop: Workshop, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[tuple[str, ...]] = []

    class AtOnce:
        def __init__(self, target: Any, args: tuple[str, ...], **_told: Any) -> None:
            self.run = lambda: (noted.append(args), target(*args))

        def start(self) -> None:
            self.run()

    monkeypatch.setattr(keys_module, "Thread", AtOnce)
    text = key(workshop, "scrub")
    assert access.keys.closed()
    assert access.keys.with_text(text) == access.keys.with_text(text)
    assert len(noted) == 1
    with reading(workshop.database) as connection:
        used = connection.execute(select(KEYS.c.used_at)).scalar_one()
    assert datetime.now(UTC) - used < timedelta(minutes=1)


def test_keys_read_last_count_while_the_database_is_away_but_not_for_ever(
    workshop: Workshop, access: Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = key(workshop, "scrub")
    assert access.keys.closed()
    workshop.database.dispose()
    for file in tmp_path.glob("scrubber.db*"):
        file.unlink()
    (tmp_path / "scrubber.db").mkdir()
    assert access.keys.closed()
    assert access.keys.with_text(text) is not None
    monkeypatch.setattr(keys_module, "GOOD_SECONDS", -1)
    with pytest.raises(Problem, match="store-unavailable"):
        access.keys.closed()
    with pytest.raises(Problem, match="store-unavailable"):
        open_access(workshop.settings, workshop.database).keys.closed()


# Tenants


@pytest.fixture
def of_a(caller: FlaskClient, workshop: Workshop) -> tuple[dict[str, str], dict[str, str]]:
    """What is of tenant ``a``: a batch that is done, a waiver, a calibration; and the key of it."""
    headers = bearer(key(workshop, *SCOPES))
    with caller.post("/v1/batches", data=SEVEN, headers=headers) as sent:
        assert sent.status_code == 202
        batch_id = sent.get_json()["id"]
    with reading(workshop.database) as connection:
        batch = find_batch(connection, "a", batch_id)
        assert find_batch(connection, "default", batch_id) is None
    assert batch is not None
    split_batch(workshop, batch.number)
    with reading(workshop.database) as connection:
        chunks = free_chunks(connection, batch.key, datetime.now(UTC))
    for chunk in chunks:
        work_chunk(workshop, batch.number, chunk)
    merge_batch(workshop, batch.number)
    waiver = {
        "edit": "DX301",
        "reason": "by letter",
        "by": "Kim Lee",
        "until": "2030-01-01",
        "everywhere": True,
    }
    waived = caller.post("/v1/waivers", json=waiver, headers=headers)
    assert waived.status_code == 201, waived.text
    with writing(workshop.database) as connection:
        connection.execute(
            insert(CALIBRATIONS).values(
                tenant="a", name="2026-11-22.1", made_at=NOW, remittances=1, content="{}"
            )
        )
        assert {act.who.rpartition(" ")[0] for act in acts(connection, "a")} == {"", "key k"}
    return headers, {"batch_id": batch_id, "number": str(waived.get_json()["number"])}


OF_NOBODY = {"form", "article_id", "code", "edit_id", "rule_id"}
"""Path parameters that name what all tenants share."""


def test_what_is_of_one_tenant_is_not_there_for_another(
    caller: FlaskClient, workshop: Workshop, of_a: tuple[dict[str, str], dict[str, str]]
) -> None:
    own, ids = of_a
    other = bearer(key(workshop, *SCOPES, tenant="b"))
    walked = set()
    for path, method, _ in operations(caller, other):
        named = set(re.findall(r"{(\w+)}", path))
        assert named <= ids.keys() | OF_NOBODY, "say in this test whether the new parameter is a tenant's"
        if not named & ids.keys():
            continue
        walked |= named
        address = path.format(**ids, form="json")
        with caller.open(address, method=method, headers=other) as found:
            assert found.status_code == 404, (method, path)
            assert "unknown" in found.get_json()["type"]
        if method == "get" and not re.search("999|277ca", path):
            with caller.open(address, headers=own) as shown:
                assert shown.status_code == 200, path
    assert walked >= ids.keys()

    def of_b(path: str) -> Any:
        with caller.get(path, headers=other) as answer:
            assert answer.status_code == 200, path
            return answer.get_json()

    assert of_b("/v1/batches")["batches"] == []
    assert of_b("/v1/waivers")["waivers"] == []
    assert of_b("/v1/risk/calibration") == {"current": None, "names": [], "calibration": None}
    assert problem(
        caller.get("/v1/risk/calibration?name=2026-11-22.1", headers=other), 404, "calibration-unknown"
    )
    assert problem(caller.post("/v1/risk/calibration", headers=other), 409, "nothing-decided")
    with caller.get("/v1/reports/denial-risk", headers=own) as report:
        mine = report.get_json()
    theirs = of_b("/v1/reports/denial-risk")
    assert mine != theirs
    assert not re.search(r'"claims": ?[1-9]', str(theirs).replace("'", '"'))
    # The claim was in the batch of a, and its finding is waived by a: neither counts for b.
    scrubbed = caller.post(f"{SCRUB}?history=true", json=HELD, headers=other).get_json()
    assert "COV703" in {finding["edit"] for finding in scrubbed["findings"]}
    assert scrubbed["waived"] == []
    assert not any(finding["edit"].startswith("DUP") for finding in scrubbed["findings"])
    # An idempotency key is a tenant's own.
    for headers in (own, other):
        with caller.post("/v1/batches", data=b"{}", headers={**headers, "Idempotency-Key": "same"}) as sent:
            ids[headers["Authorization"]] = sent.get_json()["id"]
    assert len(set(ids.values())) == 4


# Pages


def sign_in(caller: FlaskClient, text: str, **form: str) -> Any:
    return caller.post("/sign-in", data={"key": text, **form}, headers={"Origin": "http://localhost"})


def test_a_browser_signs_in_and_out(caller: FlaskClient, workshop: Workshop) -> None:
    text = key(workshop, "report", "batch")
    sent_on = caller.get("/v1/batches?limit=2", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (sent_on.status_code, sent_on.headers["Location"]) == (
        303,
        "/sign-in?next=%2Fv1%2Fbatches%3Flimit%3D2",
    )
    page = caller.get(sent_on.headers["Location"])
    assert 'value="/v1/batches?limit=2"' in page.text
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert sign_in(caller, text[:-1]).status_code == 401
    assert COOKIE not in caller._cookies.__repr__()
    done = sign_in(caller, text, next="/v1/batches?limit=2")
    assert (done.status_code, done.headers["Location"]) == (303, "/v1/batches?limit=2")
    cookie = done.headers["Set-Cookie"]
    assert re.search(rf"; Max-Age={SESSION_SECONDS}; HttpOnly; Path=/; SameSite=Strict$", cookie)
    assert text[22:] not in cookie
    assert caller.get("/v1/batches").status_code == 200
    assert "key k" in caller.get("/sign-in").text
    # What changes something has to come from a page of ours.
    for headers in (
        {},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        assert problem(caller.delete("/v1/batches/1", headers=headers), 403, "origin-refused")
        assert caller.post("/sign-out", headers=headers).status_code == 403
    assert problem(
        caller.delete("/v1/batches/1", headers={"Origin": "http://localhost"}), 404, "batch-unknown"
    )
    assert problem(caller.post(SCRUB, headers={"Sec-Fetch-Site": "same-origin"}), 403, "scope-missing")
    assert caller.post("/sign-out", headers={"Origin": "http://localhost"}).status_code == 303
    assert caller.get("/v1/batches").status_code == 401


def test_a_session_ends_with_its_time_its_key_and_its_signature(
    caller: FlaskClient, workshop: Workshop, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = key(workshop, "batch")
    sign_in(caller, text)
    cookie = caller.get_cookie(COOKIE)
    assert cookie is not None
    ours = cookie.value
    for other in (
        ours[:-1] + "x",
        ours.replace(".", ".9", 1),
        "x",
        "..",
        "\xe9",
        Sessions(b"other").made_for("k"),
    ):
        assert access.sessions.key_in(other) is None
    assert access.sessions.key_in(ours) == text[9:21]
    assert caller.get("/v1/batches").status_code == 200
    with writing(workshop.database) as connection:
        revoke_key(connection, NOW, tenant="a", name="k", who="test")
    assert caller.get("/v1/batches").status_code == 401
    monkeypatch.setattr("scrubber.api.sign_in.SESSION_SECONDS", 0)
    assert access.sessions.key_in(access.sessions.made_for("k")) is None


@pytest.mark.parametrize("headers", [{"Host": "scrubber.example", "Origin": "https://scrubber.example"},
                                     {"X-Forwarded-Proto": "https", "Origin": "https://localhost"}])  # fmt: skip
def test_beyond_this_machine_a_session_needs_https(
    caller: FlaskClient, workshop: Workshop, headers: dict[str, str]
) -> None:
    done = caller.post("/sign-in", data={"key": key(workshop, "batch")}, headers=headers)
    assert done.status_code == 303
    assert "; Secure;" in done.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "address", ["//elsewhere.example", "/\\elsewhere.example", "https://x", "", "/a\nb", "x"]
)
def test_nobody_is_sent_on_to_elsewhere(caller: FlaskClient, workshop: Workshop, address: str) -> None:
    assert sign_in(caller, key(workshop, "batch"), next=address).headers["Location"] == "/docs"


def test_the_secret_of_sessions_is_made_once(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new")
    made = session_secret(settings)
    assert len(made) == 32
    assert session_secret(settings) == made
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["session.key"]
    assert (tmp_path / "new" / "session.key").stat().st_mode & 0o777 == 0o600
    assert session_secret(replace(settings, session_secret=b"x" * 32)) == b"x" * 32


# Limits


def test_slow_requests_of_a_key_are_limited(caller: FlaskClient, workshop: Workshop) -> None:
    own, other = (bearer(key(workshop, *SCOPES, tenant=tenant)) for tenant in "ab")
    report = "/v1/reports/denial-risk"
    with caller.get(report, headers=own) as first:
        assert first.status_code == 200
        second = caller.get(report, headers=own)
        assert problem(second, 429, "too-many-requests")
        assert second.headers["Retry-After"] == "5"
        assert caller.post(SCRUB, json=base_claim(), headers=own).status_code == 200
        with caller.get(report, headers=other) as others:
            assert others.status_code == 200
    for _ in range(3):
        # One that is refused for what it asks is over, too.
        with caller.get(f"{report}?from=x", headers=own) as wrong:
            assert wrong.status_code == 422
    with caller.get(report, headers=own) as again:
        assert again.status_code == 200


def test_requests_a_minute_are_counted_over_processes(
    workshop: Workshop, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scrubber.api.limits.SYNC_SECONDS", 0)
    here, there = Rates(5, workshop.redis), Rates(5, workshop.redis)
    for process in (here, there, here, there, here):
        process.count("k")
    with pytest.raises(Problem) as refused:
        there.count("k")
    ((name, wait),) = refused.value.headers
    assert name == "Retry-After"
    assert 1 <= int(wait) <= 60
    here.count("other")
    Rates(0, None).count("k")


def test_without_redis_each_process_counts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scrubber.api.limits.SYNC_SECONDS", 0)
    gone = Redis.from_url("unix:///nowhere/redis.sock", retry=None)
    for redis in (gone, None):
        rates = Rates(3, redis)
        for _ in range(3):
            rates.count("k")
        with pytest.raises(Problem, match="too-many-requests"):
            rates.count("k")
    monkeypatch.setattr("scrubber.api.limits.time", lambda: 10**10)
    rates.count("k")


def test_a_key_over_its_limit_is_told_when_to_come_again(
    scrubber: Scrubber, workshop: Workshop, access: Access
) -> None:
    limited = create_app(scrubber, workshop, access=replace(access, rates=Rates(2, None))).test_client()
    headers = bearer(key(workshop, "scrub"))
    statuses = [limited.post(SCRUB, json=base_claim(), headers=headers).status_code for _ in range(3)]
    assert statuses in ([200, 200, 429], [200, 200, 200]), "a minute may have ended in between"
    assert limited.get("/healthz").status_code == 200
