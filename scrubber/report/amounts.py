"""Cents to dollars, and sums of what was counted."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from scrubber.report.counts import Totals
from scrubber.report.figures import Volume


def money(cents: int) -> Decimal:
    """Dollars."""
    return Decimal(cents).scaleb(-2)


def sum_of(parts: Iterable[Totals]) -> Totals:
    """Claims counted apart, counted together."""
    total = Totals()
    for part in parts:
        total.add(part)
    return total


def volume(totals: Totals) -> Volume:
    """How many claims, and their charges."""
    return Volume(claims=totals.claims, charge=money(totals.charge))


def share(part: Decimal | int, whole: Decimal | int) -> float | None:
    """A part of a whole from 0 to 1, to six places; None where there is no whole.

    More than any form shows, so that none shows it rounded twice.
    """
    return round(float(part / whole), 6) if whole else None


def by_payer(days: Mapping[tuple[str, date | None, str], Totals]) -> dict[str, Totals]:
    """The claims that could be read, by payer."""
    payers: dict[str, Totals] = {}
    for (payer, _, disposition), totals in days.items():
        if disposition != "unreadable":
            payers.setdefault(payer, Totals()).add(totals)
    return payers
