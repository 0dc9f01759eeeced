"""The figures of the whole report: the same in all forms."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from scrubber.report.figures import AllowedLoss, DenialReport
from scrubber.report.forms.columns import share_of
from scrubber.report.forms.shown import Unit, Value
from scrubber.report.forms.words import readable, readable_charge


class Figure(NamedTuple):
    """A figure of the whole report, with its interval if it is an estimate."""

    name: str
    title: str
    unit: Unit
    value: Value
    low: Value = None
    high: Value = None


def figures_of(report: DenialReport) -> tuple[Figure, ...]:
    """The figures of the whole."""
    expected, claims, charge = report.expected, readable(report), readable_charge(report)
    preventable = sum((row.expected_charge for row in report.fixable if row.preventable), Decimal(0))
    return (
        Figure("claims", "Claims read", "count", claims),
        Figure("unreadable", "Not readable", "count", report.dispositions.unreadable.claims),
        Figure("charge", "Charges", "dollars", charge),
        Figure(
            "expected_denials", "Expected denials", "expected",
            expected.denials, expected.denials_low, expected.denials_high,
        ),
        Figure("expected_denial_share", "Expected denials, of claims", "share", share_of(expected.denials, claims)),
        Figure(
            "expected_charge", "Expected loss", "dollars",
            expected.charge, expected.charge_low, expected.charge_high,
        ),
        Figure("expected_charge_share", "Expected loss, of charges", "share", share_of(expected.charge, charge)),
        *_by_allowed(report.allowed),
        Figure("preventable_charge", "Preventable loss", "dollars", preventable),
        Figure("clean_by_claims", "Clean rate by claims", "share", report.clean_by_claims),
        Figure("clean_by_charge", "Clean rate by charges", "share", report.clean_by_charge),
    )  # fmt: skip


def _by_allowed(allowed: AllowedLoss | None) -> Iterator[Figure]:
    if allowed is not None:
        yield Figure("allowed_claims", "Claims with known allowed amounts", "count", allowed.claims)
        yield Figure(
            "allowed_expected_charge",
            "Expected loss of these, by charges",
            "dollars",
            allowed.expected_charge,
        )
        yield Figure(
            "expected_allowed",
            "Expected loss of these, by allowed amounts",
            "dollars",
            allowed.expected_allowed,
        )
