"""What a payer decided on a line, beside what had been said of it: all that is learned from."""

from datetime import date
from decimal import Decimal

from msgspec import Struct


class LineOutcome(Struct, frozen=True, gc=False, kw_only=True):
    """One decided line.

    ``payer`` is the payer id of the claim, ``month`` the first day of the month in which it was decided. ``carcs``
    are those that denied it (``CO-50``), no contractual write-down and no deductible. ``findings`` are those of the
    line and of its claim as a whole that were for a hold or a review, waived ones left out: each as
    ``DenialPriors.key`` names its rate, with the adjustment code it predicts. ``held``: one of them held the claim.
    ``predicted`` is the probability of a denial as told then, None where none was.
    """

    payer: str
    month: date
    charge: Decimal
    denied: bool
    carcs: tuple[str, ...]
    findings: tuple[tuple[str, str | None], ...]
    held: bool
    predicted: float | None
