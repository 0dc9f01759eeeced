"""What a header says: which of our columns stand where."""

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from operator import itemgetter

import msgspec

from scrubber.claim import Location
from scrubber.intake.checked import MOST_TOLD, in_one
from scrubber.intake.columns import COLUMNS, MEANT, NEEDED, Column, plain
from scrubber.intake.record import FileNotUnderstood

MOST_COLUMNS = 1000

_NAME = re.compile(r"[^\W\d][^\d:;\n]{0,39}[0-9]{0,2}")


class Table(msgspec.Struct):
    """What a header says: its names, and which of our columns stand at which index.

    ``repeated`` gives the cells of a row that the rows of a claim may have in common.
    """

    names: list[str]
    claim_id: int
    nameless: list[int]
    of_claim: list[tuple[int, Column]]
    of_line: list[tuple[int, Column]]
    of_either: list[list[tuple[int, Column]]]
    repeated: Callable[[list[str]], object]
    claim_paths: dict[Location, int]
    line_paths: dict[Location, int]


def table_of(names: list[str], mapping: Mapping[str, str | None] | None, file: str) -> Table:
    """What the header says. Raises FileNotUnderstood with everything that is wrong with it."""
    if len(names) > MOST_COLUMNS:
        raise FileNotUnderstood(f"{file}: the header can't be used: it has more than {MOST_COLUMNS} columns.")
    ours = our_names(mapping)
    keys = list(map(key_of, names))
    at: dict[str, int] = {}
    nameless = []
    faults = [
        f"the column mapping says {our!r}, which is not one of the columns{_meant(our, COLUMNS)}"
        for our in ours.values()
        if our is not None and our not in COLUMNS
    ]
    faults += [
        f"the column mapping names {theirs!r}, which the header does not have{_meant(key_of(theirs), keys)}"
        for theirs, our in (mapping or {}).items()
        if our is not None and key_of(theirs) not in keys
    ]
    for index, key in enumerate(keys):
        our = ours.get(key, key)
        if not key:
            nameless.append(index)
        elif our in at:
            faults.append(f"{names[index]!r} and {names[at[our]]!r} are the same column")
        elif our in COLUMNS:
            at[our] = index
        elif our is not None and key not in ours:
            # What a column may have been meant to be takes long to find, and only the first faults are told.
            meant = _meant(our, COLUMNS) if len(faults) < MOST_TOLD else ""
            faults.append(f"{_told(names, index)} is not one of the columns{meant}")
    faults += [f"there is no column {needed}" for needed in NEEDED if needed not in at]
    for several, one in (("diagnoses", "diagnosis_"), ("modifiers", "modifier_")):
        if several in at and any(our.startswith(one) and our[len(one) :].isdecimal() for our in at):
            faults.append(f"there are both {several} and {one}1, 2 …; use either")
    if faults:
        raise FileNotUnderstood(
            f"{file}: the header can't be used: {in_one(faults)} A column mapping gives columns our names,"
            " or null to leave one out."
        )
    present = [(at[name], column) for name, column in COLUMNS.items() if name in at and name != "claim_id"]
    either: dict[Location, list[tuple[int, Column]]] = {}
    for index, column in present:
        if column.of == "either":
            either.setdefault(column.path if column.path[0] == "dates" else column.path[:1], []).append(
                (index, column)
            )
    return Table(
        names=names,
        claim_id=at["claim_id"],
        nameless=nameless,
        of_claim=[(index, column) for index, column in present if column.of == "claim"],
        of_line=[(index, column) for index, column in present if column.of == "line"],
        of_either=list(either.values()),
        repeated=itemgetter(at["claim_id"], *(index for index, column in present if column.of != "line")),
        claim_paths={column.path: index for index, column in present if column.of != "line"}
        | {("claim_id",): at["claim_id"]},
        line_paths={column.path: index for index, column in present if column.of != "claim"},
    )


def _told(names: list[str], index: int) -> str:
    """What a column is called, if that is a name: text that got into a header may be of a patient."""
    return repr(names[index]) if _NAME.fullmatch(names[index].strip()) else f"column {index + 1}"


def key_of(name: str) -> str:
    """A name as names are compared."""
    return plain(name) or name.strip()


def our_names(mapping: Mapping[str, str | None] | None) -> dict[str, str | None]:
    """A column mapping by the names as they are compared."""
    return {key_of(theirs): our for theirs, our in (mapping or {}).items()}


def _meant(name: str, among: Iterable[str]) -> str:
    """The nearest name, for the end of a message."""
    near = [MEANT[name]] if name in MEANT and among is COLUMNS else get_close_matches(name, list(among), 1)
    return f" (did you mean {near[0]}?)" if near else ""
