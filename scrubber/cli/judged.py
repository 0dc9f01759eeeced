"""The claims of files with their results, each held against those before it."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import click

from scrubber.cli.inputs import Columns, read_files
from scrubber.engine import Engine, Result, scrub
from scrubber.intake.record import Received, Unreadable
from scrubber.rule import HistoryInMemory

Judge: TypeAlias = Callable[..., Result]
"""``scrub``, or ``explain``, which tells more."""


def judged_files(
    engine: Engine, names: Sequence[str], columns: Columns | None, judge: Judge = scrub
) -> Iterator[tuple[Received, Result] | Unreadable]:
    """The claims of files with their results, in their order. Tells on stderr where there were too many to compare."""
    history = HistoryInMemory()
    for read in read_files(names, columns):
        if isinstance(read, Unreadable):
            history.add(None, engine.reference)
            yield read
        else:
            yield read, judge(engine, read.claim, read.locate, history)
            history.add(read.claim, engine.reference)
    if history.is_full:
        click.echo(
            f"The claims were held against the first {history.most:,} alone; a batch holds all against each other.",
            err=True,
        )
