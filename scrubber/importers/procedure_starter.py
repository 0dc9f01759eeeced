"""The procedure tables that come with the program, ``lcd_data/procedures`` → the sections of a snapshot.

The fee schedule and the HCPCS codes are one more edition of each, beside those imported.
"""

from datetime import date
from pathlib import Path

import msgspec

from scrubber.importers import ImportRefused
from scrubber.importers.ncci_starter import practice_codes
from scrubber.importers.starter import csv_rows, decoded, with_editions
from scrubber.reference.fee_schedule import FeeRow, pack_fees
from scrubber.reference.hcpcs import HcpcsRow, pack_hcpcs
from scrubber.reference.ncci import Edition

FOLDER = "procedures"
FEE_COLUMNS = ("code", "component", *FeeRow.__struct_fields__)
HCPCS_COLUMNS = ("code", "from", "to")


class _Of(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which edition a table is of."""

    edition: str
    effective: date


class _Starter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``starter.yaml``."""

    fee_schedule: _Of
    hcpcs: _Of


def read_procedures(lcd_data: Path, editions: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    """The sections of the fee schedule and of the HCPCS codes, and their editions.

    ``editions`` is where imported editions are kept. A table of which there is neither starter nor edition is left
    out. Raises ImportRefused or OSError.
    """
    folder = lcd_data / FOLDER
    path = folder / "starter.yaml"
    starter = decoded(path, _Starter) if path.exists() else None
    fees, fee_labels = with_editions(
        "fee_schedule",
        editions,
        _fees(folder, starter.fee_schedule, practice_codes(lcd_data)) if starter else None,
    )
    hcpcs, hcpcs_labels = with_editions("hcpcs", editions, _hcpcs(folder, starter.hcpcs) if starter else None)
    return fees | hcpcs, fee_labels | hcpcs_labels


def _fees(folder: Path, of: _Of, codes: frozenset[str] | None) -> tuple[Edition, bytes] | None:
    path = folder / "fee_schedule.csv"
    if codes is None or not path.exists():
        return None
    rows = {(row["code"], row["component"]): _fee_row(dict(row)) for row in csv_rows(path, FEE_COLUMNS)}
    edition = Edition(name=of.edition, effective=of.effective, speaks_from=of.effective, codes=codes)
    return edition, pack_fees(rows)


def _fee_row(row: dict[str, str]) -> FeeRow:
    told = {name: row[name] for name in FeeRow.__struct_fields__}
    rare = {name: told[name] == "1" for name in ("rare_in_office", "rare_in_facility")}
    try:
        numbers = {name: int(told[name]) for name in ("office_total", "facility_total", "conversion_factor")}
    except (ValueError, TypeError):
        raise ImportRefused(
            f"{FOLDER}/fee_schedule.csv, code {row['code']}: a total or the conversion factor is not a number"
        ) from None
    return FeeRow(**(told | rare | numbers))  # type: ignore[arg-type]  # the columns are its fields


def _hcpcs(folder: Path, of: _Of) -> tuple[Edition, bytes] | None:
    path = folder / "hcpcs.csv"
    if not path.exists():
        return None
    try:
        rows = {
            row["code"]: HcpcsRow(first=_day(row["from"]), last=_day(row["to"]))
            for row in csv_rows(path, HCPCS_COLUMNS)
        }
    except (ValueError, TypeError) as wrong:
        raise ImportRefused(f"{FOLDER}/hcpcs.csv has a row that can't be read: {wrong}") from None
    # The codes carry their own dates: they tell of every day, and of all codes there were in that edition.
    return Edition(name=of.edition, effective=of.effective, speaks_from=date.min), pack_hcpcs(rows)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
