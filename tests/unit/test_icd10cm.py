"""The ICD-10-CM code set: its importer, its lookups, and that one wrong code has one finding."""

import gzip
import itertools
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scrubber.claim import Claim, Payer, ServiceLine
from scrubber.edits import diagnosis
from scrubber.edits.guidance.regions import CODE_OF_LEVEL, REGIONS
from scrubber.edits.guidance.services import ADVANCED_SERVICES
from scrubber.engine import Engine
from scrubber.importers import ImportRefused
from scrubber.importers.icd10cm import read_icd10cm
from scrubber.importers.icd10cm_tabular import code_ranges
from scrubber.reference.icd10cm import CodeStatus, Icd10cm, in_ranges
from scrubber.rule import Defect

SPRING = date(2026, 3, 2)
WRONG_CODE_EDITS = tuple(edit for edit in diagnosis.EDITS if "DX301" <= edit.id <= "DX305")


@pytest.fixture(scope="module")
def table(engine: Engine) -> Icd10cm:
    loaded = engine.reference.icd10cm
    assert loaded is not None
    return loaded


# ---- status, dated


@pytest.mark.parametrize(
    ("code", "on", "status"),
    [
        ("M5381", date(2026, 3, 2), CodeStatus.BILLABLE),
        ("M5381", date(2015, 10, 1), CodeStatus.BILLABLE),
        ("M5381", date(2015, 9, 30), CodeStatus.NOT_IN_EFFECT),
        ("M5381", date(2030, 1, 1), CodeStatus.BILLABLE),
        ("M5389", date(2026, 3, 2), CodeStatus.UNKNOWN),
        ("M538", date(2026, 3, 2), CodeStatus.CATEGORY),
        ("M53", date(2026, 3, 2), CodeStatus.CATEGORY),
        ("M545", date(2021, 9, 30), CodeStatus.BILLABLE),
        ("M545", date(2021, 10, 1), CodeStatus.CATEGORY),
        ("M5450", date(2021, 9, 30), CodeStatus.NOT_IN_EFFECT),
        ("M5450", date(2021, 10, 1), CodeStatus.BILLABLE),
        ("T52811A", date(2026, 9, 30), CodeStatus.NOT_IN_EFFECT),
        ("T52811A", date(2026, 10, 1), CodeStatus.BILLABLE),
        ("T52811", date(2026, 9, 30), CodeStatus.NOT_IN_EFFECT),
        ("T52811", date(2026, 10, 1), CodeStatus.CATEGORY),
        ("S134", date(2026, 3, 2), CodeStatus.CATEGORY),
        ("S134XX", date(2026, 3, 2), CodeStatus.UNKNOWN),
        ("M50-M54", date(2026, 3, 2), CodeStatus.UNKNOWN),
        ("13", date(2026, 3, 2), CodeStatus.UNKNOWN),
        ("", date(2026, 3, 2), CodeStatus.UNKNOWN),
        ("é53", date(2026, 3, 2), CodeStatus.UNKNOWN),
    ],
)
def test_status_is_that_of_the_day(table: Icd10cm, code: str, on: date, status: CodeStatus) -> None:
    assert table.status(code, on) is status


def test_intervals_tell_when_a_code_became_a_category(table: Icd10cm) -> None:
    assert [(i.first, i.last, i.status) for i in table.intervals("M545")] == [
        (date(2015, 10, 1), date(2021, 9, 30), CodeStatus.BILLABLE),
        (date(2021, 10, 1), None, CodeStatus.CATEGORY),
    ]
    assert table.intervals("M5389") == ()


def test_no_code_is_two_things_on_one_day(table: Icd10cm) -> None:
    for code in table.codes():
        intervals = table.intervals(code)
        assert intervals, code
        for earlier, later in itertools.pairwise(intervals):
            assert earlier.last is not None, code
            assert earlier.last < later.first, code


def test_the_two_sources_agree_on_the_day_of_the_tabular_list(table: Icd10cm) -> None:
    on = date(2026, 4, 1)
    titled = [code for code in table.codes() if table.title(code) is not None]
    assert len(titled) > 46_000
    assert [code for code in titled if len(code) < 7 and table.status(code, on) is CodeStatus.UNKNOWN] == []
    billable = [code for code in table.codes() if table.billable(code, on)]
    assert [code for code in billable if table.title(code) is None] == []


# ---- hierarchy and titles


def test_titles(table: Icd10cm) -> None:
    assert table.title("M5381") == "Other specified dorsopathies, occipito-atlanto-axial region"
    assert table.title("S134XXA") == "Sprain of ligaments of cervical spine, initial encounter"
    assert table.title("T52811A") is None, "newer than the tabular list"
    assert table.title("M5389") is None
    assert table.title("M50-M54") == "Other dorsopathies (M50-M54)"
    assert str(table.title("13")).startswith("Diseases of the musculoskeletal system")


def test_hierarchy(table: Icd10cm) -> None:
    assert table.parent("M5381") == "M538"
    assert table.parent("S134XXA") == "S134"
    assert table.parent("M53") is None
    assert table.ancestors("M5381") == ("M538", "M53", "M50-M54", "M40-M54", "13")
    assert table.ancestors("M53") == ("M50-M54", "M40-M54", "13")
    assert table.children("M538", SPRING) == tuple(f"M538{digit}" for digit in range(9))
    assert table.siblings("M5381", SPRING) == ("M5380", *(f"M538{digit}" for digit in range(2, 9)))
    assert table.children("M545", date(2021, 9, 30)) == ()
    assert table.children("M545", date(2021, 10, 1)) == ("M5450", "M5451", "M5459")
    assert table.children("M5389", SPRING) == table.siblings("ZZZ", SPRING) == ()


def test_nearest_puts_the_unspecified_sibling_first(table: Icd10cm) -> None:
    assert table.nearest("M5389", SPRING) == tuple(f"M538{digit}" for digit in range(9))
    assert table.nearest("M5459X", SPRING) == ("M5459",)
    assert table.nearest("M54X", SPRING)[0] == "M549"
    assert table.nearest("7231", SPRING) == ()
    assert len(table.nearest("S72", SPRING)) == 10


def test_more_specific(table: Icd10cm) -> None:
    assert table.more_specific("M5380", SPRING) == tuple(f"M538{digit}" for digit in range(1, 9))
    assert table.more_specific("M25569", SPRING) == ("M25561", "M25562")
    assert table.more_specific("S93503A", SPRING) == ("S93501A", "S93502A")
    for alone in ("M5381", "J189", "I10", "M539", "T52811A"):
        assert table.more_specific(alone, SPRING) == ()


# ---- attributes


def test_attributes_are_dated(table: Icd10cm) -> None:
    assert "female" in table.attributes("N809", date(2024, 9, 30))
    assert table.attributes("N809", date(2024, 10, 1)) == frozenset()
    assert "female" in table.ever("N809")
    assert table.attributes("M5389", SPRING) == table.ever("M5389") == frozenset()


def test_the_lists_for_one_sex_ended_with_september_2024(table: Icd10cm) -> None:
    on = date(2024, 10, 1)
    assert not [c for c in table.codes() if not table.attributes(c, on).isdisjoint({"female", "male"})]


# ---- 7th characters


@pytest.mark.parametrize(
    ("code", "fault", "base", "allowed"),
    [
        ("S134", "missing", "S134", "ADS"),
        ("S134X", "missing", "S134", "ADS"),
        ("S134XX", "missing", "S134", "ADS"),
        ("S134XXX", "missing", "S134", "ADS"),
        ("S134A", "misplaced", "S134", "ADS"),
        ("S134XA", "misplaced", "S134", "ADS"),
        ("S134XXB", "not-allowed", "S134", "ADS"),
        ("M5381A", "not-allowed", "M5381", ""),
        ("M5381XA", "not-allowed", "M5381", ""),
        ("M542XXA", "not-allowed", "M542", ""),
    ],
)
def test_seventh_character_faults(table: Icd10cm, code: str, fault: str, base: str, allowed: str) -> None:
    found = table.seventh_character_fault(code, SPRING)
    assert found is not None
    assert (found.fault, found.base, found.allowed) == (fault, base, allowed)


@pytest.mark.parametrize(
    "code", ["S134XXA", "M5381", "M538", "M538A", "M5421", "S72", "S134XXAA", "M5389", "", "7231", "M5381Z"]
)
def test_faults_of_another_kind(table: Icd10cm, code: str) -> None:
    assert table.seventh_character_fault(code, SPRING) is None


def test_the_seventh_character_has_a_meaning(table: Icd10cm) -> None:
    assert table.seventh("S134XXD")["D"] == "subsequent encounter"
    assert table.seventh("M5381") == {}


# ---- notes


def test_excludes1_is_inherited_from_category_and_block(table: Icd10cm) -> None:
    own = table.excludes("M542", "M5020")
    assert own is not None
    assert own.carrier == "M542"
    inherited = table.excludes("M5450", "M5126")
    assert inherited is not None
    assert inherited.carrier == "M545"
    block = table.excludes("M5381", "M4641")
    assert block is not None
    assert block.carrier == "M50-M54"
    assert table.excludes("M5020", "M542") is None
    assert table.excludes("M9901", "M542") is None
    assert table.excludes("M5389", "M542") is None


def test_other_notes(table: Icd10cm) -> None:
    assert any(in_ranges("M5020", carried.note.ranges) for carried in table.excludes2("M531"))
    (note,) = table.code_first("D631")
    assert (note.carrier, note.note.required, note.note.open) == ("D631", True, False)
    (example,) = table.code_first("G992")
    assert example.note.required
    assert example.note.open
    assert not any(carried.note.required for carried in table.code_first("J189"))
    assert table.code_first("M5381") == ()


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("cervical disc disorder (M50.-)", [("M50", "M50")]),
        ("deforming dorsopathies (M40-M43)", [("M40", "M43")]),
        ("hypothyroidism (E00-E03)", [("E00", "E03")]),
        ("fracture of cervical vertebrae (S12.0-S12.3-)", [("S120", "S123")]),
        ("pain (G89.-, G90.-)", [("G89", "G89"), ("G90", "G90")]),
        ("low back strain (S39.012)", [("S39012", "S39012")]),
        ("helminthiasis (B65.0 -B83.9)", [("B650", "B839")]),
        ("gout (M1A.-, M10.-)", [("M1A", "M1A"), ("M10", "M10")]),
        ("anomalies (Q00-QA0)", [("Q00", "QA0")]),
        ("torticollis NOS M43.6", [("M436", "M436")]),
        ("tendinitis as classified in M75-M77", [("M75", "M77")]),
        ("other dietary vitamin B12 deficiency anemia (D51.3)", [("D513", "D513")]),
        ("G6PD deficiency (D55.0)", [("D550", "D550")]),
        ("current injury - see injury of spine by body region", []),
        ("hypertrophy (acquired)", []),
        ("diabetes mellitus (E08-E13 with .42)", []),
        ("open fracture (S92.-with 7th character B)", []),
    ],
)
def test_the_codes_a_note_names(text: str, ranges: list[tuple[str, str]]) -> None:
    assert list(code_ranges(text)) == ranges


def test_a_narrowed_range_is_taken_whole_on_demand() -> None:
    text = "poisoning, if applicable (T36-T65 with fifth or sixth character 1-4)"
    assert list(code_ranges(text, narrowed=True)) == [("T36", "T65")]


@pytest.mark.parametrize(
    ("code", "inside"),
    [
        ("M40", True),
        ("M4320", True),
        ("M43", True),
        ("M44", False),
        ("M39", False),
        ("L40", False),
        ("M4", False),
    ],
)
def test_a_range_holds_everything_below_its_ends(code: str, inside: bool) -> None:
    assert in_ranges(code, (("M40", "M43"),)) is inside


# ---- the importer


HEADER = "code,from,to,attributes\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("code,from\n", "line 1: the columns must be"),
        ("", "line 1: the columns must be"),
        (HEADER, "has no codes"),
        (f"{HEADER}M5381,2015-10-01\n", "line 2"),
        (f"{HEADER}M53.81,2015-10-01,,\n", "line 2: a code has three to seven letters and digits"),
        (f"{HEADER}M5381,20151301,,\n", "line 2"),
        (f"{HEADER}M5381,2015-09-30,,\n", "line 2: M5381: from must not lie before 2015-10-01"),
        (f"{HEADER}M5381,2016-10-01,2016-09-30,\n", "line 2: M5381: from must not lie"),
        (f"{HEADER}M5381,2015-10-01,,\nM5381,2020-10-01,,\n", "line 3: M5381: its intervals overlap"),
        (f"{HEADER}M5381,2015-10-01,,purple\n", "line 2"),
    ],
)
def test_a_damaged_file_is_refused_with_its_line(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "icd10cm_validity.csv.gz").write_bytes(gzip.compress(content.encode()))
    with pytest.raises(ImportRefused) as refused:
        read_icd10cm(tmp_path, tmp_path)
    assert says in str(refused.value)
    assert "icd10cm_validity.csv.gz" in str(refused.value)


# ---- one cause, one finding


KNOWN = st.sampled_from(
    [
        "M5381",
        "M538",
        "M53",
        "M545",
        "M5450",
        "S134",
        "S134XXA",
        "S72001A",
        "T52811A",
        "E08351",
        "M438X1",
        "O3140X1",
    ]
)
SLIPS = st.text(alphabet="0123456789ABDGSX.", max_size=3)
CODES = st.one_of(
    KNOWN,
    st.builds(lambda code, cut, slip: code[:cut] + slip, KNOWN, st.integers(1, 7), SLIPS),
    st.text(max_size=20),
)
DAYS = st.one_of(
    st.dates(date(2015, 10, 1), date(2027, 3, 31)),
    st.sampled_from(
        [date(2016, 9, 30), date(2016, 10, 1), date(2021, 9, 30), date(2021, 10, 1), date(2026, 9, 30)]
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(code=CODES, on=DAYS)
def test_a_code_that_cannot_be_billed_has_exactly_one_finding(engine: Engine, code: str, on: date) -> None:
    table = engine.reference.icd10cm
    assert table is not None
    line = ServiceLine(procedure="98940", service_date=on, charge=Decimal(45), diagnosis_pointers=(1,))
    claim = Claim(claim_id="T-1", payer=Payer(), lines=(line,), diagnoses=(code,))
    kept = claim.diagnoses[0]
    woken = [edit for edit in WRONG_CODE_EDITS if edit.triggers.diagnosis is not None]
    assert len(woken) == len(WRONG_CODE_EDITS)
    said = [
        (edit.id, found)
        for edit in woken
        if edit.triggers.diagnosis is not None and edit.triggers.diagnosis(kept, engine.reference)
        for found in edit.function(claim, engine.reference)
    ]
    assert all(isinstance(found, Defect) for _id, found in said)
    assert len(said) == (0 if table.billable(kept, on) else 1), said


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(code=CODES, other=CODES, on=st.dates())
def test_lookups_answer_anything(engine: Engine, code: str, other: str, on: date) -> None:
    table = engine.reference.icd10cm
    assert table is not None
    assert all(table.billable(near, on) for near in table.nearest(code, on))
    assert all(table.billable(better, on) for better in table.more_specific(code, on))
    table.excludes(code, other)
    table.attributes(code, on)
    assert (
        (table.status(code, on) is CodeStatus.UNKNOWN) == (code not in table) == (not table.intervals(code))
    )


# ---- guidance data


def test_the_regions_of_the_guidance_edits_are_those_of_the_code_set(table: Icd10cm) -> None:
    for code, region in REGIONS.items():
        words = str(table.title(code)).partition(", ")[2]
        assert words == (f"{region.level} region" if region.level not in {None, "sacral"} else words)
        for neighbour in (region.radiculopathy, region.deformity):
            assert table.billable(neighbour, SPRING), neighbour
            assert str(table.title(neighbour)).partition(", ")[2] == words or region.level is None, neighbour
        for category in (*region.discs, *region.injuries):
            assert table.status(category, SPRING) is CodeStatus.CATEGORY, category
    assert len(CODE_OF_LEVEL) == 8
    assert table.billable("M530", SPRING)


def test_advanced_services_are_procedure_codes() -> None:
    assert all(len(code) == 5 and code.isdigit() for code in ADVANCED_SERVICES)
