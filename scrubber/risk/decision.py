"""What a payer decided on a line, told from what it paid and the reasons it gives for the rest. Amounts in cents."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from scrubber.claim import Adjustment
from scrubber.claim.amounts import cents
from scrubber.claim.remittance import ClaimPayment, ServicePayment
from scrubber.reference.denial_codes import DenialCodes, Meaning


class Decision(StrEnum):
    """What became of a line.

    ``reduced``: paid, but for a part that was denied. ``patient``: nothing is paid, for the patient owes it.
    ``contract``: nothing is to be paid, as for a code that is only reported. ``other-payer``: another payer answers
    for it. ``repeated``: the whole claim is refused as a copy of one sent before, which alone says how that is decided.
    ``secondary``: a payer decided that the claim came to after another. ``open``: nothing is decided, or it is not said
    what. ``reversed``: an earlier decision is taken back.
    """

    PAID = "paid"
    REDUCED = "reduced"
    DENIED = "denied"
    PATIENT = "patient"
    CONTRACT = "contract"
    OTHER_PAYER = "other-payer"
    REPEATED = "repeated"
    SECONDARY = "secondary"
    OPEN = "open"
    REVERSED = "reversed"


DECISIVE: Final = frozenset(
    {Decision.PAID, Decision.REDUCED, Decision.DENIED, Decision.PATIENT, Decision.CONTRACT}
)
"""The decisions of the payer a claim went to: from these it is told how often lines are denied."""

DENIED_CLAIM: Final = "4"
DUPLICATE: Final = "18"
_OF_STATUS: Final = {
    "22": Decision.REVERSED,
    "2": Decision.SECONDARY,
    "3": Decision.SECONDARY,
    "20": Decision.SECONDARY,
    "21": Decision.SECONDARY,
    "23": Decision.OPEN,
    "25": Decision.OPEN,
}
"""Claim status codes (CLP02) that settle it. 1 and 19 are decisions of the first payer; 4 says no more than denied."""


class Taken(NamedTuple):
    """What a payer took off for one reason, and whether that is a denial."""

    group: str
    reason: str
    amount: int
    denies: bool


class Decided(NamedTuple):
    """A decision with what was charged, paid, and not paid for a denial. ``unlisted`` are reasons nobody told apart."""

    decision: Decision
    charge: int
    paid: int
    denied: int
    taken: tuple[Taken, ...]
    unlisted: tuple[str, ...]


def decide(payment: ClaimPayment, services: Sequence[ServicePayment], codes: DenialCodes) -> Decided:
    """What was decided on the line that these services of a claim's payment belong to; without any, on the claim.

    A line is denied where nothing of it is allowed and some of it is taken off for a reason that means a denial. A
    line that gives no reason of its own has those of its claim. A reason that is not listed counts as a denial.
    """
    charge = cents(sum([one.charge for one in services], Decimal(0)) if services else payment.charge)
    paid = cents(sum([one.paid for one in services], Decimal(0)) if services else payment.paid)
    adjustments: Sequence[Adjustment] = [one for service in services for one in service.adjustments]
    if not services:
        adjustments = [
            *payment.adjustments,
            *[one for service in payment.services for one in service.adjustments],
        ]
    elif not adjustments and not paid:
        adjustments = payment.adjustments
    off = dict.fromkeys(Meaning, 0)
    taken, unlisted = [], []
    for adjustment in adjustments:
        meaning = codes.get(adjustment.group, adjustment.reason)
        if meaning is None:
            unlisted.append(f"{adjustment.group}-{adjustment.reason}")
            meaning = Meaning.DENIAL
        amount = cents(adjustment.amount)
        off[meaning] += amount
        taken.append(Taken(adjustment.group, adjustment.reason, amount, meaning is Meaning.DENIAL))
    decision = _OF_STATUS.get(payment.status) or _told(payment.status, charge, paid, off)
    if decision is Decision.DENIED and _is_repeated(payment):
        decision = Decision.REPEATED
    denied = min(max(off[Meaning.DENIAL], 0), max(charge - paid, 0))
    if decision is Decision.DENIED and not denied:
        denied = charge - paid
    if decision not in {Decision.DENIED, Decision.REDUCED}:
        denied = 0
    return Decided(decision, charge, paid, denied, tuple(taken), tuple(unlisted))


def _told(status: str, charge: int, paid: int, off: dict[Meaning, int]) -> Decision:
    allowed = paid > 0 or off[Meaning.PATIENT] > 0
    if off[Meaning.DENIAL] > 0:
        return Decision.REDUCED if allowed else Decision.DENIED
    if allowed:
        return Decision.PAID if paid > 0 else Decision.PATIENT
    if off[Meaning.OTHER_PAYER] > 0:
        return Decision.OTHER_PAYER
    if status == DENIED_CLAIM and charge > 0:
        return Decision.DENIED
    if charge <= 0 or off[Meaning.CONTRACT] > 0:
        return Decision.CONTRACT
    return Decision.OPEN


def _is_repeated(payment: ClaimPayment) -> bool:
    reasons = {one.reason for one in payment.adjustments}
    reasons.update(one.reason for service in payment.services for one in service.adjustments)
    return reasons == {DUPLICATE} and not payment.paid
