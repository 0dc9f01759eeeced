"""What a report counts, asked of the database: claims summed up by what they share, and their findings one by one."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import islice
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    and_,
    case,
    exists,
    func,
    select,
    tuple_,
    update,
)

from scrubber.store.batches import BatchState
from scrubber.store.results import IN_PORTIONS, PORTION
from scrubber.store.tables import (
    BATCHES,
    CALIBRATIONS,
    CHUNK_RESULTS,
    CLAIMS,
    FINDINGS,
    UNEVALUATED,
    BatchKey,
    looked_up_last,
    of_batch,
)

Kind = TypeVar("Kind")

MOST_KINDS: Final = 50_000
"""Of findings that are alike, whose meaning is kept at a time."""

_alike_of = itemgetter(0)  # by place, as a row's names cost more than all else where there are very many


class Scope(Struct, frozen=True, kw_only=True):
    """The claims a report is of: those of a batch; or of all that are done, each as it was scrubbed last.

    ``first_day`` and ``last_day`` bound the first day of service, both included.
    """

    tenant: str
    batch: int | None = None
    first_day: date | None = None
    last_day: date | None = None
    payer: str | None = None
    provider: str | None = None


class Summed(NamedTuple):
    """Claims summed up. Amounts in cents; ``expected`` is the sum of the probabilities, then come variances.

    Of the ``priced`` claims the amounts allowed are known, so what they lose is told by these as well.
    """

    claims: int
    charge: int
    at_risk: int
    expected: float
    variance: float
    charge_variance: float
    priced: int
    priced_at_risk: int
    allowed_at_risk: int


_P = CLAIMS.c.probability
_DOLLARS = CLAIMS.c.at_risk * 1.0
_SUMS: Final = (
    func.count().label("claims"),
    func.sum(CLAIMS.c.charge).label("charge"),
    func.sum(CLAIMS.c.at_risk).label("at_risk"),
    func.sum(_P).label("expected"),
    func.sum(_P * (1 - _P)).label("variance"),
    # A claim loses what it has at risk divided by the probability, or nothing.
    func.sum(case((_P > 0, _DOLLARS * _DOLLARS * (1 - _P) / _P), else_=0.0)).label("charge_variance"),
    func.count(CLAIMS.c.allowed_at_risk).label("priced"),
    func.sum(case((CLAIMS.c.allowed_at_risk.is_not(None), CLAIMS.c.at_risk), else_=0)).label(
        "priced_at_risk"
    ),
    func.coalesce(func.sum(CLAIMS.c.allowed_at_risk), 0).label("allowed_at_risk"),
)


class Shared(NamedTuple):
    """What claims that are summed up have in common; ``unevaluated`` are edits that could not be, with the reason.

    Their first days of service are of one week, of which ``first_day`` is one.
    """

    payer: str
    provider: str
    first_day: date | None
    disposition: str
    unevaluated: tuple[tuple[str, str], ...]


def sums_of_claims(connection: Connection, scope: Scope) -> Iterator[tuple[Shared, Summed]]:
    """Claims summed up by what they share."""
    # Grouped by one number, and what it stands for looked up once a group: by five texts it takes three times as long.
    sums = (
        select(CLAIMS.c.batch, func.min(CLAIMS.c.ordinal).label("ordinal"), *_SUMS)
        .where(CLAIMS.c.batch.in_(batches_of(scope)), *narrowed(scope))
        .group_by(CLAIMS.c.alike, CLAIMS.c.batch)
        .subquery()
    )
    one = CLAIMS.alias()
    query = select(
        one.c.payer, one.c.provider, one.c.first_day, one.c.disposition, one.c.unevaluated,
        *[sums.c[column.name] for column in _SUMS],
    ).join(
        one,
        and_(one.c.tenant == scope.tenant, one.c.batch == sums.c.batch, one.c.ordinal == sums.c.ordinal),
    )  # fmt: skip
    edits = _unevaluated(connection, scope)
    for row in connection.execute(query, execution_options=IN_PORTIONS):
        payer, provider, first_day, disposition, digest, *figures = row
        yield (
            Shared(payer, provider, first_day, disposition, edits[bytes(digest)] if digest else ()),
            # PostgreSQL sums large integers to decimals.
            Summed(*[int(value) if isinstance(value, Decimal) else value for value in figures]),
        )


def _unevaluated(connection: Connection, scope: Scope) -> dict[bytes, tuple[tuple[str, str], ...]]:
    """What the digests in the rows of claims stand for."""
    query = select(UNEVALUATED.c.digest, UNEVALUATED.c.edits).where(
        UNEVALUATED.c.tenant == scope.tenant, UNEVALUATED.c.batch.in_(batches_of(scope))
    )
    decode = msgspec.json.Decoder(tuple[tuple[str, str], ...]).decode
    return {bytes(row.digest): decode(row.edits) for row in connection.execute(query.distinct())}


def findings_to_count(
    connection: Connection, scope: Scope, kind: Callable[..., Kind]
) -> Iterator[tuple[Any, ...]]:
    """Every finding, in the order of the claims, with no more than is counted.

    Batch, ordinal, claim id and charge of the claim; probability, cents at risk, and what ``kind`` makes of payer,
    provider, edit, severity, CARC, procedure, diagnosis and whether it was waived: once for findings that are alike, as
    a row of many texts takes twice as long to fetch.
    """
    rows = _findings(
        connection,
        scope,
        FINDINGS.c.alike,
        FINDINGS.c.position,
        FINDINGS.c.batch,
        FINDINGS.c.ordinal,
        CLAIMS.c.claim_id,
        CLAIMS.c.charge,
        FINDINGS.c.probability,
        FINDINGS.c.at_risk,
    )
    kinds: dict[int, Kind] = {}
    while portion := list(islice(rows, PORTION)):
        if len(kinds) > MOST_KINDS:
            kinds.clear()
        if unknown := set(map(_alike_of, portion)) - kinds.keys():
            one_each = {row.alike: row for row in portion if row.alike in unknown}
            for alike, *told in _kinds(connection, scope, one_each.values()):
                kinds[alike] = kind(*told)
        for alike, _, batch, ordinal, claim_id, charge, probability, at_risk in portion:
            yield batch, ordinal, claim_id, charge, probability, at_risk, kinds[alike]


def _kinds(connection: Connection, scope: Scope, of: Iterable[Any]) -> Iterable[Any]:
    """What the numbers of findings that are alike stand for, each by one of them."""
    keys = [(row.batch, row.ordinal, row.position) for row in of]
    query = (
        select(
            FINDINGS.c.alike,
            CLAIMS.c.payer,
            CLAIMS.c.provider,
            FINDINGS.c.edit,
            FINDINGS.c.severity,
            FINDINGS.c.carc,
            FINDINGS.c.procedure,
            FINDINGS.c.diagnosis,
            FINDINGS.c.waiver.is_not(None),
        )
        .join(CLAIMS, _of_claim())
        .where(
            FINDINGS.c.tenant == scope.tenant,
            CLAIMS.c.tenant == scope.tenant,
            # Said twice, for SQLite looks up single columns alone.
            FINDINGS.c.batch.in_({batch for batch, _, _ in keys}),
            FINDINGS.c.ordinal.in_({ordinal for _, ordinal, _ in keys}),
            tuple_(FINDINGS.c.batch, FINDINGS.c.ordinal, FINDINGS.c.position).in_(keys),
        )
    )
    return connection.execute(query)


def findings_to_list(connection: Connection, scope: Scope) -> Iterator[Row[Any]]:
    """Every finding, in the order of the claims, as it is listed: its own columns and those of its claim."""
    return _findings(
        connection, scope, FINDINGS, CLAIMS.c.claim_id, CLAIMS.c.first_day, CLAIMS.c.payer, CLAIMS.c.provider
    )


def _findings(connection: Connection, scope: Scope, *columns: Any) -> Iterator[Any]:
    for number in list(connection.execute(batches_of(scope)).scalars()):
        query = (
            select(*columns)
            .join(CLAIMS, _of_claim())
            .where(of_batch(FINDINGS, BatchKey(scope.tenant, number)), *narrowed(scope))
            .order_by(FINDINGS.c.ordinal, FINDINGS.c.position)
        )
        yield from connection.execute(query, execution_options=IN_PORTIONS)


def _of_claim() -> ColumnElement[bool]:
    return and_(CLAIMS.c.batch == FINDINGS.c.batch, CLAIMS.c.ordinal == FINDINGS.c.ordinal)


def endings(connection: Connection, scope: Scope) -> list[bytes]:
    """What the results of these claims end with (ruleset and reference data), each once."""
    query = select(CHUNK_RESULTS.c.ending).where(
        CHUNK_RESULTS.c.tenant == scope.tenant, CHUNK_RESULTS.c.batch.in_(batches_of(scope))
    )
    return sorted(connection.execute(query.distinct()).scalars())


def calibrations_used(connection: Connection, scope: Scope) -> list[str]:
    """The names of the calibrations these claims were scored with, the newest last."""
    used = select(BATCHES.c.calibration).where(
        BATCHES.c.tenant == scope.tenant, BATCHES.c.number.in_(batches_of(scope))
    )
    query = select(CALIBRATIONS.c.name).where(
        CALIBRATIONS.c.tenant == scope.tenant, CALIBRATIONS.c.name.in_(used)
    )
    return list(connection.execute(query.order_by(CALIBRATIONS.c.number)).scalars())


def supersede(connection: Connection, batch: BatchKey) -> None:
    """Mark the claims that a later batch has again: same id, same biller. ``batch`` is done since just now.

    Reports over several batches count a claim once, as the latest batch has it. A batch may be done after one that
    came later, so its own claims are looked at as well.
    """
    again = CLAIMS.alias()
    done_later = _done(batch.tenant).where(BATCHES.c.number > batch.number)
    marks = [(_earlier_copies(batch), of_batch(again, batch))]
    if connection.execute(done_later.limit(1)).first():
        of_later = and_(again.c.tenant == batch.tenant, again.c.batch.in_(done_later))
        marks.append((and_(of_batch(CLAIMS, batch), CLAIMS.c.claim_id != ""), of_later))
    for claims, where in marks:
        connection.execute(
            update(CLAIMS).where(claims, exists().where(where, _same_claim(again))).values(superseded=True)
        )


def count_again(connection: Connection, batch: BatchKey) -> None:
    """Take back what ``supersede`` marked for a batch that is to be removed, where no other batch has the claim."""
    again = CLAIMS.alias()
    others = _done(batch.tenant).where(BATCHES.c.number != batch.number)
    connection.execute(
        update(CLAIMS)
        .where(
            _earlier_copies(batch),
            CLAIMS.c.superseded,
            ~exists().where(
                again.c.tenant == batch.tenant,
                again.c.batch.in_(others),
                again.c.batch > CLAIMS.c.batch,
                _same_claim(again),
            ),
        )
        .values(superseded=False)
    )


def _done(tenant: str) -> Select[int]:
    return select(BATCHES.c.number).where(BATCHES.c.tenant == tenant, BATCHES.c.state == BatchState.DONE)


def _earlier_copies(batch: BatchKey) -> ColumnElement[bool]:
    """The claims of earlier batches with an id that a batch has too."""
    own = CLAIMS.alias()
    earlier = select(BATCHES.c.number).where(
        BATCHES.c.tenant == batch.tenant, BATCHES.c.number < batch.number
    )
    return and_(
        CLAIMS.c.tenant == batch.tenant,
        looked_up_last(CLAIMS.c.batch).in_(earlier),
        CLAIMS.c.claim_id != "",
        CLAIMS.c.claim_id.in_(select(own.c.claim_id).where(of_batch(own, batch))),
    )


def _same_claim(again: FromClause) -> ColumnElement[bool]:
    return and_(again.c.claim_id == CLAIMS.c.claim_id, again.c.provider == CLAIMS.c.provider)


def batches_of(scope: Scope) -> Select[int]:
    """The numbers of the batches that claims may be of."""
    if scope.batch is not None:
        return select(BATCHES.c.number).where(
            BATCHES.c.tenant == scope.tenant, BATCHES.c.number == scope.batch
        )
    return _done(scope.tenant).order_by(BATCHES.c.number)


def narrowed(scope: Scope) -> list[ColumnElement[bool]]:
    """What narrows the claims down, within their batches."""
    narrowed: list[ColumnElement[bool]] = [CLAIMS.c.tenant == scope.tenant]
    if scope.batch is None:
        narrowed.append(CLAIMS.c.superseded.is_(False))
    if scope.first_day is not None:
        narrowed.append(CLAIMS.c.first_day >= scope.first_day)
    if scope.last_day is not None:
        narrowed.append(CLAIMS.c.first_day <= scope.last_day)
    if scope.payer is not None:
        narrowed.append(CLAIMS.c.payer == scope.payer)
    if scope.provider is not None:
        narrowed.append(CLAIMS.c.provider == scope.provider)
    return narrowed
