"""Denial rates learned from remittances: by a worker, by the API and the command line, and claims scored with them."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from rq.job import JobStatus
from sqlalchemy import func, select

from scrubber.api.app import create_app
from scrubber.batch.calibration import learn, learn_rates
from scrubber.batch.queues import CALIBRATIONS, open_queue
from scrubber.batch.recover import recover
from scrubber.batch.remittances import import_remittance
from scrubber.batch.scoring import MODELS_KEPT, risk_model, scoring_engine
from scrubber.bootstrap import Scrubber
from scrubber.cli.main import scrubber as command
from scrubber.engine import scrub
from scrubber.intake.claim_json import decode_claim
from scrubber.store.audit import acts
from scrubber.store.batches import BatchState
from scrubber.store.calibrations import calibration_names, current_calibration, find_calibration
from scrubber.store.database import reading
from scrubber.store.results import Wanted, read_results
from scrubber.store.tables import CALIBRATIONS as CALIBRATIONS_TABLE
from scrubber.store.tables import OUTCOMES
from tests.edits.cases import base_claim, merged
from tests.integration.batch_processes import Site, ndjson
from tests.integration.test_api import as_documented, problem
from tests.integration.test_remittances import claim, decided, remittance, scrubbed, take_in, workshop
from tests.remittance_files import Paid, paid_line
from tests.services import wait_until

__all__ = ["workshop"]  # the fixture

CLAIMS = 60
HELD = "M53.81"


def answers(content: bytes, *, paid_on: date) -> bytes:
    """The remittance for claims: those held for their diagnosis are all denied, the others are paid."""
    payments = []
    for line in content.splitlines():
        one = json.loads(line)
        off = (
            [("CO", "50", one["lines"][0]["charge"])] if HELD in one["diagnoses"] else [("CO", "45", "10.00")]
        )
        payments.append(Paid(one["claim_id"], [paid_line(one["lines"][0], off)]))
    return remittance(payments, paid_on=paid_on)


def risks(site: Site, batch: Any) -> list[dict[str, Any]]:
    """The risks in the results of a batch."""
    with reading(site.workshop.database) as connection:
        read = read_results(connection, batch.key, Wanted())
        return [msgspec.json.decode(line)["denial_risk"] for _, line in read]


def test_from_a_batch_to_its_remittance_to_the_next_batch(here: Site) -> None:
    """With a real worker: it learns after the import, and scores the next batch with what it learned."""
    content = ndjson(CLAIMS)
    with here.worker():
        first = here.wait(here.send(content))
        before = risks(here, first)
        assert {(risk["basis"], risk["calibration"]) for risk in before} == {("prior", None)}
        file = answers(content, paid_on=date(2030, 1, 10))
        imported = import_remittance(here.workshop, [file], tenant="default", who="test")
        assert imported.found.lines_matched == CLAIMS
        database = here.workshop.database

        def current() -> str | None:
            with reading(database) as connection:
                return current_calibration(connection, "default")

        wait_until(lambda: current() is not None)
        content = content.replace(b'"1910-', b'"1909-')  # other patients
        second = here.wait(here.send(content))
    assert second.state is BatchState.DONE
    assert second.calibration == current() == f"{here.workshop.now().date()}.1"
    after = risks(here, second)
    assert {(risk["basis"], risk["calibration"]) for risk in after} == {("calibrated", current())}
    # Those held for their diagnosis were all denied, and none of the others.
    rates_before, rates_after = [
        {d["edit"]: d["probability"] for r in risks for d in r["drivers"]} for risks in (before, after)
    ]
    assert rates_after["COV703"] > rates_before["COV703"]
    assert rates_after[None] < rates_before[None]
    # What the API says of a claim is what the batch said of it.
    engine = scoring_engine(here.workshop, "default", current()).on(second.as_of)
    alone = [scrub(engine, decode_claim(line)).denial_risk for line in content.splitlines()]
    assert [msgspec.json.decode(msgspec.json.encode(risk)) for risk in alone] == after
    assert (here.workshop.settings.data_dir / "worker.log").read_text().count("T-1") == 0


def test_imports_that_follow_each_other_are_learned_from_at_once(workshop: Any) -> None:
    ones = [claim(f"C-{number}") for number in range(3)]
    scrubbed(workshop, *ones)
    numbers = [take_in(workshop, decided(one, (("CO", "45", "10.00"),))).number for one in ones]
    queue = open_queue(workshop.redis, CALIBRATIONS)
    assert queue.get_job_ids() == [f"calibrate-{number}-0" for number in numbers]
    stored = b"".join(
        b"".join(workshop.redis.hgetall(key).values()) for key in workshop.redis.keys("rq:job:*")
    )
    for secret in (b"C-1", b"1EG4TE5MK73", b"default", b"98940"):
        assert secret not in stored
    for number in numbers:
        learn(workshop, number)
    learn(workshop, 10_000)
    with reading(workshop.database) as connection:
        assert len(calibration_names(connection, "default")) == 1
        assert [act.did for act in acts(connection, "default")].count("calibrated") == 1
    learn(workshop, numbers[0], 1)  # anew, and it says the same
    with reading(workshop.database) as connection:
        assert len(calibration_names(connection, "default")) == 1


def test_what_nobody_has_queued_is_learned_all_the_same(workshop: Any) -> None:
    one = claim("C-1")
    scrubbed(workshop, one)
    number = take_in(workshop, decided(one, (("CO", "45", "10.00"),))).number
    queue = open_queue(workshop.redis, CALIBRATIONS)
    workshop.redis.flushall()
    for _ in range(2):
        recover(workshop)
    assert queue.get_job_ids() == [f"calibrate-{number}-0"]
    job = queue.fetch_job(f"calibrate-{number}-0")
    assert job is not None
    workshop.redis.delete(queue.key)
    job.set_status(JobStatus.FAILED)
    recover(workshop)  # what failed would fail again
    assert queue.get_job_ids() == []
    learn(workshop, number)
    workshop.redis.flushall()
    recover(workshop)
    assert queue.get_job_ids() == []


def test_what_was_taken_back_is_unlearned(workshop: Any) -> None:
    one = claim("C-1")
    scrubbed(workshop, one)
    take_in(workshop, decided(one, (("CO", "45", "10.00"),)))
    learn_rates(workshop, "default")
    take_in(workshop, decided(one, (("CO", "45", "90.00"),), status="22"), paid_on=date(2031, 1, 1))
    name = learn_rates(workshop, "default")
    assert name is not None
    with reading(workshop.database) as connection:
        kept = find_calibration(connection, "default", name)
    assert kept is not None
    assert kept.lines == 0


def test_nothing_is_learned_from_nothing(workshop: Any) -> None:
    assert learn_rates(workshop, "default") is None
    one = claim("C-1")
    scrubbed(workshop, one)
    take_in(workshop, decided(one, (("OA", "23", "45.00"),), status="2"))
    assert learn_rates(workshop, "default") is None


def test_imports_and_learning_at_once_see_each_other(workshop: Any) -> None:
    one = claim("C-1")
    scrubbed(workshop, one)
    days = [date(2030, 1, 1 + number) for number in range(6)]

    def work(day: date) -> None:
        take_in(workshop, decided(one, (("CO", "45", "10.00"),)), paid_on=day)
        learn_rates(workshop, "default")

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(work, days))
    with reading(workshop.database) as connection:
        in_force = (
            connection.execute(select(OUTCOMES.c.decided_on).where(OUTCOMES.c.in_force)).scalars().all()
        )
        names = connection.execute(
            select(func.count(), func.count(CALIBRATIONS_TABLE.c.name.distinct()))
        ).one()
    assert in_force == [days[-1]]
    assert names[0] == names[1]


def test_models_are_kept_and_few(workshop: Any) -> None:
    one = claim("C-1")
    scrubbed(workshop, one)
    take_in(workshop, decided(one, (("CO", "45", "10.00"),)))
    name = learn_rates(workshop, "default")
    assert name is not None
    assert risk_model(workshop, "default", name) is risk_model(workshop, "default", name)
    for number in range(MODELS_KEPT):
        workshop.models["other", "default", str(number)] = risk_model(workshop, "default", name)
    risk_model(workshop, "default", name)
    assert len(workshop.models) <= MODELS_KEPT + 1
    with pytest.raises(LookupError):
        risk_model(workshop, "default", "2020-01-01.1")


# The API, in process


@pytest.fixture
def caller(scrubber: Scrubber, workshop: Any) -> FlaskClient:
    return create_app(scrubber, workshop).test_client()


REMITTANCES = "/v1/remittances"
CALIBRATION = "/v1/risk/calibration"


@pytest.mark.parametrize("workshop", ["sqlite"], indirect=True)
def test_the_api_takes_remittances_and_shows_what_was_learned(caller: FlaskClient, workshop: Any) -> None:
    openapi = caller.get("/openapi.json").get_json()
    nothing = caller.get(CALIBRATION)
    assert nothing.get_json() == {"current": None, "names": [], "calibration": None}
    as_documented(nothing, openapi, CALIBRATION)
    assert problem(caller.post(CALIBRATION), 409, "nothing-decided")
    one = claim("C-1", diagnoses=[HELD], lines=[base_claim()["lines"][0] | {"diagnosis_pointers": [1]}])
    scrubbed(workshop, one)
    file = remittance([decided(one, (("CO", "50", "45.00"),))])
    sent = caller.post(REMITTANCES, data=file, content_type="application/edi-x12")
    assert sent.status_code == 201, sent.text
    as_documented(sent, openapi, REMITTANCES, "post")
    assert "DOE" not in sent.text
    assert "C-1" not in sent.text
    again = caller.post(REMITTANCES, data={"file": (BytesIO(file), "doe.835")})
    assert (again.status_code, again.get_json()["imported_before"]) == (200, True)
    assert caller.post(CALIBRATION).status_code == 202
    for name in open_queue(workshop.redis, CALIBRATIONS).get_job_ids():
        learn(workshop, int(name.split("-")[1]))
    shown = caller.get(CALIBRATION)
    as_documented(shown, openapi, CALIBRATION)
    name = shown.get_json()["current"]
    assert shown.get_json()["calibration"]["lines"] == 1
    assert caller.get(CALIBRATION, query_string={"name": name}).get_json() == shown.get_json()
    assert problem(caller.get(CALIBRATION, query_string={"name": "2020-01-01.1"}), 404, "calibration-unknown")


@pytest.mark.parametrize("workshop", ["sqlite"], indirect=True)
def test_the_api_scores_with_the_newest_calibration_and_goes_on_without_database(
    scrubber: Scrubber, workshop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scrubber.batch.scoring.LOOK_SECONDS", 0)
    caller = create_app(scrubber, workshop).test_client()

    def calibration() -> str | None:
        answer = caller.post("/v1/claims/scrub", json=base_claim()).get_json()
        told: str | None = answer["denial_risk"]["calibration"]
        return told

    assert calibration() is None
    one = claim("C-1")
    scrubbed(workshop, one)
    take_in(workshop, decided(one, (("CO", "45", "10.00"),)))
    name = learn_rates(workshop, "default")
    assert calibration() == name
    workshop.database.dispose()
    for path in tmp_path.glob("scrubber.db*"):
        path.rename(tmp_path / f"away-{path.name}")
    assert calibration() == name


@pytest.mark.parametrize("workshop", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("body", "more", "name"),
    [
        (b"", {}, "upload-empty"),
        (b"SECRET,98940", {}, "remittance-not-understood"),
        (b"x" * 200_001, {}, "body-too-large"),
        (b"%PDF", {"content_type": "application/pdf"}, "media-type-unsupported"),
        (b"x", {"headers": {"Content-Encoding": "br"}}, "media-type-unsupported"),
    ],
)
def test_what_is_no_remittance_is_refused(
    caller: FlaskClient, workshop: Any, body: bytes, more: dict[str, Any], name: str
) -> None:
    answer = caller.post(REMITTANCES, data=body, **more)
    assert answer.get_json()["type"].endswith(f":{name}")
    assert "SECRET" not in answer.text


def test_without_batches_there_are_no_remittances(client: FlaskClient) -> None:
    assert problem(client.post(REMITTANCES, data=b"x"), 503, "batches-not-configured")
    assert problem(client.get(CALIBRATION), 503, "batches-not-configured")


# The command line


def test_the_command_imports_and_learns(
    workshop: Any, scrubber: Scrubber, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRUBBER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SCRUBBER_REFERENCE_DIR", str(scrubber.settings.snapshots))
    monkeypatch.setenv("SCRUBBER_DATABASE_URL", workshop.settings.database)
    one, lost = claim("C-1"), merged(base_claim(), {"claim_id": "C-2"})
    scrubbed(workshop, one)
    file, broken = tmp_path / "march.835", tmp_path / "broken.835"
    file.write_bytes(
        remittance([decided(one, (("CO", "50", "45.00"),)), decided(lost, (("CO", "45", "10.00"),))])
    )
    broken.write_bytes(b"nothing")
    run = CliRunner()
    done = run.invoke(command, ["remits", "import", str(file)])
    assert done.exit_code == 0, done.output
    assert "2 claims of 1 payments" in done.output
    assert "1 matched, 0 ambiguous, 1 unmatched" in done.output
    assert "CO-50: 1 lines, $45.00" in done.output
    assert f"Calibration {workshop.now().date()}.1." in done.output
    again = run.invoke(command, ["remits", "import", "--format", "json", str(file), str(broken)])
    assert again.exit_code == 2
    assert json.loads(again.stdout)["imported_before"]
    assert "not an X12 file" in again.stderr
    assert "Nothing new was learned." in run.invoke(command, ["remits", "calibrate"]).output
