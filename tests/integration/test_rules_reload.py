"""Payer rules that change under services that run: real processes, steady requests, none of them dropped."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from redis import Redis

from scrubber import bootstrap
from scrubber.bootstrap import SETTLED_SECONDS, Renewal, build
from scrubber.engine import Engine
from scrubber.importers.files import write_whole
from scrubber.reference import Snapshot
from scrubber.settings import Settings, shipped
from scrubber.store.batches import BatchState
from scrubber.store.database import reading
from scrubber.store.results import Wanted, read_results
from tests.integration.batch_processes import ndjson, site
from tests.integration.test_reload import REFUSED, Load
from tests.services import PATIENCE, Gunicorn, wait_until
from tests.unit.payer_rules.made import rule_file

RULE = "MCB-901"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """The payers as shipped, in a directory of its own."""
    directory = tmp_path / "rules"
    shutil.copytree(shipped("payer_rules"), directory)
    return directory


def rule(message: str = "AT is not enough.") -> bytes:
    """A rule that the ordinary claim of the tests breaks."""
    version = {
        "effective": "2026-01-01",
        "when": {"payer.program": "medicare_part_b", "line.procedure": {"in": ["98940"]}},
        "require": {"line.modifiers": {"any_of": ["GA"]}},
    }
    told = rule_file([version], id=RULE, name="made-up", message=message)
    return yaml.safe_dump(told, sort_keys=False).encode()


def put(rules: Path, content: bytes) -> None:
    write_whole(rules / "medicare_part_b" / f"{RULE}-made-up.yaml", content)


def fired(result: dict[str, Any]) -> str:
    """The ruleset of a result, and what our rule says in it."""
    said = [finding["message"] for finding in result["findings"] if finding["edit"] == RULE]
    return f"{result['ruleset']} {said}"


def test_a_rule_that_is_added_is_taken_and_a_bad_one_is_refused_without_a_dropped_request(
    settings: Settings, engine: Engine, rules: Path, tmp_path: Path
) -> None:
    service = Gunicorn(
        tmp_path / "api",
        data_dir=tmp_path,
        reference_dir=settings.snapshots,
        payer_rules_dir=rules,
        workers=2,
    )
    load = Load(service.url, told=fired)

    def told(path: str) -> Any:
        return requests.get(f"{service.url}{path}", timeout=PATIENCE).json()

    try:
        service.wait_until_ready()
        with load.running():
            before = told("/readyz")["ruleset"]
            load.wait_for(f"{before} []")
            put(rules, rule())
            wait_until(lambda: load.answers[-1].endswith("['AT is not enough.']"))
            after = told("/readyz")["ruleset"]
            assert after != before
            load.wait_for(f"{after} ['AT is not enough.']")

            put(rules, rule()[:-200].replace(b"any_of", b"any_off"))
            place = f"medicare_part_b/{RULE}-made-up.yaml:"
            wait_until(lambda: (told("/readyz")["refused"] or "").startswith(place))
            ready = told("/readyz")
            assert (ready["status"], ready["ruleset"]) == ("ready", after)
            assert ready["refused"].partition(": ")[0].count(":") == 2  # file, line, column
            load.wait_for(f"{after} ['AT is not enough.']")

            (rules / "medicare_part_b" / f"{RULE}-made-up.yaml").unlink()
            wait_until(lambda: load.answers[-1] == f"{before} []")
            assert told("/readyz")["refused"] is None
        assert service.stop() == 0
    finally:
        service.kill()
    assert load.failures == []
    # Each answer was of one set of rules, as a whole.
    assert set(load.answers) == {f"{before} []", f"{after} ['AT is not enough.']"}
    log = [json.loads(line) for line in service.output.read_text().splitlines()]
    (refused,) = [line for line in log if line["event"] == REFUSED]
    assert refused["why"] == ready["refused"]
    assert refused["ruleset"] == after
    assert "Traceback" not in service.errors.read_text()


def test_a_worker_takes_changed_rules_between_jobs_and_each_chunk_is_of_one_set(
    settings: Settings, engine: Engine, clean_redis: Redis, redis_url: str, rules: Path, tmp_path: Path
) -> None:
    with site(
        settings, engine, redis_url, tmp_path, reference_dir=settings.snapshots, payer_rules_dir=rules,
        chunk_claims=10,
    ) as here, here.worker() as worker:  # fmt: skip
        first = here.send(ndjson(30))
        assert here.wait(first).state is BatchState.DONE
        put(rules, rule())
        wait_until(
            lambda: "payer rules taken" in (here.workshop.settings.data_dir / "worker.log").read_text()
        )
        second = here.send(ndjson(30))
        assert here.wait(second).state is BatchState.DONE
        told = []
        with reading(here.workshop.database) as connection:
            for batch in (first, second):
                lines = [found[1] for found in read_results(connection, batch.key, Wanted())]
                told.append({fired(json.loads(line)).partition(" ")[2] for line in lines})
        assert told == [{"[]"}, {"['AT is not enough.']"}]
        assert worker.poll() is None


def test_files_count_once_they_have_stayed_as_they_are(
    settings: Settings, engine: Engine, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("scrubber.bootstrap.monotonic", lambda: clock[0])
    renewal = Renewal(build(replace(settings, payer_rules_dir=rules)))

    def due_after(seconds: float) -> bool:
        clock[0] += seconds
        return renewal.due()

    assert not due_after(0)
    put(rules, rule()[:100])  # a copy under way
    assert not due_after(0.1)
    put(rules, rule())
    assert not due_after(SETTLED_SECONDS)
    assert not due_after(SETTLED_SECONDS - 0.1)
    assert due_after(0.2)
    assert not due_after(SETTLED_SECONDS), "told once"
    assert renewal.renew()
    assert RULE in renewal.scrubber.rule_book.texts
    assert not due_after(SETTLED_SECONDS)

    shutil.rmtree(rules)  # such as a volume that went away
    assert not due_after(0)
    assert due_after(SETTLED_SECONDS)
    assert not renewal.renew()
    assert renewal.refused == f"there is no payer in {rules}"
    assert RULE in renewal.scrubber.rule_book.texts


def test_what_changes_while_it_is_read_is_not_taken(
    settings: Settings, engine: Engine, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewal = Renewal(build(replace(settings, payer_rules_dir=rules)))
    before = renewal.scrubber
    put(rules, rule())
    open_snapshot = bootstrap.open_snapshot

    def and_meanwhile(*arguments: Any, **options: Any) -> Snapshot:
        put(rules, rule("Another text."))
        return open_snapshot(*arguments, **options)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("scrubber.bootstrap.open_snapshot", and_meanwhile)
        assert not renewal.renew()
    assert renewal.scrubber is before
    assert renewal.refused == "payer rules were changed while they were read"
    assert renewal.renew()
    assert renewal.refused is None
