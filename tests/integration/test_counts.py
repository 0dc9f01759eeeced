"""What a member had before: the stored history as the one in memory, and batch, API and check as each other."""

from datetime import date
from random import Random
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from scrubber.api.app import create_app
from scrubber.bootstrap import Scrubber
from scrubber.claim import Claim, fingerprint, member
from scrubber.engine import scrub
from scrubber.engine.waivers import NewWaiver
from scrubber.rule import HistoryInMemory, Past, remembered, standing
from scrubber.store.database import reading, writing
from scrubber.store.history import SqlHistory
from scrubber.store.tables import FINDINGS
from scrubber.store.waivers import add_waiver
from tests.edits.cases import base_claim, merged
from tests.integration.batch_processes import Site
from tests.integration.test_history import answer, by_batch, done, results

DAYS = [f"2026-0{month}-{day}" for month in (1, 2, 3) for day in ("05", "19", "26")]


@pytest.fixture
def here(on_each_database: Site) -> Site:
    return on_each_database


def therapy(claim_id: str, day: str, charge: str, *modifiers: str, **more: Any) -> dict[str, Any]:
    line = {"procedure": "97110", "modifiers": modifiers or ("GP",), "service_date": day, "charge": charge}
    therapist = {"taxonomy": "225100000X"}  # a chiropractor's would be held, and what is held does not count
    return {
        "claim_id": claim_id,
        "total_charge": charge,
        "lines": [line],
        "billing_provider": therapist,
        "rendering_provider": therapist,
        "dates": {"initial_treatment": "2026-01-02"},
        **more,
    }


def read(difference: dict[str, Any]) -> Claim:
    return msgspec.convert(merged(base_claim(), difference), Claim, strict=False)


def counts(result: dict[str, Any]) -> list[str]:
    return [one["because"]["counted"] for one in result["findings"] if one["edit"] == "FRQ961"]


def some_claim(draw: Random, number: int) -> dict[str, Any]:
    """A claim that often is another one again, replaces it or takes it back."""
    frequency = draw.choice(["1", "1", "1", "7", "8"])
    return {
        "claim_id": f"C-{draw.randrange(8)}",
        "frequency_code": frequency,
        "original_reference": None if frequency == "1" else f"C-{draw.randrange(8)}",
        "subscriber": {"id": draw.choice(["1EG4TE5MK73", "1EG4TE5MK74"])},
        "payer": draw.choice([{}, {}, {"id": "60054", "claim_filing_indicator": "CI"}]),
        "total_charge": None,
        "lines": [
            {"procedure": "98940", "modifiers": ["AT"], "service_date": draw.choice(DAYS), "units": units}
            for units in draw.choice([["1"], ["1"], ["2"], ["1", "1"]])
        ],
        "diagnoses": ["M99.01", "M54.2"],
        "prior_authorization": f"N{number}",
    }


def test_the_stored_history_tells_what_the_one_in_memory_tells(here: Site, scrubber: Scrubber) -> None:
    draw = Random(7)
    differences = [some_claim(draw, number) for number in range(60)]
    batches = [done(here, *differences[:30]), done(here, *differences[30:])]
    held = [one["disposition"] == "hold" for batch in batches for one in results(here, batch)]
    assert 0 < sum(held) < 50
    memory = HistoryInMemory()
    for difference, was_held in zip(differences, held, strict=True):
        memory.add(None if was_held else read(difference), scrubber.reference)
    own = read(some_claim(draw, 60))
    past = Past(None, 0, remembered(own, scrubber.reference), fingerprint(own))
    whose = member(own) or b""
    with reading(here.workshop.database) as connection:
        stored = SqlHistory(connection, "default")

        def as_stored(one: Past) -> Past:
            return one._replace(fingerprint=one.fingerprint and stored.as_kept(one.fingerprint))

        for first, last in (
            ("2026-01-05", "2026-03-26"),
            ("2026-01-06", "2026-02-19"),
            ("2026-02-20", "2026-02-20"),
        ):
            days = date.fromisoformat(first), date.fromisoformat(last)
            by_memory, by_store = memory.claims(whose, *days), stored.claims(whose, *days)
            assert [(one.claim, one.fingerprint) for one in by_store] == [
                (one.claim, one.fingerprint) for one in map(as_stored, by_memory)
            ]
            for same_payer in (True, False):
                both = (past, by_memory), (as_stored(past), by_store)
                stand = [standing(last, some, same_payer=same_payer) for last, some in both]
                assert [one.claim for one in stand[0]] == [one.claim for one in stand[1]]
    assert len(stand[0]) < len(by_memory)


def test_batch_api_and_check_count_alike(here: Site, scrubber: Scrubber) -> None:
    before = [therapy("A", "2026-01-05", "2000.00"), therapy("B", "2026-01-06", "400.00", "GN")]
    done(here, *before)
    asked = [
        therapy("C", "2026-01-07", "100.00"),
        therapy("C-KX", "2026-01-07", "100.00", "GP", "KX"),
        therapy("B-2", "2026-01-06", "300.00", "GN", frequency_code="7", original_reference="B"),
        therapy("NOBODY", "2026-01-07", "9000.00", subscriber={"id": None}),
        therapy("V", "2026-01-06", "400.00", frequency_code="8", original_reference="B"),
    ]
    caller = create_app(scrubber, here.workshop).test_client()
    answers = [answer(caller, one, history="true") for one in asked]
    for one, by_api in zip(asked, answers, strict=True):
        assert by_batch(here, one) == by_api
    assert [counts(one) for one in answers] == [["2500.00"], [], [], [], []]
    engine = here.workshop.engine.on(date.fromisoformat("2026-03-10"))
    in_order = [*before, asked[0], asked[2], therapy("D", "2026-01-08", "280.01")]
    in_batch = [counts(one) for one in results(here, done(here, *in_order))]
    memory, by_check = HistoryInMemory(), []
    for one in in_order:
        told = msgspec.to_builtins(scrub(engine, read(one), None, memory), str_keys=True)
        by_check.append(counts(told))
        memory.add(read(one), engine.reference)
    assert by_check == [[], [], ["2500.00"], [], ["2680.01"]]
    # In a batch the replacement of its fourth record is known when its third is judged.
    assert in_batch == [[], [], [], [], ["2680.01"]]


def test_what_only_the_batch_shows_is_waived_and_has_its_diagnosis(here: Site) -> None:
    now = here.workshop.now()
    terms = {"reason": "The plan pays it.", "by": "Ada", "until": date(2099, 1, 1)}
    with writing(here.workshop.database) as connection:
        add_waiver(connection, "default", NewWaiver(edit="FRQ961", claim_id="C", **terms), now)
    done(here, therapy("A", "2026-01-05", "2400.00"))
    batch = done(here, therapy("C", "2026-01-07", "100.00"), therapy("D", "2026-01-08", "100.00"))
    waived, found = results(here, batch)
    assert [one["finding"]["edit"] for one in waived["waived"]] == ["FRQ961"]
    assert counts(waived) == []
    assert counts(found) == ["2600.00"]
    with reading(here.workshop.database) as connection:
        rows = connection.execute(
            select(FINDINGS).where(FINDINGS.c.batch == batch.number, FINDINGS.c.edit == "FRQ961")
        ).all()
    assert [(row.ordinal, row.procedure, row.diagnosis) for row in rows] == [
        (0, "97110", "M99.01"),
        (1, "97110", "M99.01"),
    ]
    assert rows[0].at_risk == 0 < rows[1].at_risk
