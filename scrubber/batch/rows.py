"""A claim and its result → the rows they are found and counted by. Amounts in them are in cents, days ISO texts."""

from collections.abc import Iterator
from hashlib import blake2b

import msgspec

from scrubber.claim import Claim, billed_for, fingerprint, member
from scrubber.claim.amounts import cents, charge_of
from scrubber.edits.global_period import VISITS, global_period
from scrubber.engine import Result
from scrubber.intake.record import UNREADABLE
from scrubber.reference import Snapshot
from scrubber.risk.costs import costs
from scrubber.rule import Finding, remembered
from scrubber.store.results import FoundBy, Row

_encode = msgspec.json.Encoder().encode


def claim_row(claim: Claim, result: Result, unevaluated: bytes | None) -> Row:
    """The row of a claim, after its batch and ordinal."""
    risk = result.denial_risk
    return (
        stored(claim.claim_id),
        str(result.disposition),
        stored(claim.payer.id),
        stored(claim.billing_provider.npi),
        cents(charge_of(claim)),
        min([line.service_date for line in claim.lines]).isoformat(),
        risk.probability,
        cents(risk.charge_at_risk),
        unevaluated,
        fingerprint(claim),
    )


def unreadable_row(claim_id: str | None) -> Row:
    """The row of a record that is no claim, after its batch and ordinal."""
    return (stored(claim_id), UNREADABLE, "", "", 0, None, 0.0, 0, None, None)


def finding_rows(claim: Claim, result: Result) -> Iterator[FoundBy]:
    """What each finding of a claim is found by, those that were waived last."""
    for finding, probability, at_risk in costs(result):
        yield found_by(finding, service_of(claim, finding.line), probability, at_risk)
    for waived in result.waived:
        yield found_by(waived.finding, service_of(claim, waived.finding.line), 0.0, 0, waived=True)


def found_by(
    finding: Finding,
    service: tuple[str | None, str | None],
    probability: float,
    at_risk: int,
    *,
    waived: bool = False,
) -> FoundBy:
    """What a finding is found by; ``service`` is the procedure and first diagnosis of its line."""
    procedure, diagnosis = service
    carc = f"{finding.carc.group}-{finding.carc.code}" if finding.carc else None
    severity = str(finding.severity)
    return (
        finding.edit, severity, finding.line, carc, procedure, diagnosis, probability, at_risk, waived
    )  # fmt: skip


def service_of(claim: Claim, number: int | None) -> tuple[str, str | None]:
    """Procedure and first diagnosis of a line, as they are stored."""
    procedure, diagnosis = billed_for(claim, number)
    return stored(procedure)[:16], stored(diagnosis)[:8] if diagnosis else None


def history_row(claim: Claim, reference: Snapshot) -> Row | None:
    """The row of what a member had, after batch, ordinal and tenant; None for a claim that does not say whose it is."""
    whose, told = member(claim), remembered(claim, reference)
    if whose is None or told is None:
        return None
    period = global_period(told, reference.fee_schedule)
    return (
        whose,
        stored(told.payer),
        told.medicare,
        stored((claim.rendering_provider or claim.billing_provider).npi),
        min([service.first_day for service in told.services]).isoformat(),
        max([service.last_day for service in told.services]).isoformat(),
        period[0].isoformat() if period else None,
        period[1].isoformat() if period else None,
        any(service.procedure in VISITS for service in told.services),
        stored(_encode(told.services).decode()),
    )


def unevaluated_row(result: Result) -> tuple[bytes | None, str]:
    """What could not be evaluated of a claim, with a digest that is the same for the same; None where there is none."""
    if not result.not_evaluated:
        return None, ""
    edits = _encode(sorted({(said.edit, str(said.reason)) for said in result.not_evaluated}))
    return blake2b(edits, digest_size=8).digest(), edits.decode()


def stored(text: str | None) -> str:
    """A claim's own text for a column: PostgreSQL keeps no NUL."""
    return (text or "").replace("\0", "\ufffd")
