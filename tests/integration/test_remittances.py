"""Remittances taken in, matched to scrubbed claims, and what is of force of them; in process, on both databases."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import select

from scrubber.batch.ending import purge
from scrubber.batch.merge import merge_batch
from scrubber.batch.remittances import HELD, BeingImported, Imported, NotARemittance, import_remittance
from scrubber.batch.submit import UploadEmpty, UploadTooLarge, submit
from scrubber.batch.workshop import Workshop
from scrubber.bootstrap import Scrubber, open_workshop
from scrubber.settings import Settings
from scrubber.store.batches import Batch, batch_by_number
from scrubber.store.database import reading, writing
from scrubber.store.figures import Scope
from scrubber.store.outcomes import Yield, edit_yield, line_outcomes
from scrubber.store.remittances import add_remittance
from scrubber.store.tables import OUTCOMES, REMITTANCES
from tests.edits.cases import base_claim, merged
from tests.integration.batch_processes import worked
from tests.remittance_files import Paid, Service, paid_line, remittance

AFTER = date(2030, 1, 10)
"""A day of payment after every batch of the tests."""


@pytest.fixture(params=["sqlite", "postgresql"])
def workshop(
    request: pytest.FixtureRequest, tmp_path: Path, scrubber: Scrubber, redis_url: str, clean_redis: Redis
) -> Iterator[Workshop]:
    environment = {
        "SCRUBBER_DATA_DIR": str(tmp_path),
        "SCRUBBER_REFERENCE_DIR": str(scrubber.settings.snapshots),
        "SCRUBBER_REDIS_URL": redis_url,
        "SCRUBBER_CHUNK_CLAIMS": "3",
        "SCRUBBER_MAX_UPLOAD_BYTES": "200000",
    }
    if request.param == "postgresql":
        environment["SCRUBBER_DATABASE_URL"] = request.getfixturevalue("postgres_url")
    workshop = open_workshop(Settings.read(environment), scrubber.engine)
    yield workshop
    workshop.database.dispose()
    workshop.redis.close()


def claim(claim_id: str, **more: Any) -> dict[str, Any]:
    return merged(base_claim(), {"claim_id": claim_id, **more})


def two_lines(claim_id: str, **more: Any) -> dict[str, Any]:
    """A claim of an adjustment and a massage; the second line points to a diagnosis that does not exist."""
    first = base_claim()["lines"][0]
    second = first | {
        "procedure": "97140",
        "modifiers": ["59", "GP"],
        "charge": "30.00",
        "diagnosis_pointers": [2],
    }
    return claim(
        claim_id, **{"diagnoses": ["M99.01", "M53.89"], "lines": [first, second], "total_charge": None} | more
    )


def scrubbed(workshop: Workshop, *claims: dict[str, Any]) -> Batch:
    """A batch of these claims, done."""
    content = b"".join(json.dumps(one).encode() + b"\n" for one in claims)
    batch = submit(workshop, [content], tenant="default", who="test")
    worked(workshop, batch)
    merge_batch(workshop, batch.number)
    with reading(workshop.database) as connection:
        done = batch_by_number(connection, batch.number)
    assert done is not None
    return done


def take_in(workshop: Workshop, *claims: Paid, paid_on: date = AFTER, **more: Any) -> Imported:
    return take_in_file(workshop, remittance(claims, paid_on=paid_on, **more))


def take_in_file(workshop: Workshop, content: bytes) -> Imported:
    return import_remittance(workshop, [content], tenant="default", who="test")


def kept(workshop: Workshop, *columns: str, in_force: bool = False) -> list[tuple[Any, ...]]:
    query = select(*[OUTCOMES.c[name] for name in columns]).order_by(
        OUTCOMES.c.remittance, OUTCOMES.c.position
    )
    if in_force:
        query = query.where(OUTCOMES.c.in_force)
    with reading(workshop.database) as connection:
        return [tuple(row) for row in connection.execute(query)]


def decided(one: dict[str, Any], *off: tuple[tuple[str, str, str], ...], status: str = "1") -> Paid:
    """A claim with these adjustments line by line."""
    lines = [paid_line(line, reasons) for line, reasons in zip(one["lines"], off, strict=True)]
    return Paid(one["claim_id"], lines, status=status)


DENIED = (("CO", "16", "30.00"),)
WRITTEN_DOWN = (("CO", "45", "10.00"),)


def test_each_line_is_kept_with_what_was_said_of_it(workshop: Workshop) -> None:
    one, other = two_lines("C-1"), claim("C-2")
    batch = scrubbed(workshop, other, one)
    imported = take_in(workshop, decided(one, WRITTEN_DOWN, DENIED))
    found = imported.found
    assert (found.payments, found.claims, found.matched, found.lines, found.lines_matched) == (1, 1, 1, 2, 2)
    assert found.decisions == {"denied": 1, "paid": 1}
    assert str(found.denied) == "30.00"
    assert [(reason.carc, reason.lines) for reason in found.reasons] == [("CO-16", 1)]
    assert (found.unreadable.count, found.imbalances.count, found.faults.count) == (0, 0, 0)
    columns = (
        "claim_id",
        "line",
        "match",
        "batch",
        "ordinal",
        "payer",
        "procedure",
        "outcome",
        "denied",
        "in_force",
    )
    assert kept(workshop, *columns) == [
        ("C-1", 1, "matched", batch.number, 1, "05102", "98940", "paid", 0, True),
        ("C-1", 2, "matched", batch.number, 1, "05102", "97140", "denied", 3000, True),
    ]
    (first, of_first), (second, of_second) = kept(workshop, "predicted", "findings")
    assert 0 < first < second < 1
    said = json.loads(of_second)
    assert any(carc for _, _, carc in said)
    assert json.loads(of_first) != said


def test_outcomes_are_learned_from_by_month_with_the_keys_of_the_priors(workshop: Workshop) -> None:
    one = two_lines("C-1")
    scrubbed(workshop, one)
    take_in(workshop, decided(one, WRITTEN_DOWN, DENIED))
    priors = workshop.engine.reference.denial_priors
    assert priors is not None
    with reading(workshop.database) as connection:
        paid, denied = line_outcomes(connection, "default", priors.key)
        assert list(line_outcomes(connection, "somebody", priors.key)) == []
    assert (paid.payer, paid.month, paid.denied, paid.carcs) == ("05102", date(2030, 1, 1), False, ())
    assert (denied.denied, denied.carcs, str(denied.charge), denied.held) == (True, ("CO-16",), "30.00", True)
    assert denied.findings


def test_the_same_file_again_changes_nothing(workshop: Workshop) -> None:
    one = claim("C-1")
    scrubbed(workshop, one)
    first = take_in(workshop, decided(one, WRITTEN_DOWN))
    again = take_in(workshop, decided(one, WRITTEN_DOWN))
    assert not first.imported_before
    assert again.imported_before
    assert (again.number, again.found) == (first.number, first.found)
    assert len(kept(workshop, "line")) == 1
    packed = take_in_file(workshop, gzip.compress(remittance([decided(one, WRITTEN_DOWN)], paid_on=AFTER)))
    assert not packed.imported_before  # another file, but the same decision: it counts once
    assert len(kept(workshop, "line", in_force=True)) == 1


def test_a_reversal_takes_the_decision_back_and_a_correction_takes_its_place(workshop: Workshop) -> None:
    one = two_lines("C-1")
    scrubbed(workshop, one)
    take_in(workshop, decided(one, WRITTEN_DOWN, DENIED))
    assert kept(workshop, "line", "outcome", in_force=True) == [(1, "paid"), (2, "denied")]
    back = Paid("C-1", [], status="22", charge="-75.00", paid="-35.00", off=[("CO", "16", "-40.00")])
    take_in(workshop, back, paid_on=AFTER + timedelta(days=7))
    assert kept(workshop, "line", in_force=True) == []
    take_in(workshop, decided(one, WRITTEN_DOWN, WRITTEN_DOWN), paid_on=AFTER + timedelta(days=7))
    assert kept(workshop, "line", "outcome", in_force=True) == [(1, "paid"), (2, "paid")]


def test_files_may_come_in_any_order(workshop: Workshop) -> None:
    one = claim("C-1")
    scrubbed(workshop, one)
    back = decided(one, (("CO", "45", "90.00"),), status="22")
    corrected = decided(one, (("CO", "50", "45.00"),))
    take_in(workshop, back, corrected, paid_on=AFTER + timedelta(days=7))
    take_in(workshop, decided(one, WRITTEN_DOWN))
    assert kept(workshop, "outcome", in_force=True) == [("denied",)]


def test_a_second_payer_and_a_copy_do_not_count(workshop: Workshop) -> None:
    one = claim("C-1")
    scrubbed(workshop, one)
    take_in(workshop, decided(one, WRITTEN_DOWN))
    take_in(workshop, decided(one, (("OA", "23", "45.00"),), status="2"), paid_on=AFTER + timedelta(days=3))
    copy = decided(one, (("OA", "18", "45.00"),), status="4")
    imported = take_in(workshop, copy, paid_on=AFTER + timedelta(days=4))
    assert imported.found.decisions == {"repeated": 1}
    assert kept(workshop, "outcome", in_force=True) == [("paid",)]


def test_a_copy_that_was_foretold_is_denied_as_such(workshop: Workshop) -> None:
    one, again = claim("C-1"), claim("C-2")
    scrubbed(workshop, one, again)
    copy = decided(again, (("CO", "18", "45.00"),), status="4")
    assert take_in(workshop, decided(one, WRITTEN_DOWN), copy).found.decisions == {"denied": 1, "paid": 1}


def test_who_is_not_the_provider_or_bills_something_else_is_not_matched(workshop: Workshop) -> None:
    one = claim("C-1")
    scrubbed(workshop, one)
    other_day = one | {"lines": [one["lines"][0] | {"service_date": "2026-01-15"}]}
    other_code = one | {"lines": [one["lines"][0] | {"procedure": "99213"}]}
    assert take_in(workshop, decided(one, WRITTEN_DOWN), npi="1679576722").found.unmatched == 1
    for other in (other_day, other_code, claim("C-9")):
        assert take_in(workshop, decided(other, WRITTEN_DOWN)).found.unmatched == 1
    assert kept(workshop, "match", in_force=True) == []
    assert len(kept(workshop, "match")) == 4


def test_of_two_batches_the_one_before_the_payment_is_meant(workshop: Workshop) -> None:
    one = claim("C-1")
    first = scrubbed(replace(workshop, now=lambda: datetime(2026, 3, 10, tzinfo=UTC)), one)
    second = scrubbed(replace(workshop, now=lambda: datetime(2026, 4, 10, tzinfo=UTC)), one)
    take_in(workshop, decided(one, WRITTEN_DOWN), paid_on=date(2026, 3, 20))
    take_in(workshop, decided(one, (("CO", "50", "45.00"),)), paid_on=date(2026, 4, 20))
    assert kept(workshop, "batch", "outcome", in_force=True) == [
        (first.number, "paid"),
        (second.number, "denied"),
    ]


def test_claims_of_one_id_that_bill_other_lines_are_ambiguous(workshop: Workshop) -> None:
    line = base_claim()["lines"][0]
    scrubbed(
        workshop,
        claim("C-1", lines=[line, line | {"procedure": "97140", "charge": "30.00"}], total_charge=None),
    )
    scrubbed(
        workshop,
        claim("C-1", lines=[line, line | {"procedure": "97110", "charge": "30.00"}], total_charge=None),
    )
    only_first = Paid("C-1", [paid_line(line, WRITTEN_DOWN)])
    found = take_in(workshop, only_first).found
    assert (found.matched, found.ambiguous, found.lines_matched) == (0, 1, 0)
    assert kept(workshop, "match", "batch", "in_force") == [("ambiguous", None, False)]


def test_lines_that_are_alike_go_in_their_order_and_a_split_line_is_one(workshop: Workshop) -> None:
    line = base_claim()["lines"][0] | {"modifiers": ["GP"], "procedure": "97110", "charge": "40.00"}
    other = line | {"modifiers": ["GP", "59"]}
    one = claim("C-1", lines=[line, line, other], total_charge=None)
    scrubbed(workshop, one)
    half = Service("97110", line["service_date"], "20.00", "20.00", (), ("GP",))
    rest = Service("97110", line["service_date"], "20.00", "0", (("CO", "151", "20.00"),), ("GP",))
    services = [paid_line(other), paid_line(line), half, rest]
    take_in(workshop, Paid("C-1", services))
    assert kept(workshop, "line", "outcome", "charge", "denied") == [
        (3, "paid", 4000, 0),
        (1, "reduced", 6000, 2000),
        (2, "paid", 2000, 0),
    ]


def test_a_claim_denied_as_a_whole(workshop: Workshop) -> None:
    one = two_lines("C-1")
    scrubbed(workshop, one)
    take_in(workshop, Paid("C-1", [], status="4", charge="75.00", paid="0", off=[("CO", "29", "75.00")]))
    ((line, outcome, denied, findings),) = kept(
        workshop, "line", "outcome", "denied", "findings", in_force=True
    )
    assert (line, outcome, denied) == (0, "denied", 7500)
    assert json.loads(findings)


def test_edit_yield_counts_findings_and_what_became_of_them(workshop: Workshop) -> None:
    one, other, open_ = two_lines("C-1"), two_lines("C-2"), two_lines("C-3")
    batch = scrubbed(workshop, one, other, open_)
    take_in(workshop, decided(one, WRITTEN_DOWN, DENIED), decided(other, WRITTEN_DOWN, WRITTEN_DOWN))
    with reading(workshop.database) as connection:
        of_batch = edit_yield(connection, Scope(tenant="default", batch=batch.number))
        of_payer = edit_yield(connection, Scope(tenant="default", payer="05102"))
        of_other = edit_yield(connection, Scope(tenant="default", payer="nobody"))
    assert of_batch == of_payer
    assert of_other == {}
    assert of_batch["DX301"] == Yield(decided=2, denied=1)


def test_what_was_decided_stays_when_the_batch_is_purged(workshop: Workshop) -> None:
    one = claim("C-1")
    batch = scrubbed(workshop, one)
    take_in(workshop, decided(one, WRITTEN_DOWN))
    purge(workshop, batch)
    assert kept(workshop, "batch", "payer", "outcome", in_force=True) == [(None, "05102", "paid")]


NOT_835 = {
    "JSON": (b'{"claim_id": "SECRET"}', "not an X12 file"),
    "a broken gzip": (gzip.compress(remittance([Paid("SECRET", [])] * 3000), mtime=0)[:-40], "damaged"),
    "a claim file": (
        remittance([Paid("SECRET", [])])
        .replace(b"ST*835*0001~", b"ST*837*0001*005010X222A1~")
        .replace(b"GS*HP", b"GS*HC")
        .replace(b"005010X221A1~", b"005010X222A1~"),
        "A claim file",
    ),
}


@pytest.mark.parametrize("name", NOT_835)
def test_what_is_no_remittance_leaves_nothing(workshop: Workshop, tmp_path: Path, name: str) -> None:
    content, says = NOT_835[name]
    with pytest.raises(NotARemittance, match=says) as refused:
        take_in_file(workshop, content)
    assert "SECRET" not in str(refused.value)
    with reading(workshop.database) as connection:
        assert connection.execute(select(REMITTANCES)).all() == []
        assert connection.execute(select(OUTCOMES)).all() == []
    assert list((tmp_path / "blobs").iterdir()) == []


def test_uploads_are_bounded(workshop: Workshop, tmp_path: Path) -> None:
    with pytest.raises(UploadEmpty):
        take_in_file(workshop, b"")
    with pytest.raises(UploadTooLarge):
        take_in_file(workshop, b"x" * 200_001)
    assert list((tmp_path / "blobs").iterdir()) == []


def test_what_can_not_be_read_or_does_not_add_up_is_told_with_its_place(workshop: Workshop) -> None:
    good, bad = claim("C-1"), claim("C-2")
    scrubbed(workshop, good)
    unbalanced = Paid(
        "C-1", [Service("98940", good["lines"][0]["service_date"], "45.00", "30.00", WRITTEN_DOWN, ["AT"])]
    )
    content = remittance([unbalanced, decided(bad, WRITTEN_DOWN)], paid_on=AFTER)
    found = take_in_file(
        workshop, content.replace(b"SVC*HC:98940:AT*45.00*35.00", b"SVC*HC:98940:AT*x*35")
    ).found
    assert (found.claims, found.matched) == (1, 1)
    assert [place.place for place in found.unreadable.first] == ["remittance ST*0001 CLP[2] 2110[1] SVC02"]
    assert [place.place for place in found.imbalances.first][:2] == [
        "remittance ST*0001 CLP[1]",
        "remittance ST*0001 CLP[1] SVC[1]",
    ]


def test_an_import_that_broke_off_is_begun_anew_when_nobody_is_at_it(workshop: Workshop) -> None:
    one = claim("C-1")
    scrubbed(workshop, one)
    content = remittance([decided(one, WRITTEN_DOWN)], paid_on=AFTER)
    now = workshop.now()
    with writing(workshop.database) as connection:
        add_remittance(connection, "default", sha256(content).hexdigest(), now, now + HELD)
    with pytest.raises(BeingImported):
        take_in_file(workshop, content)
    later = replace(workshop, now=lambda: now + HELD + timedelta(seconds=1))
    assert take_in_file(later, content).found.lines_matched == 1
    assert len(kept(workshop, "line", in_force=True)) == 1
