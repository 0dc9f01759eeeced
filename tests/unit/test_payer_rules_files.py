"""Reading rule files: the good one, and what each broken one is answered with."""

import json
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from shutil import copy
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scrubber.importers.payer_rules import RulesRefused, read_rules
from scrubber.importers.yaml_sheet import LARGEST
from scrubber.payers import compile_rule, digest_of
from scrubber.payers.cases import wrong_cases
from scrubber.rule import page_of
from scrubber.settings import shipped
from tests.unit.payer_rules.made import PAYERS, read, rule_file

HERE = Path(__file__).parent / "payer_rules"
GOOD = HERE / "good.yaml"
GOOD_HISTORY = HERE / "good_history.yaml"
NAME = "ACM-001-manipulation-without-modifier.yaml"
EXPECTED = json.loads((HERE / "broken.json").read_text())
SCHEMA = json.loads((shipped("payer_rules") / "schema.json").read_text())


def faults(directory: Path, file: Path, name: str = NAME) -> list[str]:
    """What is wrong with a file that is put where rules are."""
    read(directory)
    copy(file, directory / "acme" / name)
    with pytest.raises(RulesRefused) as refused:
        read_rules(directory, PAYERS)
    assert str(refused.value).startswith(str(refused.value.faults[0]))
    return [f"{fault.line}:{fault.column}: {fault.text}" for fault in refused.value.faults]


@pytest.mark.parametrize("file", sorted((HERE / "broken").iterdir()), ids=lambda path: path.stem)
def test_a_broken_file_gives_the_exact_error(tmp_path: Path, file: Path) -> None:
    assert faults(tmp_path, file) == EXPECTED[file.stem]


def test_every_broken_file_is_there() -> None:
    assert {file.stem for file in (HERE / "broken").iterdir()} == EXPECTED.keys()


def test_the_good_file_is_read_and_its_cases_hold(tmp_path: Path) -> None:
    read(tmp_path)
    copy(GOOD, tmp_path / "acme" / NAME)
    (rule,) = read_rules(tmp_path, PAYERS)
    assert wrong_cases(rule, PAYERS) == []
    assert [str(version.ends) for version in rule.versions] == ["2026-06-30", "None"]


def test_a_rule_over_claim_history_has_cases_with_history(tmp_path: Path) -> None:
    read(tmp_path)
    path = tmp_path / "acme" / "ACM-002-visits-beyond-the-benefit.yaml"
    path.write_text(GOOD_HISTORY.read_text())
    (rule,) = read_rules(tmp_path, PAYERS)
    assert wrong_cases(rule, PAYERS) == []
    assert (
        "history.visits of 98940, 98941 in the calendar year is at most 3"
        in page_of(compile_rule(rule)).fails
    )
    path.write_text(
        GOOD_HISTORY.read_text().replace(
            "third visit, on: 2026-03-02, passes: true", "third, on: 2026-03-02, fails: line.units"
        )
    )
    (rule,) = read_rules(tmp_path, PAYERS)
    ((_, told),) = wrong_cases(rule, PAYERS)
    assert told == "expected to fail at line.units, and the rule says: passes"
    path.write_text(
        GOOD_HISTORY.read_text()
        .replace("2026-03-01]}]}", "2026-03-01]}], passes: true}")
        .replace("fails: history.visits, ", "")
    )
    with pytest.raises(RulesRefused, match="none fails in the version of 2026-01-01"):
        read_rules(tmp_path, PAYERS)


def test_a_case_that_does_not_hold_is_told(tmp_path: Path) -> None:
    read(tmp_path)
    wrong = GOOD.read_text().replace('{place_of_service: "12"}', '{place_of_service: "11"}')
    (tmp_path / "acme" / NAME).write_text(wrong)
    (rule,) = read_rules(tmp_path, PAYERS)
    ((case, told),) = wrong_cases(rule, PAYERS)
    assert (case.name, case.row) == ("at home", 35)
    assert told == "expected passes, and the rule says: 98940 on 2026-07-01 has none, not AT."


def test_all_faults_of_all_files_are_told_and_no_rule_is_read(tmp_path: Path) -> None:
    read(tmp_path)
    copy(GOOD, tmp_path / "acme" / NAME)
    copy(HERE / "broken" / "tab.yaml", tmp_path / "acme" / "ACM-002-tab.yaml")
    copy(HERE / "broken" / "code-twice.yaml", tmp_path / "acme" / "ACM-003-twice.yaml")
    copy(GOOD, tmp_path / "acme" / "ACM-004-suffix.yml")
    (tmp_path / "sets" / "bad.yaml").write_text("name: good\nkind: procedure\ncodes: ['1']\n")
    with pytest.raises(RulesRefused) as refused:
        read_rules(tmp_path, PAYERS)
    assert [(fault.file, fault.line) for fault in refused.value.faults] == [
        ("acme/ACM-002-tab.yaml", 12),
        ("acme/ACM-003-twice.yaml", 1),  # it is not named as its id
        ("acme/ACM-003-twice.yaml", 1),  # the id is taken
        ("acme/ACM-003-twice.yaml", 16),
        ("acme/ACM-004-suffix.yml", 1),
        ("sets/bad.yaml", 1),
        ("sets/bad.yaml", 1),
        ("sets/bad.yaml", 3),
    ]


def test_an_id_is_given_once(tmp_path: Path) -> None:
    version = {
        "effective": "2026-01-01",
        "when": {"payer.profile": "acme"},
        "require": {"line.procedure": {"not_in": ["98943"]}},
    }
    with pytest.raises(RulesRefused, match="the id ACM-001 is taken by acme/ACM-001-made-up"):
        read(tmp_path, rule_file([version]), rule_file([version], name="made-up-again"))


def test_a_folder_without_a_payer_has_no_rules(tmp_path: Path) -> None:
    (tmp_path / "nobody").mkdir()
    copy(GOOD, tmp_path / "nobody" / NAME)
    with pytest.raises(RulesRefused, match=r"the folder nobody has no payer\.yaml"):
        read_rules(tmp_path, PAYERS)


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    huge = tmp_path / "huge.yaml"
    huge.write_text("#" * (LARGEST + 1))
    assert faults(tmp_path, huge) == ["1:1: expected at most 256 KiB in a file"]


@settings(max_examples=80)
@given(st.data())
def test_whatever_stands_in_a_file_is_read_or_refused(data: st.DataObject) -> None:
    text = GOOD.read_text()
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, min(begin + 60, len(text))))
    piece = st.text(max_size=8) | st.sampled_from(["{", "}", "[a]", "{[a]: b}", "~", ": ", "\n", "1", "- "])
    with tempfile.TemporaryDirectory() as directory:
        read(Path(directory))
        file = Path(directory, "acme", NAME)
        file.write_bytes((text[:begin] + data.draw(piece) + text[end:]).encode(errors="surrogatepass"))
        with suppress(RulesRefused):
            for rule in read_rules(Path(directory), PAYERS):
                page_of(compile_rule(rule))
                wrong_cases(rule, PAYERS)


def test_the_later_version_in_the_guide_is_one(tmp_path: Path) -> None:
    """The rest of the guide is walked in tests/integration/test_payer_rules_guide.py."""
    guide = (Path(__file__).parents[2] / "docs" / "guide" / "payer-rules.md").read_text()
    blocks = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    _payer, rule, later = [yaml.load(block, Loader=_Text) for block in blocks]  # noqa: S506 - a safe loader
    (read_rule,) = read(tmp_path, rule_file([*rule["versions"], *later]))
    assert [version.effective.month for version in read_rule.versions] == [1, 7]


def test_the_digest_is_of_what_the_rules_say(tmp_path: Path) -> None:
    def digest(text: str) -> str:
        (tmp_path / "acme" / NAME).write_text(text)
        return digest_of(read_rules(tmp_path, PAYERS))

    read(tmp_path)
    good = GOOD.read_text()
    assert digest(good) == digest("# a note\n" + good.replace("name: with AT", "name: AT is there"))
    assert digest(good) != digest(good.replace('98940"]', '98941"]'))


class _Text(yaml.SafeLoader):
    """YAML 1.2, as editors read it: dates and ``on`` are text."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - declared so by the class it stands in for
        first: [one for one in resolvers if one[0].rpartition(":")[2] not in ("timestamp", "bool")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Text.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), list("tf"))

NOT_FOR_A_SCHEMA = {
    "bomb", "bracket-open", "brace-alone", "control-character", "empty", "ends-before-it-begins", "key-twice",
    "nested-too-deep", "no-case-the-day-before", "no-failing-case", "not-utf-8", "payer-not-named", "payer-unknown",
    "placeholder-not-for-messages", "placeholder-unknown", "range-backwards", "set-of-another-kind", "set-unknown",
    "tab", "tag", "two-documents", "versions-overlap", "anchor-and-alias", "case-misspelt-field",
    "history-asked-in-several-ways", "history-of-set-unknown",
}  # fmt: skip
"""What no schema can see, or its editor says by other means."""


def test_the_schema_agrees_with_the_reader() -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    validator.check_schema(SCHEMA)
    for good in (GOOD, GOOD_HISTORY):
        assert list(validator.iter_errors(_loaded(good))) == []
    for file in sorted((HERE / "broken").iterdir()):
        if file.stem not in NOT_FOR_A_SCHEMA:
            assert not validator.is_valid(_loaded(file)), file.stem


def _loaded(file: Path) -> Any:
    return yaml.load(file.read_text(), Loader=_Text)  # noqa: S506 - a safe loader
