"""What is remembered in memory is bounded, and it is known where that was reached."""

from datetime import date
from typing import Any

import msgspec
import pytest

from scrubber.claim import Claim, fingerprint, member
from scrubber.engine import Engine
from scrubber.reference import Snapshot
from scrubber.rule import HistoryInMemory
from scrubber.rule.history import MOST_OF_MEMBER
from tests.edits.cases import base_claim, merged


@pytest.fixture
def reference(engine: Engine) -> Snapshot:
    return engine.reference


def claim(**difference: Any) -> Claim:
    return msgspec.convert(merged(base_claim(), difference), Claim, strict=False)


def test_the_first_ones_are_remembered(reference: Snapshot) -> None:
    history = HistoryInMemory(most=2)
    claims = [claim(lines=[{"service_date": f"2026-03-0{day}"}]) for day in (2, 3, 4)]
    for number, one in enumerate(claims, start=1):
        assert not history.is_full
        history.add(one, reference)
        assert history.is_full == (number > 2)
    known = [bool(list(history.copies(fingerprint(one) or b"", one.claim_id))) for one in claims]
    assert known == [True, True, False]


def test_what_is_no_claim_counts(reference: Snapshot) -> None:
    history = HistoryInMemory(most=1)
    history.add(None, reference)
    assert not history.is_full
    history.add(claim(), reference)
    assert history.is_full


def test_of_a_member_the_latest_are_remembered(reference: Snapshot) -> None:
    history = HistoryInMemory()
    one = claim()
    for _ in range(MOST_OF_MEMBER + 5):
        history.add(one, reference)
    found = history.services(member(one) or b"", date(2026, 1, 1), date(2026, 12, 31))
    assert [past.record for past in found] == list(range(6, MOST_OF_MEMBER + 6))
