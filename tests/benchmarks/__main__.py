"""``make bench``: measures and prints. Never run as a test; figures depend on the machine, ratios less so."""

import gc
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from typing import TypeVar

import msgspec

from scrubber.bootstrap import Scrubber, build
from scrubber.claim import Claim
from scrubber.engine import Engine, scrub
from scrubber.importers.payers import read_payers
from scrubber.importers.snapshot import build_snapshot, open_snapshot
from scrubber.settings import Settings
from tests.benchmarks.api import compare
from tests.benchmarks.claims import claims

T = TypeVar("T")
GUIDE = Path(__file__).parents[2] / "docs" / "guide"
SAMPLE = GUIDE / "sample-claim.json"
CLEAN_SAMPLE = GUIDE / "samples" / "chiropractic-clean.json"
ROUNDS = 5
COUNT = 20_000


def main() -> None:
    """Run every measurement and print one line each."""
    print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as directory:
        settings = Settings.read({"SCRUBBER_DATA_DIR": directory})
        _snapshot(settings)
        scrubber = build(settings)
        engine = scrubber.engine.on(date(2026, 3, 10))
        _engine(engine)
        _families(engine)
        _api(scrubber)
        _start(directory)


def _snapshot(settings: Settings) -> None:
    seconds, path = _timed(lambda: build_snapshot(settings.lcd_data_dir, settings.snapshots))
    _tell("snapshot build", f"{seconds:.2f} s, {path.stat().st_size / 1e6:.1f} MB")
    payers = read_payers(settings.payer_rules_dir)
    opened = median(
        _timed(lambda: open_snapshot(settings.snapshots, payers, date(2026, 3, 10)))[0] for _ in range(ROUNDS)
    )
    _tell("snapshot open", f"{opened * 1000:.2f} ms")


def _engine(engine: Engine) -> None:
    sample = claims(COUNT)
    lines = sum(len(claim.lines) for claim in sample)
    dispositions = Counter(str(scrub(engine, claim).disposition) for claim in sample)
    gc.collect()
    gc.freeze()
    rates = []
    for _ in range(ROUNDS):
        seconds, _results = _timed(lambda: [scrub(engine, claim) for claim in sample])
        rates.append(COUNT / seconds)
    selected = median(len(engine.plan.select(claim, engine.reference)) for claim in sample)
    _tell(
        "engine, ready claims",
        f"{median(rates):,.0f} claims/s on one core (best {max(rates):,.0f}); {lines / COUNT:.1f} lines a claim, "
        f"{dict(dispositions)}, {selected} of {len(engine.plan.edits)} edits selected",
    )
    body = msgspec.json.encode(sample[0])
    decoder = msgspec.json.Decoder(Claim)
    _tell("JSON → Claim", f"{_each(lambda: decoder.decode(body)):.1f} µs, {len(body)} bytes")


def _families(engine: Engine) -> None:
    """Where the engine's time goes, by family of edits."""
    sample = claims(2_000, seed=2)
    plan, reference = engine.plan, engine.reference
    selected = [(claim, plan.select(claim, reference)) for claim in sample]
    for family in dict.fromkeys(edit.family for edit in plan.edits):
        seconds, _ = _timed(
            lambda family=family: [  # type: ignore[misc]
                list(edit.function(claim, reference))
                for claim, edits in selected
                for edit in edits
                if edit.family == family
            ]
        )
        _tell(f"  {family}", f"{seconds / len(sample) * 1e6:.1f} µs a claim")


def _api(scrubber: Scrubber) -> None:
    """A clean three-line claim over HTTP, without the network, against an echo of it by the same framework."""
    sample = json.loads(CLEAN_SAMPLE.read_bytes())
    days = ("2026-10-05", "2026-10-07", "2026-10-09")
    sample["lines"] = [dict(sample["lines"][0], service_date=day) for day in days]
    sample["total_charge"] = "135.00"
    scrubbed, echoed = compare(scrubber, sample)
    _tell(
        "POST /v1/claims/scrub",
        f"{scrubbed:.0f} µs; echo {echoed:.0f} µs; {echoed / scrubbed:.0%} of its requests/s",
    )


def _start(directory: str) -> None:
    """One claim through the command line, cold process, snapshot there."""
    command = [str(Path(sys.executable).with_name("scrubber")), "check", str(SAMPLE)]
    environ = {**os.environ, "SCRUBBER_DATA_DIR": directory}
    walls = [
        _timed(lambda: subprocess.run(command, env=environ, capture_output=True, check=False))[0]  # noqa: S603
        for _ in range(ROUNDS)
    ]
    _tell("scrubber check, one claim", f"{median(walls):.2f} s wall (worst {max(walls):.2f})")


def _timed(call: Callable[[], T]) -> tuple[float, T]:
    started = time.perf_counter()
    result = call()
    return time.perf_counter() - started, result


def _each(call: Callable[[], object], number: int = 20_000) -> float:
    """Microseconds of one call, the median of several rounds."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(number):
            call()
        rounds.append((time.perf_counter() - started) / number * 1e6)
    return median(rounds)


def _tell(what: str, figure: str) -> None:
    print(f"{what:<28}{figure}", flush=True)


if __name__ == "__main__":
    main()
