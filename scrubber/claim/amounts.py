"""Amounts of a claim."""

from decimal import Decimal

from scrubber.claim.model import Claim


def charge_of(claim: Claim) -> Decimal:
    """The charge of a claim: its total, or the sum of its lines where none is stated."""
    if claim.total_charge is not None:
        return claim.total_charge
    return sum((line.charge for line in claim.lines), Decimal(0))


def cents(amount: Decimal) -> int:
    """An amount in cents."""
    return int(amount * 100)
