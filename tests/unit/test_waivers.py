"""Waivers: which finding one covers, what is wrong with one, and how they are kept."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import insert

from scrubber.engine import Disposition, Engine, NewWaiver, Waiver, Waivers, explain, scrub, waiver_faults
from scrubber.intake.claim_json import decode_claim
from scrubber.rule import Outcome
from scrubber.store.database import reading, writing
from scrubber.store.tables import BATCHES, FINDINGS
from scrubber.store.waivers import (
    KeptWaiver,
    add_waiver,
    find_waiver,
    forget_claims,
    list_waivers,
    waiver_set,
    waivers_not_withdrawn,
    withdraw_waiver,
)
from tests.edits.cases import base_claim, merged

TODAY = date(2026, 3, 10)
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
EDIT = "COV703"
HELD = {"claim_id": "C-1", "diagnoses": ["M99.01", "M53.81"], "lines": [{"service_date": "2026-03-04"}]}


def terms(**more: Any) -> dict[str, Any]:
    return {"edit": EDIT, "reason": "agreed", "by": "Kim", "until": TODAY, **more}


def judged(engine: Engine, *waivers: Waiver, **claim: Any) -> Any:
    read = decode_claim(msgspec.json.encode(merged(merged(base_claim(), HELD), claim)))
    return scrub(replace(engine, waivers=Waivers(waivers)), read)


def test_the_claim_of_these_tests_has_the_finding(engine: Engine) -> None:
    assert EDIT in {finding.edit for finding in judged(engine).findings}


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        ({}, True),
        ({"payer": "05102"}, True),
        ({"payer": "05202"}, False),
        ({"payer_profile": "medicare_part_b"}, True),
        ({"payer_profile": "wps"}, True),  # the contractor of all its lines
        ({"payer_profile": "ngs"}, False),
        ({"payer_profile": "railroad_medicare"}, False),
        ({"provider": "1234567893"}, True),
        ({"provider": "1679576722"}, False),
        ({"claim_id": "C-1"}, True),
        ({"claim_id": "C-11"}, False),
        ({"payer": "05102", "provider": "1234567893", "claim_id": "C-1"}, True),
        ({"payer": "05102", "provider": "1234567893", "claim_id": "C-2"}, False),
        ({"payer": "05202", "claim_id": "C-1"}, False),
        ({"edit": "PTP601"}, False),
    ],
)
def test_every_scope_that_is_named_has_to_fit(engine: Engine, scope: dict[str, Any], covered: bool) -> None:
    result = judged(engine, Waiver(**terms(number=4, **scope) if "edit" not in scope else terms() | scope))
    assert (EDIT in {one.finding.edit for one in result.waived}) is covered
    assert (EDIT in {finding.edit for finding in result.findings}) is not covered


def test_a_waiver_without_payer_id_or_npi_on_the_claim_keeps_to_its_scope(engine: Engine) -> None:
    nobody = {"payer": {"id": None}, "billing_provider": {"npi": None}}
    waivers = Waiver(**terms(payer="05102")), Waiver(**terms(provider="1234567893"))
    assert judged(engine, *waivers, **nobody).waived == ()


def test_a_waived_finding_tells_who_why_and_by_which_waiver_and_carries_no_risk(engine: Engine) -> None:
    before, after = judged(engine), judged(engine, Waiver(**terms(number=4)))
    (one,) = after.waived
    assert (one.by, one.reason, one.until, one.waiver) == ("Kim", "agreed", TODAY, 4)
    assert one.finding in before.findings
    assert before.disposition is Disposition.HOLD
    assert after.disposition is not Disposition.HOLD
    assert after.denial_risk.probability < before.denial_risk.probability
    assert EDIT not in {driver.edit for driver in after.denial_risk.drivers}
    assert msgspec.json.decode(msgspec.json.encode(after), type=type(after)) == after


def test_until_is_held_against_the_day_that_counts_as_today(engine: Engine) -> None:
    waiver = Waiver(**terms())
    assert judged(engine.on(TODAY), waiver).waived
    assert judged(engine.on(TODAY - timedelta(days=900)), waiver).waived
    assert not judged(engine.on(TODAY + timedelta(days=1)), waiver).waived


def test_of_several_the_narrowest_counts_then_the_oldest(engine: Engine) -> None:
    waivers = [
        Waiver(**terms(number=1, everywhere=True)),
        Waiver(**terms(number=2, payer="05102")),
        Waiver(**terms(number=3, payer="05102")),
        Waiver(**terms(number=4, claim_id="C-1")),
        Waiver(**terms(number=5, claim_id="C-1", payer="05102", until=TODAY - timedelta(days=1))),
    ]
    while waivers[:-1]:
        counts = judged(engine, *waivers).waived[0].waiver
        assert counts == {5: 4, 4: 4, 3: 2, 2: 2}[len(waivers)]
        waivers.pop()


def test_the_explanation_tells_waived(engine: Engine) -> None:
    read = decode_claim(msgspec.json.encode(merged(base_claim(), HELD)))
    result = explain(replace(engine, waivers=Waivers([Waiver(**terms())])), read)
    assert {one.edit: one.outcome for one in result.explanation or ()}[EDIT] is Outcome.WAIVED


@pytest.mark.parametrize(
    ("wrong", "field", "says"),
    [
        ({"edit": "COV730"}, "edit", "COV703"),
        ({"edit": "cov703"}, "edit", "COV703"),
        ({"edit": "diagnosis-not-coverd"}, "edit", "COV702"),
        ({"payer_profile": "medicare_partb"}, "payer_profile", "medicare_part_b"),
        ({"provider": None}, "everywhere", "has to say so"),
        ({"everywhere": True}, "everywhere", "not meant everywhere"),
    ],
)
def test_what_is_wrong_with_a_waiver_is_told_with_what_is_near(
    wrong: dict[str, Any], field: str, says: str
) -> None:
    edits = {"COV702": "diagnosis-not-covered", "COV703": "secondary-diagnosis-not-covered", "DX301": "x"}
    waiver = NewWaiver(**terms(provider="1234567893") | wrong)
    (fault,) = waiver_faults(waiver, edits, ["medicare_part_b", "wps"])
    assert fault.field == field
    assert says in fault.message


def test_nothing_is_wrong_with_a_plain_waiver() -> None:
    assert not list(waiver_faults(NewWaiver(**terms(everywhere=True)), {EDIT: "x"}, []))


def kept(database: Database, tenant: str = "default", **more: Any) -> int:
    with writing(database) as connection:
        return add_waiver(connection, tenant, NewWaiver(**terms(**more)), NOW)


def listed(database: Database, wanted: Any = None, **more: Any) -> list[int]:
    with reading(database) as connection:
        found = list_waivers(connection, "default", more.pop("today", TODAY), wanted=wanted, **more)
    return [one.waiver.number or 0 for one in found]


def found(database: Database, number: int, tenant: str = "default") -> KeptWaiver | None:
    with reading(database) as connection:
        return find_waiver(connection, tenant, number, TODAY)


def withdrawn(database: Database, number: int, tenant: str = "default", who: str = "Lee") -> bool:
    with writing(database) as connection:
        return withdraw_waiver(connection, tenant, number, NOW, who)


def named(database: Database, tenant: str = "default") -> str | None:
    with reading(database) as connection:
        return waiver_set(connection, tenant)


def in_force(database: Database, tenant: str = "default") -> list[Waiver]:
    with reading(database) as connection:
        return waivers_not_withdrawn(connection, tenant)


def test_waivers_come_back_as_they_were_kept(database: Database) -> None:
    first = kept(database, payer="05102", payer_profile="wps", provider="1234567893", claim_id="C-1")
    second = kept(database, everywhere=True)
    assert in_force(database) == [
        Waiver(
            **terms(number=first, payer="05102", payer_profile="wps", provider="1234567893", claim_id="C-1")
        ),
        Waiver(**terms(number=second, everywhere=True)),
    ]
    assert listed(database) == [second, first]
    assert listed(database, before=second, limit=1) == [first]
    assert listed(database, edit="PTP601") == []


def test_a_tenant_sees_and_withdraws_its_own_alone(database: Database) -> None:
    theirs = kept(database, tenant="other", provider="1234567893")
    assert listed(database) == in_force(database) == []
    assert found(database, theirs) is None
    assert not withdrawn(database, theirs)
    assert (named(database), named(database, "other")) == (None, "1.0")


def test_of_two_who_withdraw_one_does_and_the_set_has_another_name(database: Database) -> None:
    number = kept(database, payer="05102")
    assert named(database) == "1.0"
    assert withdrawn(database, number, who="Lee")
    assert not withdrawn(database, number, who="Max")
    shown = found(database, number)
    assert shown is not None
    assert (shown.state, shown.withdrawn_by, shown.withdrawn_at) == ("withdrawn", "Lee", NOW)
    assert (named(database), in_force(database)) == (None, [])
    again = kept(database, payer="05102")
    assert named(database) == "2.1"
    assert listed(database, "withdrawn") == [number]
    assert listed(database, "active") == [again]


def test_states_by_the_day(database: Database) -> None:
    over = kept(database, payer="1", until=TODAY - timedelta(days=1))
    last = kept(database, payer="2")
    soon = kept(database, payer="3", until=TODAY + timedelta(days=30))
    later = kept(database, payer="4", until=TODAY + timedelta(days=31))
    assert listed(database, "active") == [later, soon, last]
    assert listed(database, "expired") == [over]
    assert listed(database, "expiring") == [soon, last]
    assert listed(database, "expiring", days=31) == [later, soon, last]


def batch_with(database: Database, number: int, tenant: str, as_of: date, waivers: list[int | None]) -> None:
    """A batch with one finding for each of these."""
    with writing(database) as connection:
        connection.execute(
            insert(BATCHES).values(
                number=number, id=str(number), tenant=tenant, state="done", created_at=NOW, as_of=as_of,
                blob="b", upload_bytes=1, sha256="0",
            )
        )  # fmt: skip
        connection.execute(
            insert(FINDINGS),
            [
                {
                    "tenant": tenant, "batch": number, "ordinal": at, "position": 0, "edit": EDIT,
                    "severity": "deny", "line": 1, "probability": 0.0, "at_risk": 0, "waiver": waiver, "alike": 7,
                }
                for at, waiver in enumerate(waivers)
            ],
        )  # fmt: skip


def test_uses_are_counted_in_the_results_that_are_kept(database: Database) -> None:
    used, old, never = (kept(database, payer=str(number)) for number in range(3))
    batch_with(database, 1, "default", TODAY - timedelta(days=31), [used, old, old, None])
    batch_with(database, 2, "default", TODAY - timedelta(days=1), [None, used])
    batch_with(database, 3, "other", TODAY, [never])
    shown = {number: found(database, number) for number in (used, old, never)}
    assert {number: (one.uses, one.last_used_on) for number, one in shown.items() if one} == {
        used: (2, TODAY - timedelta(days=1)),
        old: (2, TODAY - timedelta(days=31)),
        never: (0, None),
    }
    assert listed(database, "unused") == [never, old]
    assert listed(database, "unused", days=40) == [never]


def test_the_claim_of_a_waiver_that_is_over_is_forgotten_and_covers_nothing_again(
    database: Database, engine: Engine
) -> None:
    over = kept(database, claim_id="C-1", until=TODAY - timedelta(days=40))
    back = kept(database, claim_id="C-1", until=TODAY + timedelta(days=40))
    holds = kept(database, claim_id="C-1", until=TODAY)
    payers = kept(database, payer="05102", until=TODAY - timedelta(days=40))
    withdrawn(database, back)
    with writing(database) as connection:
        assert forget_claims(connection, NOW) == 1
        assert forget_claims(connection, NOW + timedelta(seconds=1)) == 1
        assert forget_claims(connection, NOW) == 0
    assert [one.number for one in in_force(database)] == [holds, payers]
    forgotten = found(database, over)
    assert forgotten is not None
    assert forgotten.claim_forgotten
    assert forgotten.waiver.claim_id is None
    assert not forgotten.waiver.everywhere
    past = judged(engine.on(TODAY - timedelta(days=50)), *in_force(database))
    assert [one.waiver for one in past.waived] == [holds]
