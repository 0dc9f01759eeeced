"""How long something takes."""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TypeVar

T = TypeVar("T")
ROUNDS = 5

STOLEN = 7
"""The place in the kernel's count of what the processors' time went into, of what the host gave to others."""


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


def ticks() -> list[int]:
    """What the processors' time went into since the machine is up, as Linux counts it; nothing elsewhere."""
    counts = Path("/proc/stat")
    return [int(count) for count in counts.read_text().split("\n")[0].split()[1:9]] if counts.exists() else []


def stolen_since(before: list[int]) -> float:
    """The share of the processors' time that the host of a virtual machine has given to others since."""
    spent = [now - then for now, then in zip(ticks(), before, strict=True)]
    return spent[STOLEN] / sum(spent) if sum(spent) else 0.0
