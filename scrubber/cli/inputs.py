"""What the commands that read claims have in common: opening files, and the names of CSV columns."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import click
import yaml

from scrubber.intake.files import read_claims
from scrubber.intake.record import Received, Unreadable

Columns = dict[str, str | None]


def read_files(names: Sequence[str], columns: Columns | None = None) -> Iterator[Received | Unreadable]:
    """The claims of files, one file after the other; ``-`` is stdin. What costs no claim is told on stderr."""
    note = partial(click.echo, err=True)
    for name in names:
        with opened(name) as file:
            yield from read_claims(file, "stdin" if name == "-" else name, columns=columns, note=note)


def opened(name: str) -> AbstractContextManager[BinaryIO]:
    """A file to read; ``-`` is stdin."""
    return nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb")


def _columns(_context: click.Context, _parameter: click.Parameter, file: Path | None) -> Columns | None:
    if file is None:
        return None
    try:
        named: Any = yaml.safe_load(file.read_text())
    except (yaml.YAMLError, UnicodeDecodeError):
        raise click.BadParameter(f"{file} is not YAML") from None
    if not isinstance(named, dict) or not all(
        isinstance(theirs, str) and (ours is None or isinstance(ours, str)) for theirs, ours in named.items()
    ):
        raise click.BadParameter(
            f"{file} must be lines of `their column: our column`, or null to leave one out"
        )
    return named


columns_option = click.option(
    "--columns",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    callback=_columns,
    help="YAML file that says which of your CSV columns is which of ours.",
)
