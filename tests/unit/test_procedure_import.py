"""Official fee schedules and HCPCS files, whole and damaged: what is read, what is refused, and in which words."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from scrubber.importers import ImportRefused
from scrubber.importers.hcpcs import read_hcpcs
from scrubber.importers.official_table import OfficialTable
from scrubber.importers.pprrvu import read_pprrvu
from scrubber.reference.fee_schedule import FeeRow, FeeSchedule, read_fee_table
from scrubber.reference.hcpcs import HcpcsCodes, HcpcsRow, pack_hcpcs, read_hcpcs_table
from scrubber.reference.ncci import Edition
from tests.unit.ncci_files import mue_csv, write, xlsx, zipped
from tests.unit.procedure_files import (
    FEE_NAMES,
    FEE_ROWS,
    HCPCS_ROWS,
    fee_csv,
    fee_row,
    hcpcs_record,
    hcpcs_text,
)

DAY = date(2026, 11, 2)
EDITION = Edition(name="2026Q4", effective=date(2026, 10, 1), speaks_from=date.min)
Read = Callable[[list[Path]], OfficialTable]


def fees(table: OfficialTable) -> FeeSchedule:
    return FeeSchedule([(EDITION, read_fee_table(memoryview(table.content)))])


def codes(table: OfficialTable) -> HcpcsCodes:
    return HcpcsCodes([(EDITION, read_hcpcs_table(memoryview(table.content)))])


ZIP_2026 = {
    "GPCI2026.csv": b"Medicare Administrative Contractor (MAC),State\r\n",
    "PPRRVU2026_Jan_QPP.csv": b"never opened",
    "PPRRVU2026_Jan_nonQPP.csv": fee_csv(year=2026, month="January"),
    "PPRRVU2026_Jan_nonQPP.xlsx": b"never opened",
    "RVU26A.pdf": b"%PDF",
}


@pytest.mark.parametrize(
    ("name", "content", "quarter"),
    [
        ("rvu24ar.zip", zipped({"PPRRVU24_JAN.csv": fee_csv(year=2024, month="January")}), "2024Q1"),
        ("PPRRVU25_APR.csv", fee_csv(month="April"), "2025Q2"),
        ("PPRRVU2025_Oct.csv", fee_csv(), "2025Q4"),
        ("renamed.csv", fee_csv(month="July"), "2025Q3"),
        ("rvu26a.zip", zipped(ZIP_2026), "2026Q1"),
        ("download.zip", zipped({"rvu25d.zip": zipped({"PPRRVU2025_Oct.csv": fee_csv()})}), "2025Q4"),
        ("sheet.xlsx", xlsx([["2025 National Physician Fee Schedule Relative Value File October Release"],
                             *FEE_NAMES, *[row[:25] for row in FEE_ROWS]]), "2025Q4"),
    ],
)  # fmt: skip
def test_the_fee_schedule_in_every_layout(tmp_path: Path, name: str, content: bytes, quarter: str) -> None:
    table = read_pprrvu([write(tmp_path, name, content)])
    assert (table.rows, table.unreadable, table.dated, table.quarter) == (6, 0, False, quarter)
    assert b"description" not in table.content
    read = fees(table)
    surgery = read.entry("22551", DAY)
    assert surgery is not None
    assert surgery.row == FeeRow(
        status="A", pc_tc="0", global_days="090", multiple="0", bilateral="0", assistant="2", co_surgeon="2",
        team="0", rare_in_office=True, rare_in_facility=False, office_total=5174, facility_total=197,
        conversion_factor=323465,
    )  # fmt: skip
    by_component = {
        component: (entry.row.office_total, entry.row.rare_in_facility)
        for component in ("", "26", "TC", "53")
        if (entry := read.entry("72040", DAY, component))
    }
    assert by_component == {"": (119, False), "26": (32, False), "TC": (275, True)}
    noncovered = read.entry("98943", DAY)
    assert noncovered is not None
    assert noncovered.row.status == "N"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"component": "25"}, "a modifier is not 26, TC or 53"),
        ({"status": "a"}, "a status is not one letter"),
        ({"status": ""}, "a status is not one letter"),
        ({"days": "030"}, "the global days"),
        ({"bilateral": "12"}, "an indicator is not one digit"),
        ({"pc_tc": ""}, "an indicator is not one digit"),
        ({"office_na": "N/A"}, "an NA indicator"),
        ({"facility_total": "nan"}, "a total or the conversion factor is not a number"),
        ({"factor": ""}, "a total or the conversion factor is not a number"),
        ({"code": "9921"}, None),
        ({"code": "99-13"}, "a code is not"),
    ],
)
def test_faults_of_a_row(tmp_path: Path, changed: dict[str, str], why: str | None) -> None:
    code = changed.pop("code", "99214")
    content = fee_csv([FEE_ROWS[0], fee_row(code, **changed), FEE_ROWS[1]])
    table = read_pprrvu([write(tmp_path, "PPRRVU25_OCT.csv", content)])
    assert (table.unreadable, bool(table.told)) == ((1, True) if why else (0, False))
    assert why is None or why in table.told[0]


def test_a_code_with_two_rows(tmp_path: Path) -> None:
    rows = [FEE_ROWS[0], FEE_ROWS[0], fee_row("99213", status="N"), FEE_ROWS[1]]
    table = read_pprrvu([write(tmp_path, "PPRRVU25_OCT.csv", fee_csv(rows))])
    assert (table.rows, table.unreadable) == (2, 1)
    assert "two rows" in table.told[0]


@pytest.mark.parametrize(
    ("name", "content", "quarter"),
    [
        ("HCPC2026_OCT_ANWEB.txt", hcpcs_text(), "2026Q4"),
        (
            "october-2026-alpha-numeric-hcpcs-file.zip",
            zipped(
                {"HCPC2026_OCT_ANWEB.txt": hcpcs_text(), "HCPC2026_recordlayout.txt": b"CMS RIF REPORT\n"}
            ),
            "2026Q4",
        ),
        ("codes.txt", hcpcs_text(), None),
    ],
)
def test_hcpcs_in_every_form(tmp_path: Path, name: str, content: bytes, quarter: str | None) -> None:
    table = read_hcpcs([write(tmp_path, name, content)])
    assert (table.rows, table.unreadable, table.dated, table.quarter) == (5, 0, True, quarter)
    assert table.newest == date(2018, 1, 1)
    assert b"xxx" not in table.content
    read = codes(table)
    assert read.row("A4550", DAY) == HcpcsRow(date(1982, 1, 1), None)
    assert read.row("G0515", DAY) == HcpcsRow(date(2018, 1, 1), date(2019, 12, 31))
    # A record without the date the code was added has that of its last action.
    assert read.row("J3301", DAY) == HcpcsRow(date(2009, 1, 1), None)
    # Modifiers stand in a room of their own: GP is no procedure.
    assert read.row("GP", DAY) is None
    assert read.modifier("GP") == HcpcsRow(date(1999, 1, 1), None)
    assert read.modifier("QQ") == HcpcsRow(date(2015, 7, 1), date(2020, 12, 31))
    assert read.modifier("A4550") is None
    assert read.edition_of_modifiers == EDITION


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"code": "A4550"}, "a code is there twice"),
        ({"code": "44550"}, "neither a procedure nor a modifier"),
        ({"code": "GP"}, "neither a procedure nor a modifier"),
        ({"code": "B4034", "added": "2018"}, "a date is not written"),
        ({"code": "B4034", "added": "20180101", "terminated": "20171231"}, "ends before it begins"),
    ],
)
def test_faults_of_a_record(tmp_path: Path, row: dict[str, str], why: str) -> None:
    content = hcpcs_text([HCPCS_ROWS[0], row, HCPCS_ROWS[1]])
    table = read_hcpcs([write(tmp_path, "HCPC2026_OCT_ANWEB.txt", content)])
    assert (table.rows, table.unreadable) == (4, 1)
    assert why in table.told[0]


def test_an_edition_without_modifiers_says_nothing_of_them() -> None:
    content = pack_hcpcs({"J3301": HcpcsRow(None, None)})
    read = HcpcsCodes([(EDITION, read_hcpcs_table(memoryview(content)))])
    assert read.modifier("GP") is None
    assert read.edition_of_modifiers is None


HTML = b"\r\n<!DOCTYPE html><html><title>License</title></html>"
FACTOR_BEHIND = [*FEE_NAMES[:3], (*("" if name == "FACTOR" else name for name in FEE_NAMES[3]), "FACTOR")]
MOVED = [*FEE_NAMES[:3], (*FEE_NAMES[3][:13], "DAYS", "IND", *FEE_NAMES[3][15:])]


@pytest.mark.parametrize(
    ("read", "name", "content", "says"),
    [
        (read_pprrvu, "rvu26a.zip", HTML, "is a web page, not data"),
        (read_pprrvu, "rvu26a.zip", zipped({"PPRRVU26_JAN.csv": fee_csv()})[:-30], "is damaged or cut off"),
        (read_pprrvu, "PPRRVU25_OCT.csv", fee_csv()[:-30], "may be cut off"),
        (read_pprrvu, "r.zip", zipped({"PPRRVU25_OCT.csv": fee_csv()[:-20]}), "breaks off in line"),
        (read_pprrvu, "r.zip", zipped({"PPRRVU25_OCT.csv": fee_csv()[:-130]}), "breaks off in line"),
        (read_pprrvu, "PPRRVU26_JAN.csv", fee_csv(), "different quarters: 2025Q4, 2026Q1"),
        (read_pprrvu, "PPRRVU25_OCT.csv", fee_csv(names=MOVED), "the columns are not those of 2024 to 2026"),
        (
            read_pprrvu,
            "PPRRVU25_OCT.csv",
            fee_csv(names=FACTOR_BEHIND),
            "the columns are not those of 2024 to 2026",
        ),
        (read_pprrvu, "PPRRVU25_OCT.csv", mue_csv(), "another kind of file"),
        (read_pprrvu, "PPRRVU25_OCT.csv", fee_csv([]), "has no rows"),
        (read_pprrvu, "r.zip", zipped({"a.csv": fee_csv(), "b.csv": fee_csv()}), "2 files could be"),
        (read_pprrvu, "r.zip", zipped({"../PPRRVU25_OCT.csv": fee_csv()}), "names a place outside"),
        (read_hcpcs, "h.txt", HTML, "is a web page, not data"),
        (read_hcpcs, "h.txt", b"CMS RIF REPORT\n", "does not begin with a record of HCPCS"),
        (read_hcpcs, "h.txt", hcpcs_text()[:-40], "may be cut off"),
        (read_hcpcs, "h.zip", zipped({"h.txt": hcpcs_text()[:-100]}), "breaks off in line 7"),
        (read_hcpcs, "h.zip", zipped({"a.txt": hcpcs_text(), "b.txt": hcpcs_text()}), "2 files could be"),
        (read_hcpcs, "h.txt", (hcpcs_record({"code": "A4550"}, "4") + "\n").encode(), "has no rows"),
    ],
)
def test_what_is_refused_and_why(tmp_path: Path, read: Read, name: str, content: bytes, says: str) -> None:
    with pytest.raises(ImportRefused, match=says) as refused:
        read([write(tmp_path, name, content)])
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 250
