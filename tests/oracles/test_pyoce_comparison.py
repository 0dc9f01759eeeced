"""What ``make pyoce`` makes of a difference, on tables of a few pairs."""

from collections import Counter
from typing import Any

import pytest

from tests.oracles.pyoce.comparison import Report, compared
from tests.oracles.pyoce.made_claims import Line, Told
from tests.oracles.pyoce.tables import Hospitals, Practitioners, tables_compared

PAIR = ("98941", "97140")
LISTED, ON_EITHER = frozenset({"25", "59"}), frozenset({"59"})
VERSIONS = {
    "96": {"version_id": "25.2.7", "date_started": 20240701, "date_ended": 20240930},
    "103": {"version_id": "27.1.0", "date_started": 20260401, "date_ended": 20360331},
}


def report(
    own: bool | None,
    of_hospitals: list[tuple[int, int, bool]],
    *,
    edits: tuple[str, ...] = (),
    told: Told | None = None,
    modifiers: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()),
    codes: frozenset[str] | None = None,
    version: int = 103,
    known: bool = True,
) -> Report:
    """A claim of two lines, which is a pair to us (``own``: with a modifier) and to PyOCE (its versions)."""
    answer: dict[str, Any] = {
        "package": "0.1.0",
        "versions": VERSIONS,
        "modifiers": [(code, 96, 103, True) for code in sorted(LISTED)],
        "answers": [{"version": version, "edits": [], "lines": [[], list(edits)]}],
        "pairs": [(*PAIR, *row) for row in of_hospitals],
        "codes": {code: [(96, 103, known, known)] for code in PAIR},
    }
    ours = Practitioners({} if own is None else {PAIR: own}, codes, LISTED, ON_EITHER)
    claim = [Line(place, code, "2026-04-02", modifiers[place]) for place, code in enumerate(PAIR)]
    return compared([claim], [told or set()], ours, Hospitals(answer))


def test_both_tell_the_same() -> None:
    found = report(True, [(96, 103, True)], edits=("040",), told={(1, "98941", "PTP601")})
    assert (found.agreed.total(), found.differ.total(), found.unexplained) == (1, 0, [])


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"own": None, "of_hospitals": [(96, 103, True)], "edits": ("040",)}, "of hospitals only"),
        ({"own": True, "of_hospitals": [], "told": {(1, "98941", "PTP601")}}, "of practitioners only"),
        (
            {
                "own": False,
                "of_hospitals": [(96, 103, True)],
                "edits": ("040",),
                "told": {(1, "98941", "PTP602")},
            },
            "the modifier indicator differs",
        ),
        (
            {"own": True, "of_hospitals": [(96, 96, True)], "told": {(1, "98941", "PTP601")}},
            "ended after 2024Q3",
        ),
        ({"own": None, "of_hospitals": [(103, 103, True)], "edits": ("040",)}, "began after 2024Q3"),
        (
            {
                "own": True,
                "of_hospitals": [(96, 103, True)],
                "told": {(1, "98941", "PTP601")},
                "modifiers": (("25",), ()),
            },
            "a modifier on the column one code",
        ),
        (
            {
                "own": True,
                "of_hospitals": [(96, 103, True)],
                "told": {(1, "98941", "PTP601")},
                "known": False,
            },
            "does not know a code",
        ),
        (
            {
                "own": None,
                "of_hospitals": [(96, 103, True)],
                "edits": ("040",),
                "codes": frozenset({"98941"}),
            },
            "outside of the starter table",
        ),
    ],
)
def test_a_difference_has_its_reason(facts: dict[str, Any], why: str) -> None:
    found = report(**facts)
    (said,) = found.differ
    assert why in said
    assert found.unexplained == []


def test_what_no_table_explains_is_told() -> None:
    silent = report(True, [(96, 103, True)], edits=("040",))
    assert silent.unexplained == [
        "our edits don't say what our table says: 98941 2026-04-02 97140 2026-04-02"
    ]
    theirs = report(True, [(96, 103, True)], told={(1, "98941", "PTP601")})
    assert theirs.unexplained == ["PyOCE does not say what its table says: 98941 2026-04-02 97140 2026-04-02"]


def test_every_pair_of_both_tables_is_counted_once() -> None:
    ours = Practitioners(
        {PAIR: True, ("1", "2"): False, ("3", "4"): True, ("5", "6"): True}, None, LISTED, ON_EITHER
    )
    theirs = [(*PAIR, True), ("1", "2", True), ("4", "3", True), ("7", "8", True)]
    assert tables_compared(ours, theirs) == Counter(
        {
            "in both, alike": 1,
            "in both, with another modifier indicator": 1,
            "in both, the other code in column one": 1,
            "of hospitals only": 1,
            "of practitioners only": 1,
        }
    )
