"""Which scrubbed claim a payer's decision is about, and which of its lines each service is. Pure.

The patient control number of a payment is the id of the claim. Ids come again, though: in the next batch, or in another
system of the same practice. So the provider must be the same, and the services must be lines of the claim.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from scrubber.claim.amounts import cents
from scrubber.claim.remittance import ClaimPayment, Remittance, ServicePayment
from scrubber.store.remittances import BilledLine, Candidate

REVENUE_CODE = "NU"


class Match(StrEnum):
    """How surely a payment belongs to a scrubbed claim."""

    MATCHED = "matched"
    AMBIGUOUS = "ambiguous"
    UNMATCHED = "unmatched"


class Matched(NamedTuple):
    """The claim a payment belongs to, if one, and the line (counted from 1) of each service, None where it has none."""

    match: Match
    claim: Candidate | None
    lines: tuple[int | None, ...]


def matched(payment: ClaimPayment, remittance: Remittance, candidates: Sequence[Candidate]) -> Matched:
    """The one among claims of that id which a payment is about.

    Among several it is the one with most of the services, of these the one with the same charge, of these the one with
    the same modifiers. Are there several still, they must bill the same lines, and it is the one scrubbed last before
    the day of the payment; if they bill other lines it is ambiguous.
    """
    fits = []
    for candidate in candidates:
        if _is_other_provider(payment, remittance, candidate):
            continue
        lines, exact = lines_of(payment, candidate.lines)
        same_charge = abs(cents(payment.charge)) == candidate.charge
        found = len(lines) - lines.count(None)
        if found or (not lines and (same_charge or payment.service_from == candidate.first_day)):
            fits.append(((found, same_charge, exact), candidate, lines))
    best = [fit for fit in fits if fit[0] == max(fit[0] for fit in fits)]
    if not best:
        return Matched(Match.UNMATCHED, None, ())
    if len({fit[1].lines for fit in best}) > 1:
        return Matched(Match.AMBIGUOUS, None, ())
    paid_on = remittance.paid_on
    before = [fit for fit in best if paid_on is None or fit[1].as_of <= paid_on] or best
    _, claim, lines = max(before, key=lambda fit: (fit[1].batch, fit[1].ordinal))
    return Matched(Match.MATCHED, claim, lines)


def lines_of(payment: ClaimPayment, billed: Sequence[BilledLine]) -> tuple[tuple[int | None, ...], int]:
    """The line of each service, and of how many the modifiers are the same.

    A line is one service, unless there are more services than lines like them: then the payer has split a line.
    Services and lines that nothing tells apart go in their order.
    """
    found: list[int | None] = [None] * len(payment.services)
    free = dict(enumerate(billed, 1))
    exact = _assign(found, payment, free, same_modifiers=True)
    _assign(found, payment, free, same_modifiers=False)
    for at, service in enumerate(payment.services):
        if found[at] is None:
            found[at] = _line(payment, service, dict(enumerate(billed, 1)), same_modifiers=False)
    return tuple(found), exact


def _assign(
    found: list[int | None], payment: ClaimPayment, free: dict[int, BilledLine], *, same_modifiers: bool
) -> int:
    """Give each service that has no line the first one free that it can be; to how many one was given."""
    given = 0
    for at, service in enumerate(payment.services):
        if found[at] is None and (line := _line(payment, service, free, same_modifiers=same_modifiers)):
            found[at] = line
            del free[line]
            given += 1
    return given


def _line(
    payment: ClaimPayment, service: ServicePayment, among: dict[int, BilledLine], *, same_modifiers: bool
) -> int | None:
    procedure = service.billed_procedure or service.procedure
    if service.procedure_kind == REVENUE_CODE:
        procedure = ""
    modifiers = service.billed_modifiers if service.billed_procedure else service.modifiers
    first = service.service_date or payment.service_from
    last = service.service_date_to or service.service_date or payment.service_to or first
    for number, line in among.items():
        if line.procedure != procedure or (same_modifiers and sorted(line.modifiers) != sorted(modifiers)):
            continue
        if first is None or last is None or first <= line.day <= last:
            return number
    return None


def _is_other_provider(payment: ClaimPayment, remittance: Remittance, candidate: Candidate) -> bool:
    """Whether none of the providers told is one of the claim's. A payment that names none may be anybody's."""
    told = {
        remittance.payee.npi,
        payment.rendering_npi,
        *[service.rendering_npi for service in payment.services],
    }
    return bool(told - {None}) and not told & candidate.providers
