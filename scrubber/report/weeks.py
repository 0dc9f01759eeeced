"""Figures over time: by week, and how payers have changed of late."""

from collections.abc import Mapping
from datetime import date, timedelta
from math import sqrt

from scrubber.report.amounts import money, sum_of
from scrubber.report.counts import Totals
from scrubber.report.expected import NINETY
from scrubber.report.figures import Drift, Week

RECENT_WEEKS = 4
MOST_PAYERS = 500


def weeks_of(days: Mapping[tuple[str, date | None, str], Totals]) -> tuple[Week, ...]:
    """The weeks in which services began, the first first."""
    weeks: dict[date, list[tuple[str, Totals]]] = {}
    for (_, day, disposition), totals in days.items():
        if day is not None:
            weeks.setdefault(_monday(day), []).append((disposition, totals))
    found = []
    for monday, parts in sorted(weeks.items()):
        sums = sum_of(totals for _, totals in parts)
        found.append(
            Week(
                monday=monday,
                claims=sums.claims,
                clean=sum(totals.claims for disposition, totals in parts if disposition == "clean"),
                charge=money(sums.charge),
                expected_charge=money(sums.at_risk),
            )
        )
    return tuple(found)


def drift_of(days: Mapping[tuple[str, date | None, str], Totals]) -> tuple[Drift, ...]:
    """Per payer, the last weeks against those before; nothing where either has no claims."""
    known = [day for _, day, _ in days if day is not None]
    if not known:
        return ()
    since = _monday(max(known)) - timedelta(weeks=RECENT_WEEKS - 1)
    counted: dict[str, list[int]] = {}
    for (payer, day, disposition), totals in days.items():
        if day is None:
            continue
        at = 2 if day >= since else 0
        row = counted.setdefault(payer, [0, 0, 0, 0])
        row[at] += totals.claims
        row[at + 1] += totals.claims if disposition == "clean" else 0
    rows = [_of_payer(payer, *row) for payer, row in counted.items() if row[0] and row[2]]
    rows.sort(key=lambda row: (not row.changed, row.clean_recent - row.clean_before, row.payer))
    return tuple(rows[:MOST_PAYERS])


def _of_payer(payer: str, before: int, clean_before: int, recent: int, clean_recent: int) -> Drift:
    """The interval of a difference of two shares after Agresti and Caffo: one more clean and one more not, each."""
    p, q = (clean_before + 1) / (before + 2), (clean_recent + 1) / (recent + 2)
    half = NINETY * sqrt(p * (1 - p) / (before + 2) + q * (1 - q) / (recent + 2))
    low, high = q - p - half, q - p + half
    return Drift(
        payer=payer,
        claims_before=before,
        claims_recent=recent,
        clean_before=round(clean_before / before, 4),
        clean_recent=round(clean_recent / recent, 4),
        low=round(low, 4),
        high=round(high, 4),
        changed=low > 0 or high < 0,
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
