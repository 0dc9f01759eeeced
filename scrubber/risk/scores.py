"""How predictions did against what was decided: Brier score, log loss, reliability curve."""

from bisect import bisect_right
from collections import Counter, defaultdict
from math import log

from scrubber.risk.calibration import Bin, Scores

EDGES = (0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Where one bin of the reliability curve ends and the next begins; finer where most lines are."""

SUREST = 0.0001
"""The log loss of a denial that was held impossible is infinite; none is held that sure."""


class Predictions:
    """Predictions and what came of them, summed up as they come."""

    def __init__(self) -> None:
        self.lines = 0
        self._squares = self._loss = 0.0
        self._bin_lines: Counter[int] = Counter()
        self._bin_denied: Counter[int] = Counter()
        self._bin_predicted: defaultdict[int, float] = defaultdict(float)

    def add(self, probability: float, lines: int, denied: int) -> None:
        """So many lines of this predicted probability, so many of them denied."""
        paid = lines - denied
        held = min(max(probability, SUREST), 1 - SUREST)
        self.lines += lines
        self._squares += denied * (1 - probability) ** 2 + paid * probability**2
        self._loss -= denied * log(held) + paid * log(1 - held)
        number = bisect_right(EDGES, probability)
        self._bin_lines[number] += lines
        self._bin_denied[number] += denied
        self._bin_predicted[number] += lines * probability

    def scores(self) -> Scores:
        """The means over all lines, of which there must be one."""
        return Scores(brier=self._squares / self.lines, log_loss=self._loss / self.lines)

    def reliability(self) -> tuple[Bin, ...]:
        """The bins with lines in them, from the least probability to the greatest."""
        return tuple(
            Bin(
                lines=lines,
                predicted=self._bin_predicted[number] / lines,
                observed=self._bin_denied[number] / lines,
            )
            for number, lines in sorted(self._bin_lines.items())
        )
