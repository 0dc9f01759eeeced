"""The committed coverage data: its form, its inner agreement, and facts a biller can check by eye."""

import csv
import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

LCD_DATA = Path(__file__).resolve().parents[2] / "lcd_data"
ARTICLES = sorted(folder.name for folder in (LCD_DATA / "articles").iterdir())
LISTS = ("procedure", "covered", "noncovered")
ICD = re.compile(r"[A-Z][0-9A-Z]{2}(\.[0-9A-Z]{1,4})?")
PROCEDURE = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
WITHOUT_CODES = {"A58345", "A58412"}

Row = dict[str, str]


def rows_of(name: str) -> list[Row]:
    path = LCD_DATA / name
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    assert b"\r" not in text, f"{name} has CR line ends"
    return list(csv.DictReader(text.decode().splitlines()))


@cache
def codes(name: str) -> tuple[tuple[str, int, str, str], ...]:
    rows = rows_of(f"articles/{name}/codes.csv")
    return tuple((row["list"], int(row["group"]), row["code"], row["starred"]) for row in rows)


def plain(value: Any) -> Any:
    """YAML as JSON sees it: dates as text."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


@cache
def article(name: str) -> Any:
    return plain(yaml.safe_load((LCD_DATA / "articles" / name / "article.yaml").read_text(encoding="utf-8")))


@cache
def zips() -> dict[str, Row]:
    expanded: dict[str, Row] = {}
    for row in rows_of("zip_contracts.csv"):
        for number in range(int(row["first"]), int(row["last"]) + 1):
            assert f"{number:05}" not in expanded, f"ZIP {number:05} twice"
            expanded[f"{number:05}"] = row
    return expanded


@cache
def schema() -> Any:
    return json.loads((LCD_DATA / "schema.json").read_text(encoding="utf-8"))


def relations(name: str, rule: str) -> list[Any]:
    return [relation for relation in article(name)["relations"] if relation["rule"] == rule]


def groups_with(name: str, code: str) -> set[int]:
    return {group for kind, group, listed, _ in codes(name) if kind == "covered" and listed == code}


def codes_in(name: str, kind: str, group: int | None = None) -> list[str]:
    return [code for listed, number, code, _ in codes(name) if listed == kind and group in (None, number)]


# form


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


def test_there_are_58_articles() -> None:
    assert len(ARTICLES) == 58


@pytest.mark.parametrize("name", ARTICLES)
def test_article_fits_the_schema(name: str) -> None:
    errors = Draft202012Validator(schema()).iter_errors(article(name))
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


@pytest.mark.parametrize("name", ARTICLES)
def test_id_version_and_address_agree(name: str) -> None:
    record = article(name)
    assert record["id"] == name
    assert record["source"]["url"].endswith(f"articleId={name[1:]}")
    assert record["source"]["title"].endswith(f"article {name} version {record['version']}")


@pytest.mark.parametrize("name", ARTICLES)
def test_keys_stand_in_the_order_of_the_schema(name: str) -> None:
    order = list(schema()["properties"])
    assert list(article(name)) == [key for key in order if key in article(name)]


@pytest.mark.parametrize("name", ARTICLES)
def test_code_rows_are_sorted_and_unique(name: str) -> None:
    keys = [(LISTS.index(kind), group, code) for kind, group, code, _ in codes(name)]
    assert keys == sorted(keys)
    assert [key for key, count in Counter(keys).items() if count > 1] == []


@pytest.mark.parametrize("name", ARTICLES)
def test_code_notation(name: str) -> None:
    for row in rows_of(f"articles/{name}/codes.csv"):
        assert list(row) == ["list", "group", "code", "starred", "from", "to"]
        assert (PROCEDURE if row["list"] == "procedure" else ICD).fullmatch(row["code"]), row
        assert row["code"] != "XX000"
        assert row["starred"] == "" or (row["starred"] == "1" and row["list"] == "covered"), row
        assert all(day == "" or DAY.fullmatch(day) for day in (row["from"], row["to"])), row


# inner agreement


@pytest.mark.parametrize("name", ARTICLES)
def test_every_group_is_described_once(name: str) -> None:
    described = [(group["list"], group["group"]) for group in article(name)["groups"]]
    assert sorted(described) == sorted({(kind, group) for kind, group, _, _ in codes(name)})


@pytest.mark.parametrize("name", ARTICLES)
def test_procedures_of_lists_and_relations_are_the_same(name: str) -> None:
    related = {code for relation in article(name)["relations"] for code in relation["procedures"]}
    listed = set(codes_in(name, "procedure"))
    assert related == (listed or {"98940", "98941", "98942"})
    assert (not listed) == (name in WITHOUT_CODES)


def groups_named(relation: Any) -> Iterator[tuple[str, int]]:
    noncovered = relation["rule"] in ("noncovered-diagnoses", "not-covered-with")
    for key in ("groups", "primary", "secondary"):
        for group in relation.get(key) or ():
            yield ("noncovered" if noncovered else "covered", group)
    if relation["rule"] == "needs-second":
        yield from (("covered", group) for group in relation["with"])
    for key in ("group", "starred_in"):
        if key in relation:
            yield ("covered", relation[key])


@pytest.mark.parametrize("name", ARTICLES)
def test_groups_of_relations_exist(name: str) -> None:
    existing = {(kind, group) for kind, group, _, _ in codes(name)}
    for relation in article(name)["relations"]:
        assert set(groups_named(relation)) <= existing, relation["rule"]
    seventh = article(name)["seventh_characters"]
    assert {("covered", group) for group in (seventh or {"groups": ()})["groups"]} <= existing


@pytest.mark.parametrize("name", ARTICLES)
def test_every_covered_and_noncovered_group_is_used(name: str) -> None:
    used = {group for relation in article(name)["relations"] for group in groups_named(relation)}
    assert used == {(kind, group) for kind, group, _, _ in codes(name) if kind != "procedure"}


@pytest.mark.parametrize("name", ARTICLES)
def test_a_procedure_has_at_most_one_rule_for_its_covered_list(name: str) -> None:
    rules = ("any-of", "primary", "primary-and-secondary", "not-covered", "no-list", "listed-only")
    ruled = [relation for relation in article(name)["relations"] if relation["rule"] in rules]
    counts = Counter(code for relation in ruled for code in relation["procedures"])
    assert [code for code, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("name", ARTICLES)
def test_rules_about_stars_point_at_starred_groups(name: str) -> None:
    starred = {group for _, group, _, star in codes(name) if star}
    for relation in article(name)["relations"]:
        assert {relation[key] for key in ("group", "starred_in") if key in relation} <= starred


@pytest.mark.parametrize("name", ARTICLES)
def test_contracts_are_all_those_of_the_mac(name: str) -> None:
    contractor = article(name)["contractor"]
    known = {row["contract"] for row in rows_of("contractors.csv") if row["mac"] == contractor["mac"]}
    assert contractor["contracts"] == sorted(known)


def test_listed_diagnoses_are_in_the_code_set() -> None:
    known = {row["code"] for row in rows_of("icd10cm_validity.csv.gz")}
    listed = {code for name in ARTICLES for kind, _, code, _ in codes(name) if kind != "procedure"}
    assert {code for code in listed if code.replace(".", "") not in known} == set()
    assert len(listed) >= 3_000


def test_counts_of_all_rows() -> None:
    counts = Counter(kind for name in ARTICLES for kind, _, _, _ in codes(name))
    # 7,031 diagnosis rows of 51 articles, less 11 placeholders, and 327 of the chiropractic ones
    assert counts["covered"] + counts["noncovered"] == 7_031 - 11 + 327
    assert counts == {"procedure": 637, "covered": 5_539, "noncovered": 1_808}
    assert sum(bool(star) for name in ARTICLES for _, _, _, star in codes(name)) == 60


# chiropractic


def test_wps_groups() -> None:
    sizes = {group: len(codes_in("A56273", "covered", group)) for group in (1, 2, 3, 4)}
    assert sizes == {1: 6, 2: 48, 3: 193, 4: 70}
    assert len(codes_in("A56273", "covered")) == 317
    assert len(set(codes_in("A56273", "covered"))) == 315
    assert codes_in("A56273", "covered", 1) == [f"M99.0{level}" for level in range(6)]


@pytest.mark.parametrize(
    ("code", "groups"),
    [
        ("M53.81", set()),
        ("M53.82", set()),
        ("M53.83", set()),
        ("M43.8X1", set()),
        ("M53.0", {3}),
        ("M54.11", {3}),
        ("M54.2", {2}),
        ("M47.812", {2}),
        ("M62.85", {2, 3}),
        ("Q76.2", {3, 4}),
        ("M99.00", {1}),
    ],
)
def test_wps_neck_codes(code: str, groups: set[int]) -> None:
    assert groups_with("A56273", code) == groups


def test_wps_rule() -> None:
    (rule,) = relations("A56273", "primary-and-secondary")
    assert (rule["primary"], rule["secondary"], rule["basis"]) == ([1], [2, 3, 4], "stated")
    assert rule["procedures"] == ["98940", "98941", "98942"]
    (noncovered,) = relations("A56273", "not-covered")
    assert noncovered["procedures"] == ["98943"]
    assert (article("A56273")["version"], article("A56273")["lcd"]) == (28, None)
    assert article("A56273")["known_as"] == ["LCD A56273"]


@pytest.mark.parametrize(("name", "lcd"), [("A56455", "L37254"), ("A56616", "L37387")])
def test_cgs_and_palmetto_do_not_list_the_head_region(name: str, lcd: str) -> None:
    assert codes_in(name, "covered") == [f"M99.0{level}" for level in range(1, 6)]
    assert relations(name, "primary")[0]["primary"] == [1]
    assert article(name)["lcd"] == lcd


@pytest.mark.parametrize("name", ["A57889", "A57913", "A58345", "A58412"])
def test_articles_without_diagnoses(name: str) -> None:
    assert codes_in(name, "covered") == codes_in(name, "noncovered") == []
    assert [relation["rule"] for relation in article(name)["relations"]] == ["no-list"]


# other articles


@pytest.mark.parametrize("name", ["A58350", "A58364", "A58403", "A58477", "A57826", "A56670", "A57787"])
def test_facet_cyst_codes_are_not_for_ablation(name: str) -> None:
    (ablation,) = relations(name, "starred-not-for")
    assert ablation["procedures"] == ["64633", "64634", "64635", "64636"]
    assert ablation["basis"] == ("stated" if name in ("A58350", "A58364") else "inferred")
    dorsopathies = {f"M53.8{region}" for region in range(2, 8)}
    cyst = {"M71.30", "M71.38"} if name in ("A56670", "A57787") else dorsopathies
    assert {code for _, _, code, star in codes(name) if star} == cyst


def test_noridian_pair_rule_denies_the_block() -> None:
    (pair,) = relations("A56034", "not-covered-with")
    assert pair["procedures"] == ["64450"]
    assert pair["with"] == ["76881", "76882", "76942", "76999", "97032", "97139", "G0282", "G0283"]
    starred = {code for _, _, code, star in codes("A56034") if star}
    assert starred - set(pair["diagnoses"]) == {"R07.9"}


@pytest.mark.parametrize("name", ["A57307", "A57478"])
def test_nerve_conduction_exceptions(name: str) -> None:
    assert relations(name, "no-list")[0]["procedures"] == ["95873", "95874"]
    assert article(name)["seventh_characters"]["interchangeable"] == ["A", "D", "S"]


def test_therapy_list_is_for_ultrasound_only() -> None:
    (rule,) = relations("A57067", "noncovered-diagnoses")
    assert (rule["procedures"], rule["basis"]) == (["97035"], "stated")
    assert len(codes_in("A57067", "noncovered")) == 773


def test_deformity_fusion_is_exempt() -> None:
    (rule,) = relations("A59668", "no-list")
    assert rule["procedures"] == ["22800", "22802", "22808", "22810", "22812"]


def test_a_starred_malignant_fracture_needs_a_second_diagnosis() -> None:
    (rule,) = relations("A57630", "needs-second")
    assert (rule["starred_in"], rule["with"]) == (2, [3])
    assert relations("A57630", "any-of")[0]["groups"] == [1, 2, 4]
    assert {code for _, _, code, star in codes("A57630") if star} == {
        "C41.2",
        "C79.51",
        "C79.52",
        "C90.00",
        "C90.01",
        "C90.02",
    }


# places


def test_contractor_rows() -> None:
    rows = rows_of("contractors.csv")
    assert list(rows[0]) == ["contract", "mac", "jurisdiction", "state", "area", "note", "source"]
    assert len(rows) == 61 + 3
    assert len({(row["contract"], row["state"]) for row in rows}) == len(rows)
    assert {row["contract"] for row in rows if row["state"] == "VA"} == {"11302", "12202"}
    assert len({row["jurisdiction"] for row in rows}) == 12


@pytest.mark.parametrize(
    ("zip_code", "contract", "mac"),
    [
        ("23220", "11302", "Palmetto"),
        ("22201", "12202", "Novitas"),
        ("50309", "05102", "WPS"),
        ("94102", "01112", "Noridian"),
        ("90012", "01182", "Noridian"),
        ("20814", "12202", "Novitas"),
    ],
)
def test_zip_code_leads_to_the_contractor(zip_code: str, contract: str, mac: str) -> None:
    assert zips()[zip_code]["contract"] == contract
    assert {row["mac"] for row in rows_of("contractors.csv") if row["contract"] == contract} == {mac}


def test_zip_codes() -> None:
    assert len(zips()) == 42_956
    assert sum(row["plus4"] == "1" for row in zips().values()) == 580
    places = {(row["contract"], row["state"]) for row in zips().values()}
    assert places == {(row["contract"], row["state"]) for row in rows_of("contractors.csv")}
    counts = Counter((row["contract"], row["state"]) for row in zips().values())
    assert (counts["12202", "VA"], counts["12202", "MD"]) == (132, 140)


def test_zip_runs_are_as_long_as_they_can_be() -> None:
    runs = rows_of("zip_contracts.csv")
    assert [run["first"] for run in runs] == sorted(run["first"] for run in runs)
    for run, following in pairwise(runs):
        touching = int(run["last"]) + 1 == int(following["first"])
        same = all(run[key] == following[key] for key in ("contract", "state", "plus4"))
        assert not (touching and same), run


# code sets


def is_day_or_empty(day: str) -> bool:
    return day == "" or bool(DAY.fullmatch(day))


@pytest.mark.parametrize(
    ("name", "count", "is_code"),
    [
        ("place_of_service.csv", 52, re.compile(r"\d\d").fullmatch),
        ("adjustment_codes.csv", 405 + 1_171, re.compile(r"[A-Z]{0,2}\d{1,3}").fullmatch),
        ("icd10cm_validity.csv.gz", 85_122, re.compile(r"[A-Z][0-9A-Z]{2,6}").fullmatch),
    ],
)
def test_code_sets(name: str, count: int, is_code: Callable[[str], object]) -> None:
    rows = rows_of(name)
    assert len(rows) == count
    assert [row for row in rows if not is_code(row["code"])] == []
    assert all(is_day_or_empty(row["from"]) and is_day_or_empty(row["to"]) for row in rows)
    assert all(row["to"] == "" or row["from"] <= row["to"] for row in rows)


def test_place_of_service() -> None:
    rows = {row["code"]: row for row in rows_of("place_of_service.csv")}
    assert {row["facility"] for row in rows.values()} == {"facility", "non-facility"}
    first_days = {code: rows[code]["from"] for code in ("02", "10", "11", "19", "27", "58", "66")}
    assert first_days == {
        "02": "2017-01-01",
        "10": "2022-01-01",
        "11": "",
        "19": "2016-01-01",
        "27": "2023-10-01",
        "58": "2020-01-01",
        "66": "2024-08-01",
    }
    assert (rows["11"]["facility"], rows["21"]["facility"]) == ("non-facility", "facility")


def test_taxonomy() -> None:
    listed = [row["code"] for row in rows_of("taxonomy.csv")]
    assert listed == sorted(set(listed))
    assert len(listed) == 874
    assert {"111N00000X", "225100000X"} <= set(listed)
    assert all(re.fullmatch(r"[0-9A-Z]{9}X", code) for code in listed)


def test_validity_intervals_of_a_code_do_not_overlap() -> None:
    last: dict[str, str] = {}
    for row in rows_of("icd10cm_validity.csv.gz"):
        previous = last.get(row["code"])
        assert previous is None or "" < previous < row["from"], row
        last[row["code"]] = row["to"]


def test_validity_of_some_codes() -> None:
    rows = {row["code"]: row for row in rows_of("icd10cm_validity.csv.gz")}
    assert "M5389" not in rows
    assert (rows["M5381"]["from"], rows["M5381"]["to"]) == ("2015-10-01", "")
    assert rows["M545"]["to"] == "2021-09-30"
    assert rows["T52811D"]["from"] == "2026-10-01"


def test_compressed_table_has_no_time_in_it() -> None:
    assert (LCD_DATA / "icd10cm_validity.csv.gz").read_bytes()[4:8] == bytes(4)


def test_adjustment_codes_are_unique_within_their_kind() -> None:
    rows = rows_of("adjustment_codes.csv")
    assert len({(row["kind"], row["code"]) for row in rows}) == len(rows)
    assert {("CARC", "50"), ("CARC", "16"), ("RARC", "MA122"), ("RARC", "N115")} <= {
        (row["kind"], row["code"]) for row in rows
    }
