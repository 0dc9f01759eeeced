"""A claim and its result → the rows they are found and counted by. Amounts in them are in cents, days ISO texts."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from hashlib import blake2b

import msgspec

from scrubber.claim import Claim, billed_for, fingerprint, member
from scrubber.claim.amounts import cents, charge_of
from scrubber.edits.global_period import VISITS, global_period
from scrubber.engine import Result, WaivedFinding
from scrubber.intake.record import UNREADABLE
from scrubber.reference import Snapshot
from scrubber.risk.costs import cents_allowed, costs
from scrubber.rule import VOID, Finding, remembered
from scrubber.store.hashing import Keyed
from scrubber.store.results import FoundBy, Row

KINDS_KEPT = 16384

_encode = msgspec.json.Encoder().encode


def claim_row(claim: Claim, result: Result, unevaluated: bytes | None, keyed: Keyed) -> Row:
    """The row of a claim, after tenant, batch and ordinal."""
    risk, own = result.denial_risk, fingerprint(claim)
    return (
        stored(claim.claim_id),
        str(result.disposition),
        stored(claim.payer.id),
        stored(claim.billing_provider.npi),
        cents(charge_of(claim)),
        _first_day(claim).isoformat(),
        risk.probability,
        cents(risk.charge_at_risk),
        cents_allowed(result),
        unevaluated,
        alike(claim, result, unevaluated),
        own and keyed(own),
    )


def alike(claim: Claim, result: Result, unevaluated: bytes | None) -> int:
    """A number that claims have in common which reports sum up together, and no others."""
    payer, provider, day = claim.payer.id, claim.billing_provider.npi, _first_day(claim)
    # By the week, not the day: no report has figures of a day, and there are far fewer sums.
    return _number(payer, provider, day - timedelta(day.weekday()), result.disposition, unevaluated)


@lru_cache(KINDS_KEPT)
def _number(*told: str | bytes | date | None) -> int:
    return int.from_bytes(blake2b(repr(told).encode(), digest_size=8).digest(), signed=True)


def _first_day(claim: Claim) -> date:
    return min([line.service_date for line in claim.lines])


def unreadable_row(claim_id: str | None) -> Row:
    """The row of a record that is no claim, after tenant, batch and ordinal."""
    kind = _number(UNREADABLE)
    return (stored(claim_id), UNREADABLE, "", "", 0, None, 0.0, 0, None, None, kind, None)


def finding_rows(claim: Claim, result: Result) -> Iterator[FoundBy]:
    """What each finding of a claim is found by, those that were waived last."""
    for finding, probability, at_risk in costs(result):
        yield found_by(claim, finding, probability, at_risk)
    for waived in result.waived:
        yield waived_by(claim, waived)


def waived_by(claim: Claim, waived: WaivedFinding) -> FoundBy:
    """What a finding that was waived is found by: the number of the waiver is 0 for one without a number."""
    return found_by(claim, waived.finding, 0.0, 0, waived.waiver or 0)


def found_by(
    claim: Claim, finding: Finding, probability: float, at_risk: int, waiver: int | None = None
) -> FoundBy:
    """What a finding is found by: among others the procedure and first diagnosis of its line."""
    service, why = billed_for(claim, finding.line)
    procedure, diagnosis = stored(service)[:16], stored(why)[:8] if why else None
    carc = f"{finding.carc.group}-{finding.carc.code}" if finding.carc else None
    edit, severity = finding.edit, str(finding.severity)
    payer, provider = claim.payer.id, claim.billing_provider.npi
    kind = _number(payer, provider, edit, severity, carc, procedure, diagnosis, waiver is not None)
    return (edit, severity, finding.line, carc, procedure, diagnosis, probability, at_risk, waiver, kind)


def history_row(claim: Claim, reference: Snapshot, awaits: Sequence[str], keyed: Keyed) -> Row | None:
    """The row of what a member had, after tenant, batch and ordinal; None for a claim that does not say whose it is.

    ``awaits`` are the edits that have to count in it once the whole batch is there.
    """
    whose = member(claim)
    if whose is None:
        return None
    told = remembered(claim, reference)
    is_void = told.frequency_code == VOID
    period = None if is_void else global_period(told, reference.fee_schedule)
    return (
        keyed(whose),
        stored(told.payer),
        told.medicare,
        stored((claim.rendering_provider or claim.billing_provider).npi),
        min([service.first_day for service in told.services]).isoformat(),
        max([service.last_day for service in told.services]).isoformat(),
        period[0].isoformat() if period else None,
        period[1].isoformat() if period else None,
        not is_void and any(service.procedure in VISITS for service in told.services),
        stored(_encode(told.services).decode()),
        stored(told.account),
        stored(told.frequency_code),
        stored(told.original),
        " ".join(awaits) or None,
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
