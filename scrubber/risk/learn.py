"""Decided lines → denial rates: Beta-Binomial by edit and payer, which lean on the edit, its family and the prior.

Each level starts from the one above it as if that were some lines already decided, and its own lines are added:

* prior: the assumed rate of the edit, worth the lines its ``strength`` says;
* family: where the other edits of the family are denied more or less often than assumed, the odds of this one move;
* edit: what other payers did. However many lines one payer decided, it tells of another no more than about
  ``PAYER_WORTH`` lines would, for payers differ;
* edit and payer: the payer's own lines, which start from the edit as worth ``PAYER_WORTH`` lines at the most.

No line counts at two levels of one rate: a payer leans on what the others did, an edit on the rest of its family.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import exp, log, sqrt

from scrubber.reference.denial_priors import BY_SEVERITY, UNSEEN, DenialPriors
from scrubber.risk.attribution import Lesson
from scrubber.risk.beta import beta_quantile
from scrubber.risk.calibration import FamilyRate, LearnedRate
from scrubber.risk.rates import HIGH, LOW

PAYER_WORTH = 10
EDIT_WORTH = 10
FAMILY_STRENGTH = 10
"""Lines: what one payer tells of another, an edit of another of its family, and what a family's priors are worth."""

ENOUGH_ALONE = 30
"""Lines with a finding alone from which on the others that it leads are left out."""

BEYOND_CHANCE = 3.0
"""Standard deviations."""


@dataclass(slots=True)
class Counts:
    """Lines that tell of a finding: paid, denied for it, and denied for something else."""

    paid: float = 0
    denied: float = 0
    otherwise: float = 0

    @property
    def decided(self) -> float:
        """Those that say whether it is denied."""
        return self.paid + self.denied


ByPayer = dict[str, Counts]


def learned(
    priors: DenialPriors, lessons: Iterable[tuple[str, Lesson, int]]
) -> tuple[tuple[LearnedRate, ...], tuple[FamilyRate, ...]]:
    """The rates of all edits of which lines tell, or lines of their family, from lessons by payer and how many."""
    counts = _counted(lessons)
    unseen = {rate.payer: rate.probability for rate in _of_edit(priors, UNSEEN, counts[UNSEEN], 0.0)}
    for edit, by_payer in counts.items():
        if edit != UNSEEN:
            for payer, count in by_payer.items():
                _credit(count, unseen.get(payer, unseen[None]))
    families: defaultdict[str, list[str]] = defaultdict(list)
    for edit in sorted({*counts, *priors.rows}):
        if not edit.startswith(BY_SEVERITY):
            families[family_of(edit)].append(edit)
    rates: list[LearnedRate] = []
    told: list[FamilyRate] = []
    for family, edits in sorted(families.items()):
        if all(not counts[edit] for edit in edits):
            continue
        for edit in edits:
            others = [other for other in edits if other != edit]
            rates.extend(_of_edit(priors, edit, counts[edit], _shift(priors, others, counts)))
        told.append(_family(priors, family, edits, counts))
    return tuple(rates), tuple(told)


def _counted(lessons: Iterable[tuple[str, Lesson, int]]) -> defaultdict[str, ByPayer]:
    """Lines by edit and payer: those with that finding alone, or where they are few, all that it leads."""
    told: defaultdict[tuple[str, str], tuple[Counts, Counts]] = defaultdict(lambda: (Counts(), Counts()))
    for payer, lesson, lines in lessons:
        alone, led = told[lesson.edit, payer]
        for count in (alone, led) if lesson.alone else (led,):
            setattr(count, lesson.verdict, getattr(count, lesson.verdict) + lines)
    counts: defaultdict[str, ByPayer] = defaultdict(dict)
    for (edit, payer), (alone, led) in sorted(told.items()):
        counts[edit][payer] = alone if alone.decided >= ENOUGH_ALONE else led
    return counts


def family_of(edit: str) -> str:
    """The letters an edit's id begins with: ``COV702:review`` → ``COV``."""
    return edit.partition(":")[0].rstrip("0123456789").rstrip("-")


def _credit(count: Counts, unseen: float) -> None:
    """Count denials under another code for the finding where a payer gives far more of them than lines without
    findings get: it then names the matter differently. What chance explains is left out.
    """
    expected = (count.paid + count.otherwise) * unseen
    if count.otherwise > expected + BEYOND_CHANCE * sqrt(expected + 1):
        count.denied += count.otherwise - expected
        count.otherwise = expected


def _of_edit(
    priors: DenialPriors, edit: str, counts: Mapping[str, Counts], shift: float
) -> Iterator[LearnedRate]:
    prior = priors.of(edit)
    assumed = _moved(prior.probability, shift)
    worth = {payer: _worth(count.decided, PAYER_WORTH) for payer, count in counts.items() if count.decided}
    weight = prior.strength + sum(worth.values())
    weighed = prior.strength * assumed + sum(
        worth[payer] * counts[payer].denied / counts[payer].decided for payer in worth
    )
    everywhere = Counts(
        *[
            sum(getattr(count, field) for count in counts.values())
            for field in ("paid", "denied", "otherwise")
        ]
    )
    yield _rate(edit, None, everywhere, weighed, weight, own=False)
    for payer in sorted(worth):
        count = counts[payer]
        others = weight - worth[payer]
        denied_there = weighed - worth[payer] * count.denied / count.decided
        yield _rate(edit, payer, count, denied_there, others, own=True)


def _rate(
    edit: str, payer: str | None, count: Counts, denied_before: float, before: float, *, own: bool
) -> LearnedRate:
    """The rate that starts from ``denied_before`` of ``before`` lines, with its own lines added."""
    start = PAYER_WORTH / (PAYER_WORTH + before) if before > 0 else 1.0
    alpha, beta = start * denied_before, start * (before - denied_before)
    if own:
        alpha, beta = alpha + count.denied, beta + count.paid
    return LearnedRate(
        edit=edit,
        payer=payer,
        decided=round(count.decided),
        denied=round(count.denied),
        otherwise=round(count.otherwise),
        alpha=alpha,
        beta=beta,
        probability=alpha / (alpha + beta),
        low=beta_quantile(LOW, alpha, beta),
        high=beta_quantile(HIGH, alpha, beta),
    )


def _shift(priors: DenialPriors, edits: Iterable[str], counts: Mapping[str, ByPayer]) -> float:
    """By how much the log odds of these edits together differ from the assumed."""
    lines = denied = assumed = 0.0
    for edit in edits:
        decided = sum(count.decided for count in counts[edit].values())
        if decided:
            worth = _worth(decided, EDIT_WORTH)
            lines += worth
            denied += worth * sum(count.denied for count in counts[edit].values()) / decided
            assumed += worth * priors.of(edit).probability
    if not lines:
        return 0.0
    mean = assumed / lines
    return _odds((FAMILY_STRENGTH * mean + denied) / (FAMILY_STRENGTH + lines)) - _odds(mean)


def _family(priors: DenialPriors, family: str, edits: list[str], counts: Mapping[str, ByPayer]) -> FamilyRate:
    decided = {edit: sum(count.decided for count in counts[edit].values()) for edit in edits}
    return FamilyRate(
        family=family,
        decided=round(sum(decided.values())),
        denied=round(sum(count.denied for edit in edits for count in counts[edit].values())),
        assumed=sum(lines * priors.of(edit).probability for edit, lines in decided.items()),
        shift=_shift(priors, edits, counts),
    )


def _worth(lines: float, most: int) -> float:
    """What lines tell of something that is only like what they are of: never more than about ``most``."""
    return lines * (most + 1) / (lines + most)


def _moved(probability: float, shift: float) -> float:
    return 1 / (1 + exp(-(_odds(probability) + shift)))


def _odds(probability: float) -> float:
    return log(probability / (1 - probability))
