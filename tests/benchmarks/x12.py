"""The readers of 837P and 835, ours beside the public ones, on made-up files; ``tests.benchmarks.readers`` reads."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.x12_835 import remittance_file
from tests.benchmarks.x12_837 import claim_file

ROOT = Path(__file__).parents[2]
CLAIMS = 50_000
PEERS = {"pyx12": 500, "x12sdk": 2_000, "openx12": 50_000}
"""The public readers and how many claims each is given, that it may be done within seconds."""

PEERS_AT = ROOT / "var" / "peers"
"""Where ``make`` installs them: they are no part of the project's environment."""


def measured(claims: int = CLAIMS) -> Iterator[tuple[str, str]]:
    """Claims a second of processor time, times the floor, memory; of the peers only beside a file of common size."""
    for ending, make in ((".837", claim_file), (".835", remittance_file)):
        with tempfile.TemporaryDirectory() as directory:
            path = _written(Path(directory), ending, claims, make)
            yield f"{ending[1:]} file", f"{claims:,} claims, {path.stat().st_size / 1e6:.1f} MB"
            rounds = 5 if claims <= CLAIMS else 0
            ours = _read("ours", path, rounds)
            yield f"{ending[1:]} split, the floor", f"{claims / median(ours['floors']):,.0f} claims/s"
            yield f"{ending[1:]} → objects", _told(ours)
            yield f"{ending[1:]} → objects and faults", _told(_read("ours_with_faults", path, rounds))
            for peer, most in PEERS.items() if claims <= CLAIMS else ():
                got = _read(peer, _written(Path(directory), ending, min(most, claims), make), 2)
                if got is None:
                    yield f"  {peer}", "not installed"
                else:
                    share = f"1/{_rate(ours) / _rate(got):,.1f} of ours; {got['claims']:,} claims"
                    yield f"  {got['name']}", f"{_told(got)}; {share}"


def _written(directory: Path, ending: str, claims: int, make: Callable[[int], Iterator[bytes]]) -> Path:
    path = directory / f"{claims}{ending}"
    if not path.exists():
        with path.open("wb") as file:
            file.writelines(make(claims))
    return path


def _read(reader: str, path: Path, rounds: int) -> Any:
    """What ``tests.benchmarks.readers`` measured, in a process of its own; None for a peer that is not there."""
    command = [sys.executable, "-m", "tests.benchmarks.readers", reader, str(path), str(rounds)]
    environ = {**os.environ, "PYTHONPATH": str(PEERS_AT)} if reader in PEERS else None
    done = subprocess.run(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def _rate(got: dict[str, Any]) -> float:
    return float(got["claims"] / median(got["seconds"]))


def _told(got: dict[str, Any]) -> str:
    ratio = median(one / floor for one, floor in zip(got["seconds"], got["floors"], strict=True))
    best = got["claims"] / min(got["seconds"])
    return f"{_rate(got):,.0f} claims/s (best {best:,.0f}), {ratio:,.1f} × the floor, {got['mb']:.0f} MB"
