"""What the Medicare fee schedule allows for the lines of a claim: national amounts, before the locality adjustment."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import TypeAlias

from msgspec.structs import replace

from scrubber.claim import Claim, ServiceLine
from scrubber.engine import DenialRisk, LineRisk
from scrubber.reference import Snapshot

Amounts: TypeAlias = tuple[int | None, ...]
"""Cents by line, None where the amount is not known."""

COMPONENTS = ("26", "TC", "53")
"""The modifiers that have a row of their own in the fee schedule."""

PRICED_OTHERWISE = frozenset(
    {"22", "50", "52", "54", "55", "56", "62", "66", "73", "74", "78", "80", "81", "82", "AS", "CO", "CQ"}
    | {"CT", "FX", "FY"}
)
"""Modifiers with which a part or a multiple of the amount is paid: of such lines it is not known."""

MOST_UNITS = 9_999
PRICES_KEPT = 16_384
_CENT = Decimal("0.01")


def amounts_allowed(reference: Snapshot) -> Callable[[Claim], Amounts]:
    """Tells what is allowed for each line of a claim; nothing of claims that the fee schedule does not pay for.

    It speaks of professional claims to Medicare Part B. Of a claim, the tables of ``reference`` alone decide.
    """
    fees, places = reference.fee_schedule, reference.place_of_service
    profile = reference.payers.profile

    def price(code: str, modifiers: tuple[str, ...], place: str | None, on: date) -> int | None:
        known = places.get(place) if places and place else None
        if fees is None or known is None or not PRICED_OTHERWISE.isdisjoint(modifiers):
            return None
        component = next((modifier for modifier in modifiers if modifier in COMPONENTS), "")
        entry = fees.entry(code, on, component)
        return entry.row.allowed(facility=known.setting == "facility") if entry else None

    kept = lru_cache(PRICES_KEPT)(price)

    def amounts(claim: Claim) -> Amounts:
        if claim.institutional is not None or not profile(claim).medicare_part_b:
            return ()
        usual = claim.place_of_service
        found = []
        for line in claim.lines:
            one = kept(line.procedure, line.modifiers, line.place_of_service or usual, line.service_date)
            found.append(one if one is None or line.units == 1 else _times(one, line))
        return tuple(found)

    return amounts


def _times(price: int, line: ServiceLine) -> int | None:
    """The price of all units of a line; None where it counts something else, such as minutes."""
    units = line.units
    if line.unit_basis != "UN" or not units.is_finite() or not 0 < units <= MOST_UNITS:
        return None
    return int((price * units).to_integral_value(ROUND_HALF_UP))


def with_amounts(risk: DenialRisk, amounts: Amounts) -> DenialRisk:
    """A risk with what is allowed for each of its lines, and what is expected to be lost of it."""
    lines = tuple(
        [
            replace(line, allowed=None if cents is None else Decimal(cents).scaleb(-2))
            for line, cents in zip(risk.lines, amounts, strict=True)
        ]
    )
    return replace(risk, lines=lines, allowed_at_risk=_at_risk(lines))


def _at_risk(lines: Sequence[LineRisk]) -> Decimal | None:
    """None where the amount of a line is not known: what is known of the others says nothing of the claim."""
    total = Decimal("0.00")
    for line in lines:
        if line.allowed is None:
            return None
        total += (line.allowed * Decimal(str(line.probability))).quantize(_CENT, ROUND_HALF_UP)
    return total
