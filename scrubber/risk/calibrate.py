"""Decided lines → a calibration: the rates they teach, and how predictions did on months the rates had not seen."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from scrubber.reference.denial_priors import UNSEEN, DenialPriors
from scrubber.risk.attribution import Lesson, lesson_of
from scrubber.risk.calibration import Backtest, Calibration, HoldScores
from scrubber.risk.causes import Reason, causes_of, either
from scrubber.risk.learn import learned
from scrubber.risk.outcomes import LineOutcome
from scrubber.risk.rates import PLACES, Rates
from scrubber.risk.scores import Predictions

HELD_OUT = 0.2
"""The part of the lines, in whole months from the latest back, that the backtest predicts."""


class _Kind(NamedTuple):
    """Lines that teach the same and are predicted the same."""

    month: date
    payer: str
    findings: tuple[tuple[str, str | None], ...]
    denied: bool
    lesson: Lesson | None


def calibrate(
    priors: DenialPriors, outcomes: Iterable[LineOutcome], *, name: str, made_at: datetime
) -> Calibration:
    """The calibration from all decided lines, in one pass; memory grows with their kinds, not with the lines."""
    kinds: Counter[_Kind] = Counter()
    held: Counter[tuple[bool, bool]] = Counter()
    told: Counter[tuple[float, bool]] = Counter()
    for outcome in outcomes:
        lesson = lesson_of(priors, outcome)
        kinds[_Kind(outcome.month, outcome.payer, outcome.findings, outcome.denied, lesson)] += 1
        held[outcome.held, outcome.denied] += 1
        if outcome.predicted is not None:
            told[round(outcome.predicted, PLACES), outcome.denied] += 1
    as_told = Predictions()
    for (predicted, denied), lines in sorted(told.items()):
        as_told.add(predicted, lines, lines if denied else 0)
    # In one order, whatever that of the lines: sums of floats then come out the same to the last digit.
    kinds = Counter(dict(sorted(kinds.items(), key=repr)))
    rates, families = learned(priors, _lessons(kinds))
    return Calibration(
        name=name,
        made_at=made_at,
        lines=sum(kinds.values()),
        months=tuple(sorted({kind.month for kind in kinds})),
        rates=rates,
        families=families,
        hold=_hold(held),
        as_told=as_told.scores() if as_told.lines else None,
        backtest=_backtest(priors, kinds),
    )


def line_probability(rates: Rates, payer: str, findings: Iterable[tuple[str, str | None]]) -> float:
    """How likely a line with these findings is denied, as ``RiskModel`` has it."""
    known = rates.known(payer)
    reasons = [Reason(edit, carc, None, rates.of(edit, known)) for edit, carc in findings]
    leaders = [cause[0].rate.probability for cause in causes_of(reasons)]
    return either([rates.of(UNSEEN, known).probability, *leaders])


def _lessons(kinds: Counter[_Kind]) -> Iterable[tuple[str, Lesson, int]]:
    return ((kind.payer, kind.lesson, lines) for kind, lines in kinds.items() if kind.lesson)


def _hold(held: Counter[tuple[bool, bool]]) -> HoldScores:
    rightly, wrongly, missed = held[True, True], held[True, False], held[False, True]
    return HoldScores(
        held=rightly + wrongly,
        denied=rightly + missed,
        precision=rightly / (rightly + wrongly) if rightly + wrongly else None,
        recall=rightly / (rightly + missed) if rightly + missed else None,
    )


def _backtest(priors: DenialPriors, kinds: Counter[_Kind]) -> Backtest | None:
    since = _held_out_since(kinds)
    if since is None:
        return None
    before = Counter({kind: lines for kind, lines in kinds.items() if kind.month < since})
    rates, _ = learned(priors, _lessons(before))
    told = {"prior": Predictions(), "calibrated": Predictions()}
    models = {"prior": Rates(priors), "calibrated": Rates(priors, rates)}
    denied = 0
    for kind, lines in kinds.items():
        if kind.month >= since:
            denied += lines if kind.denied else 0
            for model, model_rates in models.items():
                probability = line_probability(model_rates, kind.payer, kind.findings)
                told[model].add(probability, lines, lines if kind.denied else 0)
    return Backtest(
        since=since,
        lines=told["prior"].lines,
        denied=denied,
        prior=told["prior"].scores(),
        calibrated=told["calibrated"].scores(),
        reliability_prior=told["prior"].reliability(),
        reliability=told["calibrated"].reliability(),
    )


def _held_out_since(kinds: Counter[_Kind]) -> date | None:
    """The first month held out; None where no month would be left to learn from."""
    by_month: Counter[date] = Counter()
    for kind, lines in kinds.items():
        by_month[kind.month] += lines
    months = sorted(by_month, reverse=True)
    held_out = 0
    for month in months[:-1]:
        held_out += by_month[month]
        if held_out >= HELD_OUT * by_month.total() or month == months[-2]:
            return month
    return None
