"""ZIP codes and places of service imported: the quarter of the service date answers, and files that are refused."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scrubber.importers import ImportRefused
from scrubber.importers.code_sets import EDITIONS, read_code_sets
from scrubber.importers.editions import import_edition
from scrubber.importers.jurisdictions import read_jurisdictions
from scrubber.importers.pos import read_pos
from scrubber.importers.zip5 import FEWEST, read_zip5
from scrubber.reference import Sections, pack_sections
from scrubber.reference.codes import CodeSet
from scrubber.reference.jurisdictions import Jurisdictions
from scrubber.settings import shipped
from tests.unit.ncci_files import write, zipped

LCD_DATA = shipped("lcd_data")
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def record(state: str, zip_code: int, contract: str, quarter: str, split: str = "0") -> str:
    return f"{state}{zip_code:05}{contract}01RZ9R  {split} A".ljust(75) + quarter.replace("Q", "")


def zip5(rows: Iterable[tuple[str, int, str, str]], quarter: str = "2026Q1") -> bytes:
    """The file of a quarter: these rows, and others to make it as long as it is."""
    records = [record(state, zip_code, contract, quarter, split) for state, zip_code, contract, split in rows]
    records += [record("TX", 60_000 + number, "04412", quarter) for number in range(FEWEST)]
    return "".join(text + "\r\n" for text in records).encode()


def places(editions: Path) -> Jurisdictions:
    return Jurisdictions.read(Sections(memoryview(pack_sections(*read_jurisdictions(LCD_DATA, editions)))))


def test_the_zip_codes_of_the_quarter_answer(tmp_path: Path) -> None:
    editions = tmp_path / "editions"
    # Des Moines moves to a contract nobody has heard of, and a split code to the western half of Kansas.
    rows = [("IA", 50_309, "99902", "0"), ("WK", 99_999, "05202", "1")]
    members = {
        "ZIP5_JAN2026.txt": zip5(rows), "ZIP9_JAN2026.txt": b"other\n", "ZIP5lyout.txt": b"STATE 1-2\n",
        "ZIP5_JAN2026.xlsx": b"x",
    }  # fmt: skip
    file = write(tmp_path, "zip-code-carrier-locality-file.zip", zipped(members))
    kept, changed = import_edition(editions, "zip5", [file], now=NOW)
    assert (changed, kept.edition.name, kept.rows) == (True, "2026Q1", FEWEST + 2)
    assert kept.edition.effective == date(2026, 1, 1)
    assert [len(source.sha256) for source in kept.sources] == [64]
    assert import_edition(editions, "zip5", [file], now=NOW) == (kept, False)

    found = places(editions)
    assert found.newest.name == "2026Q1"
    days = (date(2016, 1, 1), date(2025, 12, 31), date(2026, 1, 1), date(2026, 11, 22), None)
    assert [[contract.number for contract in found.of_zip("50309", None, on)] for on in days] == [
        ["05102"], ["05102"], ["99902"], ["99902"], ["99902"],
    ]  # fmt: skip
    unheard = found.place_of_address("IA", "50309", date(2026, 1, 1))
    assert (unheard.mac, unheard.jurisdiction) == ("contract 99902", "unknown")
    assert unheard.contracts[0].states == ("IA",)
    assert found.place_of_address("IA", "50309", date(2025, 12, 31)).mac == "WPS"
    assert {contract.number for contract in found.of_zip("99999", "KS", date(2026, 2, 1))} == {"05202"}
    assert found.of_zip("99999", "KS", date(2025, 12, 31)) == ()


def test_an_older_quarter_answers_before_the_one_that_comes_along(tmp_path: Path) -> None:
    file = write(tmp_path, "ZIP5_JUL2025.txt", zip5([("IA", 50_309, "99902", "0")], "2025Q3"))
    import_edition(tmp_path / "editions", "zip5", [file], now=NOW)
    found = places(tmp_path / "editions")
    assert found.newest.effective == date(2025, 10, 1)
    days = (date(2025, 6, 30), date(2025, 7, 1), date(2025, 9, 30), date(2025, 10, 1))
    assert [found.of_zip("50309", None, on)[0].number for on in days] == ["99902", "99902", "99902", "05102"]


def test_the_quarter_that_comes_along_imported_takes_its_place(tmp_path: Path) -> None:
    file = write(tmp_path, "ZIP5_OCT2025.txt", zip5([("IA", 50_309, "99902", "0")], "2025Q4"))
    import_edition(tmp_path, "zip5", [file], now=NOW)
    assert read_jurisdictions(LCD_DATA, tmp_path)[1] == {"jurisdictions": "2025Q4"}
    assert places(tmp_path).of_zip("50309")[0].number == "99902"


ROW = [("IA", 50_309, "05102", "0")]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("zip5.txt", b"nothing\n", "zip5.txt, line 1: it is not laid out as a record of this file"),
        ("zip5.txt", zip5(ROW)[:500_000], "does not end with a line break, so it may be cut off"),
        ("zip5.txt", zip5(ROW)[: 83 * 1000 - 1], "does not end with a line break"),
        ("zip5.txt", zip5(ROW)[: 82 * 1000], "has 1,000 ZIP codes of about 43,000: download it again"),
        ("zip5.zip", b"<!DOCTYPE html><html></html>", "is a web page, not data"),
        ("zip5.zip", zipped({"ZIP5_JAN2026.txt": zip5(ROW)})[:20_000], "is damaged or cut off"),
        ("zip9.zip", zipped({"ZIP9_JAN2026.txt": b"x\n"}), "one ZIP5 file is needed, such as ZIP5_JAN2026.txt"),
        ("zip5.txt", zip5(ROW) + zip5([("IA", 1, "05102", "0")], "2026Q2")[:82], "different quarters: 2026Q1, 2026Q2"),
    ],
)  # fmt: skip
def test_what_is_no_zip5_is_refused(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        read_zip5([write(tmp_path, name, content)])
    assert says in str(refused.value)


def test_rows_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    read = read_zip5([write(tmp_path, "zip5.txt", b"?\r\n" + zip5([*ROW, *ROW]))])
    assert (read.rows, read.unreadable) == (FEWEST + 1, 2)
    assert read.told == (
        "zip5.txt, line 1: it is not laid out as a record of this file",
        "zip5.txt, line 3: its ZIP code was there before",
    )


# ---- places of service

HEADER = "code,facility,name,from,to\n"
OTHERS = "".join(f"{number},non-facility,made up,,\n" for number in range(50, 90))
POS = HEADER + "11,non-facility,office,,2027-12-31\n91,facility,the new place,2027-07-01,\n" + OTHERS


def test_places_of_service_have_their_days(tmp_path: Path) -> None:
    editions = tmp_path / "editions"
    file = write(tmp_path, "pos-2027q3.csv", POS.encode())
    kept, _ = import_edition(editions, "pos", [file], now=NOW)
    assert (kept.edition.name, kept.rows) == ("2027Q3", 42)
    assert import_edition(editions, "pos", [file], now=NOW) == (kept, False)
    sections, told = read_code_sets(LCD_DATA, editions)
    found = CodeSet.read(Sections(memoryview(pack_sections(sections, told))), "place_of_service")
    assert found.edition == "2027Q3"
    assert [found.valid("91", date(2027, month, 1)) for month in (6, 7, 8)] == [False, True, True]
    assert [found.valid("11", on) for on in (date(2027, 12, 31), date(2028, 1, 1))] == [True, False]
    new = found.get("91")
    assert new is not None
    assert new.setting == "facility"


def test_an_older_edition_does_not_replace_what_comes_along(tmp_path: Path) -> None:
    import_edition(tmp_path, "pos", [write(tmp_path, "p.csv", POS.encode())], now=NOW, quarter="2023Q1")
    _, told = read_code_sets(LCD_DATA, tmp_path)
    assert told["place_of_service"] == EDITIONS["place_of_service"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("p.csv", "code,name\n11,office\n", "p.csv, line 1: there is no column facility"),
        ("p.csv", POS.replace("91,facility", "91,maybe"), "p.csv, line 3: facility must be one of"),
        ("p.csv", POS.replace("2027-07-01", "7/1/2027"), "p.csv, line 3: from must be a date"),
        ("p.csv", POS.replace("91,", "11,"), "p.csv, line 3: 11 is there twice"),
        ("p.csv", POS.replace("91,", "1,"), "p.csv: 1 is no place of service, which has two digits"),
        ("p.csv", HEADER + "11,facility,office,,\n", "p.csv has 1 places of about 50"),
        ("p.csv", POS.rstrip("\n"), "does not end with a line break"),
        ("p.csv", "<!doctype html>\n", "p.csv is a web page, not data"),
        ("p.txt", POS, "p.txt is neither a zip file nor one of .csv"),
    ],
)
def test_what_is_no_list_of_places_is_refused(tmp_path: Path, name: str, content: str, says: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        read_pos([write(tmp_path, name, content.encode())])
    assert says in str(refused.value)


def test_places_of_service_come_in_one_file(tmp_path: Path) -> None:
    file = write(tmp_path, "p.csv", POS.encode())
    two = write(tmp_path, "two.zip", zipped({"a.csv": POS.encode(), "b.csv": POS.encode()}))
    for files in ([file, file], [two]):
        with pytest.raises(ImportRefused, match="come in one"):
            read_pos(files)
