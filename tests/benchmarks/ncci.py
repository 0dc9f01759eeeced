"""All of NCCI through the importers: 2.5 million pairs, from the official layout to a lookup.

The rows are a public copy of the tables of 2024; where it is not there, nothing is measured.
"""

import csv
import gzip
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median

from scrubber.importers.editions import import_edition
from scrubber.importers.payers import read_payers
from scrubber.importers.snapshot import build_snapshot, editions_in, open_snapshot
from scrubber.reference.ncci import Pairs, PairTable
from scrubber.settings import Settings
from tests.benchmarks.timing import ROUNDS, timed
from tests.unit.ncci_files import PTP_HEADER, mue_csv, write, xlsx

REPOSITORY = Path(__file__).parents[2]
COPY = Path(os.environ.get("NCCI_COPY") or REPOSITORY.parent / "shared" / "data" / "ncci")
QUARTER = "2024Q3"
LOOKUPS = 200_000
PRACTICE = [
    "98940",
    "98941",
    "97140",
    "97110",
    "97530",
    "99213",
    "99214",
    "72040",
    "62323",
    "20610",
    "64483",
    "64484",
]
DAY = date(2026, 3, 10)

WORKER = """
import os
from pathlib import Path
from scrubber.bootstrap import build
from scrubber.engine import scrub
from scrubber.reference.ncci import Pairs, PairTable
from scrubber.settings import Settings
from tests.benchmarks.claims import claims
engine = build(Settings.read(os.environ)).engine
def resident():
    # Not getrusage: a process inherits the figure of the one that started it.
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024
before = resident()
for claim in claims(5_000):
    scrub(engine, claim)
print(before, resident())
"""


def measured(settings: Settings) -> Iterator[tuple[str, str]]:
    """Import, build, size, open, lookup, memory of a process that scrubs claims."""
    if not COPY.is_dir():
        yield "NCCI in full", "not measured: the copy of its tables is not here (NCCI_COPY)"
        return
    downloads, directory = settings.data_dir / "downloads", editions_in(settings.snapshots)
    for kind, files in (
        ("ncci-ptp", _pairs(downloads)),
        ("mue", [_unit_limits(downloads)]),
        ("add-on", [_add_on_codes(downloads)]),
    ):
        seconds, (kept, _) = timed(
            partial(import_edition, directory, kind, files, now=datetime.now(UTC), quarter=QUARTER)
        )
        yield f"import {kind}", f"{seconds:.1f} s, {kept.rows:,} rows"
    seconds, path = timed(lambda: build_snapshot(settings.lcd_data_dir, settings.snapshots))
    yield "snapshot build, NCCI in full", f"{seconds:.1f} s, {path.stat().st_size / 1e6:.1f} MB"
    payers = read_payers(settings.payer_rules_dir)
    opened = [timed(lambda: open_snapshot(settings.snapshots, payers, DAY))[0] for _ in range(ROUNDS)]
    yield "snapshot open, NCCI in full", f"{median(opened) * 1000:.1f} ms"
    yield from _lookups(settings)
    environ = {**os.environ, "SCRUBBER_DATA_DIR": str(settings.data_dir)}
    done = subprocess.run(
        [sys.executable, "-c", WORKER],
        env=environ,
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
        text=True,
    )
    opened_at, scrubbed_at = done.stdout.split()
    yield "memory of a worker", f"{opened_at} MB opened, {scrubbed_at} MB after 5,000 claims"


def _lookups(settings: Settings) -> Iterator[tuple[str, str]]:
    ptp = open_snapshot(settings.snapshots, read_payers(settings.payer_rules_dir), DAY).ptp
    assert ptp is not None
    (_, table), *_ = ptp.all
    with gzip.open(COPY / "ncci_ptp_practitioner_2024.csv.gz", "rt") as file:
        listed = [row[:2] for row in islice(csv.reader(file), 1, None, 12)]
    random = Random(1)
    codes = sorted({code for pair in listed for code in pair})
    any_two = [sorted(random.sample(codes, 2)) for _ in range(LOOKUPS)]
    there = [sorted(pair) for pair in random.sample(listed, LOOKUPS)]
    usual = [random.sample(PRACTICE, 2) for _ in range(LOOKUPS)]
    for kind, look in (
        ("any two codes", partial(_histories, table, any_two)),
        ("pairs there are", partial(_histories, table, there)),
        ("codes of a practice", partial(_in_force, ptp, usual)),
    ):
        rounds = [timed(look)[0] for _ in range(ROUNDS)]
        yield f"pair lookup, {kind}", f"{median(rounds) / LOOKUPS * 1e6:.2f} µs"


def _histories(table: PairTable, pairs: list[list[str]]) -> None:
    for lower, higher in pairs:
        table.history(lower, higher)


def _in_force(ptp: Pairs, pairs: list[list[str]]) -> None:
    for one, two in pairs:
        ptp.pair(one, two, DAY)


def _pairs(downloads: Path) -> list[Path]:
    """The copy in the four official parts. It has no effective dates: every row begins before it ends."""
    paths = [downloads / f"ccipra-v302r0-f{part}.zip" for part in range(1, 5)]
    downloads.mkdir(parents=True, exist_ok=True)
    with gzip.open(COPY / "ncci_ptp_practitioner_2024.csv.gz", "rt") as file:
        rows = csv.reader(file)
        next(rows)
        for path in paths:
            with (
                zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
                archive.open(path.with_suffix(".TXT").name, "w") as text,
            ):
                text.write(PTP_HEADER.encode())
                text.writelines(_row(*row) for row in islice(rows, 640_000))
    return paths


def _row(one: str, two: str, last: str, indicator: str, rationale: str) -> bytes:
    ends = "*" if last.startswith("9999") else last.replace("-", "")
    begins = ends if indicator == "9" else "19960101"
    return f"{one}\t{two}\t\t{begins}\t{ends}\t{indicator}\t{rationale}\r\n".encode()


def _unit_limits(downloads: Path) -> Path:
    with (COPY / "ncci_mue_prac.csv").open() as file:
        rows = [row[:4] for row in islice(csv.reader(file), 1, None)]
    return write(downloads, "mue.csv", mue_csv(rows))


def _add_on_codes(downloads: Path) -> Path:
    with (COPY / "ncci_aoc.csv").open() as file:
        rows = [
            (kind, add_on, "", primary, "", "2013091", "", "")
            for primary, add_on, kind in islice(csv.reader(file), 1, None)
        ]
    header = (
        "AOC Edit Type", "Add-On Code", "AOC Del Dt", "Primary Code", "Primary Code Del Dt", "AOC Edit Eff Dt",
        "AOC Edit Del Dt", "Special Instruction Notes",
    )  # fmt: skip
    return write(downloads, "AOC_V2024Q3-MCR.xlsx", xlsx([header, *rows]))
