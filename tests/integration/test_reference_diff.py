"""``scrubber reference diff``: two snapshots by any of their names, and what they change on claims."""

import csv
import io
import json
import os
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from scrubber.cli.reference import reference
from scrubber.importers.snapshot import open_sections, snapshots_kept
from scrubber.reference import Sections, pack_sections
from scrubber.reference.comparison import Change, compare
from scrubber.reference.coverage import Coverage
from scrubber.reference.icd10cm import Icd10cm
from scrubber.reference.jurisdictions import Jurisdictions
from scrubber.reference.ncci import Edition, UnitRow, pack_editions, pack_unit_limits
from scrubber.settings import Settings
from tests.edits.cases import base_claim, merged

PHYSICIAN = {"npi": "1234567893", "taxonomy": "208VP0014X"}
LIMITS = {"97110": 4, "97140": 6, "98940": 1}


@pytest.fixture(scope="module")
def data(settings: Settings, scrubber: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory whose snapshot before is the shipped one, and the one in use has other unit limits.

    ``scrubber`` has built the shipped one.
    """
    directory = tmp_path_factory.mktemp("diff")
    snapshots = directory / "reference"
    snapshots.mkdir()
    shipped = open_sections(snapshots_kept(settings.snapshots)[0])
    older = snapshots / f"{shipped.digest.removeprefix('sha256:')[:16]}.snapshot"
    names = {name: bytes(shipped[name]) for name in shipped.digests}
    older.write_bytes(pack_sections(names, shipped.editions))
    limits = pack_unit_limits({code: UnitRow(units, 3, "a") for code, units in LIMITS.items()})
    october = Edition(name="2026Q4", effective=date(2026, 10, 1), speaks_from=date(2026, 10, 1))
    packed, label = pack_editions("mue", [(october, limits)])
    kept = {name: content for name, content in names.items() if name.split("/")[0] != "mue"}
    newer = snapshots / "ffffffffffffffff.snapshot"
    newer.write_bytes(pack_sections(kept | packed, {**shipped.editions, **label}))
    os.utime(older, (1, 1))
    (snapshots / "current").write_text(json.dumps({"file": newer.name, "inputs": ""}))
    return directory


def diff(data: Path, *arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(
        reference,
        ["diff", *arguments],
        env={"SCRUBBER_DATA_DIR": str(data)},
        input=stdin,
        catch_exceptions=False,
    )


def test_by_every_name(data: Path) -> None:
    newer, older = snapshots_kept(data / "reference")
    told = diff(data, "previous", "current").stdout
    for before, after in [
        (str(older), str(newer)),
        (older.stem[:8], "ffffff"),
        (open_sections(older).digest, "current"),
        ("previous", "2026Q4"),
    ]:
        assert diff(data, before, after).stdout == told
    assert diff(data, "current", "current").exit_code == 0


@pytest.mark.parametrize("name", ["2019Q1", "nothing.snapshot", "abc", "sha256:000000"])
def test_a_name_nobody_has(data: Path, name: str) -> None:
    said = diff(data, "current", name)
    assert said.exit_code == 2
    assert said.stdout == ""
    assert f"no file and no snapshot that is kept is called {name}; there are: ffff" in said.stderr


def test_without_any_snapshot(tmp_path: Path) -> None:
    said = diff(tmp_path, "previous", "current")
    assert said.exit_code == 2
    assert "there are: none" in said.stderr


def test_every_table_of_the_shipped_snapshot_is_walked_and_told(data: Path) -> None:
    """Against a snapshot without tables, each row of each table was added."""
    shipped = open_sections(snapshots_kept(data / "reference")[1])
    nothing = Sections(memoryview(pack_sections({}, {})))
    counts: Counter[str] = Counter()
    first: dict[str, Change] = {}
    for difference in compare(nothing, shipped):
        counts[difference.table] += 1
        if difference.table not in first:
            first[difference.table] = difference.told()
    assert {change.kind for change in first.values()} == {"added", "changed"}
    not_compared = {change.table for change in first.values() if change.key == "(other content)"}
    assert not_compared <= {"denial_priors", "denial_codes"}
    assert all(change.after for change in first.values())
    codes = Icd10cm.read(shipped)
    assert counts["icd10cm"] == len(codes.codes())
    assert (first["icd10cm"].key, first["icd10cm"].after) == (
        "A00", {"category": "from 2015-10-01"}
    )  # fmt: skip
    assert first["icd10cm_titles"].after == {"title": codes.title(first["icd10cm_titles"].key)}
    assert first["code_notes"].after["remarks"]
    places = Jurisdictions.read(shipped)
    assert counts["jurisdictions"] == len(places.contracts)
    assert counts["jurisdictions_zip"] > 40_000
    assert counts["coverage"] == len(Coverage.read(shipped).ids())
    assert counts["ptp"] > 30_000
    assert first["ncci_modifiers"].key == "24"


def test_rows_as_text(data: Path) -> None:
    said = diff(data, "previous", "current")
    assert said.exit_code == 1
    assert "edition  mue: 2024Q3 starter table -> 2026Q4\n" in said.stdout
    counts = next(line for line in said.stdout.splitlines() if line.startswith("mue  "))
    assert counts.endswith(" removed, 3 changed")
    rows = [line for line in said.stdout.splitlines() if line.startswith("  ")]
    assert len(rows) == 10
    assert "more rows: --all shows them" in said.stdout
    whole = diff(data, "previous", "current", "--all").stdout
    assert "  changed  97110  units 6, rationale Clinical: Data -> units 4, rationale a\n" in whole
    assert "--all" not in whole
    removed = int(counts.split()[1].replace(",", ""))
    assert len([line for line in whole.splitlines() if line.startswith("  ")]) == removed + 3


def test_rows_as_json_and_csv(data: Path) -> None:
    read = json.loads(diff(data, "previous", "current", "--all", "--format", "json").stdout)
    assert read["before"]["editions"]["mue"] == "2024Q3 starter table"
    assert sum(read["counts"]["mue"].values()) == len(read["changes"])
    rows = list(
        csv.DictReader(io.StringIO(diff(data, "current", "previous", "--all", "--format", "csv").stdout))
    )
    assert len(rows) == len(read["changes"])
    assert {row["change"] for row in rows} == {"added", "changed"}
    assert {"table": "mue", "change": "changed", "key": "97110"}.items() <= next(
        row for row in rows if row["key"] == "97110"
    ).items()


def test_for_services_of_a_day_before_the_newer_edition(data: Path) -> None:
    said = diff(data, "previous", "current", "--service-date", "2026-09-30")
    assert "removed" in said.stdout
    assert "changed" not in said.stdout


def claims(directory: Path, *differences: dict[str, Any]) -> str:
    """A file of claims of a physician, each with its difference."""
    lines = [
        json.dumps(
            merged(base_claim(), {"billing_provider": PHYSICIAN, "rendering_provider": PHYSICIAN, **one})
        )
        for one in differences
    ]
    file = directory / "claims.ndjson"
    file.write_text("\n".join(lines) + "\n")
    return str(file)


def therapy(claim_id: str, units: str, day: str = "2026-11-02") -> dict[str, Any]:
    line = {"procedure": "97110", "modifiers": ["GP"], "units": units, "service_date": day}
    return {"claim_id": claim_id, "lines": [line]}


ON = ("previous", "current", "--as-of", "2026-11-22", "--on")


def test_findings_on_claims(data: Path, tmp_path: Path) -> None:
    visit = {
        "claim_id": "D",
        "lines": [{"procedure": "33208", "modifiers": [], "service_date": "2026-11-02"}],
    }
    file = claims(tmp_path, therapy("A", "5"), therapy("B", "7"), therapy("C", "2"), visit)
    said = diff(data, *ON, file)
    assert said.exit_code == 1
    seven = "97110 on 2026-11-02 has 7 units in line 1; Medicare pays at most"
    (at_risk,) = (line for line in said.stdout.splitlines() if line.startswith("charges at risk  $"))
    assert said.stdout.splitlines() == [
        "A  clean -> hold",
        "  + MUE611 deny  line 1: 97110 on 2026-11-02 has 5 units in line 1; Medicare pays at most 4 a day.",
        "B  hold",
        f"  ~ MUE611 deny  line 1: {seven} 6 a day. -> {seven} 4 a day.",
        "4 claims, 2 with other findings",
        "charges on hold  $45.00 -> $90.00",
        at_risk,
        "disposition  clean -> hold: 1",
        "evaluated now: MUE611 on 1",
        "MUE611       1 appears, 1 changes",
    ]
    back = diff(data, "current", "previous", "--on", file)
    assert "  - MUE611 deny  line 1: 97110 on 2026-11-02 has 5 units" in back.stdout
    assert "evaluated no more: MUE611 on 1" in back.stdout


def test_findings_as_json_and_csv(data: Path, tmp_path: Path) -> None:
    file = claims(tmp_path, therapy("=A", "5"), therapy("B", "2"))
    read = json.loads(diff(data, *ON, file, "--format", "json").stdout)
    (claim,) = read["claims"]
    assert (claim["claim_id"], claim["before"], claim["after"]) == ("=A", "clean", "hold")
    assert claim["findings"][0]["kind"] == "appears"
    (of_edit,) = read["summary"]["edits"].values()
    assert (of_edit["appears"], of_edit["claims"], of_edit["put_on_hold"]) == (1, 1, "45.00")
    assert read["summary"]["on_hold_after"] == "45.00"
    assert read["summary"]["claims"] == 2
    (row,) = csv.DictReader(io.StringIO(diff(data, *ON, file, "--format", "csv").stdout))
    assert (row["claim_id"], row["change"], row["severity_before"], row["severity_after"]) == (
        "'=A", "appears", "", "deny"
    )  # fmt: skip


def test_no_finding_differs(data: Path, tmp_path: Path) -> None:
    said = diff(data, *ON, claims(tmp_path, therapy("A", "2")))
    assert (said.exit_code, said.stdout) == (0, "1 claim, 0 with other findings\n")


@pytest.mark.parametrize("option", [["--all"], ["--service-date", "2026-09-30"]])
def test_options_for_rows_are_refused_with_claims(data: Path, tmp_path: Path, option: list[str]) -> None:
    said = diff(data, *ON, claims(tmp_path, therapy("A", "2")), *option)
    assert said.exit_code == 2
    assert "are for rows" in said.stderr


def test_a_record_that_is_no_claim_is_told_and_the_others_are_compared(data: Path, tmp_path: Path) -> None:
    content = Path(claims(tmp_path, therapy("A", "5"))).read_text() + '{"claim_id": "B"}\n'
    said = diff(data, *ON, "-", stdin=content)
    assert said.exit_code == 2
    assert "A  clean -> hold" in said.stdout
    assert "1 could not be read" in said.stdout
    assert "stdin line 2" in said.stderr
