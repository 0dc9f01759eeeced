"""Every table of a snapshot: the sections it is made of, and how its rows are walked and told."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, NamedTuple

import msgspec

from scrubber.reference.code_notes import CodeRemark
from scrubber.reference.codes import CodeRow
from scrubber.reference.comparison import told
from scrubber.reference.comparison.articles import article_differences
from scrubber.reference.comparison.change import NEWEST, Difference, Facts, Kind, Telling, differences
from scrubber.reference.comparison.walks import (
    add_on_rows,
    answering,
    code_rows,
    mapped,
    table_rows,
    zip_rows,
)
from scrubber.reference.container import Sections
from scrubber.reference.fee_schedule import FeeSchedule, read_fee_table
from scrubber.reference.hcpcs import HcpcsCodes, read_hcpcs_table
from scrubber.reference.icd10cm import NotesRow
from scrubber.reference.jurisdictions import Contract
from scrubber.reference.ncci import (
    AddOns,
    PairModifier,
    Pairs,
    PairTable,
    UnitLimits,
    read_add_on_table,
    read_unit_table,
)
from scrubber.reference.table import Table

Walk = Callable[[Sections, date], Iterator[tuple[Any, Any]]]
"""The rows of a table in the order of their keys, for services of a day."""


class Compared(NamedTuple):
    """A table of a snapshot: its sections, and what differs in it for services of a day."""

    sections: tuple[str, ...]
    differences: Callable[[Sections, Sections, date], Iterator[Difference]]


def compare(before: Sections, after: Sections, on: date = NEWEST) -> Iterator[Difference]:
    """What differs, table by table, between what two snapshots answer for services of a day."""
    differing = {
        name.split("/")[0]
        for name in before.digests.keys() | after.digests.keys()
        if before.digests.get(name) != after.digests.get(name)
    }
    for table, compared in TABLES.items():
        if differing.isdisjoint(compared.sections):
            continue
        nothing = True
        for difference in compared.differences(before, after, on):
            nothing = False
            yield difference
        if nothing:
            yield _content(table, before, after)
    for name in sorted(differing.difference(*(compared.sections for compared in TABLES.values()))):
        yield _content(name, before, after)


def _content(table: str, before: Sections, after: Sections) -> Difference:
    """Said of a table whose rows answer alike: in an edition no such service needs, or in what is not told."""
    editions = [sections.editions.get(table, "") for sections in (before, after)]
    return Difference(Telling(table, _edition), Kind.CHANGED, "(other content)", *editions)


def _edition(edition: str) -> Facts:
    return {"edition": edition}


def _rows(telling: Telling, walk: Walk, *sections: str) -> Compared:
    """A table whose rows are walked; without the section that is named as the table it has none."""

    def walked(of: Sections, on: date) -> Iterator[tuple[Any, Any]]:
        return walk(of, on) if telling.table in of else iter(())

    return Compared(
        (telling.table, *sections),
        lambda before, after, on: differences(telling, walked(before, on), walked(after, on), on),
    )


def _code(key: str) -> tuple[str, ...]:
    return (key[:5],)


def _packed(name: str, row_type: Any) -> Walk:
    return lambda sections, _on: table_rows(Table(sections[name], row_type))


def _held(name: str, row_type: Any) -> Walk:
    return lambda sections, _on: mapped(msgspec.json.decode(sections[name], type=dict[str, row_type]))


def _contracts(sections: Sections, _on: date) -> Iterator[tuple[str, Contract]]:
    contracts = msgspec.json.decode(sections["jurisdictions"], type=list[Contract])
    return mapped({contract.number: contract for contract in contracts})


def _code_set(name: str) -> tuple[str, Compared]:
    return name, _rows(Telling(name, told.code, told.counts), _held(name, CodeRow))


TABLES: dict[str, Compared] = {
    "icd10cm": _rows(
        Telling("icd10cm", told.diagnosis, told.rows_count, told.with_dot), code_rows, "icd10cm_days"
    ),
    "icd10cm_titles": _rows(
        Telling("icd10cm_titles", lambda title: {"title": title}, named=told.with_dot),
        _packed("icd10cm_titles", str),
    ),
    "icd10cm_notes": _rows(Telling("icd10cm_notes", told.notes), _packed("icd10cm_notes", NotesRow)),
    "hcpcs": _rows(
        Telling("hcpcs", told.hcpcs, told.counts),
        lambda sections, on: answering(
            HcpcsCodes.read(sections, "hcpcs", read_hcpcs_table), on, table_rows, _code
        ),
    ),
    "fee_schedule": _rows(
        Telling("fee_schedule", told.fee, named=told.code_and_component),
        lambda sections, on: answering(
            FeeSchedule.read(sections, "fee_schedule", read_fee_table), on, table_rows, _code
        ),
    ),
    "ptp": _rows(
        Telling("ptp", told.pair, told.rows_count, told.column_one_and_two),
        lambda sections, on: answering(
            Pairs.read(sections, "ptp", PairTable), on, PairTable.walk, lambda pair: pair
        ),
    ),
    "mue": _rows(
        Telling("mue", told.units),
        lambda sections, on: answering(
            UnitLimits.read(sections, "mue", read_unit_table), on, table_rows, _code
        ),
    ),
    "add_on": _rows(
        Telling("add_on", told.add_on, told.rows_count, told.add_on_and_primary),
        lambda sections, on: answering(
            AddOns.read(sections, "add_on", read_add_on_table), on, add_on_rows, lambda key: key[:1]
        ),
    ),
    "ncci_modifiers": _rows(
        Telling("ncci_modifiers", told.pair_modifier, told.counts), _held("ncci_modifiers", PairModifier)
    ),
    **dict(map(_code_set, ("place_of_service", "taxonomy", "therapy_codes", "clia_tests", "modifiers"))),
    "coverage": Compared(
        (
            "coverage",
            "coverage_revisions",
            "coverage_procedures",
            "coverage_diagnoses",
            "coverage_names",
            "coverage_days",
        ),
        article_differences,
    ),
    "jurisdictions": _rows(Telling("jurisdictions", told.contract), _contracts),
    "jurisdictions_zip": _rows(
        Telling("jurisdictions_zip", told.zip_code), zip_rows, "jurisdictions", "jurisdictions_editions"
    ),
    "code_notes": _rows(
        Telling("code_notes", told.remarks, named=told.with_dot), _held("code_notes", tuple[CodeRemark, ...])
    ),
}
"""In the order they are told."""
