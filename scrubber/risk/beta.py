"""The beta distribution: what is known of a rate after so many denied and so many paid lines."""

from math import exp, lgamma, log, log1p

ALPHA_LEAST = 1e-3
_TINY = 1e-300
_ENOUGH = 1e-12
_NEAR = 1e-9


def beta_cdf(x: float, alpha: float, beta: float) -> float:
    """The probability that the rate is at most ``x``: the regularized incomplete beta function."""
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    front = _density(x, alpha, beta) * x * (1.0 - x)
    # The fraction converges fast on this side of the mean; on the other side the complement is taken.
    if x < (alpha + 1) / (alpha + beta + 2):
        return front * _fraction(x, alpha, beta) / alpha
    return 1.0 - front * _fraction(1.0 - x, beta, alpha) / beta


def beta_quantile(q: float, alpha: float, beta: float) -> float:
    """The rate below which lies the part ``q`` of the distribution, to nine places.

    By Newton's method, and by halving where that leaves what is known to hold the rate.
    """
    alpha, beta = max(alpha, ALPHA_LEAST), max(beta, ALPHA_LEAST)
    low, high, x = 0.0, 1.0, alpha / (alpha + beta)
    while high - low > _NEAR:
        over = beta_cdf(x, alpha, beta) - q
        if over < 0.0:
            low = x
        else:
            high = x
        density = _density(x, alpha, beta)
        better = x - over / density if density > 0.0 else low
        if not low < better < high:
            better = (low + high) / 2
        elif abs(better - x) < _NEAR:
            return better
        x = better
    return (low + high) / 2


def _density(x: float, alpha: float, beta: float) -> float:
    logs = (alpha - 1.0) * log(x) + (beta - 1.0) * log1p(-x)
    return exp(min(lgamma(alpha + beta) - lgamma(alpha) - lgamma(beta) + logs, 700.0))


def _fraction(x: float, alpha: float, beta: float) -> float:
    """The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), by Lentz's method."""
    c = 1.0
    total = d = 1.0 / _apart(1.0 - (alpha + beta) * x / (alpha + 1.0))
    m, change = 0, 0.0
    while abs(change - 1.0) > _ENOUGH:
        m += 1
        even = m * (beta - m) * x / ((alpha + 2 * m - 1) * (alpha + 2 * m))
        odd = -(alpha + m) * (alpha + beta + m) * x / ((alpha + 2 * m) * (alpha + 2 * m + 1))
        for step in (even, odd):
            d = 1.0 / _apart(1.0 + step * d)
            c = _apart(1.0 + step / c)
            change = c * d
            total *= change
    return total


def _apart(value: float) -> float:
    """The value, kept away from nought."""
    return value if abs(value) > _TINY else _TINY
