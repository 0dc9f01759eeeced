"""``scrubber waivers`` over the API, and ``scrubber check --waivers``; the requests are answered in process."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result
from redis import Redis

from scrubber.api.app import create_app
from scrubber.bootstrap import Scrubber, open_workshop
from scrubber.cli.main import scrubber as command
from scrubber.settings import Settings
from tests.edits.cases import base_claim, merged

Run = Callable[..., Result]
TODAY = datetime.now(UTC).date()
SOON, LATER = ((TODAY + timedelta(days=days)).isoformat() for days in (10, 100))
HELD = {"diagnoses": ["M99.01", "M53.81"], "lines": [{"service_date": "2026-03-04"}]}
NAMED = ("--reason", "agreed", "--by", "Kim")


@pytest.fixture
def run(
    scrubber: Scrubber, clean_redis: Redis, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    environ = {
        "SCRUBBER_DATA_DIR": str(tmp_path),
        "SCRUBBER_REFERENCE_DIR": str(scrubber.settings.snapshots),
        "SCRUBBER_REDIS_URL": redis_url,
    }
    workshop = open_workshop(Settings.read(environ), scrubber.engine)
    client = create_app(scrubber, workshop).test_client()

    def answered(
        method: str, url: str, *, params: dict[str, Any] | None = None, json: Any = None, **_more: Any
    ) -> requests.Response:
        given = {name: value for name, value in (params or {}).items() if value is not None}
        told = client.open(url.removeprefix("http://scrubber"), method=method, query_string=given, json=json)
        answer = requests.Response()
        answer.status_code, answer._content = told.status_code, told.data
        return answer

    monkeypatch.setattr("scrubber.cli.service.requests.request", answered)
    monkeypatch.chdir(tmp_path)

    def ran(*arguments: str) -> Result:
        return CliRunner().invoke(command, arguments, env=environ)

    yield ran  # type: ignore[misc]
    workshop.database.dispose()


def waivers(run: Run, *arguments: str) -> str:
    ran = run("waivers", "--url", "http://scrubber", *arguments)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def test_a_waiver_from_its_making_to_its_end(run: Run) -> None:
    made = waivers(run, "add", "COV703", "--payer", "05102", "--claim", "C-1", *NAMED, "--until", SOON)
    assert made.splitlines() == [
        f"1  COV703  payer 05102, claim C-1  until {SOON}  active  no use",
        f"    Kim, {TODAY}: agreed",
    ]
    waivers(run, "add", "PTP601", "--everywhere", *NAMED, "--until", LATER)
    assert [line[:9] for line in waivers(run, "list").splitlines()[::2]] == ["2  PTP601", "1  COV703"]
    assert "COV703" not in waivers(run, "list", "--edit", "PTP601")
    told = waivers(run, "report").splitlines()
    assert [line for line in told if not line.startswith(" ")] == [
        "Active, and covered no finding in the last 30 days: 2",
        "Active, and over within 30 days: 1",
        "Expired: 0",
        "Active: 2",
    ]
    assert f"withdrawn by Lee on {TODAY}" in waivers(run, "withdraw", "1", "--by", "Lee")
    assert "COV703" in waivers(run, "list", "--state", "withdrawn")
    assert "COV703" not in waivers(run, "report")


def test_that_there_are_none_is_told(run: Run) -> None:
    ran = run("waivers", "--url", "http://scrubber", "list")
    assert (ran.exit_code, ran.stdout, ran.stderr) == (0, "", "no waivers\n")


def test_what_is_wrong_is_told_in_one_line(run: Run) -> None:
    ran = run("waivers", "--url", "http://scrubber", "add", "COV7033", *NAMED, "--until", SOON)
    assert ran.exit_code == 1
    said = ran.stderr.strip()
    assert said.startswith("Error: The body is not a waiver. edit: There is no such edit. Nearest: COV703")
    assert "everywhere: A waiver that holds for every claim has to say so" in said
    assert "\n" not in said


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_check_reads_waivers_from_a_file(run: Run, tmp_path: Path, form: str) -> None:
    (tmp_path / "claim.json").write_text(json.dumps(merged(base_claim(), HELD)))
    terms = {"edit": "COV703", "payer": "05102", "reason": "agreed", "by": "Kim", "until": "2026-03-10"}
    text = json.dumps([terms])
    if form == "yaml":
        text = '- {edit: COV703, payer: "05102", reason: agreed, by: Kim, until: 2026-03-10}\n'
    (tmp_path / "waivers").write_text(text)
    before = run("check", "claim.json", "--as-of", "2026-03-10")
    assert (before.exit_code, "waived" in before.stdout) == (1, False)
    after = run("check", "claim.json", "--as-of", "2026-03-10", "--waivers", "waivers")
    assert after.exit_code == 0
    assert "  waived  COV703 line 1, by Kim until 2026-03-10: agreed" in after.stdout
    rows = run(
        "check", "claim.json", "--as-of", "2026-03-10", "--waivers", "waivers", "--format", "csv"
    ).stdout
    assert [
        row.split(",")[2] for row in rows.splitlines() if row.endswith("Kim until 2026-03-10: agreed")
    ] == ["COV703"]
    over = run("check", "claim.json", "--as-of", "2026-03-11", "--waivers", "waivers")
    assert over.exit_code == 1
    assert "1 of 1 waivers are over" in over.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "waivers is neither YAML nor JSON"),
        ("edit: COV703", "waivers is not a list of waivers"),
        ("- 7", "waivers, waiver 1: Expected `object`, got `int`"),
        ("- {edit: COV703, payer: 05102, reason: a, by: b, until: 2026-03-10}", "$.payer`; write it in quotes"),
        ("- {edit: COV703, everywhere: true, reason: a, by: b}", "missing required field `until`"),
        ("- {edit: COV703, reason: a, by: b, until: 2026-03-10}", "everywhere: A waiver that holds for every"),
        ("- {edit: COV7033, everywhere: true, reason: a, by: b, until: 2026-03-10}", "Nearest: COV703"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_told_with_the_place(
    run: Run, tmp_path: Path, text: str, says: str
) -> None:
    (tmp_path / "claim.json").write_text(json.dumps(base_claim()))
    (tmp_path / "waivers").write_text(text)
    ran = run("check", "claim.json", "--waivers", "waivers")
    assert ran.exit_code == 1
    assert says in ran.stderr
