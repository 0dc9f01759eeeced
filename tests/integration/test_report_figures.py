"""The figures of the report: those of what is stored are those of the same claims in a file, and both add up."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import insert, update

from scrubber.batch.report import stored_findings, stored_report
from scrubber.batch.scrubbed import scrubbed
from scrubber.bootstrap import Scrubber
from scrubber.engine import Waiver, build_engine, scrub
from scrubber.intake.record import Received, Unreadable
from scrubber.report.build import Told, build_report
from scrubber.report.claims import count_claims
from scrubber.report.counts import Counts
from scrubber.report.figures import Covered, DenialReport, FindingRow
from scrubber.report.named import fixed_by, payer_name
from scrubber.rule import Later
from scrubber.store import batches
from scrubber.store.batches import BatchState, NewBatch
from scrubber.store.database import reading, writing
from scrubber.store.figures import Scope, calibrations_used, count_again, supersede
from scrubber.store.results import add_results
from scrubber.store.tables import BATCHES, CALIBRATIONS, CLAIMS, BatchKey
from tests.benchmarks.claims import claims

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
BATCH = Covered(kind="batch", name="a")


class Shop(msgspec.Struct):
    """What a report asks of a workshop."""

    engine: Any
    settings: Any
    now: Any = lambda: NOW


@pytest.fixture(scope="module")
def shop(scrubber: Scrubber) -> Shop:
    waiver = Waiver(edit="DX313", reason="known", by="someone", until=NOW.date(), everywhere=True, number=7)
    engine = build_engine(
        scrubber.catalog, scrubber.reference, "2026.11", [waiver], assess=scrubber.engine.assess
    )
    return Shop(engine=engine.on(NOW.date()), settings=scrubber.settings)


def records(count: int = 600, seed: int = 7) -> Iterator[Received | Unreadable]:
    for number, claim in enumerate(claims(count, seed)):
        if number % 100 == 50:
            yield Unreadable(place=f"line {number}", message="not a claim", claim_id=None)
        else:
            yield Received(claim, f"line {number}", lambda _location: None)


def stored(database: Database, shop: Shop, id_: str = "a", **more: Any) -> BatchKey:
    """A batch of these records that is done."""
    with writing(database) as connection:
        new = NewBatch(
            id=id_,
            tenant="default",
            created_at=NOW,
            as_of=NOW.date(),
            blob="b",
            upload_bytes=1,
            sha256="0" * 64,
        )
        assert batches.add_batch(connection, new)
        batch = batches.find_batch(connection, "default", id_)
        assert batch is not None
        assert batches.change_state(connection, batch.key, [BatchState.QUEUED], BatchState.RUNNING)
        results, _ = scrubbed(shop.engine, records(**more), batch.key, 0, bytes)
        batches.add_chunks(
            connection, batch.key, [{"chunk": 0, "first": 0, "records": len(results.lines), "cut": "{}"}]
        )
        held = batches.hold_chunk(connection, batch.key, 0, NOW, NOW, "somebody")
        assert held is not None
        assert batches.finish_chunk(connection, batch.key, 0, held.attempts, NOW, {})
        add_results(connection, batch.key, 0, results)
        assert batches.change_state(connection, batch.key, [BatchState.RUNNING], BatchState.DONE)
    return batch.key


def of_file(shop: Shop) -> tuple[DenialReport, list[FindingRow]]:
    """The report of the same records, counted as they are scrubbed."""
    engine = shop.engine
    counts, rows = Counts(fixed_by=fixed_by(engine.reference)), list[FindingRow]()
    count_claims(
        counts,
        (
            record
            if isinstance(record, Unreadable)
            else (record.claim, scrub(engine, record.claim, record.locate, Later()))
            for record in records()
        ),
        rows.append,
    )
    with_database = _stored_told(shop)
    report = build_report(
        counts,
        with_database,
        {edit.id: edit for edit in engine.plan.edits},
        rates=engine.assess.__self__.rates,
        decided={},
        advice=lambda example, _edit: example.advice,
        payer_name=payer_name(engine.reference),
    )
    return report, rows


def _stored_told(shop: Shop) -> Told:
    return Told(of=BATCH, made_at=NOW, ruleset="2026.11", references=(), calibrations=(), benchmarks=())


def test_what_is_stored_counts_as_the_file_does(database: Database, shop: Shop) -> None:
    number = stored(database, shop).number
    scope = Scope(tenant="default", batch=number)
    with reading(database) as connection:
        report = stored_report(connection, shop, scope, BATCH)  # type: ignore[arg-type]
        rows = list(stored_findings(connection, scope))
    expected, listed = of_file(shop)
    assert rows == listed
    assert all(row.message for row in rows)
    assert any(row.waived for row in rows)
    for name in DenialReport.__struct_fields__:
        if name not in {"references", "benchmarks", "worklist", "expected"}:
            assert getattr(report, name) == getattr(expected, name), name
    for work, other in zip(report.worklist, expected.worklist, strict=True):
        assert work == other
        assert work.advice
    assert report.allowed is not None
    assert 0 < report.allowed.claims < report.all.claims
    assert 0 < report.allowed.expected_allowed < report.allowed.expected_charge < report.expected.charge
    for name in report.expected.__struct_fields__:
        assert float(getattr(report.expected, name)) == pytest.approx(
            float(getattr(expected.expected, name)), abs=0.1
        )


def test_the_sums_agree_with_each_other(database: Database, shop: Shop) -> None:
    number = stored(database, shop).number
    with reading(database) as connection:
        report = stored_report(connection, shop, Scope(tenant="default", batch=number), BATCH)  # type: ignore[arg-type]
    of = report.dispositions
    assert (
        report.all.claims == 600 == of.clean.claims + of.review.claims + of.hold.claims + of.unreadable.claims
    )
    assert of.unreadable.claims == 6
    assert report.all.charge == of.clean.charge + of.review.charge + of.hold.charge
    assert report.clean_by_claims == round(of.clean.claims / 594, 6)
    expected = report.expected
    assert expected.denials_low < expected.denials < expected.denials_high
    assert expected.charge_low < expected.charge < expected.charge_high
    for groups in (report.by_carc, report.by_procedure, report.by_diagnosis, report.by_edit):
        assert sum(group.expected_charge for group in groups) == expected.charge
        assert groups[-1].key is None
    for parties in (report.by_payer, report.by_provider):
        assert sum(party.claims for party in parties) == 594
        assert sum(party.expected_charge for party in parties) == expected.charge
        assert sum(party.expected_denials for party in parties) == pytest.approx(expected.denials, abs=0.5)
    assert sum(week.claims for week in report.weeks) == 594
    assert sum(week.expected_charge for week in report.weeks) == expected.charge
    assert all(week.monday.weekday() == 0 for week in report.weeks)
    assert {edit.edit: edit.waived for edit in report.edits}["DX313"] > 0
    assert "DX313" not in {group.key for group in report.by_edit}
    assert report.worklist[0].expected_charge == max(work.expected_charge for work in report.worklist)
    assert all(len(work.claim_ids) == min(work.claims, 20) for work in report.worklist)
    assert report.unknown
    assert report.references[0].digest == shop.engine.used.digest


def test_a_report_of_several_batches_counts_a_claim_as_it_was_scrubbed_last(
    database: Database, shop: Shop
) -> None:
    stored(database, shop, "a")
    second = stored(database, shop, "b", count=300)
    with writing(database) as connection:
        supersede(connection, second)
    with reading(database) as connection:

        def report(**narrowed: Any) -> DenialReport:
            scope = Scope(tenant="default", **narrowed)
            return stored_report(connection, shop, scope, Covered(kind="period"))  # type: ignore[arg-type]

        whole = report()
        # The three records that are no claims have no id to be known again by.
        assert whole.all.claims == 603
        assert whole.dispositions.unreadable.claims == 9
        assert report(batch=1).all.claims == 600
        early = report(last_day=date(2025, 12, 31))
        late = report(first_day=date(2026, 1, 1))
        assert early.all.claims + late.all.claims == 594
        assert early.all.charge + late.all.charge == whole.all.charge
        payers = {party.key: party.claims for party in whole.by_payer}
        assert report(payer="05102").all.claims == payers["05102"]
        assert report(payer="nobody").all.claims == 0
        providers = {party.key: party.claims for party in whole.by_provider}
        assert report(provider="1234567893").all.claims == providers["1234567893"]
        other = stored_report(connection, shop, Scope(tenant="other"), Covered(kind="period"))  # type: ignore[arg-type]
        assert other.all.claims == 0
        assert other.clean_by_claims is None
        assert (other.expected.denials, other.expected.charge) == (0, Decimal(0))


def test_a_claim_of_another_biller_is_another_claim(database: Database, shop: Shop) -> None:
    stored(database, shop, "a", count=10)
    second = stored(database, shop, "b", count=10)
    with writing(database) as connection:
        connection.execute(update(CLAIMS).where(CLAIMS.c.batch == second.number).values(provider="1"))
        supersede(connection, second)
    with reading(database) as connection:
        report = stored_report(connection, shop, Scope(tenant="default"), Covered(kind="period"))  # type: ignore[arg-type]
    assert report.all.claims == 20


def counted(database: Database, shop: Shop) -> int:
    """Claims in the report of everything."""
    with reading(database) as connection:
        scope = Scope(tenant="default")
        return stored_report(connection, shop, scope, Covered(kind="period")).all.claims  # type: ignore[arg-type]


def test_a_claim_whose_newer_copy_is_removed_is_counted_again(database: Database, shop: Shop) -> None:
    kept = [stored(database, shop, id_, count=10) for id_ in "abc"]
    with writing(database) as connection:
        for batch in kept:
            supersede(connection, batch)
    for batch, left in ((kept[1], 10), (kept[2], 10), (kept[0], 0)):
        with writing(database) as connection:
            count_again(connection, batch)
            batches.remove_batch(connection, batch, BatchState.DONE)
        assert counted(database, shop) == left


def test_a_batch_that_is_done_after_a_later_one_is_not_counted_beside_it(
    database: Database, shop: Shop
) -> None:
    first, second = stored(database, shop, "a", count=10), stored(database, shop, "b", count=10)
    with writing(database) as connection:
        batches.change_state(connection, first, [BatchState.DONE], BatchState.RUNNING)
        supersede(connection, second)
        connection.execute(update(CLAIMS).where(CLAIMS.c.batch == first.number).values(superseded=False))
        batches.change_state(connection, first, [BatchState.RUNNING], BatchState.DONE)
        supersede(connection, first)
    assert counted(database, shop) == 10


def test_the_calibrations_used_come_with_the_newest_last(database: Database, shop: Shop) -> None:
    number, other = stored(database, shop, "a", count=10), stored(database, shop, "b", count=10)
    names = ["2026-11-22.2", "2026-11-22.10"]
    with writing(database) as connection:
        for batch, name in zip((other, number), names, strict=True):
            told = {"name": name, "tenant": "default", "made_at": NOW, "remittances": 1, "content": "{}"}
            connection.execute(insert(CALIBRATIONS).values(told))
            connection.execute(
                update(BATCHES).where(BATCHES.c.number == batch.number).values(calibration=name)
            )
        assert calibrations_used(connection, Scope(tenant="default")) == names
        assert calibrations_used(connection, Scope(tenant="default", batch=other.number)) == names[:1]
        assert calibrations_used(connection, Scope(tenant="other")) == []
