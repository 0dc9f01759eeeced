"""What was billed before: claims that bill the same services, and the services a member had.

Compared are batches that are done, each with those that were done before it. Batches of a tenant are done one after the
other (``one_at_a_time``), so of two with the same claim the second always sees the first.
"""

from collections import deque
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
    text,
)
from sqlalchemy import Engine as Database

from scrubber.rule import REPLACEMENT, VOID, Copy, Past, Remembered, Service
from scrubber.rule.history import MOST_OF_MEMBER
from scrubber.store.batches import BatchState
from scrubber.store.database import writing
from scrubber.store.hashing import keyed_in
from scrubber.store.tables import BATCHES, CLAIM_HISTORY, CLAIMS, OUTCOMES, looked_up_last

FEW = 500
"""Claims that a statement names."""
HELD = "hold"
UNPROCESSABLE = '%"MA130"%'
"""In the remark codes of a decision: the claim was returned without one, and is to be sent anew."""

_services = msgspec.json.Decoder(tuple[Service, ...]).decode


class Stretch(NamedTuple):
    """Records of a batch, from ordinal ``first`` to before ``end``."""

    tenant: str
    batch: int
    first: int
    end: int


def update_statistics(database: Database) -> None:
    """Have PostgreSQL look how its tables are filled: it plans by that, and a batch is faster than its own looking."""
    if database.dialect.name == "postgresql":
        with writing(database) as connection:
            connection.execute(text("ANALYZE claims, findings, claim_history, outcomes"))


def is_ours_to_merge(connection: Connection, number: int) -> bool:
    """Whether no other transaction that asked this of a batch goes on. On SQLite there is none."""
    if connection.dialect.name != "postgresql":
        return True
    lock = text("SELECT pg_try_advisory_xact_lock(5837021, hashint8(:number))")
    return bool(connection.execute(lock, {"number": number}).scalar_one())


def one_at_a_time(connection: Connection, tenant: str) -> None:
    """Wait until no other transaction that called this for the tenant goes on. On SQLite there is none."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_advisory_xact_lock(5837019, hashtext(:tenant))"), {"tenant": tenant}
        )


def repeated_claims(connection: Connection, stretch: Stretch) -> dict[int, int]:
    """Claims that repeat an earlier one of their batch, with the ordinal of the first."""
    own = CLAIMS.alias("own")
    prints = _prints(stretch)
    firsts = (
        select(CLAIMS.c.fingerprint, func.min(CLAIMS.c.ordinal).label("first"))
        .join(prints, prints.c.fingerprint == CLAIMS.c.fingerprint)
        .where(CLAIMS.c.tenant == stretch.tenant, CLAIMS.c.batch == stretch.batch)
        .group_by(CLAIMS.c.fingerprint)
        .subquery()
    )
    query = (
        select(own.c.ordinal, firsts.c.first)
        .join(firsts, firsts.c.fingerprint == own.c.fingerprint)
        .where(_in(own, stretch), own.c.ordinal > firsts.c.first)
    )
    return {row.ordinal: row.first for row in connection.execute(query)}


def earlier_copies(connection: Connection, stretch: Stretch) -> dict[int, Copy]:
    """Of the claims that other batches have and did not hold, or a payer has decided, the copy that tells most."""
    prints = _prints(stretch)
    # Looked for once a fingerprint, not once a claim: a file may be one claim a hundred thousand times.
    ranked = (
        _copies(stretch.tenant)
        .join(prints, prints.c.fingerprint == CLAIMS.c.fingerprint)
        .add_columns(
            func.row_number().over(partition_by=CLAIMS.c.fingerprint, order_by=_most_telling()).label("rank")
        )
        .where(CLAIMS.c.batch != stretch.batch, or_(CLAIMS.c.disposition != HELD, _decided()))
        .subquery()
    )
    best = {row.fingerprint: row for row in connection.execute(select(ranked).where(ranked.c.rank == 1))}
    if not best:
        return {}
    own = select(CLAIMS.c.ordinal, CLAIMS.c.claim_id, CLAIMS.c.fingerprint).where(_in(CLAIMS, stretch))
    return {
        row.ordinal: _copy(best[row.fingerprint], row.claim_id)
        for row in connection.execute(own)
        if row.fingerprint in best
    }


class Member(NamedTuple):
    """A member's claims that matter to some of a stretch: those of the batch itself, and of others done before it."""

    own: list[Past]
    before: list[Past]


def members_with_periods(connection: Connection, stretch: Stretch) -> Iterator[Member]:
    """The members of whose claims in a stretch some may lie in another's global period, or the other way round."""
    own, other, beside = (CLAIM_HISTORY.alias(name) for name in ("own", "other", "beside"))
    is_other = or_(other.c.batch != own.c.batch, other.c.ordinal != own.c.ordinal)
    # Some other one is looked for, not each: a file may have one member on all its claims.
    concerned = select(own.c.member).where(
        _in(own, stretch),
        or_(
            *(exists(other.c.member).where(lies, is_other) for lies in _lies_in(own, other)),
            *(
                exists(other.c.member).where(lies, other.c.batch != own.c.batch)
                for lies in _lies_in(other, own)
            ),
        ),
    )
    here = CLAIM_HISTORY
    query = (
        _remembered(stretch.tenant)
        .where(
            here.c.member.in_(concerned),
            here.c.frequency_code != VOID,
            or_(here.c.batch == stretch.batch, BATCHES.c.state == BatchState.DONE),
            or_(
                _in(here, stretch),
                exists(beside.c.member).where(
                    beside.c.tenant == stretch.tenant,
                    beside.c.member == here.c.member,
                    looked_up_last(beside.c.batch) == stretch.batch,
                    beside.c.ordinal >= stretch.first,
                    beside.c.ordinal < stretch.end,
                    or_(*_lies_in(here, beside), *_lies_in(beside, here)),
                ),
            ),
        )
        .order_by(here.c.member, here.c.batch, here.c.ordinal)
    )
    whose, found = None, Member([], [])
    for row in connection.execute(query):
        if row.member != whose:
            if whose is not None:
                yield found
            whose, found = row.member, Member([], [])
        if row.batch == stretch.batch:
            found.own.append(_past(row)._replace(batch=None))
        else:
            found.before.append(_past(row))
    if whose is not None:
        yield found


class Awaiting(NamedTuple):
    """A claim of which edits count what its member had: the ids of these edits, and its days."""

    edits: list[str]
    first_day: date
    last_day: date


def awaiting(connection: Connection, stretch: Stretch) -> dict[int, Awaiting]:
    """The claims of a stretch of which edits count what their member had, by ordinal."""
    own = CLAIM_HISTORY.c
    query = select(own.ordinal, own.awaits, own.first_day, own.last_day).where(
        _in(CLAIM_HISTORY, stretch), own.awaits.is_not(None)
    )
    return {
        row.ordinal: Awaiting(row.awaits.split(), row.first_day, row.last_day)
        for row in connection.execute(query)
    }


def claims_of_members(
    connection: Connection, stretch: Stretch, first_day: date, last_day: date, ordinals: Collection[int] = ()
) -> Iterator[tuple[bytes, list[Past]]]:
    """Of each member of whom claims of a stretch await a count: the latest claims between two days, as they came.

    Of the batch itself and of those done before it; as ``History.claims`` says. ``ordinals`` narrows the members down
    to those of some claims, where these are few.
    """
    own = CLAIM_HISTORY.alias("own")
    members = select(own.c.member).where(_in(own, stretch), own.c.awaits.is_not(None))
    if 0 < len(ordinals) <= FEW:
        members = members.where(own.c.ordinal.in_(ordinals))
    here = CLAIM_HISTORY
    query = (
        _remembered(stretch.tenant)
        .where(
            here.c.member.in_(members),
            _between(first_day, last_day),
            or_(here.c.batch == stretch.batch, and_(BATCHES.c.state == BatchState.DONE, _may_be_sent())),
        )
        .order_by(here.c.member, here.c.batch, here.c.ordinal)
    )
    whose, found = None, deque[Past](maxlen=MOST_OF_MEMBER)
    for row in connection.execute(query):
        if row.member != whose:
            if whose is not None:
                yield whose, list(found)
            whose = row.member
            found.clear()
        past = _past(row)
        found.append(past._replace(batch=None) if row.batch == stretch.batch else past)
    if whose is not None:
        yield whose, list(found)


class SqlHistory:
    """The claims of a tenant's batches that are done."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection, self._tenant = connection, tenant
        self._keyed = keyed_in(connection)

    def as_kept(self, fingerprint: bytes) -> bytes:
        """Keyed."""
        return self._keyed(fingerprint)

    def copies(self, fingerprint: bytes, claim_id: str) -> Iterator[Copy]:
        """The claims that bill the same services: those a payer has decided first, then the latest first."""
        query = (
            _copies(self._tenant)
            .where(CLAIMS.c.fingerprint == self._keyed(fingerprint))
            .order_by(*_most_telling())
        )
        for row in self._connection.execute(query):
            yield _copy(row, claim_id)

    def services(self, member: bytes, first_day: date, last_day: date) -> list[Past]:
        """The claims of a member with services between two days, both included; none that take others back."""
        query = self._of(member).where(
            CLAIM_HISTORY.c.frequency_code != VOID,
            CLAIM_HISTORY.c.first_day <= last_day,
            CLAIM_HISTORY.c.last_day >= first_day,
        )
        rows = self._connection.execute(query.order_by(CLAIM_HISTORY.c.batch, CLAIM_HISTORY.c.ordinal))
        return [_past(row) for row in rows]

    def claims(self, member: bytes, first_day: date, last_day: date) -> list[Past]:
        """The same, and all claims of the member that replace others or take them back, in the order they came."""
        query = (
            self._of(member)
            .where(_between(first_day, last_day), _may_be_sent())
            .order_by(CLAIM_HISTORY.c.batch.desc(), CLAIM_HISTORY.c.ordinal.desc())
            .limit(MOST_OF_MEMBER)
        )
        return [_past(row) for row in reversed(self._connection.execute(query).all())]

    def _of(self, member: bytes) -> Select[Any]:
        return _remembered(self._tenant).where(
            CLAIM_HISTORY.c.member == self._keyed(member), BATCHES.c.state == BatchState.DONE
        )


def _in(claims: Any, stretch: Stretch) -> ColumnElement[bool]:
    return and_(
        claims.c.tenant == stretch.tenant,
        claims.c.batch == stretch.batch,
        claims.c.ordinal >= stretch.first,
        claims.c.ordinal < stretch.end,
    )


def _between(first_day: date, last_day: date) -> ColumnElement[bool]:
    here = CLAIM_HISTORY.c
    return or_(
        and_(here.first_day <= last_day, here.last_day >= first_day),
        here.frequency_code.in_((REPLACEMENT, VOID)),
    )


def _may_be_sent() -> ColumnElement[bool]:
    """Whether a claim was not held, or was sent all the same."""
    return or_(CLAIMS.c.disposition != HELD, _decided())


def _lies_in(inside: Any, opener: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Whether claims of a member have days in what others include, for either reason.

    A visit may lie in any period, another service in one of several days. Each is answered by an index of its own.
    """
    same = and_(
        inside.c.member == opener.c.member,
        inside.c.tenant == opener.c.tenant,
        opener.c.global_until >= inside.c.first_day,
    )
    in_any = and_(
        same, opener.c.global_from.is_not(None), opener.c.global_from <= inside.c.last_day, inside.c.visits
    )
    # So written that SQLite can't take the index of the others, which has every period.
    begins = func.coalesce(opener.c.global_from, opener.c.first_day)
    in_lasting = and_(same, opener.c.global_until > opener.c.first_day, begins <= inside.c.last_day)
    return in_any, in_lasting


def _prints(stretch: Stretch) -> Any:
    own = CLAIMS.alias()
    some = select(own.c.fingerprint).where(_in(own, stretch), own.c.fingerprint.is_not(None))
    return some.distinct().subquery("prints")


def _copies(tenant: str) -> Select[Any]:
    """Claims of a tenant's batches that are done, as copies of others."""
    return (
        select(
            CLAIMS.c.fingerprint,
            CLAIMS.c.batch,
            CLAIMS.c.ordinal,
            CLAIMS.c.claim_id,
            CLAIMS.c.disposition,
            BATCHES.c.id,
            _decided().label("decided"),
        )
        .join(BATCHES, BATCHES.c.number == CLAIMS.c.batch)
        .where(CLAIMS.c.tenant == tenant, BATCHES.c.tenant == tenant, BATCHES.c.state == BatchState.DONE)
    )


def _most_telling() -> tuple[ColumnElement[Any], ...]:
    return _decided().desc(), CLAIMS.c.batch.desc(), CLAIMS.c.ordinal


def _decided() -> ColumnElement[bool]:
    """Whether a payer's decision on a claim is of force, and is one."""
    return exists().where(
        OUTCOMES.c.tenant == CLAIMS.c.tenant,
        OUTCOMES.c.batch == CLAIMS.c.batch,
        OUTCOMES.c.ordinal == CLAIMS.c.ordinal,
        OUTCOMES.c.in_force,
        OUTCOMES.c.remark_codes.not_like(UNPROCESSABLE),
    )


def _copy(row: Row[Any], claim_id: str) -> Copy:
    return Copy(
        batch=row.id,
        record=row.ordinal + 1,
        held=row.disposition == HELD,
        decided=bool(row.decided),
        same_id=row.claim_id == claim_id,
    )


def _remembered(tenant: str) -> Select[Any]:
    return (
        select(
            CLAIM_HISTORY.c.member,
            CLAIM_HISTORY.c.batch,
            CLAIM_HISTORY.c.ordinal,
            CLAIM_HISTORY.c.payer,
            CLAIM_HISTORY.c.medicare,
            CLAIM_HISTORY.c.services,
            CLAIM_HISTORY.c.account,
            CLAIM_HISTORY.c.frequency_code,
            CLAIM_HISTORY.c.original,
            CLAIMS.c.fingerprint,
            CLAIMS.c.claim_id,
            CLAIMS.c.provider.label("biller"),
            BATCHES.c.id,
        )
        .join(BATCHES, BATCHES.c.number == looked_up_last(CLAIM_HISTORY.c.batch))
        .join(
            CLAIMS, and_(CLAIMS.c.batch == CLAIM_HISTORY.c.batch, CLAIMS.c.ordinal == CLAIM_HISTORY.c.ordinal)
        )
        .where(CLAIM_HISTORY.c.tenant == tenant, CLAIMS.c.tenant == tenant, BATCHES.c.tenant == tenant)
    )


def _past(row: Row[Any]) -> Past:
    return Past(
        row.id,
        row.ordinal + 1,
        Remembered(
            claim_id=row.claim_id,
            payer=row.payer or None,
            medicare=bool(row.medicare),
            biller=row.biller or None,
            services=_services(row.services),
            account=row.account or None,
            frequency_code=row.frequency_code,
            original=row.original or None,
        ),
        row.fingerprint,
    )
