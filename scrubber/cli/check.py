"""``scrubber check``: scrub files of claims."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import click
import msgspec

from scrubber.cli.inputs import columns_option
from scrubber.cli.judged import judged_files
from scrubber.cli.ready import DATE, ready
from scrubber.cli.text import result_lines, summary_line
from scrubber.cli.waiver_file import read_waivers
from scrubber.engine import Disposition, Result, explain, scrub
from scrubber.intake.record import UNREADABLE, Unreadable
from scrubber.output.results_csv import csv_rows


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(allow_dash=True, dir_okay=False))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "ndjson", "csv"]),
    default="text",
    show_default=True,
    help="How it is written.",
)
@click.option("--as-of", type=DATE, help="The day that counts as today; without it, today (UTC).")
@click.option(
    "--explain", "explained", is_flag=True, help="Tell of every edit what became of it and what it read."
)
@click.option(
    "--waivers",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML or JSON file with findings that somebody answers for.",
)
@columns_option
def check(
    files: tuple[str, ...],
    form: str,
    as_of: date | None,
    explained: bool,
    waivers: Path | None,
    columns: dict[str, str | None] | None,
) -> None:
    """Scrub FILES of claims: 837, JSON, NDJSON, CSV, FHIR, told apart by content; - is stdin.

    Each claim is held against those before it in the FILES, too: repeated claims, global periods.

    Exit code 0: every claim is clean or for review. 1: some claim is on hold, or could not be read. 2: could not run.
    """
    engine = ready().engine
    if as_of:
        engine = engine.on(as_of)
    if waivers:
        engine = replace(engine, waivers=read_waivers(waivers, engine))
    counts: Counter[str] = Counter()

    def results() -> Iterator[Result | Unreadable]:
        for read in judged_files(engine, files, columns, explain if explained else scrub):
            result = read if isinstance(read, Unreadable) else read[1]
            counts[UNREADABLE if isinstance(result, Unreadable) else result.disposition] += 1
            yield result

    WRITERS[form](results())
    if form == "text":
        click.echo(summary_line(counts))
    if counts[Disposition.HOLD] or counts[UNREADABLE]:
        click.get_current_context().exit(1)


def _text(results: Iterator[Result | Unreadable]) -> None:
    for result in results:
        for line in result_lines(result):
            click.echo(line)


def _ndjson(results: Iterator[Result | Unreadable]) -> None:
    for result in results:
        click.echo(msgspec.json.encode(result))


def _json(results: Iterator[Result | Unreadable]) -> None:
    separator = "[\n"
    for result in results:
        click.echo(separator.encode() + msgspec.json.format(msgspec.json.encode(result), indent=2), nl=False)
        separator = ",\n"
    click.echo("[]" if separator == "[\n" else "\n]")


def _csv(results: Iterator[Result | Unreadable]) -> None:
    for row in csv_rows(results):
        click.echo(row, nl=False)


WRITERS: dict[str, Callable[[Iterator[Result | Unreadable]], None]] = {
    "text": _text,
    "json": _json,
    "ndjson": _ndjson,
    "csv": _csv,
}
