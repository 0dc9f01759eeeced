"""A practice that does not exist: what it bills, and payers that deny with known rates.

Each payer has its own true rate for each edit, and one for what no edit sees. A line is denied for the first reason of
the payer's own order that strikes; the payer then gives the code predicted, or now and then another that means the
same. Payers look at what no edit sees first, as real ones check eligibility before coverage.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random
from typing import NamedTuple

from scrubber.reference.denial_priors import UNSEEN, DenialPriors
from scrubber.risk import LineOutcome
from scrubber.risk.causes import either
from tests.remittance_files import Paid, Service, remittance

PAYERS = {"05102": 0.5, "BCBS1": 0.25, "UHC87726": 0.17, "SMALL": 0.08}
"""Payer ids, and how much of the practice's work each gets."""

EDITS = {
    "COV703": ("CO-50", 0.06),
    "COV701": ("CO-50", 0.05),
    "CHI801": ("CO-50", 0.03),
    "CHI807": ("CO-50", 0.04),
    "GDE910": ("CO-50", 0.04),
    "MOD506": ("CO-97", 0.03),
    "PTP601": ("CO-236", 0.04),
    "PTP601:review": ("CO-236", 0.02),
    "MUE611": ("CO-222", 0.02),
    "DX306": ("CO-16", 0.04),
    "DX303": ("CO-16", 0.02),
    "DTE204": ("CO-29", 0.01),
}
"""The edits that fire there, as the priors key them: the code each predicts, and on how many lines it is found."""

HOLDING = frozenset(EDITS) - {"CHI807", "GDE910", "PTP601:review", "DX306"}
SYNONYMS = {"CO-50": "CO-11", "CO-236": "CO-97", "CO-97": "CO-236", "CO-16": "CO-252"}
OTHER_REASONS = ("CO-197", "CO-109", "CO-31")
MONTHS = tuple(date(2026, month, 1) for month in range(1, 11))
BETWEEN_PAYERS = 10
"""Payers differ about the rate of an edit as much as rates that were measured on so many lines."""


class DecidedClaim(NamedTuple):
    """A claim, and of each line what was decided and how likely a denial truly was."""

    claim_id: str
    payer: str
    month: date
    lines: list[tuple[LineOutcome, float]]


@dataclass(frozen=True)
class Practice:
    """The true rates, drawn with a seed."""

    priors: DenialPriors
    seed: int
    rates: dict[tuple[str, str | None], float] = field(default_factory=dict)
    unseen: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        draw = Random(self.seed)
        for payer in PAYERS:
            self.unseen[payer] = draw.uniform(0.02, 0.08)
        for edit in EDITS:
            prior = self.priors.of(edit)
            # The truth about an edit lies about where its prior says, as far off as its strength allows.
            true = draw.betavariate(
                prior.strength * prior.probability, prior.strength * (1 - prior.probability)
            )
            true = min(max(true, 0.03), 0.97)
            for payer in PAYERS:
                rate = draw.betavariate(BETWEEN_PAYERS * true, BETWEEN_PAYERS * (1 - true))
                self.rates[edit, payer] = min(max(rate, 0.001), 0.999)

    def true_rates(self) -> dict[tuple[str, str | None], float]:
        """By edit and payer, with what no edit sees."""
        return {**self.rates, **{(UNSEEN, payer): rate for payer, rate in self.unseen.items()}}

    def claims(self, count: int) -> Iterator[DecidedClaim]:
        """So many claims as they were decided, in the order of the months."""
        draw = Random(self.seed + 1)
        payers, parts = list(PAYERS), list(PAYERS.values())
        for number in range(count):
            payer = draw.choices(payers, parts)[0]
            month = MONTHS[number * len(MONTHS) // count]
            lines = []
            for _ in range(draw.choice((1, 1, 2))):
                found = [edit for edit, (_, often) in EDITS.items() if draw.random() < often]
                lines.append(self._decided(draw, payer, month, found))
            yield DecidedClaim(f"C-{number}", payer, month, lines)

    def _decided(self, draw: Random, payer: str, month: date, found: list[str]) -> tuple[LineOutcome, float]:
        leaders: dict[str, str] = {}
        for edit in found:
            predicted = EDITS[edit][0]
            if predicted not in leaders or self.rates[edit, payer] > self.rates[leaders[predicted], payer]:
                leaders[predicted] = edit
        true = either([self.unseen[payer], *[self.rates[edit, payer] for edit in leaders.values()]])
        order = list(leaders.items())
        draw.shuffle(order)
        carc = draw.choice(OTHER_REASONS) if draw.random() < self.unseen[payer] else None
        for predicted, edit in order:
            if carc is None and draw.random() < self.rates[edit, payer]:
                carc = SYNONYMS.get(predicted, predicted) if draw.random() < 0.2 else predicted
        outcome = LineOutcome(
            payer=payer,
            month=month,
            charge=Decimal("45.00"),
            denied=carc is not None,
            carcs=(carc,) if carc else (),
            findings=tuple((edit, EDITS[edit][0]) for edit in found),
            held=not HOLDING.isdisjoint(found),
            predicted=None,
        )
        return outcome, true


def remittances(claims: Iterable[DecidedClaim]) -> Iterator[bytes]:
    """The 835 files in which payers tell of claims: one of each payer for each month."""
    files: defaultdict[tuple[str, date], list[Paid]] = defaultdict(list)
    for claim in claims:
        files[claim.payer, claim.month].append(
            Paid(claim.claim_id, [_service(*line) for line in enumerate(claim.lines)])
        )
    for (payer, month), paid in files.items():
        yield remittance(paid, paid_on=month.replace(day=28), payer=payer)


def _service(number: int, line: tuple[LineOutcome, float]) -> Service:
    """A line as paid but for what the patient and the contract take, or as denied."""
    outcome, _ = line
    day = outcome.month.replace(day=1 + number).isoformat()
    if outcome.denied:
        [carc] = outcome.carcs
        group, _, reason = carc.partition("-")
        return Service("98940", day, "45.00", "0", [(group, reason, "45.00")])
    return Service("98940", day, "45.00", "28.00", [("CO", "45", "10.00"), ("PR", "2", "7.00")])
