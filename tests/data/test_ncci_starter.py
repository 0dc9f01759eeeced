"""The committed NCCI starter tables: their form, and facts a biller can check by eye."""

import csv
import gzip
import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[2] / "lcd_data" / "ncci"
CODE = re.compile(r"[0-9A-Z]{5}")


@cache
def rows(name: str) -> list[dict[str, str]]:
    content = (FOLDER / name).read_bytes()
    text = (gzip.decompress(content) if name.endswith(".gz") else content).decode("ascii")
    assert "\r" not in text
    return list(csv.DictReader(text.splitlines()))


@cache
def starter() -> Any:
    return yaml.safe_load((FOLDER / "starter.yaml").read_text())


def test_the_codes_the_tables_are_complete_for() -> None:
    codes = starter()["codes"]
    assert codes == sorted(set(codes))
    assert all(CODE.fullmatch(code) for code in codes)
    assert {"98940", "98941", "98942", "97140", "97110", "99213", "62323", "64483", "22551"} <= set(codes)


def test_every_pair_is_of_those_codes_and_there_once() -> None:
    codes = set(starter()["codes"])
    pairs = [(row["column_one"], row["column_two"]) for row in rows("ptp.csv.gz")]
    assert len(pairs) == 66_184
    assert len({frozenset(pair) for pair in pairs}) == len(pairs)
    assert all(codes.issuperset(pair) for pair in pairs)
    assert {row["modifier"] for row in rows("ptp.csv.gz")} == {"0", "1"}
    facts = {(row["column_one"], row["column_two"]): row["modifier"] for row in rows("ptp.csv.gz")}
    assert facts["98941", "97140"] == facts["98940", "99213"] == "1"
    assert facts["98941", "98940"] == facts["22551", "69990"] == "0"


def test_every_limit_and_add_on_code_is_of_those_codes() -> None:
    codes = set(starter()["codes"])
    limits = {row["code"]: (row["units"], row["mai"]) for row in rows("mue.csv")}
    assert len(limits) == len(rows("mue.csv"))
    assert limits.keys() <= codes
    assert (limits["64483"], limits["97110"], limits["98940"]) == (("1", "2"), ("6", "3"), ("1", "2"))
    add_ons = {(row["add_on"], row["primary"]): row["type"] for row in rows("add_on.csv")}
    assert {add_on for add_on, _ in add_ons} <= codes
    assert (add_ons["64484", "64483"], add_ons["61783", ""], add_ons["96160", "99213"]) == ("1", "2", "3")


def test_the_modifiers_are_those_of_the_manual() -> None:
    modifiers = yaml.safe_load((FOLDER / "modifiers.yaml").read_text())["modifiers"]
    anatomic = ["LT", "RT", "LC", "LD", "RC", "LM", "RI", "FA", "TA", *(f"E{n}" for n in range(1, 5))]
    anatomic += [f"{letter}{number}" for letter in "FT" for number in range(1, 10)]
    other = ["24", "25", "57", "58", "78", "79", "27", "59", "91", "XE", "XP", "XS", "XU"]
    assert set(modifiers) == {*anatomic, *other}
    assert {name for name, dates in modifiers.items() if "on_column_one_from" in dates} == {
        "59", "XE", "XP", "XS", "XU",
    }  # fmt: skip


def test_the_packed_table_has_no_time_in_it() -> None:
    assert (FOLDER / "ptp.csv.gz").read_bytes()[4:8] == bytes(4)
