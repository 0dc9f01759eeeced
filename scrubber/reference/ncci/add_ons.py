"""Add-on codes: services that are paid only beside a primary service of the same day and practitioner."""

from collections.abc import Iterable
from datetime import date
from enum import IntEnum

import msgspec

from scrubber.reference.ncci.editions import Editions
from scrubber.reference.table import Table, pack_table


class AddOnType(IntEnum):
    """How far CMS names the primary services of an add-on code."""

    LISTED = 1
    """All of them."""
    CONTRACTOR = 2
    """None: each contractor decides."""
    SOME_LISTED = 3
    """Some; each contractor may take others."""


class AddOnRow(msgspec.Struct, frozen=True, array_like=True):
    """A primary service of an add-on code, from ``first`` to ``last`` day (None: open).

    ``primary`` is empty where the contractor decides.
    """

    type: AddOnType
    primary: str
    first: date | None
    last: date | None


class AddOn(msgspec.Struct, frozen=True, kw_only=True):
    """An add-on code on a day: its type, its listed primary services, the edition that tells it, with its age."""

    type: AddOnType
    primaries: frozenset[str]
    edition: str


class AddOns(Editions[Table[tuple[AddOnRow, ...]]]):
    """The add-on codes of all editions."""

    def add_on(self, code: str, on: date) -> AddOn | None:
        """What is asked of a code on a day; None where it is no add-on code."""
        answering = self.answering(on, code)
        rows = answering[1].get(code) if answering else None
        if answering is None or rows is None:
            return None
        in_force = [
            row
            for row in rows
            if (row.first is None or row.first <= on) and (row.last is None or on <= row.last)
        ]
        if not in_force:
            return None
        return AddOn(
            # Types of one code differ only in a file at fault; the highest asks least.
            type=max(row.type for row in in_force),
            primaries=frozenset(row.primary for row in in_force if row.primary),
            edition=answering[0].told(on),
        )

    def knows(self, code: str) -> bool:
        """Whether the code was ever an add-on code, or some edition can't tell."""
        return any(not edition.covers((code,)) or code in rows for edition, rows in self.all)


def read_add_on_table(view: memoryview) -> Table[tuple[AddOnRow, ...]]:
    """The rows of one edition."""
    return Table(view, tuple[AddOnRow, ...])


def pack_add_ons(rows: Iterable[tuple[str, AddOnRow]]) -> bytes:
    """The bytes of the add-on codes of one edition: add-on code and a row of it, in any order."""
    by_code: dict[str, list[AddOnRow]] = {}
    for code, row in rows:
        by_code.setdefault(code, []).append(row)
    return pack_table({code: tuple(of_code) for code, of_code in by_code.items()})
