"""How the rows that differ between two snapshots are shown: text, JSON or CSV, as they are found."""

import csv
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date

import click
import msgspec

from scrubber.output.results_csv import safe_cell
from scrubber.reference import Sections
from scrubber.reference.comparison import Difference, Facts, Kind, compare

SHOWN = 10
"""Rows of each table, where not all are asked for."""
COLOURS = {Kind.ADDED: "green", Kind.REMOVED: "red", Kind.CHANGED: "yellow"}
Counts = dict[str, Counter[Kind]]


def shown(differences: Iterator[Difference], counts: Counts, most: int | None) -> Iterator[Difference]:
    """The first ``most`` rows of each table (None: all); every row is counted."""
    for difference in differences:
        of_table = counts.setdefault(difference.table, Counter())
        if most is None or of_table.total() < most:
            yield difference
        of_table[difference.kind] += 1


def edition_lines(before: Sections, after: Sections) -> Iterator[str]:
    """The two snapshots, and the tables whose edition is another."""
    yield f"before   {before.digest}"
    yield f"after    {after.digest}"
    for table in sorted(before.editions.keys() | after.editions.keys()):
        old, new = (sections.editions.get(table, "not loaded") for sections in (before, after))
        if old != new:
            yield f"edition  {table}: {old} -> {new}"


def _text(before: Sections, after: Sections, on: date, most: int | None) -> bool:
    # The counts come first. Where all rows are asked for they are walked again rather than kept.
    counts: Counts = {}
    kept = list(shown(compare(before, after, on), counts, 0 if most is None else most))
    for line in edition_lines(before, after):
        click.echo(line)
    for table, kinds in counts.items():
        click.echo(f"{table:<20} {', '.join(f'{count:,} {kind}' for kind, count in kinds.items())}")
    if not counts:
        click.echo("no difference")
    heading = None
    for difference in kept if most is not None else compare(before, after, on):
        if difference.table != heading:
            heading = difference.table
            click.echo(f"\n{click.style(heading, bold=True)}")
        click.echo(_line(difference))
    left = sum(kinds.total() for kinds in counts.values()) - len(kept)
    if left and most is not None:
        click.echo(f"\n{left:,} more rows: --all shows them")
    return bool(counts)


def _line(difference: Difference) -> str:
    change = difference.told()
    told = " -> ".join(filter(None, [facts_told(change.before), facts_told(change.after)]))
    return f"  {click.style(f'{change.kind:<8}', fg=COLOURS[change.kind])} {change.key}  {told}"


def facts_told(facts: Facts) -> str:
    """Facts in one line."""
    return ", ".join(f"{name} {value}" for name, value in facts.items())


def _json(before: Sections, after: Sections, on: date, most: int | None) -> bool:
    counts: Counts = {}
    snapshots = {
        side: {"digest": sections.digest, "editions": sections.editions}
        for side, sections in (("before", before), ("after", after))
    }
    click.echo(msgspec.json.encode(snapshots)[:-1] + b',"changes":[', nl=False)
    separator = b"\n"
    for difference in shown(compare(before, after, on), counts, most):
        click.echo(separator + msgspec.json.encode(difference.told()), nl=False)
        separator = b",\n"
    click.echo(b'\n],"counts":' + msgspec.json.encode(counts) + b"}")
    return bool(counts)


def _csv(before: Sections, after: Sections, on: date, most: int | None) -> bool:
    counts: Counts = {}
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(("table", "change", "key", "before", "after"))
    for difference in shown(compare(before, after, on), counts, most):
        change = difference.told()
        told = (safe_cell(facts_told(facts)) for facts in (change.before, change.after))
        rows.writerow((change.table, change.kind, safe_cell(change.key), *told))
    return bool(counts)


TABLE_WRITERS: dict[str, Callable[[Sections, Sections, date, int | None], bool]] = {
    "text": _text,
    "json": _json,
    "csv": _csv,
}
"""By format; each tells whether anything differs."""
