"""A rule as an edit: what wakes it, what it says, its page, and how the service and the command line take it in."""

import json
from dataclasses import replace
from pathlib import Path
from shutil import copy, copytree, ignore_patterns
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from scrubber.bootstrap import build
from scrubber.claim import Claim
from scrubber.cli.main import scrubber
from scrubber.edits.catalog import RULESET
from scrubber.engine import scrub
from scrubber.payers import compile_rule
from scrubber.payers.subjects import SUBJECTS
from scrubber.reference import UNKNOWN_PAYER
from scrubber.rule import Edit
from scrubber.rule.triggers import Codes
from scrubber.settings import Settings, shipped
from tests.unit.payer_rules.made import CODES, PAYERS, read, rule_file

ACME, MEDICARE, *CONTRACTORS = PAYERS.profiles
AT: dict[str, Any] = {"line.modifiers": {"any_of": ["AT"]}}


def compiled(directory: Path, when: dict[str, Any], require: dict[str, Any], **rest: Any) -> Edit:
    version = {"effective": "2026-01-01", "when": {"payer.profile": "acme"} | when, "require": require}
    (rule,) = read(directory, rule_file([version], **rest))
    return compile_rule(rule)


@pytest.mark.parametrize(
    ("when", "require", "procedure", "diagnosis", "modifier"),
    [
        ({}, AT, None, None, None),
        ({"line.procedure": "98940"}, AT, {"98940"}, None, None),
        ({}, {"line.procedure": {"not_in": ["98940", "98941"]}}, {"98940", "98941"}, None, None),
        ({}, {"not": {"claim.procedures": {"any_of": ["97140"]}}}, {"97140"}, None, None),
        ({}, {"line.modifiers": {"none_of": ["GA"]}}, None, None, {"GA"}),
        (
            {"line.diagnoses": {"any_of": ["M54.2"]}, "line.modifiers": {"any_of": ["AT"]}},
            AT,
            None,
            {"M542"},
            None,
        ),
        (
            {"any": [{"line.procedure": "98940"}, {"line.modifiers": {"any_of": ["25"]}}]},
            AT,
            {"98940"},
            None,
            {"25"},
        ),
        ({"any": [{"line.procedure": "98940"}, {"line.units": {"at_least": 2}}]}, AT, None, None, None),
        ({"all": [{"line.procedure": "98940"}, {"line.units": {"at_least": 2}}]}, AT, {"98940"}, None, None),
        # A primary diagnosis may be missing; the rule then is not evaluated, and must be woken to say so.
        ({"line.primary_diagnosis": "M54.2"}, AT, None, None, None),
    ],
)
def test_codes_that_wake_a_rule(
    tmp_path: Path,
    when: dict[str, Any],
    require: dict[str, Any],
    procedure: set[str] | None,
    diagnosis: set[str] | None,
    modifier: set[str] | None,
) -> None:
    triggers = compiled(tmp_path, when, require).triggers
    assert (triggers.procedure, triggers.diagnosis, triggers.modifier) == (procedure, diagnosis, modifier)
    assert all(isinstance(test, Codes | None) for test in (triggers.procedure, triggers.diagnosis))


def test_a_range_wakes_by_every_code_in_it(tmp_path: Path) -> None:
    ranged = {"claim.diagnoses": {"in_range": ["M40", "M54"]}}
    test = compiled(tmp_path, ranged, AT).triggers.diagnosis
    assert test is not None
    asked = ("M3999", "M40", "M5489", "M55", "S134XXA")
    assert [test(code, None) for code in asked] == [False, True, True, False, False]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("when", "concerned"),
    [
        ({}, (True, False, False)),
        ({"payer.profile": {"in": ["acme", "medicare"]}}, (True, True, False)),
        ({"payer.profile": {"not_in": ["medicare"]}}, (True, False, True)),
        ({"payer.id": {"equals": "60054"}, "payer.profile": {"present": True}}, (True, True, True)),
    ],
)
def test_payers_that_wake_a_rule(tmp_path: Path, when: dict[str, Any], concerned: tuple[bool, ...]) -> None:
    payer = compiled(tmp_path, when, AT).triggers.payer
    assert payer is not None
    assert tuple(map(payer, (ACME, MEDICARE, UNKNOWN_PAYER))) == concerned


@pytest.mark.parametrize(
    ("when", "severity", "concerned"),
    [
        ({}, "deny", False),
        ({}, "reject", True),
        ({"claim.frequency_code": {"in": ["7", "8"]}}, "deny", True),
    ],
)
def test_a_void_concerns_a_rule_that_rejects_or_asks_for_it(
    tmp_path: Path, when: dict[str, Any], severity: str, concerned: bool
) -> None:
    assert compiled(tmp_path, when, AT, severity=severity).concerns_voids is concerned


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """The payers that are shipped without their rules, another one, and one good rule of it."""
    rules = tmp_path / "rules"
    copytree(shipped("payer_rules"), rules, ignore=ignore_patterns("*-*.yaml"))
    read(rules)
    (rules / "acme" / "payer.yaml").write_text(
        "id: acme\nname: Acme Health\nprogram: commercial\nrecognised_by: [{payer_ids: ['60054']}]\n"
    )
    copy(Path(__file__).parent / "payer_rules" / "good.yaml", rules / "acme" / NAME)
    return rules


NAME = "ACM-001-manipulation-without-modifier.yaml"
CLAIM = {
    "claim_id": "T-1",
    "payer": {"id": "60054"},
    "place_of_service": "11",
    "diagnoses": ["M99.01"],
    "lines": [
        {"procedure": "98940", "service_date": "2026-07-02", "charge": "45.00", "diagnosis_pointers": [1]}
    ],
}


def test_the_service_has_the_rules_and_its_results_name_them(directory: Path, settings: Settings) -> None:
    plain = build(settings).engine
    built = build(replace(settings, payer_rules_dir=directory))
    assert "ACM-001" in {edit.id for edit in built.catalog}
    assert built.engine.ruleset.startswith(f"{RULESET}+")
    assert built.engine.ruleset != plain.ruleset
    result = scrub(built.engine, msgspec.convert(CLAIM, Claim, strict=False))
    (finding,) = [one for one in result.findings if one.edit == "ACM-001"]
    assert result.ruleset == built.engine.ruleset
    assert finding.message == "98940 on 2026-07-02 has none, not AT."
    assert finding.pointer == "/lines/0/modifiers"
    assert finding.advice.text == "Look into the record of 2026-07-02."
    assert finding.because == {
        "payer.profile": "acme",
        "line.procedure": "98940",
        "line.modifiers": "none",
        "line.place_of_service": "11",
        "service_date": "2026-07-02",
    }
    assert finding.citation.edition == "read 2026-11-20"


def run(*arguments: str | Path, directory: Path) -> tuple[int, str]:
    result = CliRunner().invoke(
        scrubber, list(map(str, arguments)), env={"SCRUBBER_PAYER_RULES_DIR": str(directory)}
    )
    return result.exit_code, result.output


def test_rules_are_explained_like_any_edit(directory: Path) -> None:
    code, page = run("explain", "acm-001", directory=directory)
    page = " ".join(page.split())
    assert code == 0
    assert "line.procedure is in the code set manipulations and line.modifiers has none of GA, GY" in page
    assert "Such as: the first day; after it." in page
    code, listed = run("edits", "--format", "json", directory=directory)
    assert "ACM-001" in [page["id"] for page in json.loads(listed)]


def test_lint_and_test(directory: Path) -> None:
    assert run("rules", "lint", directory=directory) == (0, "1 rule well-formed\n")
    assert run("rules", "test", directory, directory=directory) == (0, "1 rule, 7 cases, 0 wrong\n")
    file = directory / "acme" / NAME
    file.write_text(file.read_text().replace("modifiers: [AT]}, passes", "modifiers: [GX]}, passes"))
    code, told = run("rules", "test", directory=directory)
    assert code == 1
    assert f"acme/{NAME}:32: with AT: expected passes, and the rule says: 98941 on 2026-01-01 has GX" in told
    file.write_text(file.read_text().replace("severity: deny", "severity: denied"))
    code, told = run("rules", "lint", directory=directory)
    assert code == 1
    assert told.startswith(f"acme/{NAME}:4:11: severity: expected one of reject")


def test_a_new_rule_is_well_formed_and_never_writes_over_another(directory: Path) -> None:
    code, told = run("rules", "new", "acme", "ACM-002", "x-ray-too-old", directory=directory)
    assert (code, Path(told.strip()).name) == (0, "ACM-002-x-ray-too-old.yaml")
    assert run("rules", "test", directory=directory) == (0, "2 rules, 10 cases, 0 wrong\n")
    for payer, rule_id, name in (("nobody", "ACM-003", "x"), ("acme", "ACM-002", "y"), ("acme", "acm3", "x")):
        assert run("rules", "new", payer, rule_id, name, directory=directory)[0] == 2
    assert len(list(directory.glob("acme/ACM-*.yaml"))) == 2
    assert not list(directory.glob("acme/acm3*"))


def test_a_message_never_says_who_the_patient_is() -> None:
    private = {name for name in SUBJECTS if name.startswith("patient.") or "authorization" in name}
    assert private
    assert not any(SUBJECTS[name].shown for name in private)
    assert {subject.notation.name for subject in SUBJECTS.values() if subject.notation} == CODES.keys()


def test_a_long_list_is_not_spelt_out(tmp_path: Path) -> None:
    codes = [f"{code}" for code in range(97110, 97130)]
    edit = compiled(tmp_path, {"line.procedure": {"in": codes}}, AT)
    assert edit.triggers.says == (
        "payer.profile is acme and line.procedure is one of 97110, 97111, 97112, 97113, 97114, 97115, 97116, 97117 "
        "and 12 others, for services from 2026-01-01"
    )
