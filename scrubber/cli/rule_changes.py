"""What two directories of payer rules say otherwise: rules, code sets and payers added, removed and changed."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import click
import msgspec
from msgspec import Struct

from scrubber.cli.text import counted
from scrubber.importers.payer_rules import RuleBook, data_of_text
from scrubber.reference.comparison import Kind

SIGNS: Final = {Kind.ADDED: ("+", "green"), Kind.REMOVED: ("-", "red"), Kind.CHANGED: ("~", "yellow")}
LISTED: Final = 12
"""Values of a list that are named; the rest is counted."""

Leaf = str | tuple[str, ...]


class Difference(Struct, frozen=True, kw_only=True):
    """A value that differs: where it stands, and what it was and is; of a list the values added and removed."""

    path: str
    before: Leaf | None
    after: Leaf | None

    def __str__(self) -> str:
        before, after = self.before, self.after
        if isinstance(before, tuple) and isinstance(after, tuple):
            gone, come = (
                [one for one in mine if one not in theirs]
                for mine, theirs in ((before, set(after)), (after, set(before)))
            )
            told = [f"{sign} {_listed(values)}" for sign, values in (("+", come), ("-", gone)) if values]
            return f"{self.path}: {'; '.join(told) or 'in another order'}"
        return f"{self.path}: {_listed(before)} -> {_listed(after)}"


class Change(Struct, frozen=True, kw_only=True):
    """A rule, code set or payer that is not the same on both sides; ``title`` is what people call it."""

    kind: Kind
    what: str
    id: str
    title: str
    differences: tuple[Difference, ...]

    def __str__(self) -> str:
        return f"{self.what:<5}  {self.id:<10}  {self.title}".rstrip()


def changes_of(before: RuleBook, after: RuleBook) -> tuple[Change, ...]:
    """Everything that two directories say otherwise, rules first, each kind by its names."""
    titles = {rule.id: rule.title for book in (before, after) for rule in book.rules}
    names = {payer.id: payer.name for book in (before, after) for payer in book.known.payers.profiles}
    return (
        *_compared("rule", _rules(before), _rules(after), titles),
        *_compared("set", _sets(before), _sets(after), {}),
        *_compared("payer", _payers(before), _payers(after), names),
    )


def write_changes(changes: tuple[Change, ...], form: str) -> None:
    """Print them as text or JSON."""
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode({"changes": changes}), indent=2))
        return
    for change in changes:
        sign, colour = SIGNS[change.kind]
        click.echo(f"{click.style(sign, fg=colour)} {change}")
        for difference in change.differences:
            click.echo(f"    {difference}")
    click.echo(f"{counted(len(changes), 'difference')}")


def _rules(book: RuleBook) -> dict[str, Any]:
    payers = {rule.id: rule.payer for rule in book.rules}
    return {id_: {"payer": payers[id_], **data_of_text(text)} for id_, text in book.texts.items()}


def _sets(book: RuleBook) -> dict[str, Any]:
    return {name: {"codes": list(found.codes)} for name, found in book.known.sets.items()}


def _payers(book: RuleBook) -> dict[str, Any]:
    profiles = book.known.payers.profiles
    return {payer.id: msgspec.to_builtins(payer, order="deterministic") for payer in profiles}


def _compared(
    what: str, before: Mapping[str, Any], after: Mapping[str, Any], titles: Mapping[str, str]
) -> Iterator[Change]:
    for id_ in sorted(before.keys() | after.keys()):
        old, new = before.get(id_), after.get(id_)
        if old == new:
            continue
        kind = Kind.ADDED if old is None else Kind.REMOVED if new is None else Kind.CHANGED
        differences = tuple(_differences(old, new)) if kind is Kind.CHANGED else ()
        yield Change(kind=kind, what=what, id=id_, title=titles.get(id_, ""), differences=differences)


def _differences(before: Any, after: Any) -> Iterator[Difference]:
    old, new = dict(_leaves(before)), dict(_leaves(after))
    for path in dict.fromkeys((*old, *new)):
        if old.get(path) != new.get(path):
            yield Difference(path=path, before=old.get(path), after=new.get(path))


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Leaf]]:
    """The values in data with the path of each; versions go by their first day, cases by their name."""
    match value:
        case dict():
            for key, below in value.items():
                yield from _leaves(below, f"{path}.{key}" if path else key)
        case list() if any(isinstance(item, dict | list) for item in value):
            for number, item in enumerate(value, 1):
                names = item if isinstance(item, dict) else {}
                called = names.get("effective") or names.get("name") or number
                yield from _leaves(item, f"{path}[{called}]")
        case list():
            yield path, tuple(map(_text, value))
        case _:
            yield path, _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _listed(values: Leaf | list[str] | None) -> str:
    if values is None or isinstance(values, str):
        return values or "nothing"
    more = f" and {len(values) - LISTED} others" if len(values) > LISTED else ""
    return ", ".join(values[:LISTED]) + more
