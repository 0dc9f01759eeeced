"""What payers decided on scrubbed lines, as it is learned from and reported."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, and_, case, func, or_, select

from scrubber.risk.decision import Decision, Taken
from scrubber.risk.outcomes import LineOutcome
from scrubber.store.figures import Scope, batches_of, narrowed
from scrubber.store.results import IN_PORTIONS
from scrubber.store.tables import CLAIMS, FINDINGS, OUTCOMES

HOLDS = frozenset({"reject", "deny"})

_taken = msgspec.json.Decoder(list[Taken]).decode
_findings = msgspec.json.Decoder(list[tuple[str, str, str | None]]).decode


def line_outcomes(
    connection: Connection, tenant: str, key: Callable[[str, str], str]
) -> Iterator[LineOutcome]:
    """Every decision of force on a tenant's lines, in the order of the months. ``key`` names an edit and a severity.

    A line that is reduced was paid, so it is not denied; nor is one that the patient owes, or a contract.
    """
    query = (
        select(
            OUTCOMES.c.payer,
            OUTCOMES.c.decided_on,
            OUTCOMES.c.charge,
            OUTCOMES.c.outcome,
            OUTCOMES.c.adjustments,
            OUTCOMES.c.findings,
            OUTCOMES.c.predicted,
        )
        .where(OUTCOMES.c.tenant == tenant, OUTCOMES.c.in_force)
        .order_by(OUTCOMES.c.decided_on, OUTCOMES.c.remittance, OUTCOMES.c.position)
    )
    for row in connection.execute(query, execution_options=IN_PORTIONS):
        denied = row.outcome == Decision.DENIED
        findings = _findings(row.findings)
        carcs = {f"{taken.group}-{taken.reason}": None for taken in _taken(row.adjustments) if taken.denies}
        yield LineOutcome(
            payer=row.payer,
            month=row.decided_on.replace(day=1),
            charge=Decimal(row.charge).scaleb(-2),
            denied=denied,
            carcs=tuple(carcs) if denied else (),
            findings=tuple((key(edit, severity), carc) for edit, severity, carc in findings),
            held=any(severity in HOLDS for _, severity, _ in findings),
            predicted=row.predicted,
        )


class Yield(NamedTuple):
    """What became of an edit's findings: how many were decided by a payer, and how many of these denied after all."""

    decided: int
    denied: int


def edit_yield(connection: Connection, scope: Scope) -> dict[str, Yield]:
    """What became of the findings of each edit on the claims of a report; of edits with a finding that was decided.

    A finding counts as decided where a decision is of force on its line, or on some line of its claim if it concerns
    that as a whole; as denied where such a line was. Waived ones count: they show whether that was right.
    """
    on_its_line = or_(FINDINGS.c.line.is_(None), OUTCOMES.c.line == FINDINGS.c.line, OUTCOMES.c.line == 0)
    was_denied = func.max(case((OUTCOMES.c.outcome == Decision.DENIED, 1), else_=0))
    decided = (
        select(FINDINGS.c.edit, was_denied.label("denied"))
        .join(
            OUTCOMES,
            and_(OUTCOMES.c.batch == FINDINGS.c.batch, OUTCOMES.c.ordinal == FINDINGS.c.ordinal, on_its_line),
        )
        .join(CLAIMS, and_(CLAIMS.c.batch == FINDINGS.c.batch, CLAIMS.c.ordinal == FINDINGS.c.ordinal))
        .where(
            OUTCOMES.c.tenant == scope.tenant,
            OUTCOMES.c.in_force,
            FINDINGS.c.tenant == scope.tenant,
            FINDINGS.c.batch.in_(batches_of(scope)),
            *narrowed(scope),
        )
        .group_by(FINDINGS.c.batch, FINDINGS.c.ordinal, FINDINGS.c.position, FINDINGS.c.edit)
        .subquery()
    )
    counted = select(decided.c.edit, func.count(), func.sum(decided.c.denied)).group_by(decided.c.edit)
    return {edit: Yield(number, int(denied)) for edit, number, denied in connection.execute(counted)}
