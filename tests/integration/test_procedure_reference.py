"""Official fee schedules and HCPCS files in by one command: kept, in the snapshot, in force by service date."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scrubber.claim import Claim
from scrubber.edits import modifiers, procedure
from scrubber.engine import Engine, build_engine, scrub
from scrubber.importers import ImportRefused
from scrubber.importers.code_sets import read_code_sets
from scrubber.importers.editions import import_edition, kept_editions
from scrubber.importers.ncci_starter import read_ncci
from scrubber.importers.payers import read_payers
from scrubber.importers.procedure_starter import read_procedures
from scrubber.importers.snapshot import editions_in
from scrubber.reference import Sections, pack_sections, read_snapshot
from scrubber.settings import shipped
from tests.edits.cases import base_claim, merged
from tests.risks import no_risk
from tests.services import PATIENCE
from tests.unit.ncci_files import write
from tests.unit.procedure_files import FEE_ROWS, fee_csv, fee_row, hcpcs_text

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LCD_DATA = shipped("lcd_data")
EDITS = (*procedure.EDITS, *modifiers.EDITS)


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    """The shipped tables these edits need, to be changed."""
    for name in ("ncci", "procedures"):
        shutil.copytree(LCD_DATA / name, tmp_path / "lcd_data" / name)
    return tmp_path / "lcd_data"


def engine_with(lcd_data: Path, editions: Path) -> Engine:
    """The edits of procedures and modifiers over their tables alone: the others take long to build."""
    sections: dict[str, bytes] = {}
    labels: dict[str, str] = {}
    for tables, told in (
        read_ncci(lcd_data, editions),
        read_procedures(lcd_data, editions),
        read_code_sets(LCD_DATA, editions),
    ):
        sections |= tables
        labels |= told
    content = memoryview(pack_sections(sections, labels))
    snapshot = read_snapshot(Sections(content), read_payers(shipped("payer_rules")), date(2026, 11, 22))
    return build_engine(EDITS, snapshot, "test", assess=no_risk)


def judged(engine: Engine, **line: Any) -> list[tuple[str, str]]:
    claim = msgspec.convert(merged(base_claim(), {"lines": [line]}), Claim, strict=False)
    result = scrub(engine, claim)
    return [
        *((finding.edit, str(finding.because.get("edition"))) for finding in result.findings),
        *((said.edit, str(said.reason)) for said in result.not_evaluated),
    ]


def test_the_fee_schedule_of_the_service_date_answers(tmp_path: Path) -> None:
    editions = editions_in(tmp_path)
    for year, month, name, co_surgeon in (
        (2026, "January", "PPRRVU2026_Jan_nonQPP.csv", "0"),
        (2026, "April", "PPRRVU2026_Apr_nonQPP.csv", "1"),
    ):
        rows = [*FEE_ROWS, fee_row("33208", days="090", co_surgeon=co_surgeon)]
        file = write(tmp_path, name, fee_csv(rows, year=year, month=month))
        import_edition(editions, "pprrvu", [file], now=NOW)
    engine = engine_with(LCD_DATA, editions)
    assert engine.used.editions["fee_schedule"] == "2026Q2, 2026Q1, 2025Q4 starter table"
    two_surgeons = {
        day: [said for said in judged(engine, procedure="33208", modifiers=["62"], service_date=day)
              if said[0] == "MOD503"]
        for day in ("2025-12-31", "2026-01-01", "2026-03-31", "2026-04-01", "2026-11-02")
    }  # fmt: skip
    assert two_surgeons == {
        "2025-12-31": [("MOD503", "not-in-starter-table")],
        "2026-01-01": [("MOD503", "2026Q1")],
        "2026-03-31": [("MOD503", "2026Q1")],
        "2026-04-01": [],
        "2026-11-02": [],
    }
    # What the file of the quarter does not have is unknown, or has ended where an older table has it.
    assert judged(engine, procedure="11111", modifiers=[], service_date="2026-05-01") == [("PX401", "2026Q2")]
    assert ("PX402", "2026Q2") in judged(engine, procedure="99214", modifiers=[], service_date="2026-05-01")
    assert ("PX401", "outside-edition") in judged(
        engine, procedure="11111", modifiers=[], service_date="2026-11-02"
    )


def test_hcpcs_codes_answer_for_every_day(tmp_path: Path) -> None:
    editions = editions_in(tmp_path)
    file = write(tmp_path, "HCPC2026_OCT_ANWEB.txt", hcpcs_text())
    kept, _ = import_edition(editions, "hcpcs", [file], now=NOW)
    assert (kept.edition.name, kept.edition.effective, kept.rows) == ("2026Q4", date(2026, 10, 1), 5)
    engine = engine_with(LCD_DATA, editions)
    assert engine.used.editions["hcpcs"] == "2026Q4"
    assert ("PX402", "None") in judged(engine, procedure="G0515", modifiers=[], service_date="2020-01-01")
    assert ("PX401", "2026Q4") in judged(engine, procedure="B9990", modifiers=[], service_date="2026-11-02")


def test_by_the_command_line(tmp_path: Path) -> None:
    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(Path(sys.executable).with_name("scrubber")), "reference", *map(str, arguments)],
            capture_output=True,
            check=False,
            timeout=PATIENCE,
            text=True,
            env={**os.environ, "SCRUBBER_DATA_DIR": str(tmp_path / "data")},
        )

    file = write(tmp_path, "PPRRVU2026_Oct_nonQPP.csv", fee_csv(year=2026))
    done = run("import", "pprrvu", file)
    assert (done.returncode, done.stderr) == (0, "")
    assert "imported  pprrvu 2026Q4, 6 rows, for services from 2026-10-01 on" in done.stdout
    assert run("import", "pprrvu", file).stdout.startswith("unchanged  pprrvu 2026Q4")
    shown = run("show").stdout
    assert (
        "edition  fee_schedule: 2026Q4, 2025Q4 starter table (the newest in force from 2026-10-01, " in shown
    )
    assert "edition  hcpcs: 2024Q3 (the newest in force from 2024-07-01, " in shown
    refused = run("import", "hcpcs", file)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.count("\n") == 1
    assert [kept.kind for kept in kept_editions(tmp_path / "data")] == ["pprrvu"]


@pytest.mark.parametrize(
    ("gone", "tables"),
    [
        ("procedures/fee_schedule.csv", {"fee_schedule"}),
        ("procedures/hcpcs.csv", {"hcpcs"}),
        ("procedures/starter.yaml", {"fee_schedule", "hcpcs"}),
        ("ncci/starter.yaml", {"fee_schedule", "ptp"}),
    ],
)
def test_a_table_that_is_not_there_is_not_loaded(
    starter: Path, tmp_path: Path, gone: str, tables: set[str]
) -> None:
    (starter / gone).unlink()
    engine = engine_with(starter, tmp_path)
    said = judged(engine, procedure="99213", modifiers=["26", "59"])
    missing = {edit for edit, reason in said if reason == "reference-not-loaded"}
    assert missing == {edit.id for edit in EDITS if tables.intersection(edit.needs)} - {"MOD506"}
    assert tables.isdisjoint(engine.used.editions)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("fee_schedule.csv", b"code,status\n99213,A\n", "fee_schedule.csv: the columns must be"),
        ("hcpcs.csv", b"code,from,to\nJ3301,2009,\n", "hcpcs.csv has a row that can't be read"),
        ("starter.yaml", b"hcpcs: [\n", "starter.yaml: "),
        ("starter.yaml", b"hcpcs: {edition: 2024Q3}\n", "starter.yaml: "),
    ],
)
def test_damaged_tables(starter: Path, name: str, content: bytes, says: str) -> None:
    (starter / "procedures" / name).write_bytes(content)
    with pytest.raises(ImportRefused) as refused:
        read_procedures(starter, starter)
    assert says in str(refused.value)
