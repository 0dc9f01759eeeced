"""Official NCCI files, whole and damaged: what is read, what is refused, and in which words."""

import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random

import pytest

from scrubber.importers import ImportRefused, official_files, official_rows
from scrubber.importers import xlsx as spreadsheets
from scrubber.importers.add_on import read_add_on
from scrubber.importers.mue import read_mue
from scrubber.importers.ncci_ptp import read_ncci_ptp
from scrubber.importers.official_table import OfficialTable, day
from scrubber.reference.ncci import (
    AddOns,
    AddOnType,
    Edition,
    Pairs,
    PairTable,
    read_add_on_table,
    read_unit_table,
)
from tests.unit.ncci_files import (
    AOC_HEADER,
    AOC_ROWS,
    MUE_HEADER,
    MUE_NOTICE,
    MUE_ROWS,
    PTP_HEADER,
    PTP_ROWS,
    aoc_fixed,
    mue_csv,
    ptp_parts,
    ptp_text,
    write,
    xlsx,
    zipped,
)

EDITION = Edition(name="2026Q4", effective=date(2026, 10, 1), speaks_from=date.min)
Read = Callable[[list[Path]], OfficialTable]


def pairs(table: OfficialTable) -> Pairs:
    return Pairs([(EDITION, PairTable(memoryview(table.content)))])


def add_ons(table: OfficialTable) -> AddOns:
    return AddOns([(EDITION, read_add_on_table(memoryview(table.content)))])


PTP_SHEET = [line.split("\t") for line in PTP_HEADER.splitlines()] + [list(row) for row in PTP_ROWS]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ccipra-v323r0.TXT", ptp_text()),
        ("ccipra-v323r0.zip", zipped({"ccipra-v323r0.TXT": ptp_text(), "notice.pdf": b"%PDF"})),
        ("ccipra-v323r0.xlsx", xlsx(PTP_SHEET)),
        ("inline.xlsx", xlsx(PTP_SHEET, shared=False)),
        ("both.zip", zipped({"ccipra-v323r0.TXT": ptp_text(), "ccipra-v323r0.xlsx": b"PK never opened"})),
        ("sheet.zip", zipped({"a/ccipra-v323r0.xlsx": xlsx(PTP_SHEET)})),
        ("nested.zip", zipped({"inner.zip": zipped({"ccipra-v323r0.TXT": ptp_text()})})),
    ],
)
def test_pairs_in_every_form(tmp_path: Path, name: str, content: bytes) -> None:
    table = read_ncci_ptp([write(tmp_path, name, content)])
    assert (table.rows, table.unreadable, table.dated) == (5, 0, True)
    assert table.quarter == ("2026Q4" if "323" in name or "zip" in name else None)
    assert table.newest == date(2020, 4, 1)
    read = pairs(table)
    pair = read.pair("97140", "98941", date(2026, 3, 2))
    assert pair is not None
    assert (pair.column_one, pair.column_two, pair.modifier_allowed) == ("98941", "97140", True)
    assert pair.rationale == "Standards of medical/surgical practice"
    held = [read.pair("98940", "99213", on) is not None for on in (date(2012, 12, 31), date(2013, 1, 1))]
    assert held == [False, True]
    days = (date(2019, 12, 31), date(2020, 1, 1), date(2020, 3, 31), date(2020, 4, 1))
    assert [read.pair("98940", "99213", on) is not None for on in days] == [True, False, False, True]
    old = read.pair("00100", "22551", date(1996, 1, 1))
    assert old is not None
    assert not old.modifier_allowed


def test_the_four_parts_are_one_edition(tmp_path: Path) -> None:
    table = read_ncci_ptp(ptp_parts(tmp_path))
    assert table.quarter == "2026Q4"
    assert len(PairTable(memoryview(table.content))) == 4
    with pytest.raises(ImportRefused, match="only f1, f3 given"):
        read_ncci_ptp([path for path in sorted(tmp_path.iterdir()) if "f1" in path.name or "f3" in path.name])
    parts = [*ptp_parts(tmp_path)[:3], ptp_parts(tmp_path, "v322r0")[3]]
    with pytest.raises(ImportRefused, match="different quarters: 2026Q3, 2026Q4"):
        read_ncci_ptp(parts)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("MCR_MUE_PractitionerServices_Eff_10-01-2026.csv", mue_csv()),
        ("medicare-ncci-2026-q4-practitioner-services-mue-table.zip", zipped({"table.csv": mue_csv()})),
        ("mue_2026Q4.xlsx", xlsx([(MUE_NOTICE,), MUE_HEADER, *MUE_ROWS])),
        (
            "moved-2026Q4.csv",
            mue_csv([row[::-1] for row in MUE_ROWS], header=MUE_HEADER[::-1]),
        ),
    ],
)
def test_unit_limits_in_every_form(tmp_path: Path, name: str, content: bytes) -> None:
    table = read_mue([write(tmp_path, name, content)])
    assert (table.rows, table.quarter, table.dated) == (3, "2026Q4", False)
    rows = read_unit_table(memoryview(table.content))
    read = {
        code: (row.units, row.indicator, row.rationale)
        for code in list(rows.keys())
        if (row := rows.get(code))
    }
    assert read == {
        "64483": (1, 2, "CMS Policy"),
        "97110": (6, 3, "Clinical: Data"),
        "J3301": (16, 1, "Prescribing Information"),
    }


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("AOC_V2026Q4_01-MCR.txt", aoc_fixed()),
        ("AOC_V2026Q4-MCR.xlsx", xlsx([("Add-on Code Edits",), AOC_HEADER, *AOC_ROWS])),
        ("tabs-2026q4.txt", "".join("\t".join(row) + "\n" for row in (AOC_HEADER, *AOC_ROWS)).encode()),
        ("AOC.zip", zipped({"AOC_V2026Q4-MCR.txt": aoc_fixed(), "AOC_V2026Q4-MCR.xlsx": b""})),
    ],
)
def test_add_on_codes_in_every_form(tmp_path: Path, name: str, content: bytes) -> None:
    table = read_add_on([write(tmp_path, name, content)])
    assert (table.rows, table.quarter, table.dated) == (4, "2026Q4", True)
    assert table.newest == date(2017, 1, 1)
    read = add_ons(table)
    days = (date(2013, 3, 31), date(2013, 4, 1), date(2020, 12, 31), date(2021, 1, 1))
    assert [read.add_on("22552", on) is not None for on in days] == [False, True, True, False]
    listed = read.add_on("64484", date(2026, 3, 2))
    assert listed is not None
    assert listed.primaries == {"64483"}
    decided = read.add_on("61783", date(2026, 3, 2))
    assert decided is not None
    assert (decided.type, decided.primaries) == (AddOnType.CONTRACTOR, frozenset())
    # The add-on code itself was deleted at the end of 2025.
    assert [read.add_on("96160", on) is not None for on in (date(2025, 12, 31), date(2026, 1, 1))] == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("20261001", date(2026, 10, 1)),
        ("2026274", date(2026, 10, 1)),
        ("2024366", date(2024, 12, 31)),
        ("*", None),
        ("", None),
        ("9999999", None),
    ],
)
def test_days(text: str, means: date | None) -> None:
    assert day(text) == means


@pytest.mark.parametrize(
    "text", ["2025366", "2026000", "20261301", "10/1/26", "202610", "abcdefg", "-026001"]
)
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(ValueError, match="a date is not written"):
        day(text)


# rows that can't be read


def many_pairs(count: int, bad: int) -> bytes:
    rows = [(f"{number:05}", "99999", "", "20200101", "*", "1", "x") for number in range(count)]
    rows[1 : bad + 1] = [("bad row", "", "", "", "", "", "")] * bad
    return ptp_text(rows)


def test_a_few_rows_that_cannot_be_read_are_reported(tmp_path: Path) -> None:
    table = read_ncci_ptp([write(tmp_path, "p.txt", many_pairs(100, 10))])
    assert (table.rows, table.unreadable) == (90, 10)
    assert table.told[0] == "p.txt, line 9: a code is not five letters and digits"
    assert len(table.told) == 5


def test_more_of_them_refuse_the_import(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"11 rows can't be read, the first: p.txt, line 9"):
        read_ncci_ptp([write(tmp_path, "p.txt", many_pairs(100, 11))])
    assert read_ncci_ptp([write(tmp_path, "p.txt", many_pairs(20_000, 20))]).unreadable == 20
    with pytest.raises(ImportRefused, match="21 rows"):
        read_ncci_ptp([write(tmp_path, "p.txt", many_pairs(20_000, 21))])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({0: "9894"}, None),
        ({0: "98-41"}, "a code is not"),
        ({1: "98941"}, "paired with itself"),
        ({3: "2020"}, "a date is not"),
        ({4: "19980101"}, "ends before it begins"),
        ({5: "2"}, "indicator is not"),
    ],
)
def test_faults_of_a_pair(tmp_path: Path, change: dict[int, str], why: str | None) -> None:
    row = [change.get(place, cell) for place, cell in enumerate(PTP_ROWS[0])]
    table = read_ncci_ptp([write(tmp_path, "p.txt", ptp_text([PTP_ROWS[2], row, PTP_ROWS[3]]))])
    assert (table.unreadable, bool(table.told)) == ((1, True) if why else (0, False))
    assert why is None or why in table.told[0]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("97110", "many", "3 x", "y"), "units"),
        (("97110", "6", "9 x", "y"), "adjudication indicator"),
        (("9711", "6", "3 x", "y"), None),
        (("J3301", "17", "1 Line Edit", "y"), "two limits"),
    ],
)
def test_faults_of_a_unit_limit(tmp_path: Path, row: tuple[str, ...], why: str | None) -> None:
    table = read_mue([write(tmp_path, "m.csv", mue_csv([MUE_ROWS[2], row, MUE_ROWS[0]]))])
    assert bool(table.told) is (why is not None)
    assert why is None or why in table.told[0]


# damage and the wrong file


def bomb(ratio_only: bool) -> bytes:
    return zipped({"ccipra-v323r0.TXT": bytes(8 * 1024**2 if ratio_only else 1024)})


def traversal(name: str) -> bytes:
    return zipped({name: ptp_text()})


def locked() -> bytes:
    content = bytearray(zipped({"a.TXT": ptp_text()}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    return bytes(content)


def corrupted() -> bytes:
    content = bytearray(
        zipped(
            {"a.TXT": ptp_text([(f"{n:05}", "99999", "", "20200101", "*", "1", "x") for n in range(2000)])}
        )
    )
    content[2000] ^= 0xFF
    return bytes(content)


def packed_otherwise() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.TXT", ptp_text())
    return buffer.getvalue()


def begins_before_the_file() -> bytes:
    content = bytearray(zipped({"a.TXT": ptp_text()}))
    at = content.rindex(b"PK\x05\x06") + 16  # where the directory begins, by which all places are moved
    content[at : at + 4] = (int.from_bytes(content[at : at + 4], "little") + 50).to_bytes(4, "little")
    return bytes(content)


HTML = b"\r\n<!DOCTYPE html><html><title>License</title></html>"


@pytest.mark.parametrize(
    ("read", "name", "content", "says"),
    [
        (read_ncci_ptp, "p.zip", HTML, "is a web page, not data"),
        (read_ncci_ptp, "p.txt", HTML, "is a web page, not data"),
        (read_mue, "m.csv", HTML, "is a web page, not data"),
        (read_ncci_ptp, "p.zip", b"", "is neither a zip file"),
        (read_ncci_ptp, "p.doc", b"\xd0\xcf\x11\xe0", "is neither a zip file"),
        (read_ncci_ptp, "p.zip", zipped({"a.TXT": ptp_text()})[:-30], "is damaged or cut off"),
        (read_ncci_ptp, "p.zip", corrupted(), "is damaged or cut off"),
        (
            read_ncci_ptp,
            "p.zip",
            zipped({"a.zip": zipped({"a.TXT": ptp_text()})[:-30]}),
            "is damaged or cut off",
        ),
        (read_ncci_ptp, "p.zip", locked(), "locked with a password"),
        (read_ncci_ptp, "p.zip", packed_otherwise(), "packed in a way that no official download is"),
        (read_ncci_ptp, "p.zip", begins_before_the_file(), "is damaged or cut off"),
        (read_ncci_ptp, "p.zip", zipped({"readme.pdf": b"%PDF"}), "has no file with ending"),
        (read_ncci_ptp, "p.zip", bomb(ratio_only=True), "more than 200 times its size"),
        (read_ncci_ptp, "p.zip", traversal("../a.TXT"), "names a place outside"),
        (read_ncci_ptp, "p.zip", traversal("/etc/a.TXT"), "names a place outside"),
        (read_ncci_ptp, "p.zip", traversal("C:/a.TXT"), "names a place outside"),
        (
            read_ncci_ptp,
            "p.zip",
            zipped({"a.zip": zipped({"b.zip": zipped({"c.TXT": ptp_text()})})}),
            "nested deeper",
        ),
        (
            read_ncci_ptp,
            "p.zip",
            zipped({"ccioph-v323r0-f1.TXT": ptp_text()}),
            "not of the practitioner edits",
        ),
        (read_ncci_ptp, "p.txt", mue_csv(), "another kind of file"),
        (read_ncci_ptp, "p.txt", PTP_HEADER.encode(), "another kind of file"),
        (read_ncci_ptp, "p.txt", ptp_text()[:-30], "may be cut off"),
        (read_ncci_ptp, "p.zip", zipped({"p.TXT": ptp_text()[:-50]}), "breaks off in line 12"),
        (
            read_ncci_ptp,
            "p.zip",
            zipped({"p.TXT": ptp_text().decode().encode("utf-16")}),
            "another kind of file",
        ),
        (read_ncci_ptp, "p.xlsx", b"PK\x03\x04 nothing", "is not a whole spreadsheet"),
        (
            read_ncci_ptp,
            "p.xlsx",
            zipped({"xl/worksheets/sheet1.xml": b"<worksheet><row"}),
            "is not a whole spreadsheet",
        ),
        (
            read_ncci_ptp,
            "p.xlsx",
            zipped({"xl/worksheets/sheet1.xml": b'<?xml version="1.0" encoding="x"?><worksheet/>'}),
            "is not a whole spreadsheet",
        ),
        (
            read_ncci_ptp,
            "p.xlsx",
            zipped({"xl/worksheets/sheet1.xml": bytes(8 * 1024**2)}),
            "more than 200 times",
        ),
        (read_mue, "m.csv", ptp_text(), "another kind of file"),
        (read_mue, "m.csv", mue_csv()[:-60], "may be cut off"),
        (read_mue, "m.zip", zipped({"m.csv": mue_csv()[:40]}), "a quote is left open"),
        (read_mue, "m.zip", zipped({"m.csv": mue_csv()[:-35]}), "breaks off in line 8"),
        (read_mue, "m.csv", mue_csv([]), "has no rows"),
        (
            read_mue,
            "m.csv",
            mue_csv(
                header=(
                    "HCPCS/CPT Code",
                    "Outpatient Hospital Services MUE Values",
                    "MUE Adjudication Indicator",
                    "MUE Rationale",
                )
            ),
            "not of the practitioner services",
        ),
        (
            read_mue,
            "m.csv",
            mue_csv(header=("Code", "Practitioner Services MUE Values", "x", "y")),
            "lacks a column",
        ),
        (read_add_on, "a.txt", ptp_text(), "another kind of file"),
        (read_add_on, "a.txt", aoc_fixed()[:-45], "may be cut off"),
        (read_add_on, "a.zip", zipped({"a.txt": aoc_fixed()[:-35]}), "breaks off in line 4"),
    ],
)
def test_what_is_refused_and_why(tmp_path: Path, read: Read, name: str, content: bytes, says: str) -> None:
    with pytest.raises(ImportRefused, match=says) as refused:
        read([write(tmp_path, name, content)])
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 250


def test_a_download_larger_than_any(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(official_files, "MOST_BYTES", 600)
    for name, content in (("p.zip", zipped({"a.TXT": ptp_text()})), ("p.txt", ptp_text())):
        with pytest.raises(ImportRefused, match=r"larger than any|more than any"):
            read_ncci_ptp([write(tmp_path, name, content)])


def test_a_member_gives_no_more_than_it_declares(tmp_path: Path) -> None:
    # The size in the directory says 10 bytes, the packed data holds more.
    content = bytearray(zipped({"a.TXT": ptp_text()}))
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")
    with pytest.raises(ImportRefused, match=r"damaged|another kind"):
        read_ncci_ptp([write(tmp_path, "p.zip", bytes(content))])


@pytest.mark.parametrize("name", ["p.txt", "p.csv", "p.xlsx"])
def test_no_line_and_no_row_without_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(official_rows, "LONGEST_LINE", 5_000)
    monkeypatch.setattr(spreadsheets, "LONGEST_ELEMENT", 50_000)
    random = Random(1)
    codes = [f"{random.randrange(10**9)}" for _ in range(20_000)]
    content = xlsx([codes], shared=False) if name == "p.xlsx" else "\t".join(codes).encode() + b"\n"
    with pytest.raises(ImportRefused, match=r"a line that does not end|not a whole spreadsheet"):
        (read_mue if name == "p.csv" else read_ncci_ptp)([write(tmp_path, name, content)])


def test_texts_of_a_spreadsheet_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "MOST_SHARED", 100)
    with pytest.raises(ImportRefused, match="shares more text between its cells"):
        read_ncci_ptp([write(tmp_path, "p.xlsx", xlsx(PTP_ROWS))])


def test_many_members(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(1001):
            archive.writestr(f"{number}.pdf", b"")
    with pytest.raises(ImportRefused, match="more than any official download"):
        read_ncci_ptp([write(tmp_path, "p.zip", buffer.getvalue())])
