"""What the tables that come with the program have in common: how they are read, and how they join the editions."""

import csv
import gzip
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
import yaml

from scrubber.importers import ImportRefused
from scrubber.importers.editions import KINDS, tables_kept
from scrubber.reference.ncci import Edition, in_use, pack_editions

T = TypeVar("T")


def with_editions(
    table: str, editions: Path, starter: tuple[Edition, bytes] | None
) -> tuple[dict[str, bytes], dict[str, str]]:
    """The sections of a table and its label: the editions kept below ``editions``, and the one that comes along.

    Nothing where there is neither. Raises ImportRefused.
    """
    kind = next(name for name, kind in KINDS.items() if kind.table == table)
    tables = list(tables_kept(editions, kind))
    if starter is not None:
        tables.append(starter)
    return pack_editions(table, in_use(tables)) if tables else ({}, {})


def csv_rows(path: Path, columns: tuple[str, ...]) -> Iterator[Mapping[str, str]]:
    """The rows of a CSV file, packed or not. Raises ImportRefused for one that can't be read."""
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="ascii", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if tuple(reader.fieldnames or ()) != columns:
                raise ImportRefused(f"{path.name}: the columns must be {', '.join(columns)}")
            yield from reader
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile, csv.Error):
        raise ImportRefused(f"{path.name} can't be read: restore it as it was shipped") from None


def decoded(path: Path, form: type[T]) -> T:
    """A YAML file as a value of this form. Raises ImportRefused."""
    try:
        return msgspec.convert(yaml.load(path.read_bytes(), yaml.CSafeLoader), form)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise ImportRefused(f"{path.name}: {' '.join(str(error).split())}") from None
