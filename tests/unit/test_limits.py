"""Limits of payers: how they are written, the days they look at, and what is said beyond them."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scrubber.claim import Claim
from scrubber.edits.frequency import EDITS
from scrubber.engine import Engine, build_engine, scrub
from scrubber.importers import ImportRefused
from scrubber.importers.payers import read_payers
from scrubber.reference import Snapshot
from scrubber.reference.limits import Window
from scrubber.rule import HistoryInMemory, Past, remembered
from tests.edits.cases import base_claim, merged
from tests.risks import no_risk
from tests.unit.payer_rules import history as obvious

LIMIT: dict[str, Any] = {
    "name": "visits of manipulation",
    "kind": "benefit_maximum",
    "procedures": ["98940-98942"],
    "count": "visits",
    "at_most": 2,
    "within": "calendar_year",
    "effective": date(2026, 1, 1),
    "severity": "deny",
    "authority": {"title": "Plan", "url": "https://example.org/plan", "retrieved": date(2026, 11, 22)},
}


def payer(directory: Path, *changes: dict[str, Any], **more: Any) -> Path:
    """A directory with a payer of these limits: each the one above with changes, None taking a key out."""
    limits = [{key: told for key, told in (LIMIT | change).items() if told is not None} for change in changes]
    profile = {
        "id": "acme",
        "name": "Acme",
        "program": "commercial",
        "recognised_by": [{"payer_ids": ["60054"]}],
        "limits": limits,
    }
    (directory / "acme").mkdir()
    (directory / "acme" / "payer.yaml").write_text(yaml.safe_dump(profile | more, sort_keys=False))
    return directory


def engine_of(directory: Path, *changes: dict[str, Any]) -> Engine:
    payers = read_payers(payer(directory, *changes))
    reference = Snapshot(as_of=date(2026, 11, 22), editions={}, payers=payers)
    return build_engine(EDITS, reference, "test", assess=no_risk)


def claim(*days: str, **difference: Any) -> Claim:
    lines = [{"service_date": day, "modifiers": []} for day in days]
    told = {
        "claim_id": f"C-{days[0]}",
        "payer": {"id": "60054", "claim_filing_indicator": None},
        "lines": lines,
    }
    return msgspec.convert(merged(base_claim(), told | difference), Claim, strict=False)


def said(engine: Engine, *claims: Claim) -> list[tuple[int | None, str, str]]:
    """What the edit says of the last of claims: line, severity, CARC."""
    history = HistoryInMemory()
    *before, last = claims
    for one in before:
        history.add(one, engine.reference)
    return [
        (found.line, found.severity.value, found.carc.code if found.carc else "")
        for found in scrub(engine, last, history=history).findings
    ]


def test_the_visit_beyond_the_limit_is_denied(tmp_path: Path) -> None:
    engine = engine_of(tmp_path, {})
    before = [claim("2026-01-05"), claim("2026-01-07")]
    assert said(engine, *before) == []
    assert said(engine, *before, claim("2026-01-09")) == [(1, "deny", "119")]
    assert said(engine, *before, claim("2026-01-07", claim_id="SAME DAY")) == []
    assert said(engine, *before, claim("2026-01-08", "2026-01-07", "2026-01-09")) == [
        (1, "deny", "119"),
        (3, "deny", "119"),
    ]
    assert said(engine, *before, claim("2025-12-31")) == []
    assert said(engine, *before, claim("2027-01-01")) == []


def test_a_frequency_is_answered_otherwise_and_may_be_of_one_provider(tmp_path: Path) -> None:
    weekly = {
        "kind": "frequency",
        "at_most": 1,
        "within": {"days": 7},
        "provider": "same",
        "severity": "review",
    }
    engine = engine_of(tmp_path, weekly)
    other = {"rendering_provider": {"npi": "1245319599"}}
    assert said(engine, claim("2026-01-05"), claim("2026-01-11")) == [(1, "review", "151")]
    assert said(engine, claim("2026-01-05"), claim("2026-01-12")) == []
    assert said(engine, claim("2026-01-05", **other), claim("2026-01-11")) == []
    nobody = claim("2026-01-11", rendering_provider=None, billing_provider={"npi": None})
    result = scrub(engine, nobody, history=HistoryInMemory())
    assert [(one.reason, one.line) for one in result.not_evaluated] == [("fact-missing", 1)]


def test_services_and_units_add_up_as_billed(tmp_path: Path) -> None:
    services = {"count": "services", "at_most": 2}
    units = {"count": "units", "at_most": 4, "within": {"months": 1}}
    engine = engine_of(tmp_path, services, units)
    two = {
        "lines": [{"modifiers": [side], "service_date": "2026-01-05", "units": "2"} for side in ("LT", "RT")]
    }
    assert said(engine, claim("2026-01-05", **two)) == []
    assert said(engine, claim("2026-01-05", **two), claim("2026-02-04", claim_id="S")) == [
        (1, "deny", "119"),
        (1, "deny", "119"),
    ]
    assert len(said(engine, claim("2026-01-05", **two), claim("2026-02-05", claim_id="S"))) == 1


@pytest.mark.parametrize(
    ("window", "last", "first"),
    [
        (Window(days=1), "2026-03-02", "2026-03-02"),
        (Window(days=30), "2026-03-02", "2026-02-01"),
        (Window(months=12), "2026-03-02", "2025-03-03"),
        (Window(months=12), "2024-02-29", "2023-03-01"),
        (Window(months=12), "2025-02-28", "2024-02-29"),
        (Window(months=12), "2025-03-01", "2024-03-02"),
        (Window(months=1), "2026-03-31", "2026-03-01"),
        (Window(months=1), "2024-03-30", "2024-03-01"),
        (Window(months=48), "2028-02-29", "2024-03-01"),
        (Window(), "2024-02-29", "2024-01-01"),
        (Window(months=120), "0005-01-01", "0001-01-01"),
    ],
)
def test_the_first_day_that_counts(window: Window, last: str, first: str) -> None:
    assert window.first_day(date.fromisoformat(last)) == date.fromisoformat(first)


@given(st.dates(date(1999, 1, 1), date(2030, 12, 31)), st.integers(1, 14))
def test_the_months_are_those_found_by_going_back_day_by_day(last: date, months: int) -> None:
    days = obvious.window({"months": months}, last.isoformat())
    first = Window(months=months).first_day(last)
    assert (first.isoformat(), len(days)) == (min(days), (last - first) // timedelta(days=1) + 1)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"procedures": None}, "give procedures, with_modifiers or both"),
        ({"procedures": ["98942-98940"]}, "98942-98940 ends before it begins"),
        ({"procedures": ["9894"]}, "procedures"),
        ({"at_most": 0}, "at_most is more than 0"),
        ({"within": {"days": 3, "months": 2}}, "give either days or months"),
        ({"within": "year"}, "within"),
        ({"count": "charges"}, "a limit of charges is a review"),
        ({"ends": date(2025, 1, 1)}, "ends lies before effective"),
        ({"kind": "something"}, "kind"),
        ({"authority": None}, "authority"),
        ({"frequency": 3}, "unknown field `frequency`"),
    ],
)
def test_a_limit_that_is_none_is_refused(tmp_path: Path, change: dict[str, Any], why: str) -> None:
    with pytest.raises(ImportRefused, match=why) as refused:
        read_payers(payer(tmp_path, change))
    assert str(refused.value).startswith("acme/payer.yaml: ")


def test_the_amount_keeps_its_cents(tmp_path: Path) -> None:
    given_limit = {"count": "charges", "severity": "review", "at_most": 2410.55}
    (limit,) = read_payers(payer(tmp_path, given_limit)).profiles[0].limits
    assert limit.at_most == Decimal("2410.55")


LIMITS: tuple[dict[str, Any], ...] = (
    {"name": "visits"},
    {"name": "a week", "kind": "frequency", "at_most": 1, "within": {"days": 7}, "provider": "same"},
    {"name": "services", "count": "services", "at_most": 2, "within": {"months": 1}},
    {"name": "units", "count": "units", "at_most": 4, "effective": date(2026, 2, 1), "ends": date(2026, 3, 31)},
    {"name": "dollars", "count": "charges", "at_most": 300, "severity": "review", "procedures": None,
     "with_modifiers": ["GP"], "unless_modifiers": ["KX"]},
)  # fmt: skip


@st.composite
def of_one_member(draw: st.DrawFn) -> list[Claim]:
    """Claims of a member as they come: some replace others, some take others back, some do not say who renders."""

    def line() -> dict[str, Any]:
        return {
            "procedure": draw(st.sampled_from(["98940", "98942", "97110", "99213"])),
            "modifiers": draw(st.sampled_from([[], [], ["GP"], ["GP", "KX"], ["GY"]])),
            "service_date": str(draw(st.dates(date(2025, 12, 20), date(2026, 4, 10)))),
            "units": str(draw(st.integers(1, 4))),
            "charge": str(draw(st.integers(20, 400))),
        }

    claims = []
    for number in range(draw(st.integers(1, 6))):
        nobody = {"rendering_provider": None, "billing_provider": {"npi": None}}
        told: dict[str, Any] = nobody if draw(st.integers(0, 9)) == 0 else {}
        if number and draw(st.integers(0, 3)) == 0:
            told |= {
                "frequency_code": draw(st.sampled_from("78")),
                "original_reference": f"C-{draw(st.integers(0, number))}",
            }
        lines = [line() for _ in range(draw(st.integers(1, 3)))]
        claims.append(claim("2026-01-01", **(told | {"claim_id": f"C-{number}", "lines": lines})))
    return claims


class Asked(HistoryInMemory):
    """Notes the first day it was asked for."""

    first = date.max

    def claims(self, member: bytes, first_day: date, last_day: date) -> Sequence[Past]:
        self.first = min(self.first, first_day)
        return super().claims(member, first_day, last_day)


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit["name"])
def test_where_nothing_is_in_reach_nothing_is_found(tmp_path: Path, limit: dict[str, Any]) -> None:
    engine = engine_of(tmp_path, limit)
    (edit,) = EDITS
    assert edit.reach
    reach = edit.reach(engine.reference)

    def holds(claims: list[Claim]) -> tuple[bool, int]:
        """Whether something is in reach, and how much is found; nothing may be found that is not in reach."""
        assert edit.look_back
        may_say, found = reach.may_say([remembered(one, engine.reference) for one in claims]), 0
        for at, one in enumerate(claims):
            history = Asked()
            for other in claims[:at] + claims[at + 1 :]:
                history.add(other, engine.reference)
            found += len(list(edit.look_back(one, engine.reference, history)))
            assert history.first >= reach.since(min(line.service_date for line in one.lines))
        assert may_say or not found
        return may_say, found

    visit = {"modifiers": ["GP"], "charge": "110", "units": "2"}
    four = [
        claim("2026-01-01", claim_id=f"{day}", lines=[visit | {"service_date": f"2026-02-0{day}"}])
        for day in range(1, 5)
    ]
    assert holds(four[:1]) == (False, 0)
    may_say, found = holds(four)
    assert may_say
    assert found

    @settings(max_examples=60)
    @given(of_one_member())
    def hold(claims: list[Claim]) -> None:
        holds(claims)

    hold()
