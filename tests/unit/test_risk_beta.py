"""The beta distribution against values known from elsewhere (R 4.3: pbeta, qbeta; and closed forms)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrubber.risk.beta import beta_cdf, beta_quantile


@pytest.mark.parametrize(
    ("q", "alpha", "beta", "rate"),
    [
        (0.05, 1, 1, 0.05),
        (0.5, 2, 3, 0.385727568),
        (0.95, 1, 19, 1 - 0.05 ** (1 / 19)),
        (0.05, 7, 1, 0.05 ** (1 / 7)),
        (0.5, 0.5, 0.5, 0.5),
        (0.05, 0.5, 0.5, 0.006155829702),  # sin²(π·0.05/2), the arcsine distribution
        (0.05, 2, 2, 0.1353504),  # 3x² − 2x³ = 0.05
    ],
)
def test_quantiles(q: float, alpha: float, beta: float, rate: float) -> None:
    assert beta_quantile(q, alpha, beta) == pytest.approx(rate, abs=2e-7)


def test_of_many_lines_it_is_the_normal_distribution() -> None:
    # 400,000 of 1,000,000 lines: mean 0.4, standard deviation 0.00048990.
    assert beta_quantile(0.95, 400_000, 600_000) == pytest.approx(0.4 + 1.644854 * 0.00048990, abs=1e-6)


def test_the_ends() -> None:
    assert beta_cdf(0.0, 2, 3) == 0.0
    assert beta_cdf(1.0, 2, 3) == 1.0
    assert beta_quantile(0.95, 0.0, 5.0) < 1e-6
    assert beta_quantile(0.05, 5.0, 0.0) > 1 - 1e-6


parameters = st.floats(0.05, 5_000)


@given(parameters, parameters, st.floats(0.01, 0.99))
def test_a_quantile_is_what_the_distribution_says(alpha: float, beta: float, q: float) -> None:
    rate = beta_quantile(q, alpha, beta)
    if 1e-6 < rate < 1 - 1e-6:
        slack = 2e-9
        assert beta_cdf(rate - slack, alpha, beta) - 1e-7 <= q <= beta_cdf(rate + slack, alpha, beta) + 1e-7
        assert beta_cdf(rate, alpha, beta) == pytest.approx(1 - beta_cdf(1 - rate, beta, alpha), abs=1e-9)
