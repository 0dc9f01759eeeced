"""Who reads an X12 file, and how fast: ``python -m tests.benchmarks.readers READER FILE ROUNDS`` measures one of them.

Each in a process of its own, so that the memory is its own and nothing of another is in its way. The floor is the same
file split into segments and these into elements, in turn with the reader: what none in Python can be faster than.
"""
# ruff: noqa: PLC0415 - a process imports the one reader it measures

import gc
import json
import re
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def ours(path: Path, report: Callable[[object], None] | None = None) -> int:
    """Claims or payments as objects."""
    with path.open("rb") as file:
        if path.suffix == ".837":
            from scrubber.intake.record import Received
            from scrubber.intake.x12 import read_837

            return sum(1 for one in read_837(file, path.name, report) if type(one) is Received)
        from scrubber.intake.x12.remittance import PaidClaim, read_835

        return sum(1 for one in read_835(file, path.name, report) if type(one) is PaidClaim)


def ours_with_faults(path: Path) -> int:
    """The same, every element held against the implementation guide."""
    return ours(path, lambda _: None)


def pyx12(path: Path) -> int:
    """Each claim a tree of its loops and segments, by the map of the guide."""
    from pyx12.error_handler import errh_null
    from pyx12.params import params
    from pyx12.x12context import X12ContextReader

    loop = "2300" if path.suffix == ".837" else "2100"
    with path.open() as file, X12ContextReader(params(), errh_null(), file) as reader:
        return sum(1 for node in reader.iter_segments(loop) if node.id == loop)


def x12sdk(path: Path) -> int:
    """A Pydantic model of each transaction, and its claims."""
    from x12sdk.io import X12ModelReader

    with X12ModelReader(str(path)) as reader:
        return sum(1 for model in reader.models() for _ in model.claims())


def openx12(path: Path) -> int:
    """Dictionaries, of the whole file at once; nothing is checked."""
    from openx12 import x835, x837p

    parse = x837p.parse if path.suffix == ".837" else x835.parse
    return len(parse(path.read_text()).claims)


PEERS = (pyx12, x12sdk, openx12)
READERS: dict[str, Callable[[Path], int]] = {
    reader.__name__: reader for reader in (ours, ours_with_faults, *PEERS)
}


def split(path: Path) -> None:
    """The floor."""
    with path.open("rb") as file:
        while data := file.read(1024 * 1024):
            for segment in data.split(b"~"):
                segment.split(b"*")


def main(name: str, path: Path, rounds: int) -> None:
    """Print what was measured as JSON; null for a peer that is not installed.

    The first reading is the one that tells the memory; it counts only if there are no rounds after it.
    """
    read = READERS[name]
    try:
        first, claims = _seconds(lambda: read(path))
    except ModuleNotFoundError as missing:
        if missing.name != name:
            raise
        print("null")
        return
    memory = int(re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0]) / 1024
    gc.collect()
    gc.freeze()
    seconds, floors = [], []
    for _ in range(rounds):
        floors.append(_seconds(lambda: split(path))[0])
        seconds.append(_seconds(lambda: read(path))[0])
    measured = {
        "name": f"{name} {version(name)}" if read in PEERS else name,
        "claims": claims,
        "mb": memory,
        "seconds": seconds or [first],
        "floors": floors or [_seconds(lambda: split(path))[0]],
    }
    print(json.dumps(measured))


def _seconds(call: Callable[[], T]) -> tuple[float, T]:
    """Seconds of processor time, and what came of it."""
    begun = time.process_time()
    result = call()
    return time.process_time() - begun, result


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
