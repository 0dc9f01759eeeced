"""The claims of files with their results, each held against those before it."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import click

from scrubber.cli.inputs import Columns, read_files
from scrubber.engine import Engine
from scrubber.intake.record import Received, Unreadable
from scrubber.rule import HistoryInMemory

Judged = TypeVar("Judged")


def judged_files(
    engine: Engine, names: Sequence[str], columns: Columns | None, judge: Callable[..., Judged]
) -> Iterator[tuple[Received, Judged] | Unreadable]:
    """The claims of files with what ``judge`` says of each, in their order.

    It is called as ``scrub`` is. Tells on stderr where there were too many claims to compare.
    """
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
