"""Articles of the Medicare Coverage Database in by the command line, and seen by the coverage edits."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scrubber.claim import Claim
from scrubber.edits import coverage
from scrubber.engine import Engine, build_engine, scrub
from scrubber.importers.carried_articles import Carried, read_carried
from scrubber.importers.coverage import read_articles, read_coverage
from scrubber.importers.editions import import_edition
from scrubber.importers.jurisdictions import read_jurisdictions
from scrubber.importers.payers import read_payers
from scrubber.importers.snapshot import open_snapshot
from scrubber.reference import Sections, pack_sections, read_snapshot
from scrubber.reference.coverage import Article
from scrubber.settings import shipped
from tests.edits.cases import base_claim, merged
from tests.risks import no_risk
from tests.services import PATIENCE
from tests.unit.mcd_files import Told, export, write_export

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SCRUBBER = Path(sys.executable).with_name("scrubber")
LCD_DATA = shipped("lcd_data")
CONVERTED = Path(
    os.environ.get("COVERAGE_ARTICLES")
    or Path(__file__).parents[3] / "shared" / "data" / "coverage" / "articles"
)
WPS = [("9", "05102"), ("8", "05901")]
SINGLE = Told(
    id=90001, contracts=WPS, procedures={1: ["33208"]}, covered={1: ["I44.2"]}, effective="2026-04-01"
)
SEVERAL = Told(
    id=90002,
    contracts=WPS,
    procedures={1: ["33207"], 2: ["33206"]},
    covered={1: ["I44.2"]},
    effective="2026-04-01",
)
CHIROPRACTIC = Told(
    id=56273,
    version=29,
    contracts=WPS,
    effective="2026-10-15",
    procedures={1: ["98940", "98941", "98942"], 2: ["98943"]},
    covered={1: ["M99.01"], 2: ["M54.2"], 3: ["M53.81"], 4: ["M48.02"]},
)


def judged(engine: Engine, **difference: Any) -> list[tuple[str, str]]:
    """What is said of a Medicare claim from Iowa: edit and severity, or edit and why it is not evaluated."""
    claim = msgspec.convert(merged(base_claim(), difference), Claim, strict=False)
    result = scrub(engine, claim)
    return [
        *((finding.edit, str(finding.severity)) for finding in result.findings),
        *((said.edit, str(said.reason)) for said in result.not_evaluated),
    ]


def line(procedure: str, day: str) -> list[dict[str, Any]]:
    return [{"procedure": procedure, "service_date": day, "diagnosis_pointers": [1]}]


def engine_of(editions: Path) -> Engine:
    """The coverage edits over the articles alone: the other tables take long to build and are not needed."""
    sections, labels = read_coverage(LCD_DATA, editions)
    places, place_labels = read_jurisdictions(LCD_DATA, editions)
    content = memoryview(pack_sections(sections | places, labels | place_labels))
    snapshot = read_snapshot(Sections(content), read_payers(shipped("payer_rules")), date(2026, 11, 22))
    return build_engine(coverage.EDITS, snapshot, "test", assess=no_risk)


def test_by_the_command_line(tmp_path: Path) -> None:
    home = {**os.environ, "SCRUBBER_DATA_DIR": str(tmp_path / "data")}

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [SCRUBBER, "reference", *arguments]
        return subprocess.run(
            command, capture_output=True, check=False, timeout=PATIENCE, text=True, env=home
        )

    download = write_export(tmp_path / "current_article.zip", SINGLE, SEVERAL, CHIROPRACTIC)
    done = run("import", "mcd", download)
    assert (done.returncode, done.stderr) == (0, "")
    assert "imported  mcd 2026-11-19, 13 rows" in done.stdout
    shown = run("show").stdout
    assert "edition  coverage: 2026-11-19\n" in shown
    assert "imported mcd 2026-11-19: 13 rows" in shown
    assert "current_article.zip (" in shown
    bomb = tmp_path / "bomb.zip"
    bomb.write_bytes(export({"article.csv": b"0" * 60_000_000}))
    refused = run("import", "mcd", bomb)
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert "200 times its size" in refused.stderr
    assert run("show").stdout.split("opened")[0] == shown.split("opened")[0]
    snapshot = open_snapshot(
        next((tmp_path / "data").rglob("current")).parent,
        read_payers(shipped("payer_rules")),
        date(2026, 11, 22),
    )
    engine = build_engine(coverage.EDITS, snapshot, "test", assess=no_risk)
    assert ("COV701", "deny") in judged(engine, lines=line("33208", "2026-10-20"), diagnoses=["M542"])
    assert engine.used.editions["coverage"] == "2026-11-19"


def test_lists_hold_from_the_day_the_export_says(tmp_path: Path) -> None:
    single = replace(SINGLE, ends={"article_end_date": "2026-10-31"})
    path = write_export(tmp_path / "current_article.zip", single, SEVERAL)
    import_edition(tmp_path / "editions", "mcd", [path], now=NOW)
    engine = engine_of(tmp_path / "editions")
    for day, said in (
        ("2026-03-31", [("COV706", "outside-edition")]),
        ("2026-04-01", [("COV701", "deny")]),
        ("2026-10-31", [("COV701", "deny")]),
        ("2026-11-01", []),
    ):
        assert judged(engine, lines=line("33208", day), diagnoses=["M542"]) == said
    assert judged(engine, lines=line("33208", "2026-04-01"), diagnoses=["I442"]) == []
    for procedure in ("33206", "33207"):
        for diagnosis in ("M542", "I442"):
            assert judged(engine, lines=line(procedure, "2026-04-01"), diagnoses=[diagnosis]) == [
                ("COV706", "relation-not-stated")
            ]


def test_the_service_date_picks_the_revision(tmp_path: Path) -> None:
    """M53.81 is in no group of the carried version, and in one of the imported version."""
    path = write_export(tmp_path / "current_article.zip", CHIROPRACTIC)
    import_edition(tmp_path / "editions", "mcd", [path], now=NOW)
    engine = engine_of(tmp_path / "editions")

    def of(day: str, *diagnoses: str) -> list[tuple[str, str]]:
        pointers = list(range(1, len(diagnoses) + 1))
        lines = [
            {"procedure": "98941", "service_date": day, "modifiers": ["AT"], "diagnosis_pointers": pointers}
        ]
        return judged(engine, lines=lines, diagnoses=list(diagnoses))

    assert of("2026-10-14", "M9901", "M5381") == [("COV703", "deny")]
    assert of("2026-10-15", "M9901", "M5381") == []
    # Its paragraphs are not those the relation was read from, so what denied before is a review.
    assert of("2026-10-14", "M542", "M9901") == [("COV702", "deny")]
    assert of("2026-10-15", "M542", "M9901") == [("COV702", "review")]


# ---- the articles as another program converted them from the real export


def converted() -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8"))[0] for path in sorted(CONVERTED.glob("*.json"))]


def told_of(record: dict[str, Any], carried: Carried, version: int) -> Told:
    """A converted article back in the layout of the export: its paragraphs as HTML, escaped once more."""
    starred = set(record["asterisked"])
    names = {"codes": "procedure", "covered": "covered", "noncovered": "noncovered"}
    return Told(
        id=int(record["id"]),
        version=version,
        title=record["title"],
        effective="",
        contracts=[("9", number) for number in carried.article.contracts] + [("8", "05901")],
        procedures={int(group): codes for group, codes in record["codes"].items()},
        covered={
            int(group): [f"{code}*" if code in starred else code for code in codes]
            for group, codes in record["covered"].items()
        },
        noncovered={int(group): codes for group, codes in record["noncovered"].items()},
        paragraphs={
            (names[name], int(group)): f"<p>{paragraph}</p>"
            for name, paragraphs in record["paragraphs"].items()
            for group, paragraph in paragraphs.items()
        },
    )


def differences(article: Article, carried: Article) -> Iterator[str]:
    for name in ("procedures", "covered", "noncovered", "contracts", "relations", "seventh_characters"):
        ours, theirs = getattr(carried, name), getattr(article, name)
        if ours != theirs:
            yield f"{article.ref.id} {name}: {ours!r} is not {theirs!r}"


@pytest.mark.skipif(
    not CONVERTED.is_dir(),
    reason="the converted articles are not here (name their folder in COVERAGE_ARTICLES)",
)
@pytest.mark.parametrize("later", [0, 1], ids=["the same version", "the next version"])
def test_the_carried_articles_are_those_of_the_export(tmp_path: Path, later: int) -> None:
    """Every list is the same; a version more with the same paragraphs leaves every relation as it is stated."""
    carried = read_carried(LCD_DATA)
    told = [
        told_of(record, carried[f"A{record['id']}"], int(record["version"]) + later) for record in converted()
    ]
    path = write_export(tmp_path / "current_article.zip", *told, day=date(2026, 9, 28))
    import_edition(tmp_path / "editions", "mcd", [path], now=NOW)
    newest = {one.ref.id: one for one in read_articles(LCD_DATA, tmp_path / "editions")}
    before = {one.ref.id: one for one in read_articles(LCD_DATA, tmp_path / "none")}
    assert len(told) == 56
    assert [
        difference for one in told for difference in differences(newest[f"A{one.id}"], before[f"A{one.id}"])
    ] == []
