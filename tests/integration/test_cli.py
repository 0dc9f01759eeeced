"""The command line as a user runs it: a process of its own, exit codes, one-line errors."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from scrubber.cli.main import scrubber
from scrubber.engine import Engine
from scrubber.settings import Settings
from tests.edits.cases import base_claim, merged
from tests.services import PATIENCE

SCRUBBER = Path(sys.executable).with_name("scrubber")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def run(settings: Settings, engine: Engine) -> Any:
    """Runs the command with the snapshot that ``engine`` has built."""

    def run_command(
        *arguments: str, stdin: bytes = b"", **environ: str
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [str(SCRUBBER), *arguments],
            input=stdin,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
            env={**os.environ, "SCRUBBER_DATA_DIR": str(settings.data_dir), **environ},
        )

    return run_command


def claim(**difference: Any) -> bytes:
    return json.dumps(merged(base_claim(), difference)).encode()


def test_a_clean_claim_exits_0_and_one_on_hold_1(run: Any) -> None:
    clean = run("check", "-", "--as-of", "2026-03-10", stdin=claim())
    assert (clean.returncode, clean.stderr) == (0, b"")
    assert b"T-1  CLEAN" in clean.stdout
    assert b"1 claim: 1 clean, 0 review, 0 hold" in clean.stdout
    hold = run(
        "check",
        "-",
        "--as-of",
        "2026-03-10",
        stdin=claim(diagnoses=["M53.81"], lines=[{"diagnosis_pointers": [1]}]),
    )
    assert hold.returncode == 1
    assert b"COV702" in hold.stdout
    assert b"COV703" in hold.stdout
    assert b"articleId=56273" in hold.stdout


def test_ndjson_in_every_format(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "claims.ndjson"
    file.write_bytes(
        claim()
        + b"\n\n"
        + claim(
            claim_id="=2+3",
            diagnoses=["M99.01"],
            lines=[{"diagnosis_pointers": [1], "service_date": "2026-03-03"}],
        )
        + b"\n"
        + b'{"claim_id": 7}\n'
    )
    as_of = ("--as-of", "2026-03-10")
    ndjson = run("check", str(file), "--format", "ndjson", *as_of)
    results = [json.loads(line) for line in ndjson.stdout.splitlines()]
    assert [result.get("disposition") for result in results] == ["clean", "hold", "unreadable"]
    assert "line 4" in results[2]["place"]
    assert ndjson.returncode == 1
    assert json.loads(run("check", str(file), "--format", "json", *as_of).stdout) == results
    rows = list(
        csv.DictReader(run("check", str(file), "--format", "csv", *as_of).stdout.decode().splitlines())
    )
    assert [(row["claim_id"], row["edit"]) for row in rows] == [("T-1", ""), ("'=2+3", "COV703"), ("", "")]


def test_the_claims_of_files_are_held_against_each_other(run: Any, tmp_path: Path) -> None:
    surgery, visit = ({"lines": [{"procedure": code, "modifiers": []}]} for code in ("22551", "99213"))
    visit["lines"][0]["service_date"] = "2026-03-05"
    one, other = tmp_path / "one.ndjson", tmp_path / "other.ndjson"
    one.write_bytes(claim() + b"\n{broken}\n" + claim(claim_id="S", **surgery))
    other.write_bytes(claim(claim_id="V", **visit) + b"\n" + claim(claim_id="T-2"))
    answer = run("check", str(one), str(other), "--as-of", "2026-03-10", "--format", "ndjson")
    results = [json.loads(line) for line in answer.stdout.splitlines()]
    told = {
        (result["claim_id"], found["edit"]): found["message"]
        for result in results
        for found in result.get("findings", ())
        if found["edit"] in {"DUP952", "DUP953", "GLB971"}
    }
    assert told.keys() == {("V", "GLB971"), ("T-2", "DUP952")}
    assert "record 1 of the batch" in told["T-2", "DUP952"]
    assert "record 3 of the batch" in told["V", "GLB971"]
    reasons = {said["reason"] for result in results for said in result.get("not_evaluated", ())}
    assert "history-not-read" not in reasons


def test_a_json_array_and_a_byte_order_mark(run: Any) -> None:
    array = (
        b"\xef\xbb\xbf["
        + claim()
        + b","
        + claim(claim_id="T-2", lines=[{"service_date": "2026-03-03"}])
        + b"]"
    )
    answer = run("check", "-", "--as-of", "2026-03-10", stdin=array)
    assert b"2 claims: 2 clean" in answer.stdout
    located = run(
        "check", "-", "--format", "ndjson", stdin=b"[" + claim(diagnoses=["M99.01", "M53.89"]) + b"]"
    )
    places = {found["edit"]: found["source_location"] for found in json.loads(located.stdout)["findings"]}
    assert places["DX301"] == "/0/diagnoses/1"


@pytest.mark.parametrize(
    ("arguments", "stdin", "told"),
    [
        (("check", "-"), b"", "stdin is empty"),
        (("check", "-"), b"\x00\x01binary", "stdin"),
        (("check", "-"), b"[1,", "breaks off"),
        (("check", "/nowhere/claims.json"), b"", "claims.json"),
        (("check", "-", "--as-of", "tomorrow"), claim(), "2026-03-02"),
        (("explain", "COV999"), b"", "there is no edit COV999"),
        (
            ("coverage", "--procedure", "98940", "--diagnosis", "M53.81", "--state", "ZZ"),
            b"",
            "no contractor is known",
        ),
    ],
)
def test_what_cannot_run_says_so_in_few_words_and_exits_2(
    run: Any, arguments: Any, stdin: bytes, told: str
) -> None:
    answer = run(*arguments, stdin=stdin)
    assert answer.returncode == 2
    assert told in answer.stderr.decode()
    assert b"Traceback" not in answer.stderr


def test_a_wrong_setting_is_named(run: Any) -> None:
    answer = run("check", "-", stdin=claim(), SCRUBBER_PORT="x")
    assert answer.returncode == 2
    assert answer.stderr.startswith(b"scrubber: SCRUBBER_PORT must be")


def test_explain_option_tells_of_every_edit(run: Any) -> None:
    answer = run("check", "-", "--explain", "--format", "ndjson", "--as-of", "2026-03-10", stdin=claim())
    explanation = json.loads(answer.stdout)["explanation"]
    catalogue = json.loads(run("edits", "--format", "json").stdout)
    assert [entry["edit"] for entry in explanation] == [page["id"] for page in catalogue]
    by_id = {entry["edit"]: entry for entry in explanation}
    assert by_id["COV702"]["outcome"] == "passed"
    assert by_id["COV702"]["read"]
    assert by_id["CHI809"]["outcome"] == "not-applicable"


def test_the_pages_of_edits_and_codes(run: Any) -> None:
    page = run("explain", "cov702").stdout.decode()
    assert "primary-diagnosis-not-in-required-group" in page
    assert "Why it is denied" in page
    catalogue = run("edits").stdout.decode().splitlines()
    assert any(line.startswith("DX301") for line in catalogue)
    code = run("code", "M53.81", "--on", "2026-03-02").stdout.decode()
    for text in ("M53.81", "occipito-atlanto-axial", "billable", "M53.80", "A56034", "GDE"):
        assert text in code
    assert run("code", "M53.89").returncode == 1


def test_coverage_without_a_place_has_a_row_for_every_contractor(run: Any) -> None:
    arguments = ("coverage", "--procedure", "64405", "--diagnosis", "M53.81", "--on", "2026-03-02")
    table = json.loads(run(*arguments, "--format", "json").stdout)
    by_mac = {row["mac"]: row for row in table}
    assert by_mac["Noridian"]["result"] == "supported"
    assert by_mac["Noridian"]["article"] == "A56034"
    assert by_mac["WPS"]["result"] == "no-article"
    assert set(by_mac) == {"WPS", "NGS", "CGS", "Noridian", "Novitas", "Palmetto", "First Coast"}
    text = run(
        "coverage", "--procedure", "98940", "--diagnosis", "M99.01", "--diagnosis", "M54.2", "--state", "IA"
    )
    assert b"supported" in text.stdout
    assert b"A56273" in text.stdout


def test_reference_build_and_show(run: Any, tmp_path: Path) -> None:
    built = run("reference", "build", SCRUBBER_DATA_DIR=str(tmp_path))
    assert built.returncode == 0
    shown = run("reference", "show", SCRUBBER_DATA_DIR=str(tmp_path)).stdout.decode()
    assert "sha256:" in shown
    assert "icd10cm: FY2027" in shown
    assert "stale" not in shown


def test_a_damaged_snapshot_is_refused_with_the_way_out(run: Any, tmp_path: Path) -> None:
    run("reference", "build", SCRUBBER_DATA_DIR=str(tmp_path))
    (snapshot,) = (tmp_path / "reference").glob("*.snapshot")
    snapshot.write_bytes(snapshot.read_bytes()[:5000])
    answer = run("check", "-", stdin=claim(), SCRUBBER_DATA_DIR=str(tmp_path))
    assert answer.returncode == 2
    assert b"build" in answer.stderr


def test_the_samples_of_the_guide_do_what_the_guide_says(run: Any) -> None:
    answer = run(
        "check", *map(str, sorted((ROOT / "docs/guide/samples").glob("*.json"))), "--format", "ndjson"
    )
    results = {result["claim_id"]: result for result in map(json.loads, answer.stdout.splitlines())}
    edits = {name: {finding["edit"] for finding in result["findings"]} for name, result in results.items()}
    assert edits["SAMPLE-1"] >= {"COV703"}
    assert results["SAMPLE-2"]["disposition"] == "clean"
    assert edits["SAMPLE-3"] >= {"CHI801", "CHI804"}
    assert edits["SAMPLE-4"] >= {"DX301", "DX303", "CLM117"}
    assert results["SAMPLE-5"]["coverage"][0]["result"] == "supported"


def test_make_has_the_targets_that_the_readme_names() -> None:
    targets = {line.split(":")[0] for line in (ROOT / "Makefile").read_text().splitlines() if ":" in line}
    assert {"serve", "test", "check", "bench", "demo", "help"} <= targets


CSV_ROWS = (
    "Konto,payer_id,claim_filing_indicator,member_id,birth_date,sex,billing_npi,billing_state,diagnosis_1,diagnosis_2,"
    "procedure,modifier_1,diagnosis_pointers,service_date,charge,place_of_service,initial_treatment_date,remark\n"
    "A-1,05102,MB,1EG4TE5MK73,4/2/1950,F,1234567893,IA,M99.01,M53.81,98940,AT,AB,3/2/2026,45.00,11,2026-02-20,x\n"
)


def test_csv_with_columns_of_another_name_and_findings_told_by_cell(run: Any, tmp_path: Path) -> None:
    columns = tmp_path / "columns.yaml"
    columns.write_text("Konto: claim_id\nremark: null\n")
    options = ("--columns", str(columns), "--format", "ndjson", "--as-of", "2026-03-10")
    result = json.loads(run("check", "-", *options, stdin=CSV_ROWS.encode()).stdout)
    assert result["claim_id"] == "A-1"
    assert [(found["edit"], found["source_location"]) for found in result["findings"]] == [
        ("COV703", "row 2 column diagnosis_pointers")
    ]
    columns.write_text("- claim_id\n")
    wrong = run("check", "-", "--columns", str(columns), stdin=CSV_ROWS.encode())
    assert wrong.returncode == 2
    assert b"columns.yaml" in wrong.stderr


def test_convert_shows_a_claim_as_check_reads_it(run: Any, tmp_path: Path) -> None:
    converted = run("convert", "-", "--to", "ndjson", stdin=claim(diagnoses=["m9901", "M54.2"]))
    assert json.loads(converted.stdout)["diagnoses"] == ["M99.01", "M54.2"]
    assert "referring_provider" not in json.loads(converted.stdout)
    again = run("check", "-", "--as-of", "2026-03-10", "--format", "ndjson", stdin=converted.stdout)
    assert json.loads(again.stdout)["disposition"] == "clean"
    broken = run("convert", "-", stdin=b'[{"claim_id": 1}]')
    assert broken.returncode == 1
    assert json.loads(broken.stdout) == []
    assert b"/0/claim_id" in broken.stderr or b"claim_id" in broken.stderr


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The command and all below it, by what one types."""
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from commands(below, (*path, name))


def test_help_of_every_command_needs_nothing_and_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRUBBER_DATA_DIR", str(tmp_path / "none"))
    found = list(commands(scrubber))
    assert ("remits", "import") in found
    for path in found:
        shown = CliRunner().invoke(scrubber, [*path, "--help"])
        assert (shown.exit_code, shown.stderr) == (0, ""), path
        assert shown.output.startswith("Usage: scrubber"), path
    assert not list(tmp_path.iterdir())
