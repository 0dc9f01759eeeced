"""Findings → causes of denial, and how causes combine.

A payer denies a line once, for one reason. So the findings of a line that predict the same adjustment code are one
cause, as likely as the likeliest of them; different causes, and what no edit sees, are taken as independent.
"""

from collections.abc import Iterable
from math import prod
from typing import NamedTuple

from scrubber.risk.rates import Rate


class Reason(NamedTuple):
    """A finding: its edit, the adjustment code it predicts (``CO-50``), its line (None the claim), its rate."""

    edit: str
    carc: str | None
    line: int | None
    rate: Rate


def causes_of(reasons: Iterable[Reason]) -> list[list[Reason]]:
    """The findings of a line by cause, the likeliest of each first. Without a code an edit is a cause of its own."""
    causes: dict[str, list[Reason]] = {}
    for reason in reasons:
        causes.setdefault(reason.carc or reason.edit, []).append(reason)
    for cause in causes.values():
        cause.sort(key=lambda reason: (-reason.rate.probability, reason.edit))
    return list(causes.values())


def either(probabilities: Iterable[float]) -> float:
    """The probability that at least one of independent causes denies."""
    return 1.0 - prod([1.0 - probability for probability in probabilities])
