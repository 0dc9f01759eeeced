"""What each kind of row says, as facts, and whether it counts on a day of service."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol

import msgspec

from scrubber.claim import dotted
from scrubber.reference.code_notes import CodeRemark
from scrubber.reference.codes import CodeRow
from scrubber.reference.comparison.change import Facts
from scrubber.reference.comparison.walks import DiagnosisSpell
from scrubber.reference.fee_schedule import FeeRow
from scrubber.reference.hcpcs import HcpcsRow
from scrubber.reference.icd10cm import Note, NotesRow
from scrubber.reference.jurisdictions import Contract
from scrubber.reference.ncci import AddOnRow, PairModifier, UnitRow
from scrubber.reference.ncci.pairs import PairRow


class Dated(Protocol):
    """A row with a first and a last day (None: open)."""

    @property
    def first(self) -> date | None:
        """The first day."""

    @property
    def last(self) -> date | None:
        """The last day."""


def counts(row: Dated, on: date) -> bool:
    """Whether a row counts on a day."""
    return (row.first is None or row.first <= on) and (row.last is None or on <= row.last)


def rows_count(rows: Sequence[Dated], on: date) -> bool:
    """Whether any of the rows of a key counts on a day."""
    return any(counts(row, on) for row in rows)


def _spells(rows: Iterable[Dated]) -> str:
    """The intervals of rows: ``2013-01-01 to 2019-12-31, from 2020-04-01``."""
    return ", ".join(_spell(row) for row in rows)


def _spell(row: Dated) -> str:
    if row.first is None:
        return f"to {row.last}" if row.last else "no dates"
    return f"{row.first} to {row.last}" if row.last else f"from {row.first}"


def code(row: CodeRow) -> Facts:
    """A code of a small code set."""
    return {"used": _spell(row), "setting": row.setting}


def hcpcs(row: HcpcsRow) -> Facts:
    """A code or modifier of HCPCS level II."""
    return {"used": _spell(row)}


def fee(row: FeeRow) -> Facts:
    """The indicators of the fee schedule, by their names."""
    return {name.replace("_", " "): value for name, value in msgspec.structs.asdict(row).items()}


def code_and_component(key: str, _row: FeeRow) -> str:
    """A key of the fee schedule: ``72040-26``."""
    return f"{key[:5]}-{key[5:]}" if key[5:] else key


def pair(rows: Sequence[PairRow]) -> Facts:
    """A code pair with all that ever held of it."""
    return {
        "modifier indicator": ", ".join(dict.fromkeys("1" if row.modifier_allowed else "0" for row in rows)),
        "in force": _spells(rows),
        "rationale": ", ".join(dict.fromkeys(row.rationale for row in rows)),
    }


def column_one_and_two(key: tuple[str, str], rows: Sequence[PairRow]) -> str:
    """A pair, the column one code first (as its newest row has it): ``98941/97140``."""
    return "/".join(key if max(rows, key=_first_day).lower_first else reversed(key))


def _first_day(row: Dated) -> date:
    return row.first or date.min


def units(row: UnitRow) -> Facts:
    """A unit limit."""
    return {"units": row.units, "adjudication indicator": row.indicator, "rationale": row.rationale}


def add_on(rows: Sequence[AddOnRow]) -> Facts:
    """A primary service of an add-on code."""
    return {"type": ", ".join(dict.fromkeys(str(int(row.type)) for row in rows)), "in force": _spells(rows)}


def add_on_and_primary(key: tuple[str, str], _rows: Sequence[AddOnRow]) -> str:
    """An add-on code and its primary service: ``64484 with 64483``."""
    return f"{key[0]} with {key[1] or 'what the contractor lists'}"


def pair_modifier(row: PairModifier) -> Facts:
    """A modifier that tells the codes of a pair apart."""
    return {"used": _spell(row), "on column one from": row.on_column_one_from}


def diagnosis(spells: Sequence[DiagnosisSpell]) -> Facts:
    """A diagnosis code: when it was billable or a category, and on which lists of the Medicare Code Editor."""
    facts: Facts = {}
    for status in dict.fromkeys(spell.status for spell in spells):
        facts[str(status)] = _spells(spell for spell in spells if spell.status is status)
    facts["lists"] = ", ".join(sorted(spells[-1].lists)) if spells else ""
    return facts


def with_dot(code: str, _row: object) -> str:
    """A diagnosis code."""
    return dotted(code)


def notes(row: NotesRow) -> Facts:
    """The notes of the tabular list that a code, block or chapter carries."""
    return {
        "excludes1": _texts(row.excludes1),
        "excludes2": _texts(row.excludes2),
        "code first": _texts(row.code_first),
        "seventh character": ", ".join(letter for letter, _ in row.seventh),
    }


def _texts(carried: Sequence[Note]) -> str:
    return "; ".join(note.text for note in carried)


def remarks(row: Sequence[CodeRemark]) -> Facts:
    """The remarks on a diagnosis code."""
    return {"remarks": " ".join(remark.note for remark in row)}


def contract(row: Contract) -> Facts:
    """A Part B contract."""
    return {"mac": row.mac, "jurisdiction": row.jurisdiction, "states": ", ".join(row.states)}


def zip_code(numbers: Sequence[str]) -> Facts:
    """The contracts a ZIP code may belong to."""
    return {"contracts": ", ".join(numbers)}
