"""How many claims are expected to be denied, how many dollars, and how far off that may be."""

from math import sqrt

from scrubber.reference.denial_priors import UNSEEN
from scrubber.report.amounts import by_payer, money
from scrubber.report.counts import OTHERS, Counts, Totals
from scrubber.report.figures import Expected
from scrubber.risk.rates import Rate, Rates

NINETY = 1.6448536269514722
"""Half the width of a 90 % interval in standard deviations."""


def expected(counts: Counts, all_: Totals, unseen: int, rates: Rates) -> Expected:
    """Sums of probabilities, and how far off they may be.

    Two things may be off: which claims it will be (the variances of the claims, as if each were decided by itself) and
    the rates (an edit's rate is off by the same for all its findings, so its errors add up; those of different edits
    don't).
    """
    denials: dict[str | None, float] = {}
    dollars: dict[str | None, float] = {}
    for key, found in counts.found["work"].items():
        if key == OTHERS:
            continue
        off = _relative_deviation(rates.of(key[0], key[1], found.severity))
        denials[key[0]] = denials.get(key[0], 0.0) + off * found.expected
        dollars[key[0]] = dollars.get(key[0], 0.0) + off * found.at_risk
    for payer, totals in by_payer(counts.days).items():
        known = rates.of(UNSEEN, payer)
        off = _relative_deviation(known)
        denials[None] = denials.get(None, 0.0) + off * known.probability * totals.claims
        if all_.at_risk:
            dollars[None] = dollars.get(None, 0.0) + off * unseen * totals.at_risk / all_.at_risk
    spread = NINETY * sqrt(all_.variance + sum(off * off for off in denials.values()))
    spread_of_dollars = NINETY * sqrt(all_.charge_variance + sum(off * off for off in dollars.values()))
    return Expected(
        denials=round(all_.expected, 4),
        denials_low=round(max(0.0, all_.expected - spread), 4),
        denials_high=round(min(float(all_.claims), all_.expected + spread), 4),
        charge=money(all_.at_risk),
        charge_low=money(max(0, round(all_.at_risk - spread_of_dollars))),
        charge_high=money(min(max(all_.charge, all_.at_risk), round(all_.at_risk + spread_of_dollars))),
    )


def _relative_deviation(rate: Rate) -> float:
    """The standard deviation of a rate, as a part of it."""
    return (rate.high - rate.low) / (2 * NINETY) / rate.probability if rate.probability else 0.0
