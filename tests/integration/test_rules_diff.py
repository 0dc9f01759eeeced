"""``scrubber rules diff``: what two directories of rules say otherwise, and what that changes on claims."""

import csv
import io
import json
import re
import shutil
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from scrubber.cli.rules import rules
from scrubber.engine import Engine
from scrubber.settings import Settings, shipped
from tests.edits.cases import base_claim, merged
from tests.unit.payer_rules.made import SET, rule_file


def put(directory: Path, rule_id: str, codes: list[str] | str, **more: Any) -> None:
    """A rule by which these procedures need GA, which no claim of this test has."""
    asked = {"matches_set": codes} if isinstance(codes, str) else {"in": codes}
    version = {
        "effective": "2026-01-01",
        "when": {"payer.program": "medicare_part_b", "line.procedure": asked},
        "require": {"line.modifiers": {"any_of": ["GA"]}},
    }
    told = rule_file([version], id=rule_id, message="It has no GA.", **more)
    (directory / "medicare_part_b" / f"{rule_id}-made-up.yaml").write_text(
        yaml.safe_dump(told, sort_keys=False)
    )


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """Rules 901 to review 98940, and 903."""
    directory = tmp_path / "before"
    shutil.copytree(shipped("payer_rules"), directory)
    put(directory, "MCB-901", ["98940"], severity="review")
    put(directory, "MCB-903", ["98940"], severity="info")
    return directory


@pytest.fixture
def after(before: Path, tmp_path: Path) -> Path:
    """The same, but 901 denies it, and 98941 too; 902 is new, and 903 gone."""
    directory = tmp_path / "after"
    shutil.copytree(before, directory)
    (directory / "medicare_part_b" / "MCB-903-made-up.yaml").unlink()
    put(directory, "MCB-901", ["98940", "98941"], severity="deny")
    put(directory, "MCB-902", ["98942"], severity="deny", title="<script>alert(1)</script>.")
    return directory


@pytest.fixture
def run(settings: Settings, engine: Engine) -> Callable[..., Result]:  # engine: has built the snapshot
    def run_diff(*arguments: object, stdin: str | None = None) -> Result:
        return CliRunner().invoke(
            rules,
            ["diff", *map(str, arguments)],
            env={"SCRUBBER_DATA_DIR": str(settings.data_dir)},
            input=stdin,
            catch_exceptions=False,
        )

    return run_diff


def claims(directory: Path, *procedures: str) -> Path:
    """A file with a claim of each procedure; they are called by their letters."""
    file = directory / "claims.ndjson"
    lines = [
        json.dumps(
            merged(
                base_claim(),
                {
                    "claim_id": f"<{chr(65 + number)}>",
                    "subscriber": {"id": f"1EG4TE5MK{number:02}"},
                    "lines": [{"procedure": procedure}],
                },
            )
        )
        for number, procedure in enumerate(procedures)
    ]
    file.write_text("\n".join(lines) + "\n")
    return file


ON = ("--as-of", "2026-03-10", "--on")


def test_rules_added_removed_and_changed(run: Callable[..., Result], before: Path, after: Path) -> None:
    said = run(before, after)
    assert said.exit_code == 1
    assert said.stdout.splitlines() == [
        "~ rule   MCB-901     A made-up rule.",
        "    severity: review -> deny",
        "    versions[2026-01-01].when.line.procedure.in: + 98941",
        "+ rule   MCB-902     <script>alert(1)</script>.",
        "- rule   MCB-903     A made-up rule.",
        "3 differences",
    ]
    same = run(before, before)
    assert (same.exit_code, same.stdout) == (0, "0 differences\n")


def test_a_set_a_payer_a_version_and_a_case(run: Callable[..., Result], before: Path, after: Path) -> None:
    for directory, codes in ((before, ["98940"]), (after, ["98941", "98942"])):
        (directory / "sets").mkdir(exist_ok=True)
        (directory / "sets" / "manipulations.yaml").write_text(yaml.safe_dump(SET | {"codes": codes}))
        put(directory, "MCB-901", "manipulations")
    rule = after / "medicare_part_b" / "MCB-901-made-up.yaml"
    rule.write_text(rule.read_text().replace("  require:", "  ends: 2100-01-01\n  require:"))
    told = yaml.safe_load(rule.read_text())
    told["cases"] += [
        {"name": name, "on": day, "passes": True} for name, day in (("last", "2100-01-01"), ("after", "2100-01-02"))
    ]  # fmt: skip
    rule.write_text(yaml.safe_dump(told, sort_keys=False))
    profile = after / "medicare_part_b" / "payer.yaml"
    profile.write_text(re.sub("calendar_years: 1", "calendar_years: 2", profile.read_text()))
    changes = {
        change["id"]: change
        for change in json.loads(run(before, after, "--format", "json").stdout)["changes"]
    }
    assert changes["manipulations"]["differences"] == [
        {"path": "codes", "before": ["98940"], "after": ["98941", "98942"]}
    ]
    paths = {difference["path"]: difference for difference in changes["MCB-901"]["differences"]}
    assert paths["versions[2026-01-01].ends"]["before"] is None
    assert paths["cases[last].passes"]["after"] == "true"
    (terms,) = changes["medicare_part_b"]["differences"]
    assert (terms["path"], terms["before"], terms["after"]) == ("timely_filing.calendar_years", "1", "2")


def test_findings_rule_by_rule(run: Callable[..., Result], before: Path, after: Path, tmp_path: Path) -> None:
    file = claims(tmp_path, "98940", "98941", "98942", "99213")
    said = run(before, after, *ON, file)
    assert said.exit_code == 1
    lines = said.stdout.splitlines()
    table = {line.split()[0]: line.split()[1:7] for line in lines[1:4]}
    assert table == {
        "MCB-901": ["1", "0", "1", "2", "$90.00", "$0.00"],
        "MCB-902": ["1", "0", "0", "1", "$45.00", "$0.00"],
        "MCB-903": ["0", "1", "0", "1", "$45.00", "$0.00"],
    }
    assert "  ~ MCB-901 review -> deny  line 1: It has no GA.  (<A>, review -> hold)" in lines
    assert "4 claims, 3 with other findings" in lines
    (held,) = (line.split()[3::2] for line in lines if line.startswith("charges on hold"))
    assert float(held[1][1:]) - float(held[0][1:]) == 135
    back = run(after, before, *ON, file).stdout.splitlines()
    assert back[1].split()[1:7] == ["0", "1", "1", "2", "$0.00", "$90.00"]
    none = run(before, before, *ON, file)
    assert (none.exit_code, none.stdout) == (0, "4 claims, 0 with other findings\n")


def test_the_dollars_at_risk_of_the_rules_are_those_of_the_claims(
    run: Callable[..., Result], before: Path, after: Path, tmp_path: Path
) -> None:
    """Where our rules are all that is found, and the base rate, the sums agree."""
    file = claims(tmp_path, "98941", "98942")
    read = json.loads(run(before, after, *ON, file, "--format", "json").stdout)
    claim_sums = sum(float(claim["at_risk_after"]) for claim in read["claims"])
    assert float(read["summary"]["at_risk_after"]) == pytest.approx(claim_sums, abs=0.01)
    of_rules = sum(float(of["at_risk_after"]) for of in read["summary"]["edits"].values())
    assert 0 < of_rules <= claim_sums + 0.02


def test_every_finding_as_json_and_csv(
    run: Callable[..., Result], before: Path, after: Path, tmp_path: Path
) -> None:
    file = claims(tmp_path, *["98940"] * 15)
    read = json.loads(run(before, after, *ON, file, "--format", "json").stdout)
    assert len(read["claims"]) == 15
    assert read["before"]["ruleset"] != read["after"]["ruleset"]
    assert read["summary"]["edits"]["MCB-901"]["changes"] == 15
    rows = list(csv.DictReader(io.StringIO(run(before, after, *ON, file, "--format", "csv").stdout)))
    assert len(rows) == 30
    text = run(before, after, *ON, file).stdout
    assert text.count("~ MCB-901") == 10, "the first ones are shown"


def test_a_record_that_is_no_claim(run: Callable[..., Result], before: Path, after: Path) -> None:
    said = run(before, after, *ON, "-", stdin=json.dumps(base_claim()) + "\n{}\n")
    assert said.exit_code == 2
    assert "1 could not be read" in said.stdout
    assert "stdin line 2" in said.stderr


def test_the_page(run: Callable[..., Result], before: Path, after: Path, tmp_path: Path) -> None:
    file, page = claims(tmp_path, "98940", "98941", "98942"), tmp_path / "page.html"
    said = run(before, after, *ON, file, "--html", page)
    assert said.exit_code == 1
    text = page.read_text()
    assert "3 of 3 claims have other findings" in text
    assert "&lt;A&gt;" in text
    assert "&lt;script&gt;alert" in text
    assert not re.search(r"<script|<A>|\bon\w+=|style=|http://|src=", text)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert b64encode(sha256(style.encode()).digest()).decode() in text.partition("<style>")[0]
    assert "prefers-color-scheme: dark" in style
    assert text.count("<table>") == text.count("<caption") == text.count("<thead>") == 5
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(re.findall(r'id="([^"]+)"', text))
    assert set(re.findall(r'aria-labelledby="([^"]+)"', text)) <= set(re.findall(r'id="([^"]+)"', text))
    # Both directories alike: the page says so.
    run(before, before, *ON, file, "--html", page)
    assert "No finding differs." in page.read_text()


def test_what_is_refused(run: Callable[..., Result], before: Path, after: Path, tmp_path: Path) -> None:
    assert run(before, tmp_path / "nothing").exit_code == 2
    assert "--on" in run(before, after, "--html", tmp_path / "page.html").stderr
    (after / "medicare_part_b" / "MCB-901-made-up.yaml").write_text("id: MCB-901\n")
    with pytest.raises(Exception, match=r"MCB-901-made-up\.yaml:1:1: a rule lacks the key advice"):
        run(before, after)
