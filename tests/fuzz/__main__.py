"""``make fuzz``: every target at once, each a process of its own, for ``FUZZ_SECONDS``; what was found is kept.

The corpus grows from run to run. An input that makes a target fail, hang or take too much memory is written to
``var/fuzz/found``. It belongs in ``tests/unit/test_fuzz_findings.py``, and what it shows is mended.
"""
# ruff: noqa: T201 - a command

import os
import re
import subprocess
import sys
from hashlib import sha1
from pathlib import Path

from tests.fuzz.seeds import seeds, words
from tests.fuzz.targets import TARGETS

HOME = Path(__file__).parents[2] / "var" / "fuzz"
SECONDS = int(os.environ.get("FUZZ_SECONDS", "600"))
LONGEST = 16 * 1024
"""Bytes of an input."""

SLOW = 30
"""Seconds by the clock in which any input is read: thousands of times what it takes, for the machine may be busy."""

MOST_MEMORY = 400
"""MB of the whole process, fuzzer and corpus included."""


def main(names: list[str]) -> int:
    """Fuzz the targets named, or all. 1 if something was found."""
    if unknown := set(names) - set(TARGETS):
        print(f"No such target: {', '.join(unknown)}. There are {', '.join(TARGETS)}.")
        return 2
    found = HOME / "found"
    found.mkdir(parents=True, exist_ok=True)
    dictionary = HOME / "words"
    dictionary.write_text("".join(f"{word}\n" for word in words()))
    running = {name: _start(name, dictionary, found) for name in names or TARGETS}
    print(f"{', '.join(running)}: {SECONDS} s, logs in {HOME}", flush=True)
    failed = False
    for name, process in running.items():
        failed = process.wait() != 0 or failed
        print(f"{name:<16}{_outcome(_log(name).read_text(errors='replace'))}", flush=True)
    return int(failed)


def _start(name: str, dictionary: Path, found: Path) -> subprocess.Popen[bytes]:
    corpus = HOME / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in seeds(name):
        (corpus / sha1(seed, usedforsecurity=False).hexdigest()).write_bytes(seed)
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.one",
        name,
        str(corpus),
        f"-artifact_prefix={found}/{name}-",
        f"-dict={dictionary}",
        f"-max_total_time={SECONDS}",
        f"-max_len={LONGEST}",
        f"-timeout={SLOW}",
        f"-rss_limit_mb={MOST_MEMORY}",
        "-print_final_stats=1",
    ]
    with _log(name).open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)


def _log(name: str) -> Path:
    return HOME / f"{name}.log"


def _outcome(log: str) -> str:
    """The figures of a run, or what it found."""
    if artifact := re.findall(r"Test unit written to (\S+)", log):
        told = re.findall(r"^(?:\S*(?:Error|Exception)\b.*|.*ERROR: libFuzzer: .*)$", log, re.MULTILINE)
        return f"FOUND {artifact[0]}: {told[0] if told else 'see the log'}"
    done = re.findall(r"stat::number_of_executed_units:\s+(\d+)", log)
    covered = re.findall(r"cov: (\d+)", log)
    memory = re.findall(r"stat::peak_rss_mb:\s+(\d+)", log)
    if not done:
        return f"did not run: {log.strip().splitlines()[-1] if log.strip() else 'no output'}"
    return f"nothing found; {int(done[0]):,} inputs, coverage {covered[-1]}, {memory[0]} MB at most"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
