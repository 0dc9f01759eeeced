"""Columns that several tables have, and how their values are made."""

from decimal import Decimal

from scrubber.report.figures import DenialReport
from scrubber.report.forms.tables import Column

FINDINGS = Column("findings", "Findings", "count", adds=True)
CLAIMS = Column("claims", "Claims", "count")
CHARGE = Column("charge", "Charges", "dollars")
EXPECTED = Column("expected_charge", "Expected loss", "dollars", adds=True)
OF_EXPECTED = Column("share_of_expected", "Share of loss", "share", adds=True)
ALL_CLAIMS, ALL_CHARGE = CLAIMS._replace(adds=True), CHARGE._replace(adds=True)
CLEAN_SHARE = Column("clean_share", "Clean rate", "share")


def payer_said(key: str) -> str:
    """A payer as a table names it."""
    return {"": "Not stated", "others": "All others"}.get(key, key)


def of_expected(report: DenialReport, charge: Decimal) -> float | None:
    """The part of the loss expected in all."""
    return share_of(charge, report.expected.charge)


def share_of(part: Decimal | float, whole: Decimal | int) -> float | None:
    """A part of a whole; None where that is nothing."""
    return float(part) / float(whole) if whole else None
