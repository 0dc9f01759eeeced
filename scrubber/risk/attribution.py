"""What a decided line teaches: of which finding, and whether it was denied for it.

* A line without findings tells of what no edit sees.
* A line with one finding tells of that.
* A line whose findings are one cause tells of the finding that leads it, the one that is likeliest by the priors;
  but only of a finding that seldom stands alone, for the others may have added to it.
* A line with several causes tells of none. A payer names one reason, and in which order it looks is not known: however
  such lines were counted, some rates would come out too high and others too low.

A denial is for a finding if it names the adjustment code predicted, or one that payers use for the same thing.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from scrubber.reference.denial_priors import UNSEEN, DenialPriors
from scrubber.risk.outcomes import LineOutcome

SAME_MATTER = (
    frozenset({"50", "11", "167", "150", "272"}),  # the diagnosis does not support the service
    frozenset(
        {"16", "4", "5", "125", "146", "181", "182", "206", "207", "208", "226", "227", "252"}
    ),  # unusable
    frozenset({"16", "31", "140"}),  # the patient can't be told
    frozenset({"97", "231", "234", "236", "B10", "B15"}),  # part of another service
    frozenset({"107", "97", "B15"}),  # the service it belongs to is missing
    frozenset({"96", "170", "171", "172", "185", "204"}),  # not covered, or not from this provider
    frozenset({"119", "151", "222", "273"}),  # more than is paid
    frozenset({"18", "B13"}),  # paid or billed before
)
"""Adjustment reason codes that payers use for one another."""


Verdict = Literal["paid", "denied", "otherwise"]
"""What became of a line as far as it concerns a finding; ``otherwise`` is denied for something else."""


class Lesson(NamedTuple):
    """A rate by its key, what a line says of it, and whether nothing else was found on the line."""

    edit: str
    verdict: Verdict
    alone: bool


def lesson_of(priors: DenialPriors, outcome: LineOutcome) -> Lesson | None:
    """What the line teaches, None where it can't be told."""
    if not outcome.findings:
        return Lesson(UNSEEN, "denied" if outcome.denied else "paid", alone=True)
    if len({carc or edit for edit, carc in outcome.findings}) > 1:
        return None
    leader, carc = max(outcome.findings, key=lambda finding: (priors.of(finding[0]).probability, finding[0]))
    verdict: Verdict = "paid"
    if outcome.denied:
        verdict = "denied" if is_for(carc, outcome.carcs) else "otherwise"
    return Lesson(leader, verdict, alone=len(set(outcome.findings)) == 1)


def is_for(predicted: str | None, carcs: Iterable[str]) -> bool:
    """Whether a denial with these codes is the predicted one. The group before the code does not count."""
    if predicted is None:
        return False
    reason = _reason(predicted)
    told = {_reason(carc) for carc in carcs}
    return reason in told or any(reason in same and not told.isdisjoint(same) for same in SAME_MATTER)


def _reason(carc: str) -> str:
    return carc.rpartition("-")[2]
