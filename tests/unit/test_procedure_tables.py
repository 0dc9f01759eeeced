"""The fee schedule and the codes there are: what they answer, by service date and edition."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import msgspec
import pytest

from scrubber.claim import Claim
from scrubber.edits.modifiers import evaluation_without_modifier_25
from scrubber.edits.procedure import procedure_status_not_payable_by_medicare
from scrubber.engine import Engine
from scrubber.reference import Payers, Snapshot
from scrubber.reference.fee_schedule import FeeRow, FeeSchedule, pack_fees, read_fee_table
from scrubber.reference.hcpcs import HcpcsCodes, HcpcsRow, pack_hcpcs, read_hcpcs_table
from scrubber.reference.ncci import Edition, UnitLimits, UnitRow, pack_unit_limits, read_unit_table
from scrubber.reference.procedure_codes import State, standing
from scrubber.rule import DENY, REVIEW, Defect
from tests.edits.cases import base_claim, merged

VISIT = FeeRow("A", "0", "XXX", "0", "0", "0", "0", "0", False, False, 275, 197)
STARTER = Edition(
    name="2025Q4",
    effective=date(2025, 10, 1),
    speaks_from=date(2025, 10, 1),
    codes=frozenset({"99213", "99441", "20610"}),
)
OFFICIAL = Edition(name="2026Q2", effective=date(2026, 4, 1), speaks_from=date(2026, 4, 1))


def schedule(*editions: tuple[Edition, Mapping[tuple[str, str], FeeRow]]) -> FeeSchedule:
    return FeeSchedule(
        [(edition, read_fee_table(memoryview(pack_fees(dict(rows))))) for edition, rows in editions]
    )


def hcpcs(rows: Mapping[str, HcpcsRow]) -> HcpcsCodes:
    edition = Edition(name="2026Q2", effective=date(2026, 4, 1), speaks_from=date.min)
    return HcpcsCodes([(edition, read_hcpcs_table(memoryview(pack_hcpcs(rows))))])


def limits(*codes: str) -> UnitLimits:
    edition = Edition(name="2024Q3", effective=date(2024, 7, 1), speaks_from=date(2024, 7, 1))
    rows = {code: UnitRow(units=1, indicator=3, rationale="x") for code in codes}
    return UnitLimits([(edition, read_unit_table(memoryview(pack_unit_limits(rows))))])


def reference(**tables: object) -> Snapshot:
    return Snapshot(as_of=date(2026, 11, 22), editions={}, payers=Payers(), **tables)  # type: ignore[arg-type]


def test_an_edition_holds_until_the_next_and_the_newest_goes_on() -> None:
    dearer = msgspec.structs.replace(VISIT, office_total=300)
    table = schedule(
        (OFFICIAL, {("99213", ""): dearer, ("33208", ""): VISIT}), (STARTER, {("99213", ""): VISIT})
    )
    told = {
        on: (entry.row.office_total, entry.edition)
        for on in (
            date(2025, 9, 30),
            date(2025, 10, 1),
            date(2026, 3, 31),
            date(2026, 4, 1),
            date(2026, 11, 2),
        )
        if (entry := table.entry("99213", on))
    }
    assert told == {
        date(2025, 10, 1): (275, "2025Q4 starter table"),
        date(2026, 3, 31): (275, "2025Q4 starter table, 5 months older than the service"),
        date(2026, 4, 1): (300, "2026Q2"),
        date(2026, 11, 2): (300, "2026Q2, 7 months older than the service"),
    }
    assert table.entry("33208", date(2026, 3, 31)) is None
    assert table.entry("33208", date(2026, 4, 1)) is not None


def test_a_component_has_a_row_of_its_own() -> None:
    table = schedule((OFFICIAL, {("72040", ""): VISIT, ("72040", "26"): VISIT}))
    day = date(2026, 4, 1)
    assert [table.entry("72040", day, component) is not None for component in ("", "26", "TC")] == [
        True,
        True,
        False,
    ]


def test_whether_a_code_may_pass_a_test() -> None:
    table = schedule((STARTER, {("99213", ""): VISIT}))
    assert table.may("99213", lambda row: row.status == "A")
    assert not table.may("99213", lambda row: row.status == "B")
    assert not table.may("99441", lambda _row: True)
    assert table.may("33208", lambda _row: False)


DAY = date(2026, 4, 2)


@pytest.mark.parametrize(
    ("code", "on", "state"),
    [
        ("99213", DAY, State.VALID),
        ("33208", DAY, State.VALID),
        ("9921", DAY, State.MALFORMED),
        ("99213A", DAY, State.MALFORMED),
        ("", DAY, State.MALFORMED),
        ("A99213", DAY, State.MALFORMED),
        ("٩9213", DAY, State.MALFORMED),
        ("0001X", DAY, State.MALFORMED),
        ("99999", DAY, State.UNKNOWN),
        ("0001F", DAY, State.UNKNOWN),
        ("99999", date(2026, 7, 1), State.OLDER_EDITION),
        ("99999", date(2026, 3, 31), State.NOT_ANSWERED),
        ("33208", date(2026, 3, 31), State.NOT_ANSWERED),
        ("20610", date(2026, 3, 31), State.NOT_YET),
        ("20610", DAY, State.VALID),
        ("99441", date(2026, 3, 31), State.ENDED),
        ("99441", DAY, State.ENDED),
        ("99441", date(2025, 9, 30), State.NOT_ANSWERED),
        ("J3301", DAY, State.VALID),
        ("G0515", date(2019, 12, 31), State.VALID),
        ("G0515", date(2020, 1, 1), State.ENDED),
        ("G0515", date(2017, 12, 31), State.NOT_YET),
        ("G9990", DAY, State.UNKNOWN),
        ("G9990", date(2026, 7, 1), State.OLDER_EDITION),
        ("G9990", date(2026, 3, 31), State.OLDER_EDITION),
        ("G2211", DAY, State.VALID),
        ("D0120", DAY, State.NOT_ANSWERED),
        ("0001U", DAY, State.VALID),
        ("0002U", DAY, State.NOT_ANSWERED),
        ("0001A", DAY, State.NOT_ANSWERED),
        ("0001M", DAY, State.NOT_ANSWERED),
    ],
)
def test_what_the_tables_say_of_a_code(code: str, on: date, state: State) -> None:
    official = {(known, ""): VISIT for known in ("99213", "33208", "20610", "G2211")}
    snapshot = reference(
        fee_schedule=schedule((OFFICIAL, official), (STARTER, {("99213", ""): VISIT})),
        hcpcs=hcpcs({"J3301": HcpcsRow(None, None), "G0515": HcpcsRow(date(2018, 1, 1), date(2019, 12, 31))}),
        mue=limits("99441", "99213", "0001U"),
    )
    assert standing(code, on, snapshot).state is state


def found(engine: Engine, edit: object, snapshot: Snapshot, **difference: object) -> list[Defect]:
    claim = msgspec.convert(merged(base_claim(), difference), Claim, strict=False, builtin_types=(date,))
    return [said for said in edit.function(claim, snapshot) if isinstance(said, Defect)]  # type: ignore[attr-defined]


def test_a_visit_without_25_is_denied_where_no_code_pair_tells_it(engine: Engine) -> None:
    without_pairs = replace(engine.reference, ptp=None)
    lines = [{"procedure": "20610", "modifiers": ["RT"]}, {"procedure": "99213", "modifiers": []}]
    visits = found(engine, evaluation_without_modifier_25, without_pairs, lines=lines)
    assert [(defect.location, defect.severity) for defect in visits] == [(("lines", 1, "modifiers"), None)]
    assert evaluation_without_modifier_25.severity is DENY
    assert found(engine, evaluation_without_modifier_25, engine.reference, lines=lines) == []


def test_a_visit_is_denied_for_the_procedure_that_no_code_pair_tells_behind_one_that_is_told(
    engine: Engine,
) -> None:
    class Pairs:
        def pair(self, one: str, other: str, _on: date) -> bool | None:
            return {one, other} == {"99213", "98940"} or None

    pairs = replace(engine.reference, ptp=Pairs())  # type: ignore[arg-type]
    lines = [
        {"procedure": "99213", "modifiers": []}, {"procedure": "98940"}, {"procedure": "20610", "modifiers": ["RT"]},
    ]  # fmt: skip
    (visit,) = found(engine, evaluation_without_modifier_25, pairs, lines=lines)
    assert visit.because["procedure"] == "20610"
    assert found(engine, evaluation_without_modifier_25, pairs, lines=lines[:2]) == []


def test_a_bundled_or_excluded_code_is_a_review(engine: Engine) -> None:
    without_limits = replace(engine.reference, mue=None)
    supply = {
        "rendering_provider": {"taxonomy": "208VP0014X"},
        "lines": [{"procedure": "A4557", "modifiers": []}],
    }
    told = found(engine, procedure_status_not_payable_by_medicare, without_limits, **supply)
    assert [(defect.severity, defect.carc) for defect in told] == [(REVIEW, ("CO", "97"))]
    assert found(engine, procedure_status_not_payable_by_medicare, engine.reference, **supply) == []
