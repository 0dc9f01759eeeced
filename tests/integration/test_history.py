"""What only other claims show: batches one after the other and at the same time, the API, and what a payer decided."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from scrubber.api.app import create_app
from scrubber.batch import merge
from scrubber.batch.ending import purge, retry
from scrubber.batch.merge import merge_batch
from scrubber.batch.split import MOST_ATTEMPTS
from scrubber.bootstrap import Scrubber
from scrubber.store.batches import Batch, BatchState
from scrubber.store.database import reading, writing
from scrubber.store.history import is_ours_to_merge
from scrubber.store.results import Wanted, read_results
from scrubber.store.tables import CLAIMS, FINDINGS, OUTCOMES, REMITTANCES
from tests.edits.cases import base_claim, merged
from tests.integration.batch_processes import Site, worked

SURGERY = {"claim_id": "S", "lines": [{"procedure": "22551", "modifiers": [], "charge": "900.00"}]}
VISIT = {"claim_id": "V", "lines": [{"procedure": "99213", "modifiers": [], "service_date": "2026-03-05"}]}
LOOKING_BACK = {"DUP952", "DUP953", "GLB971"}


@pytest.fixture
def here(on_each_database: Site) -> Site:
    return on_each_database


def claims(*differences: dict[str, Any]) -> bytes:
    return b"\n".join(msgspec.json.encode(merged(base_claim(), difference)) for difference in differences)


def scrubbed(here: Site, content: bytes, **more: Any) -> Batch:
    """A batch all of whose chunks are done."""
    batch = here.send(content, **more)
    worked(here.workshop, batch)
    return batch


def done(here: Site, *differences: dict[str, Any]) -> Batch:
    batch = scrubbed(here, claims(*differences))
    merge_batch(here.workshop, batch.number)
    return here.look(batch)


def results(here: Site, batch: Batch) -> list[dict[str, Any]]:
    with reading(here.workshop.database) as connection:
        return [msgspec.json.decode(line) for _, line in read_results(connection, batch.key, Wanted())]


def told(here: Site, batch: Batch) -> list[list[tuple[str, str]]]:
    """Of each result the edits that look back, with their severity."""
    return [
        [(found["edit"], found["severity"]) for found in result["findings"] if found["edit"] in LOOKING_BACK]
        for result in results(here, batch)
    ]


def test_a_claim_that_an_earlier_batch_had(here: Site) -> None:
    first = done(here, {}, {"lines": [{"service_date": "2026-03-03"}]})
    second = done(
        here, {"claim_id": "AGAIN"}, {"lines": [{"service_date": "2026-03-04"}]}, {"claim_id": "THRICE"}
    )
    assert told(here, first) == [[], []]
    assert told(here, second) == [
        [("DUP953", "review")],
        [],
        [("DUP952", "deny"), ("DUP953", "review")],
    ]
    again = results(here, second)[0]
    assert again["disposition"] == "review"
    finding = next(found for found in again["findings"] if found["edit"] == "DUP953")
    assert f"record 1 of batch {first.id}" in finding["message"]
    assert finding["because"]["same_claim_id"] is False
    assert second.summary is not None
    assert second.summary["claims"] == {"review": 1, "clean": 1, "hold": 1}
    assert second.summary["edits"] == {"DUP952": 1, "DUP953": 2}


def test_what_was_on_hold_of_another_tenant_or_not_done_does_not_count(here: Site) -> None:
    held = {"diagnoses": ["M99.01", "M53.89"]}
    done(here, held)
    merge_batch(here.workshop, scrubbed(here, claims({"claim_id": "NOT-DONE"}), tenant="other").number)
    scrubbed(here, claims({"claim_id": "NOT-DONE"}))
    assert told(here, done(here, {})) == [[]]


def test_a_batch_that_is_removed_is_forgotten(here: Site) -> None:
    first = done(here, {}, SURGERY)
    purge(here.workshop, first, "test")
    assert told(here, done(here, {}, VISIT)) == [[], []]


@pytest.mark.parametrize(
    ("remarks", "in_force", "says"),
    [
        ("[]", True, "deny"),
        ('["N115"]', True, "deny"),
        ('["MA130"]', True, "review"),
        ("[]", False, "review"),
    ],
)
def test_a_claim_that_a_payer_decided(here: Site, remarks: str, in_force: bool, says: str) -> None:
    first = done(here, {})
    decided(here, first, remarks, in_force=in_force)
    assert told(here, done(here, {})) == [[("DUP953", says)]]


def decided(here: Site, batch: Batch, remarks: str, *, in_force: bool) -> None:
    now = here.workshop.now()
    with writing(here.workshop.database) as connection:
        number = connection.execute(
            insert(REMITTANCES)
            .values(tenant="default", received_at=now, sha256="0" * 64)
            .returning(REMITTANCES.c.number)
        ).scalar_one()
        connection.execute(
            insert(OUTCOMES).values(
                remittance=number,
                position=0,
                tenant="default",
                claim_id="T-1",
                line=1,
                match="matched",
                batch=batch.number,
                ordinal=0,
                payer="05102",
                paid_by="05102",
                procedure="98940",
                decided_on=now.date(),
                in_force=in_force,
                outcome="paid",
                charge=4500,
                paid=3000,
                denied=0,
                adjustments="[]",
                remark_codes=remarks,
                findings="[]",
            )
        )


def test_visits_around_surgery_within_a_batch_and_across_batches(here: Site) -> None:
    both_ways = done(here, VISIT, {"claim_id": "X"}, {"claim_id": "Y"}, {"claim_id": "Z"}, SURGERY)
    assert [edits for edits in told(here, both_ways) if ("GLB971", "deny") in edits] == [[("GLB971", "deny")]]
    assert told(here, both_ways)[0] == [("GLB971", "deny")]
    later = done(
        here, {**VISIT, "claim_id": "W", "lines": [{**VISIT["lines"][0], "service_date": "2026-03-06"}]}
    )
    assert told(here, later) == [[("GLB971", "deny")]]
    assert f"record 5 of batch {both_ways.id}" in results(here, later)[0]["findings"][-1]["message"]


def test_a_visit_on_its_surgerys_own_claim_is_told_once(here: Site) -> None:
    both = {"claim_id": "B", "lines": [*SURGERY["lines"], *VISIT["lines"]]}
    later = {"claim_id": "L", "lines": [{**VISIT["lines"][0], "service_date": "2026-03-06"}]}
    batch = done(here, both, later)
    assert told(here, batch) == [[("GLB971", "deny")], [("GLB971", "deny")]]
    (says,) = [one["message"] for one in results(here, batch)[0]["findings"] if one["edit"] == "GLB971"]
    assert "in line 1;" in says


def test_a_visit_that_was_scrubbed_before_its_surgery(here: Site) -> None:
    first = done(here, VISIT)
    second = done(here, SURGERY)
    assert told(here, first) == [[]]
    assert told(here, second) == [[("GLB971", "info")]]
    (says,) = [
        found["message"] for found in results(here, second)[0]["findings"] if found["edit"] == "GLB971"
    ]
    assert f"record 1 of batch {first.id}, scrubbed before" in says


def test_rows_and_risk_follow_the_result(here: Site) -> None:
    done(here, {}, SURGERY)
    batch = done(here, {"claim_id": "AGAIN"}, VISIT)
    with reading(here.workshop.database) as connection:
        rows = connection.execute(
            select(CLAIMS).where(CLAIMS.c.batch == batch.number).order_by(CLAIMS.c.ordinal)
        ).all()
        found = connection.execute(select(FINDINGS).where(FINDINGS.c.batch == batch.number)).all()
    for row, result in zip(rows, results(here, batch), strict=True):
        risk = result["denial_risk"]
        assert (row.disposition, row.probability) == (result["disposition"], risk["probability"])
        assert row.at_risk == round(float(risk["charge_at_risk"]) * 100)
        here_found = [one for one in found if one.ordinal == row.ordinal]
        assert sorted(one.edit for one in here_found) == [one["edit"] for one in result["findings"]]
        assert sum(one.at_risk for one in here_found) <= row.at_risk + len(here_found)
        looking_back = next(one for one in here_found if one.edit in LOOKING_BACK)
        assert looking_back.procedure == ("98940" if row.ordinal == 0 else "99213")
        assert looking_back.probability > 0.1
        assert looking_back.edit in {driver["edit"] for driver in risk["drivers"]}


def by_batch(here: Site, difference: dict[str, Any]) -> dict[str, Any]:
    """The result of a claim that is a batch of its own, as the API would give it. The batch is forgotten."""
    batch = done(here, difference)
    (result,) = results(here, batch)
    purge(here.workshop, batch, "test")
    for finding in result["findings"]:
        finding["source_location"] = None
    return result


def test_a_batch_says_what_the_api_says_with_history(here: Site, scrubber: Scrubber) -> None:
    done(
        here,
        {},
        SURGERY,
        {**VISIT, "claim_id": "EARLY", "lines": [{**VISIT["lines"][0], "service_date": "2026-05-01"}]},
    )
    asked = [
        {"claim_id": "AGAIN"},
        VISIT,
        {"claim_id": "S-2", "lines": [{"procedure": "22554", "modifiers": [], "service_date": "2026-04-20"}]},
        {"claim_id": "OTHER", "subscriber": {"id": "1EG4TE5MK74"}},
    ]
    caller = create_app(scrubber, here.workshop).test_client()
    answers = [answer(caller, one, history="true") for one in asked]
    for one, by_api in zip(asked, answers, strict=True):
        assert by_batch(here, one) == by_api
    assert [
        [found["edit"] for found in one["findings"] if found["edit"] in LOOKING_BACK] for one in answers
    ] == [["DUP953"], ["GLB971"], ["GLB971", "GLB971"], []]


def test_the_api_says_where_it_did_not_look(here: Site, scrubber: Scrubber) -> None:
    caller = create_app(scrubber, here.workshop).test_client()
    alone = answer(caller, VISIT)
    assert {said["edit"] for said in alone["not_evaluated"] if said["reason"] == "history-not-read"} == {
        "DUP953",
        "GLB971",
    }
    looked = answer(caller, VISIT, history="true", explain="true")
    assert "history-not-read" not in {said["reason"] for said in looked["not_evaluated"]}
    outcomes = {one["edit"]: one["outcome"] for one in looked["explanation"] if one["edit"] in LOOKING_BACK}
    assert outcomes == {"DUP952": "passed", "DUP953": "passed", "GLB971": "passed"}
    without = create_app(scrubber).test_client()
    refused = without.post("/v1/claims/scrub?history=true", json=merged(base_claim(), VISIT))
    assert refused.status_code == 503
    assert refused.get_json()["type"].endswith("batches-not-configured")


def answer(caller: FlaskClient, difference: dict[str, Any], **query: str) -> dict[str, Any]:
    sent = caller.post("/v1/claims/scrub", query_string=query, json=merged(base_claim(), difference))
    assert sent.status_code == 200
    found: dict[str, Any] = sent.get_json()
    return found


@pytest.mark.parametrize("_round", range(3))
def test_of_two_batches_that_end_at_the_same_time_one_sees_the_other(here: Site, _round: int) -> None:
    batches = [
        scrubbed(here, claims({}, SURGERY)),
        scrubbed(here, claims({"claim_id": "AGAIN"}, VISIT)),
    ]
    ready = Barrier(2)

    def merge(batch: Batch) -> None:
        ready.wait()
        merge_batch(here.workshop, batch.number)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(merge, batches))
    first, second = sorted((told(here, batch) for batch in batches), key=lambda said: said != [[], []])
    assert first == [[], []]
    assert second in (
        [[("DUP953", "review")], [("GLB971", "deny")]],
        [[("DUP953", "review")], [("GLB971", "info")]],
    )


def test_a_claim_many_times_over_in_two_batches(here: Site) -> None:
    copies = claims(*({"claim_id": f"C-{number}"} for number in range(60)))
    for _ in range(2):
        batch = scrubbed(here, copies)
        merge_batch(here.workshop, batch.number)
    said = told(here, batch)
    assert said[0] == [("DUP953", "review")]
    assert said[1:] == [[("DUP952", "deny"), ("DUP953", "review")]] * 59


def test_a_merge_that_ends_its_worker_each_time_fails_its_batch(
    here: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = scrubbed(here, claims(SURGERY))

    def dies(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(merge, "supersede", dies)
        for _ in range(MOST_ATTEMPTS):
            with pytest.raises(SystemExit):
                merge_batch(here.workshop, batch.number)
            assert here.look(batch).state is BatchState.RUNNING
        merge_batch(here.workshop, batch.number)
    failed = here.look(batch)
    assert (failed.state, failed.reason) == (
        BatchState.FAILED, "The results could not be put together: the worker stopped each time."
    )  # fmt: skip
    assert retry(here.workshop, failed, "test")
    merge_batch(here.workshop, batch.number)
    assert here.look(batch).state is BatchState.DONE


def test_a_merge_that_a_fault_breaks_off_each_time_fails_its_batch_with_the_kind_of_fault(
    here: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = scrubbed(here, claims(SURGERY))

    def away(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(merge, "supersede", away)
        for _ in range(MOST_ATTEMPTS - 1):
            with pytest.raises(ConnectionError):
                merge_batch(here.workshop, batch.number)
        assert here.look(batch).state is BatchState.RUNNING
        merge_batch(here.workshop, batch.number)
    failed = here.look(batch)
    assert (failed.state, failed.reason) == (
        BatchState.FAILED, "The results could not be put together (ConnectionError)."
    )  # fmt: skip
    assert retry(here.workshop, failed, "test")
    merge_batch(here.workshop, batch.number)
    assert here.look(batch).state is BatchState.DONE


@pytest.mark.parametrize("on_each_database", ["postgresql"], indirect=True)
def test_a_worker_does_not_wait_for_another_that_merges_the_same_batch(here: Site) -> None:
    """SQLite has one writer, for whom everybody waits."""
    batch = scrubbed(here, claims(SURGERY))
    with writing(here.workshop.database) as other:
        assert is_ours_to_merge(other, batch.number)
        merge_batch(here.workshop, batch.number)
        assert (here.look(batch).state, here.look(batch).attempts) == (BatchState.RUNNING, 0)
    merge_batch(here.workshop, batch.number)
    assert here.look(batch).state is BatchState.DONE
