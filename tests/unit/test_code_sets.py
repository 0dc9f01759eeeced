"""Place-of-service and taxonomy codes: the shipped files and the form they must have."""

from datetime import date
from pathlib import Path

import pytest

from scrubber.importers import ImportRefused
from scrubber.importers.code_sets import EDITIONS, read_code_sets
from scrubber.reference import Sections, pack_sections
from scrubber.reference.codes import CodeSet
from scrubber.settings import shipped


def opened(lcd_data: Path, name: str) -> CodeSet:
    return CodeSet.read(Sections(memoryview(pack_sections(*read_code_sets(lcd_data, lcd_data)))), name)


def test_places_have_their_days() -> None:
    places = opened(shipped("lcd_data"), "place_of_service")
    assert places.edition == EDITIONS["place_of_service"]
    office = places.get("11")
    assert office is not None
    assert (office.first, office.last, office.setting) == (None, None, "non-facility")
    assert not places.valid("10", date(2021, 12, 31))
    assert places.valid("10", date(2022, 1, 1))
    assert "98" not in places
    assert "1" not in places


def test_taxonomy() -> None:
    taxonomy = opened(shipped("lcd_data"), "taxonomy")
    assert taxonomy.edition == "NUCC 2024"
    assert "111N00000X" in taxonomy
    assert "111N00000Y" not in taxonomy


def test_the_editions_are_those_of_the_sources() -> None:
    sources = (shipped("lcd_data") / "SOURCES.md").read_text()
    rows = {line.split("|")[1].strip(): line for line in sources.splitlines() if line.startswith("| `")}
    for name, edition in EDITIONS.items():
        authority, edition_there = (cell.strip() for cell in rows[f"`{name}.csv`"].split("|")[3:5])
        assert edition == f"{authority} {edition_there}"


PLACES = "code,facility,from,to,meaning,source\n"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("place_of_service.csv", "code,from,to\n11,,\n", "line 1: there is no column facility"),
        ("place_of_service.csv", "", "line 1: there is no column code"),
        ("place_of_service.csv", PLACES, "has no codes"),
        (
            "place_of_service.csv",
            PLACES + "11,office,,,,\n",
            "line 2: facility must be one of facility, non-facility",
        ),
        ("place_of_service.csv", PLACES + "11,facility,,,,\n11,facility,,,,\n", "line 3: 11 is there twice"),
        ("place_of_service.csv", PLACES + ",facility,,,,\n", "line 2: there is no code"),
        ("place_of_service.csv", PLACES + "11,facility,2003,,,\n", "line 2: from must be a date"),
        (
            "place_of_service.csv",
            PLACES + "11,facility,2003-01-02,2003-01-01,,\n",
            "line 2: to lies before from",
        ),
        ("taxonomy.csv", "code\n\n111N00000X\n111N00000X\n", "line 4: 111N00000X is there twice"),
        ("taxonomy.csv", "code\n\udcff\n", "is not a CSV file in UTF-8"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(tmp_path: Path, name: str, content: str, told: str) -> None:
    (tmp_path / "place_of_service.csv").write_text(PLACES + "11,non-facility,,,office,\n")
    (tmp_path / "taxonomy.csv").write_text("code\n111N00000X\n")
    (tmp_path / name).write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ImportRefused) as refused:
        read_code_sets(tmp_path, tmp_path)
    assert str(refused.value).startswith(name)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)
