"""Payers and their rules over HTTP: listed, shown, and tried before they are put to use."""

import json
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from flask.testing import FlaskClient

from scrubber.api.app import create_app
from scrubber.api.payer_rule_tests import EXAMPLE_RULE, LONGEST_RULE, MOST_BYTES, MOST_CLAIMS
from scrubber.bootstrap import Scrubber, build
from scrubber.cli.main import scrubber as scrubber_command
from scrubber.settings import Settings, shipped
from tests.edits.cases import base_claim, merged
from tests.integration.test_api import as_documented, problem
from tests.unit.payer_rules.made import SET

RULES, TEST = "/v1/payer-rules", "/v1/payer-rules/test"
ACME = """\
id: acme
name: Acme Health
program: commercial
recognised_by:
  - payer_ids: ["ACME1"]
"""
OF_ACME = EXAMPLE_RULE.replace("payer.program: medicare_part_b", "payer.profile: acme").replace(
    "ACM-014", "ACM-015"
)


@pytest.fixture(scope="module")
def of_acme(settings: Settings, scrubber: Scrubber, tmp_path_factory: pytest.TempPathFactory) -> Scrubber:
    """A scrubber with a rule of Medicare, one of Acme, and a code set; `scrubber` has built the snapshot."""
    directory = tmp_path_factory.mktemp("rules")
    shutil.copytree(shipped("payer_rules"), directory, dirs_exist_ok=True)
    (directory / "acme").mkdir()
    (directory / "acme" / "payer.yaml").write_text(ACME)
    (directory / "acme" / "ACM-015-active-treatment-modifier-missing.yaml").write_text(OF_ACME)
    (directory / "medicare_part_b" / "ACM-014-active-treatment-modifier-missing.yaml").write_text(
        EXAMPLE_RULE.replace('["98940"]', '["98941"]').replace("cases:", "# of Medicare\ncases:")
        .replace("passes: true}", 'line: {procedure: "98941", modifiers: [AT]}, passes: true}', 1)
        .replace("fails: line.modifiers}", 'line: {procedure: "98941"}, fails: line.modifiers}')
    )  # fmt: skip
    (directory / "sets").mkdir(exist_ok=True)
    (directory / "sets" / "manipulations.yaml").write_text(yaml.safe_dump(SET))
    return build(replace(settings, payer_rules_dir=directory))


@pytest.fixture(scope="module")
def caller(of_acme: Scrubber) -> FlaskClient:
    return create_app(of_acme).test_client()


@pytest.fixture(scope="module")
def openapi(caller: FlaskClient) -> dict[str, Any]:
    document: dict[str, Any] = caller.get("/openapi.json").get_json()
    return document


def ids(response: Any) -> set[str]:
    return {rule["id"] for rule in response.get_json()["rules"]} & {"ACM-014", "ACM-015"}


def test_the_list(caller: FlaskClient, openapi: dict[str, Any], of_acme: Scrubber) -> None:
    told = as_documented(caller.get(RULES), openapi, RULES)
    assert told["ruleset"] == of_acme.engine.ruleset
    assert [rule["id"] for rule in told["rules"]] == sorted(rule["id"] for rule in told["rules"])
    (rule,) = (rule for rule in told["rules"] if rule["id"] == "ACM-015")
    assert rule == {
        "id": "ACM-015",
        "name": "active-treatment-modifier-missing",
        "title": "Spinal manipulation is billed without AT.",
        "payer": "acme",
        "severity": "deny",
        "in_force": [{"effective": "2026-01-01", "ends": None}],
        "authority": {
            "title": "Policy 12",
            "url": "https://example.org/policy-12",
            "section": None,
            "edition": "read 2026-11-20",
        },
        "cases": 3,
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("payer=acme", {"ACM-015"}),
        ("payer=medicare_part_b", {"ACM-014"}),
        ("procedure=98940", {"ACM-015"}),
        ("procedure=98941", {"ACM-014"}),
        ("payer=acme&procedure=98941", set()),
        ("procedure=g0008", set()),
    ],
)
def test_the_list_by_payer_and_procedure(caller: FlaskClient, query: str, found: set[str]) -> None:
    assert ids(caller.get(f"{RULES}?{query}")) == found


def test_who_has_the_list_need_not_get_it_again(caller: FlaskClient, openapi: dict[str, Any]) -> None:
    for path in (RULES, f"{RULES}/ACM-014", "/v1/payers"):
        tag = caller.get(path).headers["ETag"]
        again = caller.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")
        assert "no-store" not in again.headers["Cache-Control"]
    assert "304" in openapi["paths"][RULES]["get"]["responses"]


def test_a_rule_as_its_file_has_it(caller: FlaskClient, openapi: dict[str, Any]) -> None:
    told = as_documented(caller.get(f"{RULES}/acm-014"), openapi, f"{RULES}/{{rule_id}}")
    assert "# of Medicare" in told["text"]
    assert told["rule"]["versions"][0]["effective"] == "2026-01-01"
    assert told["rule"]["cases"][2]["passes"] is True
    assert told["rule"]["versions"][0]["when"]["line.procedure"] == {"in": ["98941"]}
    # Both forms can be tried as they are.
    for text in (told["text"], json.dumps(told["rule"], indent=1)):
        tried = caller.post(TEST, json={"payer": "medicare_part_b", "rule": text})
        assert [case["as_expected"] for case in tried.get_json()["cases"]] == [True, True, True]
    problem(caller.get(f"{RULES}/ACM-999"), 404, "rule-unknown")
    problem(caller.get(f"{RULES}?payer=nobody"), 422, "query-invalid")


def test_payers(caller: FlaskClient, openapi: dict[str, Any]) -> None:
    told = as_documented(caller.get("/v1/payers"), openapi, "/v1/payers")
    payers = {payer["id"]: payer for payer in told["payers"]}
    assert payers["acme"]["signs"][0]["payer_ids"] == ["ACME1"]
    assert payers["medicare_part_b"]["timely_filing"]["url"].startswith("https://")


def test_a_rule_is_tried_on_its_cases_and_on_claims(caller: FlaskClient, openapi: dict[str, Any]) -> None:
    without = {"modifiers": []}
    claims = [
        merged(base_claim(), {"claim_id": "A", "lines": [without]}),
        merged(base_claim(), {"claim_id": "B"}),
        merged(
            base_claim(), {"claim_id": "C", "lines": [without], "payer": {"claim_filing_indicator": "ZZ"}}
        ),
    ]
    rule = EXAMPLE_RULE.replace('{in: ["98940"]}', "{matches_set: manipulations}").replace(
        "passes: true}\n", "not_evaluated: true}\n", 1
    )
    answer = caller.post(TEST, json={"payer": "medicare_part_b", "rule": rule, "claims": claims})
    told = as_documented(answer, openapi, TEST, "post")
    assert [(claim["claim_id"], claim["outcome"], claim["messages"]) for claim in told["claims"]] == [
        ("A", "fires", ["98940 has no AT."]),
        ("B", "quiet", []),
        ("C", "quiet", []),
    ]
    assert [(case["outcome"], case["as_expected"]) for case in told["cases"]] == [
        ("quiet", False), ("fires", True), ("quiet", True)
    ]  # fmt: skip
    assert ids(caller.get(RULES)) == {"ACM-014", "ACM-015"}, "nothing was kept"


def test_faults_by_line_and_column(caller: FlaskClient, openapi: dict[str, Any]) -> None:
    rule = EXAMPLE_RULE.replace("any_of", "any_off").replace("severity: deny", "severity: denied")
    answer = caller.post(TEST, json={"payer": "medicare_part_b", "rule": rule})
    told = as_documented(answer, openapi, TEST, "post")
    assert told["type"].endswith(":rule-invalid")
    assert told["errors"] == [
        {
            "message": "severity: expected one of reject, deny, review, info, not denied; did you mean deny?",
            "line": 4,
            "column": 11,
        },
        {
            "message": "line.modifiers: there is no operator any_off; did you mean any_of?",
            "line": 11,
            "column": 32,
        },
    ]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"payer": "medicare_part_b"}, "/rule"),
        ({"payer": "nobody", "rule": EXAMPLE_RULE}, "/payer"),
        ({"payer": ["acme"], "rule": EXAMPLE_RULE}, "/payer"),
        ({"payer": "acme", "rule": {}}, "/rule"),
        ({"payer": "acme", "rule": ""}, "/rule"),
        ({"payer": "acme", "rule": "x" * (LONGEST_RULE + 1)}, "/rule"),
        ({"payer": "acme", "rule": "a: \ud800"}, "/rule"),
        ({"payer": "acme", "rule": OF_ACME, "claims": {}}, "/claims"),
        ({"payer": "acme", "rule": OF_ACME, "claims": [{}] * (MOST_CLAIMS + 1)}, "/claims"),
        ({"payer": "acme", "rule": OF_ACME, "claims": [{"claim_id": 7}]}, "/claims/0/claim_id"),
        ({"payer": "acme", "rule": OF_ACME, "more": 1}, "/more"),
        ([], ""),
    ],
)
def test_a_body_that_is_no_test(caller: FlaskClient, body: Any, pointer: str) -> None:
    answer = caller.post(TEST, json=body)
    told = problem(answer, 422, "rule-test-invalid")
    assert pointer in {error["pointer"] for error in told["errors"]}


def test_a_body_that_is_no_json_or_too_large(caller: FlaskClient) -> None:
    post = {"content_type": "application/json"}
    problem(caller.post(TEST, data=b"{", **post), 400, "malformed-json")
    problem(caller.post(TEST, data=b" " * (MOST_BYTES + 1), **post), 413, "body-too-large")
    problem(caller.post(TEST, data=b"a: 1", content_type="text/yaml"), 415, "media-type-unsupported")


MANY = LONGEST_RULE - 2000
HOSTILE = {
    "many unknown keys": "".join(f"sevirity{number}: a\n" for number in range(4000)),
    "deep": "when: " + "[" * 10_000,
    "deep JSON": '{"a":' * 10_000,
    "aliases": "a: &a [1,1]\nb: &b [*a,*a]\n",
    "a long name": EXAMPLE_RULE.replace("line.procedure:", "x" * MANY + ":"),
    "a code many times": EXAMPLE_RULE.replace('["98940"]', str(["98940"] * 6000)),
    "many codes": EXAMPLE_RULE.replace('["98940"]', str([f"{number:05}" for number in range(10_000, 16_000)])),
    "many cases": EXAMPLE_RULE + "  - {name: a, on: 2026-01-01, fails: line.modifiers}\n" * 1100,
    "many versions": EXAMPLE_RULE.replace(
        "message:", "  - {effective: 2026-01-01, when: {}, require: {}}\n" * 1100 + "message:"
    ),
    "a number of no end": EXAMPLE_RULE.replace("2026-01-01", "9" * MANY),
    "no text": "\x00\x01",
    "nothing": "   ",
}  # fmt: skip


@pytest.mark.parametrize("rule", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_rules_are_answered_soon_and_shortly(
    caller: FlaskClient, openapi: dict[str, Any], rule: str, capfd: pytest.CaptureFixture[str]
) -> None:
    began = time.process_time()
    answer = caller.post(TEST, json={"payer": "medicare_part_b", "rule": rule[:LONGEST_RULE]})
    assert time.process_time() - began < 3
    as_documented(answer, openapi, TEST, "post")
    assert answer.status_code in {200, 422}
    assert len(answer.data) < 200_000
    assert capfd.readouterr() == ("", "")


def test_what_is_tried_is_not_logged(caller: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        caller.post(TEST, json={"payer": "acme", "rule": OF_ACME.replace("deny", "secretive")})
    assert "secretive" not in caplog.text
    assert "secretive" not in str([record.__dict__ for record in caplog.records])


def test_the_files_shipped_are_listed(client: FlaskClient) -> None:
    listed = {
        f"{rule['payer']}/{rule['id']}-{rule['name']}" for rule in client.get(RULES).get_json()["rules"]
    }
    files = shipped("payer_rules").glob("*/*-*.yaml")
    assert listed == {f"{file.parent.name}/{file.stem}" for file in files if file.parent.name != "sets"}


def test_the_catalogue_shows_of_a_rule_its_payer_and_its_days(
    caller: FlaskClient, openapi: dict[str, Any]
) -> None:
    told = as_documented(caller.get("/v1/edits/acm-015"), openapi, "/v1/edits/{edit_id}")
    assert told["payer"] == "acme"
    assert told["in_force"] == [{"effective": "2026-01-01", "ends": None}]
    python = caller.get("/v1/edits/COV702").get_json()
    assert (python["payer"], python["in_force"]) == (None, [])


def test_the_command_line_shows_them_too(of_acme: Scrubber, tmp_path: Path) -> None:
    directory = of_acme.settings.payer_rules_dir
    environ = {"SCRUBBER_PAYER_RULES_DIR": str(directory)}

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(scrubber_command, arguments, env=environ, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    assert "acme, services from 2026-01-01" in run("explain", "acm-015")
    (line,) = (line for line in run("edits").splitlines() if line.startswith("ACM-015"))
    assert line.endswith("[acme, services from 2026-01-01]")
    copied = tmp_path / "copied"
    assert str(copied) in run("rules", "copy", str(copied))
    assert sorted(path.name for path in copied.iterdir()) == sorted(
        path.name for path in shipped("payer_rules").iterdir()
    )
