"""The tables of NCCI: what they answer, by service date and edition."""

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrubber.reference import Sections, pack_sections
from scrubber.reference.ncci import (
    AddOnRow,
    AddOns,
    AddOnType,
    Edition,
    PairModifier,
    PairModifiers,
    Pairs,
    PairTable,
    UnitLimits,
    UnitRow,
    in_use,
    pack_add_ons,
    pack_editions,
    pack_pair_modifiers,
    pack_pairs,
    pack_unit_limits,
    read_add_on_table,
    read_unit_table,
)
from scrubber.reference.ncci.units import NOT_TOLD, UNLIMITED

CODES = [f"{number:05}" for number in range(97, 112)] + ["J3301", "G0283", "0213T"]
DAY = date(2026, 3, 2)
DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 31))
ROWS = st.lists(
    st.tuples(
        st.sampled_from(CODES), st.sampled_from(CODES), st.none() | DAYS, st.none() | DAYS, st.booleans(),
        st.sampled_from(["a", "b"]),
    ).filter(lambda row: row[0] != row[1]),
    max_size=80,
)  # fmt: skip


def edition(name: str = "2026Q1", *codes: str, speaks_from: date = date.min) -> Edition:
    year, quarter = int(name[:4]), int(name[5])
    effective = date(year, 3 * quarter - 2, 1)
    return Edition(
        name=name, effective=effective, speaks_from=speaks_from, codes=frozenset(codes) if codes else None
    )


def pairs(*entries: tuple[Edition, bytes]) -> Pairs:
    return Pairs([(of, PairTable(memoryview(content))) for of, content in entries])


@given(ROWS, DAYS)
def test_pairs_answer_like_the_rows_they_were_made_from(
    rows: list[tuple[str, str, date | None, date | None, bool, str]], on: date
) -> None:
    table = pairs((edition(), pack_pairs(rows)))
    told: dict[frozenset[str], set[tuple[str, str, bool, str]]] = {}
    for one, two, first, last, allowed, why in rows:
        if (first or date.min) <= on <= (last or date.max):
            told.setdefault(frozenset((one, two)), set()).add((one, two, allowed, why))
    ever = {tuple(sorted(row[:2])) for row in rows}
    assert table.ever_paired(frozenset(CODES)) == ever
    for one in [*CODES, "", "99999", "ＡＢ"]:
        for two in CODES:
            found = table.pair(one, two, on)
            assert found == table.pair(two, one, on)
            expected = told.get(frozenset((one, two)), set()) if one != two else set()
            assert (found is None) == (not expected)
            if found is not None:
                assert (
                    found.column_one,
                    found.column_two,
                    found.modifier_allowed,
                    found.rationale,
                ) in expected


def test_the_same_row_twice_is_one_entry() -> None:
    row = ("98941", "97140", None, None, True, "a")
    assert len(PairTable(memoryview(pack_pairs([row, row])))) == 1


@pytest.mark.parametrize("code", ["9894", "989411", "9894é"])
def test_a_code_has_five_characters(code: str) -> None:
    with pytest.raises(ValueError, match="five characters"):
        pack_pairs([(code, "97140", None, None, True, "a")])


def test_a_pair_turned_round() -> None:
    rows = [
        ("97140", "98941", None, date(2025, 12, 31), False, "a"),
        ("98941", "97140", date(2026, 1, 1), None, True, "b"),
    ]
    table = pairs((edition(), pack_pairs(rows)))
    before, after = (table.pair("98941", "97140", on) for on in (date(2025, 12, 31), date(2026, 1, 1)))
    assert before is not None
    assert after is not None
    assert (before.column_one, before.modifier_allowed) == ("97140", False)
    assert (after.column_one, after.modifier_allowed) == ("98941", True)


# editions


def limits(*entries: tuple[Edition, dict[str, UnitRow]]) -> UnitLimits:
    packed, labels = pack_editions("mue", in_use([(of, pack_unit_limits(rows)) for of, rows in entries]))
    sections = Sections(memoryview(pack_sections(packed, labels)))
    return UnitLimits.read(sections, "mue", read_unit_table)


def units(table: UnitLimits, code: str, on: date) -> int | None:
    limit = table.limit(code, on)
    return limit.units if limit else None


def test_the_edition_of_the_service_date_answers_and_the_newest_goes_on() -> None:
    table = limits(
        (
            edition("2026Q1", speaks_from=date(2026, 1, 1)),
            {"97110": UnitRow(6, 3, "a"), "64483": UnitRow(1, 2, "a")},
        ),
        (edition("2026Q3", speaks_from=date(2026, 7, 1)), {"97110": UnitRow(8, 3, "a")}),
    )
    assert units(table, "97110", date(2025, 12, 31)) is None
    assert units(table, "97110", date(2026, 1, 1)) == 6
    assert units(table, "97110", date(2026, 6, 30)) == 6
    assert units(table, "97110", date(2026, 7, 1)) == 8
    assert units(table, "97110", date(2031, 1, 1)) == 8
    assert units(table, "64483", date(2026, 6, 30)) == 1
    assert units(table, "64483", date(2026, 7, 1)) is None
    assert table.newest.name == "2026Q3"
    assert [table.speaking(on) for on in (date(2025, 12, 31), date(2026, 1, 1))] == [None, "2026Q1"]
    assert table.earliest == date(2026, 1, 1)


def test_the_most_units_of_a_code_without_a_limit_and_of_one_that_no_edition_speaks_of() -> None:
    table = limits((edition("2026Q1", speaks_from=date(2026, 1, 1)), {"97110": UnitRow(6, 3, "a")}))
    assert table.most("97110", date(2026, 1, 1)) == 6
    assert table.most("64483", date(2026, 1, 1)) == UNLIMITED
    assert table.most("97110", date(2025, 12, 31)) == NOT_TOLD


def test_a_starter_table_answers_for_its_codes_and_leaves_the_others_to_an_older_edition() -> None:
    starter = edition("2026Q3", "97110", speaks_from=date(2026, 7, 1))
    older = edition("2026Q1", speaks_from=date(2026, 1, 1))
    table = limits(
        (older, {"97110": UnitRow(6, 3, "a"), "64483": UnitRow(1, 2, "a")}),
        (starter, {"97110": UnitRow(8, 3, "a")}),
    )
    on = date(2026, 7, 1)
    assert (units(table, "97110", on), units(table, "64483", on)) == (8, 1)
    alone = limits((starter, {"97110": UnitRow(8, 3, "a")}))
    assert (alone.answers(on, "97110"), alone.answers(on, "97110", "64483")) == (True, False)
    assert alone.complete_from is None


def test_an_edition_that_another_answers_for_throughout_is_left_out() -> None:
    def used(*editions: Edition) -> list[str]:
        return [of.label for of, _ in in_use([(of, b"") for of in editions])]

    starter = edition("2024Q3", "97110", speaks_from=date(2024, 7, 1))
    assert used(starter) == ["2024Q3 starter table"]
    assert used(starter, edition("2026Q3"), edition("2026Q4")) == ["2026Q4"]
    assert used(starter, edition("2024Q3")) == ["2024Q3"]
    assert used(starter, edition("2026Q4", speaks_from=date(2026, 10, 1))) == [
        "2026Q4",
        "2024Q3 starter table",
    ]
    assert used(starter, edition("2024Q2")) == ["2024Q3 starter table", "2024Q2"]


def test_an_edition_tells_its_age_where_the_service_is_of_a_later_quarter() -> None:
    of = edition("2026Q1")
    assert of.told(date(2026, 3, 31)) == of.told(date(2020, 1, 1)) == "2026Q1"
    assert of.told(date(2026, 4, 1)) == "2026Q1, 3 months older than the service"


# add-on codes


def add_ons(*rows: tuple[str, AddOnRow]) -> AddOns:
    return AddOns([(edition(), read_add_on_table(memoryview(pack_add_ons(rows))))])


def test_an_add_on_code_has_the_primaries_of_its_day() -> None:
    table = add_ons(
        ("64484", AddOnRow(AddOnType.LISTED, "64483", None, None)),
        ("64484", AddOnRow(AddOnType.LISTED, "64479", None, date(2026, 3, 1))),
        ("22552", AddOnRow(AddOnType.LISTED, "22551", date(2026, 3, 3), None)),
    )
    found = table.add_on("64484", DAY)
    assert found is not None
    assert (found.type, found.primaries) == (AddOnType.LISTED, {"64483"})
    before = table.add_on("64484", DAY - timedelta(days=1))
    assert before is not None
    assert before.primaries == {"64483", "64479"}
    assert table.add_on("22552", DAY) is None
    assert table.add_on("64483", DAY) is None
    assert table.knows("22552")
    assert not table.knows("64483")


# modifiers


@pytest.mark.parametrize(
    ("modifier", "on", "counts", "on_column_one"),
    [
        ("59", date(2019, 6, 30), True, False),
        ("59", date(2019, 7, 1), True, True),
        ("59", date(2019, 7, 2), True, True),
        ("XS", date(2014, 12, 31), False, False),
        ("XS", date(2015, 1, 1), True, False),
        ("XS", date(2019, 7, 1), True, True),
        ("LT", DAY, True, False),
        ("GP", DAY, False, False),
        ("", DAY, False, False),
        ("OLD", date(2020, 1, 1), True, False),
        ("OLD", date(2020, 1, 2), False, False),
    ],
)
def test_where_a_modifier_counts(modifier: str, on: date, counts: bool, on_column_one: bool) -> None:
    rows = {
        "59": PairModifier(on_column_one_from=date(2019, 7, 1)),
        "XS": PairModifier(first=date(2015, 1, 1), on_column_one_from=date(2019, 7, 1)),
        "LT": PairModifier(),
        "OLD": PairModifier(last=date(2020, 1, 1)),
    }
    sections = Sections(
        memoryview(pack_sections({"ncci_modifiers": pack_pair_modifiers(rows)}, {"ncci_modifiers": "x"}))
    )
    modifiers = PairModifiers.read(sections)
    assert modifiers.counts(modifier, on) is counts
    assert modifiers.counts_on_column_one(modifier, on) is on_column_one


def test_answers_can_be_shown_as_json() -> None:
    table = pairs(
        (edition("2026Q1", "98941", "97140"), pack_pairs([("98941", "97140", None, None, True, "a")]))
    )
    assert (
        msgspec.json.decode(msgspec.json.encode(table.pair("97140", "98941", DAY)))["column_one"] == "98941"
    )
