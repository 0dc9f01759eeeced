"""``scrubber correct``: a file of claims with the repairs that are safe, everything else byte for byte."""

import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import NamedTemporaryFile

import click

from scrubber.cli.ready import DATE, ready
from scrubber.cli.text import unreadable_text
from scrubber.engine import Disposition, Result, scrub
from scrubber.intake.record import Received, Unreadable
from scrubber.output import corrected_file
from scrubber.output.corrected_claim import Repair


@click.command()
@click.argument("file", type=click.Path(allow_dash=True, dir_okay=False))
@click.option(
    "-o",
    "--output",
    "out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write; without it, stdout. May be FILE itself.",
)
@click.option("--as-of", type=DATE, help="The day that counts as today; without it, today (UTC).")
def correct(file: str, out: Path | None, as_of: date | None) -> None:
    """Write FILE of claims again with the repairs that are a matter of notation only; - is stdin.

    X12 837 and JSON are corrected, of other formats it is said what could be. Each repair is told on stderr with its
    edit and place. Everything else stays byte for byte; gzip is unpacked. Exit code as that of `check` for FILE.
    """
    engine = ready().engine
    if as_of:
        engine = engine.on(as_of)
    counts: Counter[str] = Counter()

    def judge(read: Received) -> Result:
        result = scrub(engine, read.claim, read.locate)
        counts[result.disposition] += 1
        return result

    def tell(repair: Repair, left_out: str) -> None:
        counts["left out" if left_out else "made"] += 1
        told = f"left out, for {left_out}" if left_out else "repaired"
        click.echo(f"{repair.edit} {repair.place}: {told}", err=True)

    def unreadable(record: Unreadable) -> None:
        counts["unreadable"] += 1
        click.echo(unreadable_text(record), err=True)

    name = "stdin" if file == "-" else file
    with _seekable(file) as path, path.open("rb") as read, path.open("rb") as copied:
        chunks = corrected_file(read, copied, name, judge, tell, unreadable)
        if out is None:
            sys.stdout.buffer.writelines(chunks)
        else:
            _replace(out, chunks)
    click.echo(f"repaired {counts['made']}, left out {counts['left out']}", err=True)
    if counts[Disposition.HOLD] or counts["unreadable"]:
        click.get_current_context().exit(1)


@contextmanager
def _seekable(file: str) -> Iterator[Path]:
    """A path under which the file can be opened twice: what comes through a pipe is copied to disk first."""
    if file != "-" and Path(file).is_file():
        yield Path(file)
        return
    with NamedTemporaryFile() as copy:
        with click.open_file(file, "rb") as stream:
            shutil.copyfileobj(stream, copy)
        copy.flush()
        yield Path(copy.name)


def _replace(out: Path, chunks: Iterator[bytes]) -> None:
    """Write a file that appears when it is whole."""
    partial = out.with_name(f"{out.name}.part")
    try:
        with partial.open("wb") as stream:
            stream.writelines(chunks)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
