"""``make bench``: measures and prints. Never run as a test; figures depend on the machine, ratios less so.

``python -m tests.benchmarks [NAME...] [--claims N]`` measures what is named, or all; ``--claims`` is the size of the
files of ``x12``.
"""

import argparse
import os
import platform
import tempfile
from collections.abc import Callable, Iterator

from scrubber.settings import Settings
from tests.benchmarks import api, batch, engine, payer_rules, reference, report, server, start, x12
from tests.benchmarks.timing import stolen_since, ticks

Rows = Iterator[tuple[str, str]]


def main() -> None:
    """Measure and print one line for each figure."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--claims", type=int, default=x12.CLAIMS, help="claims in the files of x12")
    parser.add_argument("name", nargs="*", help="what to measure, by default all")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        settings = Settings.read({"SCRUBBER_DATA_DIR": directory})
        measurements: dict[str, Callable[[], Rows]] = {
            "reference": lambda: reference.measured(settings),
            "engine": lambda: engine.measured(settings),
            "payer-rules": payer_rules.measured,
            "api": lambda: api.measured(settings),
            "server": lambda: server.measured(settings),
            "batch": lambda: batch.measured(settings),
            "report": lambda: report.measured(settings),
            "start": lambda: start.measured(settings),
            "x12": lambda: x12.measured(asked.claims),
        }
        if unknown := sorted(set(asked.name) - set(measurements)):
            parser.error(f"{', '.join(unknown)}: there are {', '.join(measurements)}")
        print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} processors")
        for name in asked.name or measurements:
            before = ticks()
            for what, figure in measurements[name]():
                print(f"{what:<34}{figure}", flush=True)
            # A virtual machine whose host has others to serve is slower than its figures should say.
            if stolen := stolen_since(before):
                print(f"{'taken by the host meanwhile':<34}{stolen:.0%} of the processors' time", flush=True)


if __name__ == "__main__":
    main()
