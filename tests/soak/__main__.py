"""``python -m tests.soak``: everybody's work at once for a fixed time, against the service as it runs.

Gunicorn, batch workers and Valkey are started on the loopback, and some client processes ask for all that the API
does. Meanwhile the memory and the open files of every process that stays are noted. In the end every batch has to
have each of its claims once, and no process may have grown by more than ``MOST_MB`` since it was warm.
"""
# ruff: noqa: T201 - a command

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path
from shutil import copytree
from statistics import median

import requests

from scrubber.batch.valkey import embedded_valkey
from scrubber.bootstrap import have_snapshot
from scrubber.cli.supervise import lifeline
from scrubber.settings import Settings, shipped
from tests.postgres import binaries, cluster
from tests.services import BatchService, Worker, wait_until
from tests.soak.client import Tally, client

WARM = 0.3
"""The part of the time after which processes are as large as they get."""

MOST_MB = 24
MOST_FILES = 8
"""How much a process may have grown since then: it holds what is under way, and that is never the same."""

EVERY_SECONDS = 1.0

Noted = dict[str, list[tuple[float, int]]]
"""MB and open files of each process, by its name, in the order of time."""


def main() -> int:
    """Soak the service. 1 if something was lost, doubled, answered wrongly, or grew."""
    asked = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    asked.add_argument("--minutes", type=float, default=1.0)
    asked.add_argument("--clients", type=int, default=4)
    asked.add_argument("--requests", type=int, default=100_000, help="the most that one client sends")
    asked.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="scrubber-soak-") as directory:
        with running(Path(directory), given.database) as (service, stay):
            said, noted = soaked(service, stay, given.clients, given.minutes * 60, given.requests)
            faults = [*said.faults, *unaccounted(service, said)]
        faults += [*grown(noted)]
    told(said, noted, given.minutes)
    for fault in faults:
        print(f"FAULT: {fault}")
    return bool(faults)


@contextmanager
def running(directory: Path, database: str) -> Iterator[tuple[BatchService, dict[str, int]]]:
    """The service, and the processes of it that stay, by name."""
    rules = copytree(
        shipped("payer_rules"), directory / "payer_rules"
    )  # whoever edits the others has processes renewed
    settings = {"data_dir": directory, "payer_rules_dir": rules, "workers": 2, "chunk_claims": 100}
    have_snapshot(Settings.read({"SCRUBBER_DATA_DIR": str(directory)}), print)
    with ExitStack() as stack:
        if database == "postgresql":
            there = binaries()
            if there is None:
                sys.exit("PostgreSQL is not installed (Debian: postgresql)")
            settings["database_url"] = stack.enter_context(cluster(there)).url.format(database="postgres")
        valkey = stack.enter_context(embedded_valkey(directory, stack.enter_context(lifeline())))
        settings["redis_url"] = valkey.url
        service = BatchService(directory, **settings)
        stack.callback(service.kill)
        second = Worker(directory / "second", **settings)
        stack.callback(second.kill)
        service.wait_until_ready()
        master = service.api.process.pid
        children = Path(f"/proc/{master}/task/{master}/children")
        wait_until(lambda: len(children.read_text().split()) == settings["workers"])
        api = children.read_text().split()
        yield (
            service,
            {
                "gunicorn": master,
                **{f"API {number}": int(process) for number, process in enumerate(api, 1)},
                "worker 1": service.worker.process.pid,
                "worker 2": second.process.pid,
                "Valkey": valkey.process.pid,
            },
        )


def soaked(
    service: BatchService, stay: dict[str, int], clients: int, seconds: float, most: int
) -> tuple[Tally, Noted]:
    """What the clients saw, and what was noted of each process meanwhile."""
    context = get_context(
        "fork"
    )  # before there are threads; to import all anew would take each of them seconds
    noted: Noted = {name: [] for name in stay}
    with context.Pool(clients) as pool:
        at_work = pool.starmap_async(
            client, [(service.api.url, number, seconds, most) for number in range(clients)]
        )
        while not at_work.ready():
            for name, process in stay.items():
                try:
                    noted[name].append(size_of(process))
                except FileNotFoundError:
                    sys.exit(f"FAULT: {name} has ended")
            at_work.wait(EVERY_SECONDS)
        tallies = at_work.get()
    return sum(tallies, Tally()), noted


def size_of(process: int) -> tuple[float, int]:
    """MB in memory and open files of a process."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * 4096 / 1e6, sum(1 for _ in Path(f"/proc/{process}/fd").iterdir())


def unaccounted(service: BatchService, said: Tally) -> Iterator[str]:
    """What is wrong with the batches that were sent."""
    kept = {page["id"] for page in all_batches(service)}
    if kept != said.batches.keys():
        yield f"{len(kept - said.batches.keys())} batches that nobody sent, {len(said.batches.keys() - kept)} lost"
    for batch, records in said.batches.items():
        over = service.ended(batch)
        lines = requests.get(
            f"{service.batches}/{batch}/results", headers={"Accept": "application/x-ndjson"}, timeout=60
        ).content.splitlines()
        found = over["state"], sum(over["counts"].values()), len(lines), len(set(lines))
        if found != ("done", records, records, records):
            yield f"batch {batch} of {records} records: {found}, {over['reason']}"


def all_batches(service: BatchService) -> Iterator[dict[str, str]]:
    cursor = None
    while True:
        page = requests.get(service.batches, params={"limit": 100, "cursor": cursor}, timeout=60).json()
        yield from page["batches"]
        if (cursor := page["next_cursor"]) is None:
            return


def grown(noted: Noted) -> Iterator[str]:
    """What has grown since it was warm."""
    for name in noted:
        (mb, files), (mb_then, files_then) = late(noted, name), warm(noted, name)
        if mb - mb_then > MOST_MB:
            yield f"{name} grew from {mb_then:.0f} to {mb:.0f} MB"
        if files - files_then > MOST_FILES:
            yield f"{name} had {files_then:.0f} files open, and then {files:.0f}"


def warm(noted: Noted, name: str) -> tuple[float, float]:
    """Size just after the warm-up."""
    count = len(noted[name])
    return _middle(noted[name][int(count * WARM) : int(count * (WARM + 0.2))])


def late(noted: Noted, name: str) -> tuple[float, float]:
    """Size in the last fifth of the time."""
    return _middle(noted[name][-max(1, len(noted[name]) // 5) :])


def _middle(sizes: list[tuple[float, int]]) -> tuple[float, float]:
    return median(mb for mb, _ in sizes), median(files for _, files in sizes)


def told(said: Tally, noted: Noted, minutes: float) -> None:
    print(f"{said.asked.total()} requests and {len(said.batches)} batches in {minutes:g} minutes")
    for what, status in sorted(said.asked):
        print(f"  {what:<12}{status} {said.asked[what, status]:>8}")
    print(f"{sum(said.batches.values())} claims in batches")
    print(f"{'process':<12}{'MB warm':>8}{'late':>8}{'most':>8}{'files':>8}{'late':>8}")
    for name, sizes in noted.items():
        (then, files_then), (now, files) = warm(noted, name), late(noted, name)
        most = max(mb for mb, _ in sizes)
        print(f"{name:<12}{then:>8.0f}{now:>8.0f}{most:>8.0f}{files_then:>8.0f}{files:>8.0f}")


if __name__ == "__main__":
    sys.exit(main())
