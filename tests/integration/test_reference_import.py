"""Official files in by one command: kept, in the snapshot, in force by service date, seen by the edits."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scrubber.claim import Claim
from scrubber.edits import ncci
from scrubber.engine import Engine, build_engine, scrub
from scrubber.importers import ImportRefused
from scrubber.importers.editions import SUFFIX, import_edition, kept_editions
from scrubber.importers.ncci_starter import read_ncci
from scrubber.importers.payers import read_payers
from scrubber.importers.snapshot import editions_in, fingerprint
from scrubber.reference import Sections, pack_sections, read_snapshot
from scrubber.settings import shipped
from tests.edits.cases import base_claim, merged
from tests.risks import no_risk
from tests.services import PATIENCE
from tests.unit.ncci_files import aoc_fixed, mue_csv, ptp_parts, write, zipped

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SCRUBBER = Path(sys.executable).with_name("scrubber")


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run_command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(SCRUBBER), "reference", *map(str, arguments)],
            capture_output=True,
            check=False,
            timeout=PATIENCE,
            text=True,
            env={**os.environ, "SCRUBBER_DATA_DIR": str(tmp_path / "data")},
        )

    return run_command


def test_by_the_command_line(run: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    files = ptp_parts(tmp_path / "downloads")
    done = run("import", "ncci-ptp", *files)
    assert (done.returncode, done.stderr) == (0, "")
    assert "imported  ncci-ptp 2026Q4, " in done.stdout
    assert ".snapshot" in done.stdout
    again = run("import", "ncci-ptp", *files)
    assert again.stdout.startswith("unchanged  ncci-ptp 2026Q4")
    assert "built" not in again.stdout
    shown = run("show")
    assert "edition  ptp: 2026Q4 (the newest in force from 2026-10-01, " in shown.stdout
    assert "edition  mue: 2024Q3 starter table" in shown.stdout
    assert "imported ncci-ptp 2026Q4: " in shown.stdout
    assert "ccipra-v323r0-f1.zip (" in shown.stdout
    assert "stale" not in shown.stdout
    page = write(tmp_path, "f1.zip", b"<!DOCTYPE html><html></html>")
    refused = run("import", "ncci-ptp", page)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "scrubber: f1.zip is a web page, not data: the download stopped at a licence or an error page\n"
    )
    assert run("show").stdout.split("opened")[0] == shown.stdout.split("opened")[0]


def kept_in(directory: Path) -> list[tuple[str, str]]:
    return [(kept.kind, kept.edition.name) for kept in kept_editions(directory)]


def test_importing_again_changes_nothing_and_other_files_take_its_place(tmp_path: Path) -> None:
    directory = tmp_path / "editions"
    file = write(tmp_path, "m_Eff_10-01-2026.csv", mue_csv())
    kept, changed = import_edition(directory, "mue", [file], now=NOW)
    assert changed
    assert (kept.edition.name, kept.edition.effective, kept.rows, kept.imported) == (
        "2026Q4",
        date(2026, 10, 1),
        3,
        NOW,
    )
    path = directory / "mue" / f"2026Q4{SUFFIX}"
    before = path.stat()
    assert import_edition(directory, "mue", [file], now=LATER) == (kept, False)
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    other = write(tmp_path / "r1", "m_Eff_10-01-2026.csv", mue_csv([("97110", "9", "3 x", "y")]))
    replaced, changed = import_edition(directory, "mue", [other], now=LATER)
    assert (changed, replaced.rows, replaced.imported) == (True, 1, LATER)
    assert kept_in(directory) == [("mue", "2026Q4")]


def test_which_edition_it_is(tmp_path: Path) -> None:
    directory = tmp_path / "editions"
    unnamed = write(tmp_path, "m.csv", mue_csv())
    named = write(tmp_path, "m_Eff_07-01-2026.csv", mue_csv())
    with pytest.raises(ImportRefused, match="don't name their quarter"):
        import_edition(directory, "mue", [unnamed], now=NOW)
    with pytest.raises(ImportRefused, match="are of 2026Q3, not of 2026Q4"):
        import_edition(directory, "mue", [named], now=NOW, quarter="2026Q4")
    with pytest.raises(ImportRefused, match="such as 2026Q4, not Q4"):
        import_edition(directory, "mue", [unnamed], now=NOW, quarter="Q4")
    with pytest.raises(
        ImportRefused, match="of a later quarter than 2016Q4: they have rows that begin on 2017"
    ):
        import_edition(
            directory, "add-on", [write(tmp_path, "a.txt", aoc_fixed())], now=NOW, quarter="2016Q4"
        )
    assert not directory.exists()
    kept, _ = import_edition(
        directory, "mue", [unnamed], now=NOW, quarter="2026Q4", effective=date(2026, 10, 15)
    )
    assert (kept.edition.effective, kept.edition.speaks_from) == (date(2026, 10, 15), date(2026, 10, 15))


LCD_DATA = shipped("lcd_data")


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    """The shipped starter tables, to be changed."""
    shutil.copytree(LCD_DATA / "ncci", tmp_path / "lcd_data" / "ncci")
    return tmp_path / "lcd_data"


def engine_with(lcd_data: Path, editions: Path) -> Engine:
    """The edits of NCCI over their tables alone: the other tables take long to build and are not needed."""
    sections, labels = read_ncci(lcd_data, editions)
    content = memoryview(pack_sections(sections, labels))
    snapshot = read_snapshot(Sections(content), read_payers(shipped("payer_rules")), date(2026, 11, 22))
    return build_engine(ncci.EDITS, snapshot, "test", assess=no_risk)


def judged(engine: Engine, **difference: Any) -> list[tuple[str, str]]:
    claim = msgspec.convert(merged(base_claim(), difference), Claim, strict=False)
    result = scrub(engine, claim)
    return [
        *((finding.edit, str(finding.because["edition"])) for finding in result.findings),
        *((said.edit, str(said.reason)) for said in result.not_evaluated),
    ]


def test_the_edits_use_what_was_imported_by_service_date(tmp_path: Path) -> None:
    editions = editions_in(tmp_path)
    units = {"lines": [{"procedure": "97110", "units": "7", "service_date": "2026-11-02"}]}
    assert judged(engine_with(LCD_DATA, editions), **units) == [
        ("MUE611", "2024Q3 starter table, 28 months older than the service")
    ]
    before = fingerprint(LCD_DATA, tmp_path)
    for quarter, most in (("2026Q2", "6"), ("2026Q4", "8")):
        rows = [("97110", most, "3 x", "y"), ("33208", "1", "2 x", "y")]
        import_edition(editions, "mue", [write(tmp_path, f"mue-{quarter}.csv", mue_csv(rows))], now=NOW)
    assert fingerprint(LCD_DATA, tmp_path) != before
    engine = engine_with(LCD_DATA, editions)
    assert engine.used.editions["mue"] == "2026Q4, 2026Q2, 2024Q3 starter table"
    on = {
        day: judged(engine, lines=[{"procedure": "97110", "units": "7", "service_date": day}])
        for day in ("2026-03-31", "2026-04-01", "2026-09-30", "2026-10-01", "2026-11-02")
    }
    assert on == {
        "2026-03-31": [("MUE611", "2024Q3 starter table, 20 months older than the service")],
        "2026-04-01": [("MUE611", "2026Q2")],
        "2026-09-30": [("MUE611", "2026Q2, 5 months older than the service")],
        "2026-10-01": [],
        "2026-11-02": [],
    }
    # A code outside the starter table: answered for once an edition is in force.
    cases = {
        day: judged(engine, lines=[{"procedure": "33208", "units": "2", "service_date": day}])
        for day in ("2026-03-31", "2026-04-01")
    }
    assert cases["2026-04-01"] == [("MUE611", "2026Q2"), ("AOC621", "not-in-starter-table")]
    assert ("MUE611", "not-in-starter-table") in cases["2026-03-31"]


@pytest.mark.parametrize(
    ("lines", "edit"),
    [
        ([{"procedure": "98941"}, {"procedure": "97140"}], "PTP601"),
        ([{"procedure": "97110", "units": "9"}], "MUE611"),
        ([{"procedure": "64484"}], "AOC621"),
    ],
)
def test_after_the_newest_edition_its_rows_go_on_answering_and_tell_their_age(
    tmp_path: Path, lines: list[dict[str, Any]], edit: str
) -> None:
    today = [{**line, "service_date": "2026-11-22"} for line in lines]
    said = judged(engine_with(LCD_DATA, tmp_path), lines=today)
    assert (edit, "2024Q3 starter table, 28 months older than the service") in said
    # The copy has no dates of its own: before its edition it says nothing.
    before = [{**line, "service_date": "2024-06-30"} for line in lines]
    assert edit not in {
        found for found, told in judged(engine_with(LCD_DATA, tmp_path), lines=before) if "table" in told
    }


def test_pairs_of_an_official_edition_answer_for_every_code_and_date(tmp_path: Path) -> None:
    import_edition(editions_in(tmp_path), "ncci-ptp", ptp_parts(tmp_path / "files"), now=NOW)
    engine = engine_with(LCD_DATA, editions_in(tmp_path))
    assert engine.used.editions["ptp"] == "2026Q4"
    lines = [{"procedure": "98941"}, {"procedure": "97140"}, {"procedure": "33208"}]
    assert judged(engine, lines=lines) == [
        ("PTP601", "2026Q4"),
        ("AOC621", "not-in-starter-table"),
        ("MUE611", "not-in-starter-table"),
    ]
    old = [{"procedure": code, "service_date": "2010-03-02"} for code in ("98941", "97140")]
    assert ("PTP601", "2026Q4") in judged(engine, lines=old)


@pytest.mark.parametrize(
    ("gone", "tables"),
    [("ptp.csv.gz", {"ptp"}), ("mue.csv", {"mue"}), ("add_on.csv", {"add_on"}), ("modifiers.yaml", {"ncci_modifiers"}),
     ("starter.yaml", {"ptp", "mue", "add_on"})],
)  # fmt: skip
def test_a_table_that_is_not_there_is_not_loaded(
    starter: Path, tmp_path: Path, gone: str, tables: set[str]
) -> None:
    (starter / "ncci" / gone).unlink()
    engine = engine_with(starter, tmp_path)
    said = judged(engine, lines=[{"procedure": "98941"}, {"procedure": "97140", "modifiers": ["59"]}])
    assert set(said) == {
        (edit.id, "reference-not-loaded") for edit in ncci.EDITS if tables.intersection(edit.needs)
    }
    assert tables.isdisjoint(engine.used.editions)


def test_a_damaged_edition_is_refused(tmp_path: Path) -> None:
    import_edition(tmp_path, "mue", [write(tmp_path, "mue-2026Q4.csv", mue_csv())], now=NOW)
    path = tmp_path / "mue" / f"2026Q4{SUFFIX}"
    whole = path.read_bytes()
    changed = bytearray(whole)
    changed[whole.index(b"Prescribing")] ^= 1
    for content in (bytes(changed), whole[:-100], b""):
        path.write_bytes(content)
        with pytest.raises(ImportRefused, match="is damaged: delete it and import that edition again"):
            read_ncci(LCD_DATA, tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("ptp.csv.gz", b"not packed", "ptp.csv.gz can't be read"),
        ("mue.csv", b"code,units,mai,rationale\n97110,six,3,x\n", "ncci/mue has a row that can't be read"),
        ("mue.csv", b"code,units\n97110,6\n", "mue.csv: the columns must be code, units, mai, rationale"),
        ("add_on.csv", b"add_on,type,primary\n64484,4,64483\n", "ncci/add_on has a row that can't be read"),
        ("starter.yaml", b"edition: 2024Q3\n", "starter.yaml: "),
        ("modifiers.yaml", b"edition: [\n", "modifiers.yaml: "),
    ],
)
def test_damaged_starter_tables(starter: Path, name: str, content: bytes, says: str) -> None:
    (starter / "ncci" / name).write_bytes(content)
    with pytest.raises(ImportRefused) as refused:
        read_ncci(starter, starter)
    assert says in str(refused.value)


def test_a_zip_of_all_parts(tmp_path: Path) -> None:
    whole = zipped({path.name: path.read_bytes() for path in ptp_parts(tmp_path / "parts")})
    kept, _ = import_edition(tmp_path / "editions", "ncci-ptp", [write(tmp_path, "all.zip", whole)], now=NOW)
    assert (kept.edition.name, len(kept.sources)) == ("2026Q4", 1)
    assert json.loads(msgspec.json.encode(kept))["edition"]["effective"] == "2026-10-01"
