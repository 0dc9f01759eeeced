"""Writes the fee schedule and the HCPCS file the way CMS lays them out, from rows of text."""

import csv
import io
from collections.abc import Iterable, Mapping

FEE_TITLE = "{year} National Physician Fee Schedule Relative Value File {month} Release"
FEE_NAMES = (
    ("", "", "", "", "NOT USED"),
    ("", "", "", "", "FOR"),
    (
        "", "", "", "STATUS", "MEDICARE", "WORK", "NON-FAC", "NA", "FACILITY", "NA", "MP", "NON-FACILITY", "FACILITY",
        "PCTC", "GLOB", "PRE", "INTRA", "POST", "MULT", "BILAT", "ASST", "CO-", "TEAM", "ENDO", "CONV", "DIAGNOSTIC",
        "CALCULATION", "FAMILY", "PAYMENT", "PAYMENT", "PAYMENT",
    ),
    (
        "HCPCS", "MOD", "DESCRIPTION", "CODE", "PAYMENT", "RVU", "PE RVU", "INDICATOR", "PE RVU", "INDICATOR", "RVU",
        "TOTAL", "TOTAL", "IND", "DAYS", "OP", "OP", "OP", "PROC", "SURG", "SURG", "SURG", "SURG", "BASE", "FACTOR",
        "PROCEDURES", "FLAG", "INDICATOR", "AMOUNT", "AMOUNT", "AMOUNT",
    ),
)  # fmt: skip
WITH_PRICING = 23
"""Where 2026 inserted PRIC IND."""


def fee_row(code: str, component: str = "", **changed: str) -> list[str]:
    """A row of the file to 2025, a paid visit where nothing else is said."""
    cells = {
        "code": code, "component": component, "description": "A description, in quotes", "status": "A", "not_used": "",
        "work": "1.30", "office_pe": "1.35", "office_na": "", "facility_pe": "0.57", "facility_na": "", "mp": "0.10",
        "office_total": "2.75", "facility_total": "1.97", "pc_tc": "0", "days": "XXX", "pre": "0.00", "intra": "0.00",
        "post": "0.00", "multiple": "0", "bilateral": "0", "assistant": "0", "co_surgeon": "0", "team": "0",
        "endo": "", "factor": "32.3465", "supervision": "09", "flag": "0", "family": "99", "a": "0.00", "b": "0.00",
        "c": "0.00",
    }  # fmt: skip
    assert changed.keys() <= cells.keys()
    return list((cells | changed).values())


FEE_ROWS = (
    fee_row("99213"),
    fee_row("72040", pc_tc="1", office_total="1.19"),
    fee_row("72040", "26", pc_tc="1", office_total="0.32", facility_total="0.32"),
    fee_row("72040", "TC", pc_tc="1", facility_na="NA"),
    fee_row("22551", days="090", office_na="NA", assistant="2", co_surgeon="2", office_total="51.74"),
    fee_row("98943", status="N", pc_tc="9", multiple="9", bilateral="9"),
)


def fee_csv(
    rows: Iterable[list[str]] = FEE_ROWS,
    *,
    year: int = 2025,
    month: str = "October",
    names: Iterable[Iterable[str]] = FEE_NAMES,
) -> bytes:
    """The CSV of a quarter: the title, a notice, the names over several lines, rows; from 2026 with PRIC IND."""

    def laid_out(row: Iterable[str], inserted: str) -> list[str]:
        cells = list(row)
        return [*cells[:WITH_PRICING], inserted, *cells[WITH_PRICING:]] if year >= 2026 else cells

    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([FEE_TITLE.format(year=year, month=month)])
    writer.writerow(["A notice \xa9 of its owner,\nover two lines"])
    writer.writerows(
        laid_out([*name, *[""] * (31 - len(list(name)))], told)
        for name, told in zip(names, ("", "", "PRIC", "IND"), strict=True)
    )
    writer.writerows(laid_out(row, "") for row in rows)
    return buffer.getvalue().encode("latin-1")


HCPCS_ROWS: tuple[Mapping[str, str], ...] = (
    {"code": "A4550", "added": "19820101", "action": "20000101"},
    {"code": "G0515", "added": "20180101", "action": "20200101", "terminated": "20191231"},
    {"code": "J3301", "added": "", "action": "20090101"},
)


def hcpcs_record(row: Mapping[str, str], kind: str = "3", number: int = 1) -> str:
    """A record of 320 characters."""
    record = f"{row['code']:>5}{number * 100 % 100_000:05}{kind}".ljust(91, "x").ljust(268)
    dates = "".join(row.get(name, "").ljust(8) for name in ("added", "action", "terminated"))
    return (record + dates + "N").ljust(320)


def hcpcs_text(rows: Iterable[Mapping[str, str]] = HCPCS_ROWS) -> bytes:
    """The file: modifiers first, then each procedure; one of each has a second line of its description."""
    records = [
        hcpcs_record({"code": "GP", "added": "19990101"}, "7"),
        hcpcs_record({"code": "QQ", "added": "20150701", "terminated": "20201231"}, "7", 2),
        hcpcs_record({"code": "QQ"}, "8", 2),
    ]
    for number, row in enumerate(rows, start=1):
        records.append(hcpcs_record(row, number=number))
        if number == 1:
            records.append(hcpcs_record(row, "4", number).replace("x", "\xe9", 1))
    return "".join(record + "\r\n" for record in records).encode("latin-1")
