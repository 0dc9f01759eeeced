"""Writes NCCI files the way CMS lays them out, from rows of text."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

PTP_HEADER = (
    "CPT codes, descriptions and other data only are copyright of their owner.\r\n"
    "All rights reserved.\r\n"
    "Column 1/Column 2 Edits\r\n"
    "Column 1\tColumn 2\t* = in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale\r\n"
    "\t\tprior to 1996\tDate\tDate\t0=not allowed\t\r\n"
    "\t\t\t\t*=no data\t1=allowed\t\r\n"
    "\t\t\t\t\t9=not applicable\t\r\n"
)
MUE_NOTICE = "CPT codes \xa9 of their owner.\nAll rights reserved.\nFee schedules are not part of it."
MUE_HEADER = (
    "HCPCS/\nCPT Code",
    "Practitioner Services MUE Values",
    "MUE Adjudication Indicator",
    "MUE Rationale",
)
AOC_HEADER = (
    "AOC_Edit_Type", "Add-On_Code", "AOC_Del_Dt (Julian)", "Primary_Code", "Primary_Code_Del_Dt (Julian)",
    "AOC_Edit_Eff_Dt (Julian)", "AOC_Edit_Del_Dt (Julian)", "Special_Instruction_Notes",
)  # fmt: skip
AOC_WIDTHS = (1, 5, 7, 5, 7, 7, 7)

PTP_ROWS = (
    ("98941", "97140", "", "19990101", "*", "1", "Standards of medical/surgical practice"),
    ("97140", "98941", "", "19960101", "19960101", "9", "Mutually exclusive procedures"),
    ("98940", "99213", "", "20130101", "20191231", "1", "CPT Manual or CMS manual coding instruction"),
    ("98940", "99213", "", "20200401", "*", "1", "CPT Manual or CMS manual coding instruction"),
    ("00100", "22551", "*", "19960101", "*", "0", "More extensive procedure"),
)
MUE_ROWS = (
    ("64483", "1", "2 Date of Service Edit: Policy", "CMS Policy"),
    ("97110", "6", "3 Date of Service Edit: Clinical", "Clinical: Data"),
    ("J3301", "16", "1 Line Edit", "Prescribing Information"),
)
AOC_ROWS = (
    ("1", "64484", "", "64483", "", "2013091", "", ""),
    ("1", "22552", "", "22551", "", "2013091", "2020366", ""),
    ("2", "61783", "", "CCCCC", "", "2013091", "", "contractor"),
    ("3", "96160", "2025365", "99213", "", "2017001", "", ""),
)


def ptp_text(rows: Iterable[Sequence[str]] = PTP_ROWS) -> bytes:
    return (PTP_HEADER + "".join("\t".join(row) + "\r\n" for row in rows)).encode("latin-1")


def mue_csv(rows: Iterable[Sequence[str]] = MUE_ROWS, header: Sequence[str] = MUE_HEADER) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerows([(MUE_NOTICE, "", "", ""), header, *rows])
    return buffer.getvalue().encode("latin-1")


def aoc_fixed(rows: Iterable[Sequence[str]] = AOC_ROWS) -> bytes:
    lines = (
        "".join(cell.ljust(width) for cell, width in zip(row, AOC_WIDTHS, strict=False)) + row[7]
        for row in rows
    )
    return "".join(line + "\r\n" for line in lines).encode()


def xlsx(rows: Iterable[Sequence[str]], *, shared: bool = True) -> bytes:
    """A spreadsheet: texts shared or inline, whole numbers as numbers, empty cells left out."""
    strings: dict[str, int] = {}
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = []
        for column, value in enumerate(row):
            place = f"{chr(65 + column)}{number}"
            if value.isdigit():
                cells.append(f'<c r="{place}"><v>{value.lstrip("0") or "0"}</v></c>')
            elif value and shared:
                text = strings.setdefault(value, len(strings))
                cells.append(f'<c r="{place}" t="s"><v>{text}</v></c>')
            elif value:
                cells.append(f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>')
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    name = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    texts = "".join(
        f"<si><r><t>{escape(text[:1])}</t></r><r><t>{escape(text[1:])}</t></r></si>" for text in strings
    )
    parts = {
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{name}"><sheetData>{"".join(lines)}</sheetData></worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{name}">{texts}</sst>',
    }
    return zipped({part: text.encode() for part, text in parts.items()})


def zipped(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def write(directory: Path, name: str, content: bytes) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / name
    path.write_bytes(content)
    return path


def ptp_parts(
    directory: Path, version: str = "v323r0", rows: Sequence[Sequence[str]] = PTP_ROWS
) -> list[Path]:
    """The four zips of an edition, the rows dealt out to them."""
    return [
        write(
            directory,
            f"medicare-ncci-practitioner-ptp-edits-ccipra-{version}-f{part}.zip",
            zipped(
                {f"ccipra-{version}-f{part}.TXT": ptp_text([rows[part % len(rows)], *rows[part - 1 :: 4]])}
            ),
        )
        for part in range(1, 5)
    ]
