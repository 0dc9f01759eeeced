"""What only other claims show of the claims of a chunk, once all claims of its batch are there."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple, TypeAlias

from sqlalchemy import Connection

from scrubber.claim import member
from scrubber.edits.duplicates import (
    already_scrubbed,
    claim_already_scrubbed_or_paid,
    claim_repeated_in_batch,
    repeated_in_batch,
)
from scrubber.edits.global_period import Periods, defects_of, service_inside_global_period
from scrubber.engine import Engine, finding_of, run_edits
from scrubber.intake.record import Received
from scrubber.rule import Copy, Defect, Edit, Finding, NotEvaluated, Past
from scrubber.rule.history import MOST_OF_MEMBER, may_stand_between
from scrubber.store.hashing import Keyed, keyed_in
from scrubber.store.history import (
    Awaiting,
    Stretch,
    awaiting,
    claims_of_members,
    earlier_copies,
    members_with_periods,
    repeated_claims,
)

Claims: TypeAlias = Mapping[int, Received]
Read: TypeAlias = Callable[[Collection[int]], Claims]
"""Reads claims of the chunk from the upload once more, by ordinal."""


class Beside(NamedTuple):
    """A claim as it stood in its file, and what is to be said of it beside the others."""

    received: Received
    findings: list[Finding]
    not_evaluated: list[NotEvaluated]


def said_beside(connection: Connection, engine: Engine, stretch: Stretch, read: Read) -> dict[int, Beside]:
    """What other claims show of those of a stretch, by ordinal; of most, nothing."""
    defects: defaultdict[int, list[tuple[Edit, Defect]]] = defaultdict(list)
    for ordinal, edit, defect in _defects(connection, engine, stretch):
        defects[ordinal].append((edit, defect))
    awaited = _worth_counting(connection, engine, stretch, awaiting(connection, stretch))
    if not defects and not awaited:
        return {}
    claims = read(defects.keys() | awaited.keys())
    said = {ordinal: Beside(received, [], []) for ordinal, received in claims.items()}
    for ordinal, found in defects.items():
        locate = said[ordinal].received.locate
        said[ordinal].findings.extend(finding_of(edit, defect, locate) for edit, defect in found)
    if awaited:
        _count(connection, engine, stretch, said, awaited)
    return {ordinal: one for ordinal, one in said.items() if one.findings or one.not_evaluated}


def _defects(connection: Connection, engine: Engine, stretch: Stretch) -> Iterator[tuple[int, Edit, Defect]]:
    """What is asked of all claims of the stretch at once."""
    repeated = repeated_claims(connection, stretch)
    for ordinal, first in repeated.items():
        yield ordinal, claim_repeated_in_batch, repeated_in_batch(first + 1)
    for ordinal, copy in earlier_copies(connection, stretch).items():
        yield ordinal, claim_already_scrubbed_or_paid, already_scrubbed(copy)
    fees = engine.reference.fee_schedule
    if fees is None:
        return
    for one in members_with_periods(connection, stretch):
        periods = Periods((*one.before, *one.own), fees)
        for own in one.own:
            # Of one claim many times over, the first is judged; the others are not to be sent at all.
            if stretch.first < own.record <= stretch.end and own.record - 1 not in repeated:
                for defect in defects_of(own, periods, one.before, fees):
                    yield own.record - 1, service_inside_global_period, defect


def _worth_counting(
    connection: Connection, engine: Engine, stretch: Stretch, awaited: Mapping[int, Awaiting]
) -> dict[int, list[str]]:
    """Those of the claims awaiting a count of which it may say something, with the edits; of most members it can't."""
    reaches = {
        edit.id: edit.reach(engine.reference) for edit in engine.plan.edits if edit.reach and edit.look_back
    }
    spared = {ordinal: one for ordinal, one in awaited.items() if reaches.keys() >= set(one.edits)}
    worth = {ordinal: one.edits for ordinal, one in awaited.items()}
    if not spared:
        return worth
    first_day = min(one.first_day for one in spared.values())
    last_day = max(one.last_day for one in spared.values())
    since = min(reach.since(first_day) for reach in reaches.values())
    for _, pasts in claims_of_members(connection, stretch, since, last_day):
        claims = [past.claim for past in pasts]
        # Of a member with so many, earlier ones were left out.
        if len(claims) < MOST_OF_MEMBER and not any(reach.may_say(claims) for reach in reaches.values()):
            for past in pasts:
                if past.batch is None and past.record - 1 in spared:
                    del worth[past.record - 1]
    return worth


def _count(
    connection: Connection,
    engine: Engine,
    stretch: Stretch,
    said: Mapping[int, Beside],
    awaited: Mapping[int, Sequence[str]],
) -> None:
    """Have the edits that count look back, each at the history of the claim's member."""
    # What they say of the claim alone was said before.
    edits = {
        edit.id: replace(edit, function=lambda _claim, _reference: iter(())) for edit in engine.plan.edits
    }
    keyed = keyed_in(connection)
    asked = _MemberHistory(keyed)
    of_member: defaultdict[bytes | None, list[int]] = defaultdict(list)
    looking = {ordinal: [edits[id_] for id_ in ids if id_ in edits] for ordinal, ids in awaited.items()}
    for ordinal, its_edits in looking.items():
        claim = said[ordinal].received.claim
        whose = member(claim)
        of_member[whose and keyed(whose)].append(ordinal)
        run_edits(its_edits, claim, engine.reference, None, asked)
    for kept, pasts in claims_of_members(
        connection, stretch, asked.first_day, asked.last_day, awaited.keys()
    ):
        for ordinal in of_member[kept]:
            received, findings, not_evaluated = said[ordinal]
            history = _MemberHistory(keyed, pasts, ordinal + 1)
            found, unknown = run_edits(
                looking[ordinal], received.claim, engine.reference, received.locate, history
            )
            findings.extend(found)
            not_evaluated.extend(unknown)


class _MemberHistory:
    """The claims of a member beside the one of the ``record`` (counted from 1) of the batch at hand.

    Notes between which days it was asked for them.
    """

    def __init__(self, keyed: Keyed, pasts: Sequence[Past] = (), record: int = 0) -> None:
        self._keyed = keyed
        self._pasts = [
            past._replace(later=past.batch is None and past.record > record)
            for past in pasts
            if past.batch is not None or past.record != record
        ]
        self.first_day, self.last_day = date.max, date.min

    def as_kept(self, fingerprint: bytes) -> bytes:
        """Keyed, as the store has them."""
        return self._keyed(fingerprint)

    def copies(self, fingerprint: bytes, claim_id: str) -> Sequence[Copy]:  # noqa: ARG002 - the port's
        """None: these are looked for at once."""
        return ()

    def services(self, member: bytes, first_day: date, last_day: date) -> Sequence[Past]:  # noqa: ARG002 - the port's
        """None: global periods are looked for at once."""
        return ()

    def claims(self, member: bytes, first_day: date, last_day: date) -> Sequence[Past]:  # noqa: ARG002 - the port's
        """Those that were fetched and may stand between two days."""
        self.first_day, self.last_day = min(self.first_day, first_day), max(self.last_day, last_day)
        return [past for past in self._pasts if may_stand_between(past.claim, first_day, last_day)]
