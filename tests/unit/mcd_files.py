"""Writes exports of the Medicare Coverage Database the way CMS lays them out, from articles told in short."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

HEADERS: Mapping[str, str] = {
    "article": (
        "article_id,article_version,article_type,title,article_pub_date,article_eff_date,article_end_date,description,"
        "other_comments,sad_url,status,last_updated,history_exp,key_article,icd9_covered_para,icd9_noncovered_para,"
        "revenue_para,thirty_percent,article_rev_end_date,source_article_id,date_retired,keywords,icd10_doc,"
        "add_icd10_info,cms_cov_policy,display_id,reference_article"
    ),
    "article_future_retire": "article_id,retire_dt",
    "article_related_documents": (
        "article_id,article_version,related_num,r_article_id,r_article_version,r_lcd_id,r_lcd_version,r_contractor_id,"
        "last_updated"
    ),
    "article_x_bill_code": (
        "article_id,article_version,bill_code_id,bill_code_version,last_updated,description"
    ),
    "article_x_contractor": (
        "article_id,article_version,article_type,contractor_id,contractor_type_id,contractor_version,last_updated"
    ),
    "article_x_hcpc_code": (
        "article_id,article_version,hcpc_code_id,hcpc_code_version,hcpc_code_group,range,last_updated,"
        "long_description,short_description"
    ),
    "article_x_hcpc_code_group": "article_id,article_version,hcpc_code_group,paragraph,last_updated",
    "article_x_hcpc_modifier": (
        "article_id,article_version,hcpc_modifier_code_id,hcpc_modifier_code_version,hcpc_modifier_group,"
        "last_updated,description"
    ),
    "article_x_icd10_covered": (
        "article_id,article_version,icd10_code_id,icd10_code_version,icd10_covered_group,range,last_updated,"
        "sort_order,description,asterisk"
    ),
    "article_x_icd10_covered_group": (
        "article_id,article_version,icd10_covered_group,paragraph,last_updated,icd10_covered_ast"
    ),
    "article_x_icd10_noncovered": (
        "article_id,article_version,icd10_code_id,icd10_code_version,icd10_noncovered_group,range,last_updated,"
        "sort_order,description"
    ),
    "article_x_icd10_noncovered_group": (
        "article_id,article_version,icd10_noncovered_group,paragraph,last_updated"
    ),
    "contractor": (
        "contractor_id,contractor_type_id,contractor_version,contractor_bus_name,contractor_number,dmerc_rgn,address1,"
        "address2,address3,city,state_id,zipcode,phone,fax,status,last_updated,url,email,ignore,status_flag,cmd_name,"
        "cmd_title,contractor_subtype_id"
    ),
    "contractor_type_lookup": "contractor_type_id,description",
}
LCD_HEADERS: Mapping[str, str] = {
    "lcd": "lcd_id,lcd_version,title,rev_eff_date,status,display_id",
    "lcd_related_documents": (
        "lcd_id,lcd_version,related_num,r_article_id,r_article_version,r_lcd_id,r_lcd_version,r_contractor_id,"
        "last_updated"
    ),
}
TYPES = {"8": "MAC - Part A", "9": "MAC - Part B", "12": "A and B MAC", "11": "DME MAC"}
EXPORTED = date(2026, 11, 19)

Row = Mapping[str, object]
Tables = dict[str, list[Row]]


@dataclass(frozen=True, kw_only=True)
class Told:
    """An article in short. Codes by group; a code with ``*`` behind it is starred, ``B:`` and ``E:`` mark a range."""

    id: int
    version: int = 1
    title: str = "Billing and Coding: Something"
    status: str = "A"
    effective: str = "2025-10-01 00:00:00"
    ends: Mapping[str, str] = field(default_factory=dict)
    contracts: Sequence[tuple[str, str]] = (("9", "05102"),)
    procedures: Mapping[int, Iterable[str]] = field(default_factory=lambda: {1: ["10000"]})
    covered: Mapping[int, Iterable[str]] = field(default_factory=dict)
    noncovered: Mapping[int, Iterable[str]] = field(default_factory=dict)
    paragraphs: Mapping[tuple[str, int], str] = field(default_factory=dict)
    bill_types: Sequence[str] = ()
    modifiers: Sequence[str] = ()
    lcd: int | None = None


def tables(articles: Iterable[Told], retire: Mapping[int, str] | None = None) -> Tables:
    """The rows of every table of an article export."""
    found: Tables = {name: [] for name in HEADERS}
    contractors: dict[tuple[str, str], str] = {}
    for one in articles:
        key = {"article_id": one.id, "article_version": one.version}
        found["article"].append(
            {
                **key,
                "title": one.title,
                "status": one.status,
                "article_eff_date": one.effective,
                "article_end_date": "1900-01-01 00:00:00",
                "description": '<p>Long text,\r\nover several lines, with a "quote"</p>',
                **one.ends,
            }
        )
        for contract in one.contracts:
            known = contractors.setdefault(contract, str(len(contractors) + 1))
            # The version of the contractor may be an older one, from before it was renamed.
            found["article_x_contractor"].append(
                {
                    **key,
                    "contractor_id": known,
                    "contractor_type_id": contract[0],
                    "contractor_version": known,
                }
            )
        for table, column, group_column, groups in (
            ("article_x_hcpc_code", "hcpc_code_id", "hcpc_code_group", one.procedures),
            ("article_x_icd10_covered", "icd10_code_id", "icd10_covered_group", one.covered),
            ("article_x_icd10_noncovered", "icd10_code_id", "icd10_noncovered_group", one.noncovered),
        ):
            for group, codes in groups.items():
                for code in codes:
                    mark, _, plain = code.rpartition(":")
                    row = {**key, column: plain.rstrip("*"), group_column: group, "range": mark}
                    found[table].append({**row, "asterisk": "Y"} if plain.endswith("*") else row)
        for (name, group), paragraph in one.paragraphs.items():
            column = {"procedure": "hcpc_code_group"}.get(name, f"icd10_{name}_group")
            found[f"article_x_{column}"].append({**key, column: group, "paragraph": paragraph})
        found["article_x_bill_code"] += [{**key, "bill_code_id": code} for code in one.bill_types]
        found["article_x_hcpc_modifier"] += [
            {**key, "hcpc_modifier_code_id": code, "hcpc_modifier_group": 1} for code in one.modifiers
        ]
        if one.lcd is not None:
            found["article_related_documents"].append({**key, "r_article_id": 0, "r_lcd_id": one.lcd})
    for (kind, number), known in contractors.items():
        row = {"contractor_id": known, "contractor_type_id": kind, "contractor_version": "3"}
        found["contractor"].append(
            {**row, "contractor_bus_name": "A contractor", "contractor_number": number}
        )
    found["contractor_type_lookup"] = [{"contractor_type_id": n, "description": d} for n, d in TYPES.items()]
    found["article_future_retire"] = [
        {"article_id": id_, "retire_dt": day} for id_, day in (retire or {}).items()
    ]
    return found


def files(rows: Tables, headers: Mapping[str, str] = HEADERS, encoding: str = "utf-8") -> dict[str, bytes]:
    """The CSV files of the tables."""
    found = {}
    for name, told in rows.items():
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, headers[name].split(","), restval="", quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(told)
        found[f"{name}.csv"] = buffer.getvalue().encode(encoding)
    return found


def zipped(members: Mapping[str, bytes], day: date = EXPORTED) -> bytes:
    """A zip whose members were written on a day."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, (day.year, day.month, day.day, 6, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return buffer.getvalue()


def export(members: Mapping[str, bytes], name: str = "current_article", day: date = EXPORTED) -> bytes:
    """A download: the zip of the CSV files, in a zip with what comes beside it."""
    inner = zipped({f"{name}_csv/{file}": content for file, content in members.items()}, day)
    return zipped(
        {f"{name}_csv.zip": inner, "Data dictionary.pdf": b"%PDF", "read_me.txt": b"read me\n"}, day
    )


def write_export(
    path: Path,
    *articles: Told,
    day: date = EXPORTED,
    encoding: str = "utf-8",
    retire: Mapping[int, str] | None = None,
) -> Path:
    """An article download at a path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(export(files(tables(articles, retire), encoding=encoding), path.stem, day))
    return path
