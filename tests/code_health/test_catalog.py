"""What every edit of the catalogue owes its users."""

import csv
import re
from pathlib import Path

import pytest
import yaml

from scrubber.edits.catalog import EDITS
from scrubber.rule import Edit, page_of

CASES = Path(__file__).parents[1] / "edits"
LCD_DATA = Path(__file__).parents[2] / "lcd_data"
FAMILY_OF = {
    "CLM": "claim_form", "DTE": "dates", "DX": "diagnosis", "COV": "coverage",
    "CHI": "chiropractic", "GDE": "guidance", "DUP": "duplicates", "GLB": "global_period",
    "FRQ": "frequency",
    "PTP": "ncci", "MUE": "ncci", "AOC": "ncci", "PX": "procedure", "MOD": "modifiers",
}  # fmt: skip

EXPECTED = {
    *(f"CLM{number}" for number in range(101, 122)),
    *(f"DTE{number}" for number in range(201, 207)),
    *(f"DX{number}" for number in range(301, 316)),
    *(f"COV{number}" for number in range(701, 709)),
    *(f"CHI{number}" for number in range(801, 811)),
    *(f"GDE{number}" for number in range(901, 911)),
    *(f"PX{number}" for number in range(401, 406)),
    *(f"MOD{number}" for number in range(501, 509)),
    *("PTP601", "PTP602", "MUE611", "AOC621"),
    *("DUP951", "DUP952", "DUP953", "FRQ961", "GLB971"),
}

each_edit = pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.id)


def test_the_catalogue_is_complete_and_its_ids_and_names_are_unique() -> None:
    assert {edit.id for edit in EDITS} == EXPECTED
    assert len({edit.name for edit in EDITS}) == len(EDITS) == len(EXPECTED)


@each_edit
def test_an_edit_has_its_page(edit: Edit) -> None:
    page = page_of(edit)
    assert page.summary.endswith(".")
    assert len(page.summary) <= 160
    assert re.fullmatch(r"[a-z0-9-]+", edit.name)
    assert edit.citation.url.startswith("https://")
    assert edit.citation.title


@each_edit
def test_an_edit_stands_in_a_module_of_its_own_in_its_familys_folder(edit: Edit) -> None:
    module = edit.function.__module__
    assert module.startswith(f"scrubber.edits.{FAMILY_OF[edit.family]}.")
    assert [other.id for other in EDITS if other.function.__module__ == module] == [edit.id]


@each_edit
def test_an_edit_has_a_case_that_fires_and_one_that_stays_quiet(edit: Edit) -> None:
    path = CASES / FAMILY_OF[edit.family] / f"{edit.id}.yaml"
    content = yaml.safe_load(path.read_text())
    assert content["edit"] == edit.id
    fires = [case for case in content["cases"] if "fails" in case or "not_evaluated" in case]
    quiet = [case for case in content["cases"] if "passes" in case or "not_applicable" in case]
    assert fires
    assert quiet


def test_no_case_file_is_without_its_edit() -> None:
    assert {path.stem for path in CASES.glob("*/*.yaml")} == {edit.id for edit in EDITS}


def test_every_predicted_code_is_in_the_lists_of_x12() -> None:
    with (LCD_DATA / "adjustment_codes.csv").open() as file:
        known = {(row["kind"], row["code"]) for row in csv.DictReader(file)}
    for edit in EDITS:
        codes = {("RARC", code) for code in edit.rarc}
        if edit.carc:
            assert edit.carc[0] in {"CO", "PR", "OA", "PI"}, edit.id
            codes.add(("CARC", edit.carc[1]))
        assert codes <= known, edit.id
