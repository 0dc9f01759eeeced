"""What a report counts, asked of the database: claims summed up by what they share, and their findings one by one."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, select, update

from scrubber.store.batches import BatchState
from scrubber.store.results import IN_PORTIONS
from scrubber.store.tables import BATCHES, CHUNK_RESULTS, CLAIMS, FINDINGS, UNEVALUATED


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
    """Claims summed up. Amounts in cents; ``expected`` is the sum of the probabilities, then come variances."""

    claims: int
    charge: int
    at_risk: int
    expected: float
    variance: float
    charge_variance: float


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
)


class Shared(NamedTuple):
    """What claims that are summed up have in common; ``unevaluated`` are edits that could not be, with the reason."""

    payer: str
    provider: str
    first_day: date | None
    disposition: str
    unevaluated: tuple[tuple[str, str], ...]


def sums_of_claims(connection: Connection, scope: Scope) -> Iterator[tuple[Shared, Summed]]:
    """Claims summed up by what they share."""
    keys = (
        CLAIMS.c.payer, CLAIMS.c.provider, CLAIMS.c.first_day, CLAIMS.c.disposition, CLAIMS.c.unevaluated,
    )  # fmt: skip
    query = (
        select(*keys, *_SUMS).where(CLAIMS.c.batch.in_(batches_of(scope)), *narrowed(scope)).group_by(*keys)
    )
    edits = _unevaluated(connection, scope)
    for row in connection.execute(query, execution_options=IN_PORTIONS):
        payer, provider, first_day, disposition, digest, claims, charge, at_risk, *sums = row
        yield (
            Shared(payer, provider, first_day, disposition, edits[bytes(digest)] if digest else ()),
            Summed(claims, int(charge), int(at_risk), *sums),
        )


def _unevaluated(connection: Connection, scope: Scope) -> dict[bytes, tuple[tuple[str, str], ...]]:
    """What the digests in the rows of claims stand for."""
    query = select(UNEVALUATED.c.digest, UNEVALUATED.c.edits).where(
        UNEVALUATED.c.batch.in_(batches_of(scope))
    )
    decode = msgspec.json.Decoder(tuple[tuple[str, str], ...]).decode
    return {bytes(row.digest): decode(row.edits) for row in connection.execute(query.distinct())}


def findings_in_order(connection: Connection, scope: Scope) -> Iterator[Sequence[Any]]:
    """Every finding, in the order of the claims.

    Batch, ordinal, claim id, payer, provider, charge and first day of the claim; edit, severity, line, CARC, procedure,
    diagnosis, probability, cents at risk, whether it was waived.
    """
    for batch in list(connection.execute(batches_of(scope)).scalars()):
        query = (
            select(
                FINDINGS.c.batch,
                FINDINGS.c.ordinal,
                CLAIMS.c.claim_id,
                CLAIMS.c.payer,
                CLAIMS.c.provider,
                CLAIMS.c.charge,
                CLAIMS.c.first_day,
                FINDINGS.c.edit,
                FINDINGS.c.severity,
                FINDINGS.c.line,
                FINDINGS.c.carc,
                FINDINGS.c.procedure,
                FINDINGS.c.diagnosis,
                FINDINGS.c.probability,
                FINDINGS.c.at_risk,
                FINDINGS.c.waived,
            )
            .join(CLAIMS, and_(CLAIMS.c.batch == FINDINGS.c.batch, CLAIMS.c.ordinal == FINDINGS.c.ordinal))
            .where(FINDINGS.c.batch == batch, *narrowed(scope))
            .order_by(FINDINGS.c.ordinal, FINDINGS.c.position)
        )
        yield from connection.execute(query, execution_options=IN_PORTIONS)


def endings(connection: Connection, scope: Scope) -> list[bytes]:
    """What the results of these claims end with (ruleset and reference data), each once."""
    query = select(CHUNK_RESULTS.c.ending).where(CHUNK_RESULTS.c.batch.in_(batches_of(scope)))
    return sorted(connection.execute(query.distinct()).scalars())


def calibrations_used(connection: Connection, scope: Scope) -> list[str]:
    """The names of the calibrations these claims were scored with."""
    query = select(BATCHES.c.calibration).where(
        BATCHES.c.number.in_(batches_of(scope)), BATCHES.c.calibration.is_not(None)
    )
    return sorted(connection.execute(query.distinct()).scalars())


def supersede(connection: Connection, batch: int, tenant: str) -> None:
    """Mark the claims of earlier batches that this batch, which is done, has again: same id, same biller.

    Reports over several batches count a claim once, as it was scrubbed last.
    """
    again = CLAIMS.alias()
    earlier = select(BATCHES.c.number).where(BATCHES.c.tenant == tenant, BATCHES.c.number < batch)
    connection.execute(
        update(CLAIMS)
        .where(
            CLAIMS.c.batch.in_(earlier),
            CLAIMS.c.claim_id != "",
            CLAIMS.c.claim_id.in_(select(again.c.claim_id).where(again.c.batch == batch)),
            exists().where(
                again.c.batch == batch,
                again.c.claim_id == CLAIMS.c.claim_id,
                again.c.provider == CLAIMS.c.provider,
            ),
        )
        .values(superseded=True)
    )


def batches_of(scope: Scope) -> Select[tuple[int]]:
    """The numbers of the batches that claims may be of."""
    numbers = select(BATCHES.c.number).where(BATCHES.c.tenant == scope.tenant)
    if scope.batch is not None:
        return numbers.where(BATCHES.c.number == scope.batch)
    return numbers.where(BATCHES.c.state == BatchState.DONE).order_by(BATCHES.c.number)


def narrowed(scope: Scope) -> list[ColumnElement[bool]]:
    """What narrows the claims down within their batches."""
    narrowed: list[ColumnElement[bool]] = []
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
