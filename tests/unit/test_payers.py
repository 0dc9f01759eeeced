"""Payer profiles: the shipped one, the form they must have, and the days they count."""

import copy
import csv
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scrubber.importers import ImportRefused
from scrubber.importers.payers import read_payers
from scrubber.reference import UNKNOWN_PAYER, Sign, TimelyFiling
from scrubber.settings import shipped
from tests.unit.payers_made import claim_to

PROFILES = shipped("payer_rules")
SCHEMA = json.loads((PROFILES / "payer.schema.json").read_text())

GOOD: dict[str, Any] = {
    "id": "example_health",
    "name": "Example Health",
    "program": "commercial",
    "recognised_by": [{"payer_ids": ["00123"]}],
    "timely_filing": {
        "days": 180,
        "authority": {
            "title": "Provider manual",
            "url": "https://example.org/manual",
            "retrieved": date(2026, 11, 20),
        },
    },
}


def write(directory: Path, data: Any, folder: str = "example_health") -> None:
    (directory / folder).mkdir()
    (directory / folder / "payer.yaml").write_text(data if isinstance(data, str) else yaml.safe_dump(data))


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good profile with one value replaced, or taken out where ``value`` is ``...``."""
    data = copy.deepcopy(GOOD)
    *way, key = path.split(".")
    place = data
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    if value is ...:
        del place[key]
    else:
        place[key] = value
    return data


def test_medicare_is_recognised() -> None:
    payers = read_payers(PROFILES)
    medicare = payers.profile(claim_to(claim_filing_indicator="MB"))
    assert (medicare.id, medicare.program, medicare.medicare_part_b) == (
        "medicare_part_b",
        "medicare_part_b",
        True,
    )
    assert payers.profile(claim_to(id="05102")) is medicare
    assert payers.profile(claim_to(id="05102", claim_filing_indicator="CI")) is UNKNOWN_PAYER
    assert payers.profile(claim_to(id="5102")) is UNKNOWN_PAYER
    assert payers.profile(claim_to()) is UNKNOWN_PAYER


def test_the_contractors_have_the_contracts_and_jurisdictions_of_the_places() -> None:
    told: dict[tuple[str, str], set[str]] = {}
    with (shipped("lcd_data") / "contractors.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            mac = row["mac"].lower().replace(" ", "_")
            told.setdefault((mac, row["jurisdiction"]), set()).add(row["contract"])
    payers = read_payers(PROFILES)
    assert {
        (profile.id, name): contracts
        for profile in payers.profiles
        for name, contracts in profile.jurisdictions.items()
    } == told
    assert set(payers.profile(claim_to(claim_filing_indicator="MB")).contractors) == {mac for mac, _ in told}


def test_medicare_names_the_authority_of_its_limit() -> None:
    limit = read_payers(PROFILES).profile(claim_to(claim_filing_indicator="MB")).timely_filing
    assert limit is not None
    assert (limit.calendar_years, limit.days) == (1, None)
    assert limit.url.startswith("https://www.cms.gov/")
    assert limit.retrieved is not None


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*/payer.yaml")), ids=lambda path: path.parent.name)
def test_shipped_profiles_have_the_form_of_the_schema(path: Path) -> None:
    assert fits_schema(yaml.safe_load(path.read_text()))


def test_profiles_come_in_the_order_of_their_ids(tmp_path: Path) -> None:
    for name in ("zeta", "alpha", "mid"):
        write(tmp_path, {**GOOD, "id": name, "recognised_by": [{"payer_ids": [name]}]}, name)
    (tmp_path / "README.md").write_text("not a payer")
    (tmp_path / "empty").mkdir()
    assert [profile.id for profile in read_payers(tmp_path).profiles] == ["alpha", "mid", "zeta"]


def test_no_folder_is_no_payer(tmp_path: Path) -> None:
    assert read_payers(tmp_path).profiles == ()


def test_a_profile_without_a_limit(tmp_path: Path) -> None:
    write(tmp_path, changed("timely_filing", ...))
    (profile,) = read_payers(tmp_path).profiles
    assert profile.timely_filing is None


BROKEN = [
    ("unknown key", changed("adress", "x"), "adress"),
    ("unknown key inside", changed("timely_filing.authority.page", 3), "timely_filing.authority"),
    ("no name", changed("name", ...), "name"),
    ("empty name", changed("name", ""), "name"),
    ("name is a number", changed("name", 7), "name"),
    ("program nobody knows", changed("program", "medicare_part_z"), "program"),
    ("id with a hyphen", changed("id", "example-health"), "id"),
    ("recognised by nothing", changed("recognised_by", []), "recognised_by"),
    ("recognised by an empty entry", changed("recognised_by", [{}]), "recognised_by"),
    ("recognised by an empty list", changed("recognised_by", [{"payer_ids": []}]), "recognised_by"),
    ("payer id is a number", changed("recognised_by.0.payer_ids", [123]), "payer_ids"),
    ("state is no code", changed("recognised_by.0.states", ["Iowa"]), "states"),
    ("not said how recognised", changed("recognised_by", ...), "recognised_by"),
    ("neither program nor parent", changed("program", ...), "program"),
    ("program and parent", changed("inherits", "other"), "inherits"),
    ("a contractor of nobody", changed("jurisdictions", {"J1": ["00123"]}), "jurisdictions"),
    ("an exception from nothing", changed("except", [{"rule": "ACM-001", "reason": "r"}]), "except"),
    ("out of network without days", changed("timely_filing.days_out_of_network", "x"), "timely_filing"),
    ("two limits", changed("timely_filing.calendar_years", 1), "timely_filing"),
    ("no limit", changed("timely_filing.days", ...), "timely_filing"),
    ("limit of nothing", changed("timely_filing.days", 0), "timely_filing.days"),
    ("limit is a text", changed("timely_filing.days", "180"), "timely_filing.days"),
    ("no authority", changed("timely_filing.authority", ...), "authority"),
    (
        "address without https",
        changed("timely_filing.authority.url", "http://example.org"),
        "timely_filing.authority.url",
    ),
    (
        "no such day",
        changed("timely_filing.authority.retrieved", "2026-02-30"),
        "timely_filing.authority.retrieved",
    ),
    ("a list", [GOOD], ""),
    ("nothing", None, ""),
]


@pytest.mark.parametrize(("data", "key"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_wrong_profile_is_refused_in_one_line(tmp_path: Path, data: Any, key: str) -> None:
    write(tmp_path, data)
    with pytest.raises(ImportRefused) as refused:
        read_payers(tmp_path)
    told = str(refused.value)
    assert told.startswith("example_health/payer.yaml")
    assert key in told
    assert "\n" not in told


@pytest.mark.parametrize("data", [case[1] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_the_schema_refuses_the_same(data: Any) -> None:
    assert not fits_schema(data)


def test_the_schema_takes_what_the_program_takes(tmp_path: Path) -> None:
    assert fits_schema(GOOD)
    write(tmp_path, GOOD)
    (profile,) = read_payers(tmp_path).profiles
    assert profile.signs == (Sign(payer_ids=frozenset({"00123"})),)


@pytest.mark.parametrize(
    "content",
    ["id: [", "id: a\n\tname: b", "\x00", "id: !!python/object/apply:os.system [ls]", "id: &a [*a]"],
)
def test_what_is_not_plain_yaml_is_refused(tmp_path: Path, content: str) -> None:
    write(tmp_path, content)
    with pytest.raises(ImportRefused, match=r"^example_health/payer\.yaml") as refused:
        read_payers(tmp_path)
    assert "\n" not in str(refused.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "example_health").mkdir()
    (tmp_path / "example_health" / "payer.yaml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(ImportRefused, match=r"^example_health/payer\.yaml"):
        read_payers(tmp_path)


def test_the_folder_has_the_name_of_the_payer(tmp_path: Path) -> None:
    write(tmp_path, GOOD, "other")
    with pytest.raises(ImportRefused, match="id is example_health, the folder is named other"):
        read_payers(tmp_path)


def test_a_code_stands_for_one_payer(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, {**GOOD, "id": "second"}, "second")
    with pytest.raises(
        ImportRefused,
        match=r"second/payer\.yaml: recognised_by: payer_ids 00123 already stands for example_health",
    ):
        read_payers(tmp_path)


def limit(**of: int) -> TimelyFiling:
    return TimelyFiling(title="t", url="https://example.org", **of)


@pytest.mark.parametrize(
    ("service", "last"),
    [
        (date(2025, 3, 10), date(2026, 3, 10)),
        (date(2024, 2, 29), date(2025, 2, 28)),
        (date(2023, 2, 28), date(2024, 2, 28)),
        (date(2023, 3, 1), date(2024, 3, 1)),
        (date.max, date.max),
    ],
)
def test_a_calendar_year(service: date, last: date) -> None:
    assert limit(calendar_years=1).last_day(service) == last


@given(
    st.dates(),
    st.dates() | st.integers(360, 372),
    st.sampled_from([limit(calendar_years=1), limit(calendar_years=2), limit(days=90), limit(days=365)]),
)
def test_first_and_last_day_say_the_same(service: date, received: date | int, filing: TimelyFiling) -> None:
    if isinstance(received, int):  # near the limit, where the leap days are
        received = date.fromordinal(min(service.toordinal() + received, date.max.toordinal()))
    assert (received <= filing.last_day(service)) == (service >= filing.first_day(received))


def fits_schema(data: Any) -> bool:
    validator = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    return bool(validator.is_valid(_as_json(data, lambda day: day.isoformat())))


def _as_json(data: Any, told: Callable[[date], str]) -> Any:
    if isinstance(data, dict):
        return {key: _as_json(value, told) for key, value in data.items()}
    if isinstance(data, list):
        return [_as_json(value, told) for value in data]
    return told(data) if isinstance(data, date) else data
