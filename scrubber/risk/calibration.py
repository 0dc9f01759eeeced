"""What remittances taught, as it is kept and shown: denial rates, and how well predictions held. JSON and back."""

from datetime import date, datetime

from msgspec import Struct


class LearnedRate(Struct, frozen=True, kw_only=True):
    """The denial rate of a finding (``edit`` as the priors key it) with a payer, ``payer`` None for any other one.

    Of ``decided`` lines ``denied`` were denied for it; ``otherwise`` more were denied for something else, and left out.
    ``alpha`` and ``beta`` are those of its distribution, ``probability`` its mean, ``low`` and ``high`` its 90 %
    interval.
    """

    edit: str
    payer: str | None
    decided: int
    denied: int
    otherwise: int
    alpha: float
    beta: float
    probability: float
    low: float
    high: float


class FamilyRate(Struct, frozen=True, kw_only=True):
    """A family of edits: lines decided, denied, and how many would have been by the assumed rates.

    ``shift`` is by how much the log odds of all its edits are moved for it.
    """

    family: str
    decided: int
    denied: int
    assumed: float
    shift: float


class Bin(Struct, frozen=True, kw_only=True):
    """Lines of like predicted probability: how many, the mean predicted, and the part that was denied."""

    lines: int
    predicted: float
    observed: float


class Scores(Struct, frozen=True, kw_only=True):
    """How far predictions lay from what was decided: less is better. ``brier`` is the mean squared difference."""

    brier: float
    log_loss: float


class HoldScores(Struct, frozen=True, kw_only=True):
    """Whether lines were held rightly: the part of those held that was denied, and of those denied that was held."""

    held: int
    denied: int
    precision: float | None
    recall: float | None


class Backtest(Struct, frozen=True, kw_only=True):
    """What rates learned from the months before ``since`` would have predicted from then on."""

    since: date
    lines: int
    denied: int
    prior: Scores
    calibrated: Scores
    reliability_prior: tuple[Bin, ...]
    reliability: tuple[Bin, ...]


class Calibration(Struct, frozen=True, kw_only=True):
    """Denial rates learned from ``lines`` decided lines of ``months``. It is named, and never changed.

    ``backtest`` is None where all lines are of one month. ``as_told`` scores the predictions as they were made at
    the time, None where none is known.
    """

    name: str
    made_at: datetime
    lines: int
    months: tuple[date, ...]
    rates: tuple[LearnedRate, ...]
    families: tuple[FamilyRate, ...]
    hold: HoldScores
    as_told: Scores | None
    backtest: Backtest | None
