"""The committed fee schedule and HCPCS tables: their form, and facts a biller can check by eye."""

import csv
import re
from datetime import date
from functools import cache
from pathlib import Path

import yaml

LCD_DATA = Path(__file__).parents[2] / "lcd_data"
FOLDER = LCD_DATA / "procedures"
GONE_FROM_THE_FEE_SCHEDULE = {"99441", "99442", "99443", "G2012", "J2001"}


@cache
def rows(name: str) -> list[dict[str, str]]:
    text = (LCD_DATA / name).read_bytes().decode("ascii")
    assert "\r" not in text
    return list(csv.DictReader(text.splitlines()))


def test_the_fee_schedule_has_every_code_of_the_practice() -> None:
    codes = set(yaml.safe_load((LCD_DATA / "ncci" / "starter.yaml").read_text())["codes"])
    fees = {(row["code"], row["component"]): row for row in rows("procedures/fee_schedule.csv")}
    assert len(fees) == len(rows("procedures/fee_schedule.csv")) == 1_315
    assert list(fees) == sorted(fees)
    assert {code for code, _ in fees} == codes - GONE_FROM_THE_FEE_SCHEDULE
    assert {component for _, component in fees} == {"", "26", "TC"}
    facts = {
        code: (row["status"], row["pc_tc"], row["global_days"], row["bilateral"], row["assistant"])
        for (code, component), row in fees.items()
        if not component
    }
    assert facts["98940"] == ("A", "0", "000", "0", "0")
    assert facts["64483"] == ("A", "0", "000", "1", "1")
    assert facts["22551"] == ("A", "0", "090", "0", "2")
    assert facts["72040"][1] == "1"
    assert facts["97140"][1] == "7"
    assert (facts["98943"][0], facts["97010"][0], facts["97014"][0]) == ("N", "B", "I")
    assert fees["22551", ""]["rare_in_office"] == "1"
    assert (fees["99213", ""]["office_total"], fees["99213", ""]["facility_total"]) == ("275", "197")


def test_the_hcpcs_codes_and_their_days() -> None:
    codes = {row["code"]: (row["from"], row["to"]) for row in rows("procedures/hcpcs.csv")}
    assert len(codes) == len(rows("procedures/hcpcs.csv")) == 8_033
    assert list(codes) == sorted(codes)
    assert all(re.fullmatch(r"[A-V][0-9]{4}", code) for code in codes)
    for first, last in codes.values():
        assert date.fromisoformat(first) <= (date.fromisoformat(last) if last else date.max)
    assert codes["G0515"] == ("2018-01-01", "2019-12-31")
    assert codes["J3301"][1] == ""
    assert max(first for first, _ in codes.values()) == "2024-07-01"


def test_no_column_holds_words() -> None:
    for name in ("procedures/fee_schedule.csv", "procedures/hcpcs.csv", "therapy_codes.csv"):
        assert all(re.fullmatch(r"[0-9A-Z-]*", cell) for row in rows(name) for cell in row.values())


def test_what_is_always_therapy_is_a_therapy_service_of_the_fee_schedule() -> None:
    therapy = [row["code"] for row in rows("therapy_codes.csv")]
    assert therapy == sorted(set(therapy))
    assert {"97110", "97140", "97530", "G0283", "92507"} <= set(therapy)
    assert {"97010", "97014", "98940", "20560"}.isdisjoint(therapy)
    indicator = {
        row["code"]: row["pc_tc"] for row in rows("procedures/fee_schedule.csv") if not row["component"]
    }
    assert {indicator[code] for code in therapy if code in indicator} == {"7"}
    assert {row["from"] for row in rows("therapy_codes.csv")} == {"2018-01-01"}


def test_a_clia_test_names_where_cms_said_so() -> None:
    tests = rows("clia_tests.csv")
    assert [row["code"] for row in tests] == sorted({row["code"] for row in tests})
    assert all(re.fullmatch(r"8\d{4}", row["code"]) and date.fromisoformat(row["from"]) for row in tests)
    told = " ".join((FOLDER.parent / "SOURCES.md").read_text().split())
    for source in {row["source"] for row in tests}:
        assert source.removeprefix("new waived tests ") in told


def test_the_tables_name_their_editions() -> None:
    assert yaml.safe_load((FOLDER / "starter.yaml").read_text()) == {
        "fee_schedule": {"edition": "2025Q4", "effective": date(2025, 10, 1)},
        "hcpcs": {"edition": "2024Q3", "effective": date(2024, 7, 1)},
    }
