"""Two snapshots compared: each table told like a plain comparison of its rows, in the order of its keys."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from scrubber.reference import Sections, pack_sections
from scrubber.reference.codes import CodeRow, pack_code_set
from scrubber.reference.comparison import NEWEST, Change, Kind, compare
from scrubber.reference.coverage import (
    Applies,
    Article,
    ArticleRef,
    Basis,
    Group,
    Listed,
    PrimaryAndSecondary,
    pack_coverage,
)
from scrubber.reference.coverage.article import Relation
from scrubber.reference.fee_schedule import FeeRow, pack_fees
from scrubber.reference.hcpcs import HcpcsRow, pack_hcpcs
from scrubber.reference.ncci import (
    AddOnRow,
    AddOnType,
    Edition,
    UnitLimits,
    UnitRow,
    in_use,
    pack_add_ons,
    pack_editions,
    pack_pairs,
    pack_unit_limits,
    read_unit_table,
)

DAY = date(2026, 3, 2)
CODES = ["20610", "97110", "97140", "98940", "98941", "99213", "J3301"]
DAYS = st.sampled_from([None, date(2025, 1, 1), DAY, date(2026, 6, 30)])
UNITS = st.dictionaries(st.sampled_from(CODES), st.integers(0, 2), max_size=7)
PAIRS = st.lists(
    st.tuples(st.sampled_from(CODES), st.sampled_from(CODES), DAYS, DAYS, st.booleans(), st.just("a")).filter(
        lambda row: row[0] != row[1]
    ),
    max_size=20,
)


def edition(name: str = "2026Q1", *codes: str, speaks_from: date = date.min) -> Edition:
    effective = date(int(name[:4]), 3 * int(name[5]) - 2, 1)
    return Edition(
        name=name, effective=effective, speaks_from=speaks_from, codes=frozenset(codes) if codes else None
    )


def snapshot(*tables: tuple[Mapping[str, bytes], Mapping[str, str]]) -> Sections:
    sections = {name: content for of, _ in tables for name, content in of.items()}
    editions = {table: label for _, of in tables for table, label in of.items()}
    return Sections(memoryview(pack_sections(sections, editions)))


def one(table: str, content: bytes, name: str = "2026Q1") -> Sections:
    """A snapshot with one edition of one table."""
    return snapshot(pack_editions(table, [(edition(name), content)]))


def limits(rows: Mapping[str, int]) -> bytes:
    return pack_unit_limits({code: UnitRow(units, 1, "a") for code, units in rows.items()})


def told(before: Sections, after: Sections, on: date = NEWEST) -> list[Change]:
    return [difference.told() for difference in compare(before, after, on)]


def rows(before: Sections, after: Sections, on: date = NEWEST) -> list[tuple[str, str, Any, Any]]:
    return [(change.key, change.kind, change.before, change.after) for change in told(before, after, on)]


@given(UNITS, UNITS)
def test_like_a_plain_comparison(old: dict[str, int], new: dict[str, int]) -> None:
    expected = {
        code: Kind.ADDED if code not in old else Kind.REMOVED if code not in new else Kind.CHANGED
        for code in sorted(old.keys() | new.keys())
        if old.get(code) != new.get(code)
    }
    found = told(one("mue", limits(old)), one("mue", limits(new)))
    assert {change.key: change.kind for change in found} == expected
    assert [change.key for change in found] == list(expected)
    for change in found:
        if change.kind is Kind.CHANGED:
            assert (change.before, change.after) == ({"units": old[change.key]}, {"units": new[change.key]})


@given(PAIRS, PAIRS)
@settings(max_examples=60)
def test_pairs_like_a_plain_comparison(old: list[Any], new: list[Any]) -> None:
    def history(of: list[Any]) -> dict[tuple[str, ...], set[Any]]:
        by_pair: dict[tuple[str, ...], set[Any]] = {}
        for row in of:
            by_pair.setdefault(tuple(sorted(row[:2])), set()).add(row)
        return by_pair

    before, after = history(old), history(new)
    differing = {pair for pair in before.keys() | after.keys() if before.get(pair) != after.get(pair)}
    found = list(compare(one("ptp", pack_pairs(old)), one("ptp", pack_pairs(new))))
    # The order of rows that begin together is that of the file.
    assert {difference.key for difference in found} >= differing
    assert [difference.key for difference in found] == sorted(difference.key for difference in found)
    back = list(compare(one("ptp", pack_pairs(new)), one("ptp", pack_pairs(old))))
    assert [difference.key for difference in back] == [difference.key for difference in found]


def test_the_same_bytes_are_not_walked() -> None:
    table = one("mue", b"nothing that could be read")
    assert told(table, one("mue", b"nothing that could be read")) == []


@given(UNITS, UNITS, UNITS, st.sampled_from([date(2025, 12, 31), DAY, date(2026, 8, 1), NEWEST]))
@settings(max_examples=60)
def test_the_edition_that_answers_is_compared(
    old: dict[str, int], newer: dict[str, int], starter: dict[str, int], on: date
) -> None:
    """Against nothing, every row that an edition answers with is told, and no other."""
    editions = in_use(
        [
            (edition("2026Q1", speaks_from=date(2026, 1, 1)), limits(old)),
            (edition("2026Q3", speaks_from=date(2026, 7, 1)), limits(newer)),
            (edition("2026Q4", "97110", "97140", speaks_from=date(2026, 7, 1)), limits(starter)),
        ]
    )
    sections = snapshot(pack_editions("mue", editions))
    table = UnitLimits.read(sections, "mue", read_unit_table)
    expected = {
        code: limit.units for code in sorted({*old, *newer, *starter}) if (limit := table.limit(code, on))
    }
    found = told(snapshot(), sections, on)
    if expected:
        assert {change.key: change.after["units"] for change in found} == expected
    else:
        assert [change.key for change in found] == ["(other content)"]


def test_a_pair_that_ended_was_removed_and_is_told_with_column_one_first() -> None:
    ended = DAY - timedelta(days=1)
    before = one("ptp", pack_pairs([("98941", "97140", None, None, True, "a")]))
    after = one("ptp", pack_pairs([("98941", "97140", None, ended, True, "a")]))
    assert rows(before, after) == [
        ("98941/97140", "removed", {"in force": "no dates"}, {"in force": "to 2026-03-01"})
    ]
    assert rows(before, after, DAY) == rows(before, after)
    assert rows(before, after, ended)[0][1] == "changed"
    assert rows(after, before)[0][1] == "added"


def test_a_pair_that_ended_long_ago_counts_for_the_services_of_its_time() -> None:
    nothing = one("ptp", pack_pairs([]))
    ended = one("ptp", pack_pairs([("98941", "97140", None, date(2020, 1, 1), True, "a")]))
    assert [row[:2] for row in rows(nothing, ended)] == [("98941/97140", "added")]
    assert rows(nothing, ended, date(2020, 1, 1))[0][1] == "added"
    assert [row[0] for row in rows(nothing, ended, DAY)] == ["(other content)"]


def test_every_kind_of_row_in_words() -> None:
    fee = FeeRow("A", "1", "000", "2", "1", "0", "0", "0", False, False, 119, 32)
    cases: list[tuple[str, bytes, bytes, tuple[str, str, Any, Any]]] = [
        (
            "fee_schedule",
            pack_fees({("72040", "26"): fee}),
            pack_fees({("72040", "26"): msgspec.structs.replace(fee, status="B", office_total=0)}),
            ("72040-26", "changed", {"status": "A", "office total": 119}, {"status": "B", "office total": 0}),
        ),
        (
            "hcpcs",
            pack_hcpcs({"J3301": HcpcsRow(date(2009, 1, 1), None)}),
            pack_hcpcs({"J3301": HcpcsRow(date(2009, 1, 1), date(2026, 9, 30))}),
            ("J3301", "removed", {"used": "from 2009-01-01"}, {"used": "2009-01-01 to 2026-09-30"}),
        ),
        (
            "add_on",
            pack_add_ons([("64484", AddOnRow(AddOnType.LISTED, "64483", None, None))]),
            pack_add_ons(
                [
                    ("64484", AddOnRow(AddOnType.LISTED, "64483", None, None)),
                    ("64484", AddOnRow(AddOnType.CONTRACTOR, "", DAY, None)),
                ]
            ),
            (
                "64484 with what the contractor lists",
                "added",
                {},
                {"type": "2", "in force": "from 2026-03-02"},
            ),
        ),
    ]
    for table, old, new, row in cases:
        assert rows(one(table, old), one(table, new)) == [row]


def test_small_code_sets() -> None:
    def places(**codes: CodeRow) -> Sections:
        return snapshot(({"place_of_service": pack_code_set(codes)}, {"place_of_service": "CMS"}))

    before = places(p11=CodeRow(setting="non-facility"), p22=CodeRow(setting="facility"))
    after = places(p11=CodeRow(setting="facility"), p27=CodeRow(first=DAY, setting="non-facility"))
    assert rows(before, after) == [
        ("p11", "changed", {"setting": "non-facility"}, {"setting": "facility"}),
        ("p22", "removed", {"used": "no dates", "setting": "facility"}, {}),
        ("p27", "added", {}, {"used": "from 2026-03-02", "setting": "non-facility"}),
    ]


def article(id_: str = "A56273", **changed: Any) -> Article:
    version = changed.pop("version", 28)
    facts: dict[str, Any] = {
        "ref": ArticleRef(
            id=id_, version=version, title="Chiropractic", url="https://x", edition="2026", mac="WPS"
        ),
        "contracts": ("05102",),
        "applies": Applies(first=DAY, basis="stated", note="n"),
        "groups": (Group(list="covered", group=1, meaning="m"),),
        "procedures": {"98940": (Listed(1),)},
        "covered": {"M9901": (Listed(1),), "M542": (Listed(2),)},
        "noncovered": {},
        "relations": (relation(2, 3),),
    }
    return Article(**(facts | changed))


def relation(*secondary: int) -> Relation:
    return PrimaryAndSecondary(
        procedures=("98940",), basis=Basis.STATED, note="why", primary=(1,), secondary=secondary
    )


def coverage(*articles: Article, edition: str = "2026-09-28") -> Sections:
    return snapshot((pack_coverage(articles), {"coverage": edition}))


def test_articles() -> None:
    before = coverage(article(), article("A57889"))
    after = coverage(
        article(
            version=29,
            covered={"M9901": (Listed(1, starred=True),), "M5481": (Listed(2),)},
            relations=(relation(2, 3, 4),),
        ),
        article("A58345"),
    )
    by_table: dict[str, list[tuple[str, str]]] = {}
    for change in told(before, after):
        by_table.setdefault(change.table, []).append((change.kind, change.key))
    assert by_table == {
        "coverage": [("changed", "A56273"), ("removed", "A57889"), ("added", "A58345")],
        "coverage_codes": [
            ("removed", "A56273 covered M54.2"),
            ("added", "A56273 covered M54.81"),
            ("changed", "A56273 covered M99.01"),
        ],
        "coverage_relations": [
            (
                "removed",
                "A56273 rule primary-and-secondary; procedures 98940; basis stated; primary 1; secondary 2, 3",
            ),
            (
                "added",
                "A56273 rule primary-and-secondary; procedures 98940; basis stated; primary 1; secondary 2, 3, 4",
            ),
        ],
    }
    changed = told(before, after)[0]
    assert (changed.before, changed.after) == ({"version": 28}, {"version": 29})


def test_another_export_with_the_same_articles_is_told_by_its_edition() -> None:
    old = article()
    new = msgspec.structs.replace(old, ref=msgspec.structs.replace(old.ref, edition="2026-10-05"))
    before, after = coverage(old), coverage(new, edition="2026-10-05")
    assert rows(before, after) == [
        ("(other content)", "changed", {"edition": "2026-09-28"}, {"edition": "2026-10-05"})
    ]


def test_a_section_that_nobody_knows() -> None:
    def with_section(content: bytes) -> Sections:
        return snapshot(({"of_tomorrow": content}, {}))

    assert [(change.table, change.kind) for change in told(with_section(b"a"), with_section(b"b"))] == [
        ("of_tomorrow", Kind.CHANGED)
    ]


def test_a_table_that_is_not_loaded_has_no_rows() -> None:
    table = one("mue", limits({"97110": 6}))
    read: Callable[..., list[tuple[str, str, Any, Any]]] = rows
    assert [row[:2] for row in read(snapshot(), table)] == [("97110", "added")]
    assert [row[:2] for row in read(table, snapshot())] == [("97110", "removed")]
