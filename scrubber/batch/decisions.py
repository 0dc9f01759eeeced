"""Claims of a remittance → the rows that are kept of what was decided on their lines."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import msgspec

from scrubber.batch.found import Tally
from scrubber.batch.matching import Match, Matched, matched
from scrubber.batch.rows import stored
from scrubber.batch.workshop import Workshop
from scrubber.claim.remittance import ServicePayment
from scrubber.intake.x12.remittance import PaidClaim
from scrubber.reference.denial_codes import DenialCodes
from scrubber.risk.decision import Decided, Decision, decide
from scrubber.store.database import reading
from scrubber.store.remittances import candidates
from scrubber.store.said import Said, said_of

DUPLICATE_CARC: Final = "CO-18"

_encode = msgspec.json.Encoder().encode


def decisions(
    workshop: Workshop, portion: list[PaidClaim], tenant: str, codes: DenialCodes, tally: Tally
) -> Iterator[tuple[Any, ...]]:
    """The rows of some claims (OUTCOME_COLUMNS), after their tenant; each is counted as it goes."""
    today = workshop.now().date()
    with reading(workshop.database) as connection:
        known = candidates(connection, tenant, {stored(one.claim.patient_control_number) for one in portion})
        found = [
            matched(one.claim, one.remittance, known.get(stored(one.claim.patient_control_number), ()))
            for one in portion
        ]
        said = said_of(connection, tenant, {(m.claim.batch, m.claim.ordinal) for m in found if m.claim})
    for one, match in zip(portion, found, strict=True):
        tally.add_claim(one, match.match)
        for line, services in _by_line(one, match):
            decided = decide(one.claim, services, codes)
            claim = match.claim if line is not None else None
            findings, predicted = _said(said[claim.batch, claim.ordinal], line) if claim else ([], None)
            if decided.decision is Decision.REPEATED and DUPLICATE_CARC in {carc for *_, carc in findings}:
                decided = decided._replace(decision=Decision.DENIED, denied=decided.charge - decided.paid)
            tally.add_line(decided, is_matched=claim is not None)
            yield (*_row(one, match, line, services, decided, today), predicted, _encode(findings).decode())


def _by_line(one: PaidClaim, match: Matched) -> Iterator[tuple[int | None, list[ServicePayment]]]:
    """The services of each line; 0 is the claim as a whole, and None a service that is no line of it."""
    if not one.claim.services:
        yield 0, []
    by_line: dict[int, list[ServicePayment]] = {}
    lines = match.lines or (None,) * len(one.claim.services)
    for service, line in zip(one.claim.services, lines, strict=True):
        if line is None:
            yield None, [service]
        else:
            by_line.setdefault(line, []).append(service)
    yield from by_line.items()


def _said(said: Said, line: int | None) -> tuple[list[tuple[str, str, str | None]], float | None]:
    """The findings on a line or on its claim, and the probability of a denial that was told; 0 is the whole claim."""
    findings = [finding[1:] for finding in said.findings if not line or finding.line in {None, line}]
    return findings, said.lines.get(line) if line else said.probability


def _row(
    one: PaidClaim,
    match: Matched,
    line: int | None,
    services: list[ServicePayment],
    decided: Decided,
    today: date,
) -> tuple[Any, ...]:
    payer = one.remittance.payer
    service = services[0] if services else None
    day = (service.service_date if service else None) or one.claim.service_from
    claim = match.claim if line is not None else None
    return (
        stored(one.claim.patient_control_number),
        line or 0,
        str(match.match if claim or not match.claim else Match.UNMATCHED),
        claim.batch if claim else None,
        claim.ordinal if claim else None,
        claim.payer if claim else stored(payer.id),
        stored(payer.id or payer.name or one.remittance.payer_tax_id),
        stored((service.billed_procedure or service.procedure) if service else None)[:16],
        day.isoformat() if day else None,
        (one.remittance.paid_on or one.remittance.produced or today).isoformat(),
        False,
        str(decided.decision),
        decided.charge,
        decided.paid,
        decided.denied,
        _encode(decided.taken).decode(),
        _encode(_remarks(one, services)).decode(),
    )


def _remarks(one: PaidClaim, services: list[ServicePayment]) -> list[str]:
    """The remark codes of the services, then those of the claim, each once."""
    of_lines = [code for service in services for code in service.remark_codes]
    return list(dict.fromkeys([*of_lines, *one.claim.remark_codes]))
