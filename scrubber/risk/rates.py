"""The denial rates in use: what remittances taught of an edit and a payer, else what was assumed of the edit."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from scrubber.reference.denial_priors import DenialPriors
from scrubber.risk.beta import beta_quantile
from scrubber.risk.calibration import LearnedRate

LOW, HIGH = 0.05, 0.95
"""The ends of the 90 % intervals."""

RATES_KEPT = 16_384

PLACES = 4
"""Of probabilities as they are told. More would pretend to know more."""


class Rate(NamedTuple):
    """How often a finding is denied, its 90 % interval, and how many decided lines stand behind it."""

    probability: float
    low: float
    high: float
    remittances: int


def rate_of(alpha: float, beta: float, remittances: int = 0) -> Rate:
    """The mean of a beta distribution and its 90 % interval."""
    return rounded(
        alpha / (alpha + beta), beta_quantile(LOW, alpha, beta), beta_quantile(HIGH, alpha, beta), remittances
    )


def rounded(probability: float, low: float, high: float, remittances: int) -> Rate:
    """A rate to the places that are told."""
    return Rate(round(probability, PLACES), round(low, PLACES), round(high, PLACES), remittances)


class Rates:
    """Rates by the keys of the priors and by payer; a payer of which nothing was learned is any payer."""

    def __init__(self, priors: DenialPriors, learned: Sequence[LearnedRate] = ()) -> None:
        self._priors = priors
        self._learned: Mapping[tuple[str, str | None], Rate] = {
            (rate.edit, rate.payer): rounded(rate.probability, rate.low, rate.high, rate.decided)
            for rate in learned
        }
        self._payers = frozenset(rate.payer for rate in learned if rate.payer is not None)
        self._assumed = lru_cache(RATES_KEPT)(self._prior)

    def known(self, payer: str | None) -> str | None:
        """The payer, None where nothing was learned of it."""
        return payer if payer in self._payers else None

    def of(self, key: str, payer: str | None, severity: str = "review") -> Rate:
        """The rate of a key with a payer; an edit of which nothing is known has the one of its severity."""
        return (
            self._learned.get((key, payer)) or self._learned.get((key, None)) or self._assumed(key, severity)
        )

    def _prior(self, key: str, severity: str) -> Rate:
        prior = self._priors.of(key, severity)
        return rate_of(prior.strength * prior.probability, prior.strength * (1 - prior.probability))
