"""How long something takes."""

import time
from collections.abc import Callable
from statistics import median
from typing import TypeVar

T = TypeVar("T")
ROUNDS = 5


def timed(call: Callable[[], T]) -> tuple[float, T]:
    """Seconds by the clock, and what came of it."""
    begun = time.perf_counter()
    result = call()
    return time.perf_counter() - begun, result


def microseconds(call: Callable[[], object], number: int = 20_000) -> float:
    """Of one call, the median of several rounds."""
    rounds = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for _ in range(number):
            call()
        rounds.append((time.perf_counter() - begun) / number * 1e6)
    return median(rounds)
