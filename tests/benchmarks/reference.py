"""The reference data: building its snapshot, opening it."""

import tempfile
from collections.abc import Iterator
from datetime import date
from statistics import median

from scrubber.importers.payers import read_payers
from scrubber.importers.snapshot import build_snapshot, open_snapshot
from scrubber.settings import Settings
from tests.benchmarks import ncci
from tests.benchmarks.timing import ROUNDS, timed


def measured(settings: Settings) -> Iterator[tuple[str, str]]:
    """Build and open, with what the program carries and then with all of NCCI."""
    seconds, path = timed(lambda: build_snapshot(settings.lcd_data_dir, settings.snapshots))
    yield "snapshot build", f"{seconds:.2f} s, {path.stat().st_size / 1e6:.1f} MB"
    payers = read_payers(settings.payer_rules_dir)
    opened = median(
        timed(lambda: open_snapshot(settings.snapshots, payers, date(2026, 3, 10)))[0] for _ in range(ROUNDS)
    )
    yield "snapshot open", f"{opened * 1000:.2f} ms"
    yield from _with_ncci()


def _with_ncci() -> Iterator[tuple[str, str]]:
    # In a place of its own: the other measurements are of the program as it comes.
    with tempfile.TemporaryDirectory() as directory:
        yield from ncci.measured(Settings.read({"SCRUBBER_DATA_DIR": directory}))
