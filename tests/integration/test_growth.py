"""What the same work asks of a database does not grow with the claims kept there, nor a chunk's with its batch.

SQLite counts the steps of a statement, the same each time on any machine. It plans without statistics, so that a
statement that begins at the wrong table shows here. PostgreSQL plans by what is in its tables.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, timedelta
from pathlib import Path
from statistics import mean
from typing import Any, TypeAlias

import pytest
from redis import Redis
from sqlalchemy import Connection, event

from scrubber.api.app import create_app
from scrubber.batch.calibration import learn
from scrubber.batch.ending import purge
from scrubber.batch.merge import merge_batch
from scrubber.batch.recover import recover
from scrubber.batch.remittances import import_remittance
from scrubber.bootstrap import Scrubber
from scrubber.store.batches import Batch
from tests.edits.cases import base_claim, merged
from tests.integration.batch_processes import Site, site, worked
from tests.integration.test_counts import therapy
from tests.integration.test_history import claims, done
from tests.remittance_files import Paid, paid_line, remittance

FEW, MANY = 200, 1600
CHUNK = 50
FEW_BATCHES, MANY_BATCHES = 10, 80
IN_STEPS_OF = 10
FIRST_BORN = date(1930, 1, 1)
FREE = 1000
"""Steps that a statement may take more of: a row here and there, or ten steps a batch to see whether it is over."""

Steps: TypeAlias = dict[str, list[int]]
"""By statement, how many steps each of its executions took."""


@contextmanager
def counting(here: Site) -> Iterator[Steps]:
    """Count the steps of what is executed meanwhile."""
    database, steps = here.workshop.database, defaultdict[str, list[int]](list)

    def before(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        taken = steps[" ".join(statement.split())]
        taken.append(0)

        def step() -> None:
            taken[-1] += IN_STEPS_OF

        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(step, IN_STEPS_OF)

    event.listen(database, "before_cursor_execute", before)
    try:
        yield steps
    finally:
        event.remove(database, "before_cursor_execute", before)


def grown(few: Steps, many: Steps) -> dict[str, tuple[float, float]]:
    """The statements that took more steps where there were more claims, with what an execution took on average."""
    both = {
        statement: (mean(few[statement]), mean(many[statement])) for statement in few.keys() & many.keys()
    }
    return {statement: (less, more) for statement, (less, more) in both.items() if more > 2 * less + FREE}


def visits(count: int) -> list[dict[str, Any]]:
    """A visit each of so many members, of whom services are counted; every fourth has a diagnosis that is none."""
    return [
        therapy(
            f"T-{number}",
            "2026-03-02",
            "40.00",
            patient={"birth_date": str(FIRST_BORN + timedelta(number))},
            diagnoses=["M99.01", "M54.5" if number % 4 == 3 else "M54.2"],
        )
        for number in range(count)
    ]


@pytest.fixture
def at(
    scrubber: Scrubber, clean_redis: Redis, redis_url: str, tmp_path: Path
) -> Callable[[str], AbstractContextManager[Site]]:
    """Makes places of their own, by a name."""

    @contextmanager
    def made(name: str) -> Iterator[Site]:
        clean_redis.flushdb()
        with site(scrubber.settings, scrubber.engine, redis_url, tmp_path / name, chunk_claims=CHUNK) as here:
            yield here

    return made


def a_days_work(here: Site, scrubber: Scrubber, kept: Batch) -> None:
    """A small batch with copies of claims kept, its report and its purge, a remittance, and a claim with history."""
    again = done(here, *visits(20))
    client = create_app(scrubber, here.workshop).test_client()
    for path in (
        "/v1/batches",
        f"/v1/batches/{again.id}",
        f"/v1/batches/{again.id}/results?edit=DX302&disposition=hold",
        f"/v1/batches/{again.id}/report",
        f"/v1/batches/{kept.id}/results?limit=10",
        "/v1/waivers?state=unused",
        "/metrics",
        "/readyz",
    ):
        with client.get(path) as answer:
            assert answer.status_code == 200, path
    claim = merged(base_claim(), visits(1)[0])
    with client.post("/v1/claims/scrub?history=true", json=claim) as answer:
        assert answer.json
        assert {found["edit"] for found in answer.json["findings"]} >= {"DUP953"}
    paid = [Paid(one["claim_id"], [paid_line(claim["lines"][0])]) for one in visits(5)]
    taken_in = import_remittance(here.workshop, [remittance(paid)], tenant="default", who="test")
    learn(here.workshop, taken_in.number, 0)
    recover(here.workshop)
    assert purge(here.workshop, again)


def test_a_chunk_in_a_batch(at: Callable[[str], AbstractContextManager[Site]]) -> None:
    """The last step of a batch goes through its chunks; what it asks of each is the same in a batch of many."""
    counted = []
    for count in (FEW, MANY):
        with at(str(count)) as here:
            batch = here.send(claims(*visits(count)))
            worked(here.workshop, batch)
            with counting(here) as steps:
                merge_batch(here.workshop, batch.number)
        counted.append(
            {statement: taken for statement, taken in steps.items() if len(taken) == count // CHUNK}
        )
    few, many = counted
    assert sum("FROM claim_history" in statement for statement in many) >= 3
    assert grown(few, many) == {}


def test_work_beside_many_claims(
    at: Callable[[str], AbstractContextManager[Site]], scrubber: Scrubber
) -> None:
    counted = []
    for count in (FEW, MANY):
        with at(str(count)) as here:
            kept = done(here, *visits(count))
            with counting(here) as steps:
                a_days_work(here, scrubber, kept)
        counted.append(steps)
    assert grown(*counted) == {}


def test_work_beside_many_batches(
    at: Callable[[str], AbstractContextManager[Site]], scrubber: Scrubber
) -> None:
    counted = []
    for count in (FEW_BATCHES, MANY_BATCHES):
        with at(str(count)) as here:
            all_visits = visits(count * 4)
            kept = [done(here, *all_visits[first : first + 4]) for first in range(0, count * 4, 4)]
            with counting(here) as steps:
                a_days_work(here, scrubber, kept[0])
        counted.append(steps)
    assert grown(*counted) == {}
