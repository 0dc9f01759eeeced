"""One claim through the command line, from a cold process; the snapshot is there."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from scrubber.bootstrap import build
from scrubber.settings import Settings
from tests.benchmarks.timing import ROUNDS, timed

SAMPLE = Path(__file__).parents[2] / "docs" / "guide" / "sample-claim.json"


def measured(settings: Settings) -> Iterator[tuple[str, str]]:
    """Seconds by the clock."""
    build(settings)
    command = [str(Path(sys.executable).with_name("scrubber")), "check", str(SAMPLE)]
    environ = {**os.environ, "SCRUBBER_DATA_DIR": str(settings.data_dir)}
    walls = [
        timed(lambda: subprocess.run(command, env=environ, capture_output=True, check=False))[0]
        for _ in range(ROUNDS)
    ]
    yield "scrubber check, one claim", f"{median(walls):.2f} s wall (worst {max(walls):.2f})"
