"""``articles/<id>/{article.yaml,codes.csv}`` of ``lcd_data`` → the articles the program carries.

``article.yaml`` says which groups belong to which procedures, ``codes.csv`` what is in the groups. Without a
``codes.csv`` the article has relations only, for the lists of an imported one. An article that contradicts
itself is refused as a whole, with one line that names the file and the key.
"""

import csv
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import Struct

from scrubber.claim import undotted
from scrubber.importers import ImportRefused
from scrubber.importers.article_relations import groups_named
from scrubber.importers.jurisdictions import read_contracts
from scrubber.reference.coverage import (
    AnyOf,
    Applies,
    Article,
    ArticleRef,
    Group,
    Listed,
    NotCoveredWith,
    Primary,
    PrimaryAndSecondary,
    Relation,
    SeventhCharacters,
)
from scrubber.reference.jurisdictions import Contract

PROCEDURE = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]")
DIAGNOSIS = re.compile(r"[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?")
LISTS = ("procedure", "covered", "noncovered")
_COLUMNS = ["list", "group", "code", "starred", "from", "to"]


class _Contractor(Struct, frozen=True, forbid_unknown_fields=True):
    mac: str
    contracts: tuple[str, ...]


class _Source(Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    url: str
    edition: str


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``article.yaml`` as written: diagnoses with the dot."""

    id: str
    version: int
    title: str
    known_as: tuple[str, ...] = ()
    lcd: str | None
    contractor: _Contractor
    applies: Applies
    source: _Source
    seventh_characters: SeventhCharacters | None
    groups: tuple[Group, ...]
    relations: tuple[Relation, ...]


class _Loader(yaml.CSafeLoader):
    """YAML whose dates stay text, so that one checker speaks of all values alike."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - declared so by the class it stands in for
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


class Carried(Struct, frozen=True):
    """An article the program carries, with the relations as written. ``has_lists``: it has its codes, too."""

    article: Article
    has_lists: bool


def read_carried(lcd_data: Path) -> dict[str, Carried]:
    """Every article of the directory by its id, ascending.

    Raises ImportRefused naming file and key, OSError if a file can't be read.
    """
    contracts = read_contracts(lcd_data)
    folders = sorted(path for path in (lcd_data / "articles").iterdir() if path.is_dir())
    return {folder.name: _article(folder, contracts) for folder in folders}


def _article(folder: Path, contracts: Mapping[str, Contract]) -> Carried:
    where = f"articles/{folder.name}/article.yaml"
    with (folder / "article.yaml").open(encoding="utf-8") as file:
        try:
            told: Any = yaml.load(file, Loader=_Loader)  # noqa: S506 - a safe loader
        except yaml.YAMLError as wrong:
            raise ImportRefused(f"{where}: not YAML: {' '.join(str(wrong).split())}") from None
    try:
        article = msgspec.convert(told, _File)
    except msgspec.ValidationError as wrong:
        raise ImportRefused(f"{where}: {str(wrong).replace('$.', '')}") from None
    has_lists = (folder / "codes.csv").exists()
    codes = _codes(folder) if has_lists else {name: {} for name in LISTS}
    for contradiction in _contradictions(folder.name, article, codes, contracts):
        raise ImportRefused(f"{where}: {contradiction}")
    carried = Article(
        ref=ArticleRef(
            id=article.id,
            version=article.version,
            title=article.title,
            url=article.source.url,
            edition=article.source.edition,
            mac=article.contractor.mac,
        ),
        known_as=article.known_as,
        lcd=article.lcd,
        contracts=article.contractor.contracts,
        applies=article.applies,
        groups=article.groups,
        procedures=codes["procedure"],
        covered=codes["covered"],
        noncovered=codes["noncovered"],
        seventh_characters=article.seventh_characters,
        relations=tuple(map(_undotted, article.relations)),
    )
    return Carried(carried, has_lists)


def _undotted(relation: Relation) -> Relation:
    if isinstance(relation, NotCoveredWith) and relation.diagnoses:
        return msgspec.structs.replace(relation, diagnoses=tuple(map(undotted, relation.diagnoses)))
    return relation


def _codes(folder: Path) -> dict[str, dict[str, tuple[Listed, ...]]]:
    lists: dict[str, dict[str, tuple[Listed, ...]]] = {name: {} for name in LISTS}
    with (folder / "codes.csv").open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        where = f"articles/{folder.name}/codes.csv"
        if reader.fieldnames != _COLUMNS:
            raise ImportRefused(f"{where}: the header is not {','.join(_COLUMNS)}")
        for row in reader:
            try:
                name, code, place = _code(row)
            except ValueError as wrong:
                raise ImportRefused(f"{where}, line {reader.line_num}: {wrong}") from None
            before = lists[name].get(code, ())
            if any(_overlap(other, place) for other in before):
                twice = f"{row['code']} is in {name} group {place.group} twice"
                raise ImportRefused(f"{where}, line {reader.line_num}: {twice}")
            lists[name][code] = (*before, place)
    return lists


def _code(row: Mapping[str, str]) -> tuple[str, str, Listed]:
    name, code = row["list"], row["code"]
    if name not in LISTS:
        raise ValueError(f"list is one of {', '.join(LISTS)}, not {name!r}")
    if not (PROCEDURE if name == "procedure" else DIAGNOSIS).fullmatch(code):
        kind = "a procedure code" if name == "procedure" else "an ICD-10-CM code with its dot"
        raise ValueError(f"{code!r} is not {kind}")
    if not row["group"].isdecimal():
        raise ValueError(f"group is a number, not {row['group']!r}")
    if row["starred"] not in {"", "1"}:
        raise ValueError(f"starred is 1 or empty, not {row['starred']!r}")
    first, last = _day(row, "from"), _day(row, "to")
    if first and last and last < first:
        raise ValueError("to lies before from")
    return name, undotted(code), Listed(int(row["group"]), row["starred"] == "1", first, last)


def _day(row: Mapping[str, str], column: str) -> date | None:
    try:
        return date.fromisoformat(row[column]) if row[column] else None
    except ValueError:
        raise ValueError(f"{column} is a date like 2024-10-01 or empty, not {row[column]!r}") from None


def _overlap(one: Listed, other: Listed) -> bool:
    return (
        one.group == other.group
        and (one.first or date.min) <= (other.last or date.max)
        and (other.first or date.min) <= (one.last or date.max)
    )


def _contradictions(
    folder: str,
    article: _File,
    codes: Mapping[str, dict[str, tuple[Listed, ...]]],
    contracts: Mapping[str, Contract],
) -> Iterator[str]:
    """Everything in an article that does not fit together, each told with its key."""
    if article.id != folder:
        yield f"id: {article.id} stands in the folder {folder}"
    for number in article.contractor.contracts:
        contract = contracts.get(number)
        if contract is None or contract.mac != article.contractor.mac:
            yield f"contractor.contracts: {number} is no contract of {article.contractor.mac}"
    described = {(group.list, group.group) for group in article.groups}
    if len(described) != len(article.groups):
        yield "groups: a group is described twice"
    for name in LISTS:
        there = {(name, place.group) for places in codes[name].values() for place in places}
        for _, unknown in sorted(there - described):
            yield f"groups: {name} group {unknown} of codes.csv is not described"
    if article.seventh_characters is not None:
        for group in article.seventh_characters.groups:
            if ("covered", group) not in described:
                yield f"seventh_characters.groups: there is no covered group {group}"
    for key, name, named in groups_named(article.relations):
        if (name, named) not in described:
            yield f"{key}: there is no {name} group {named}"
    yield from _wrong_relations(article.relations, codes["procedure"].keys())


def _wrong_relations(relations: tuple[Relation, ...], procedures: Collection[str]) -> Iterator[str]:
    listed: dict[str, int] = {}
    for number, relation in enumerate(relations):
        key = f"relations[{number}].procedures"
        if not relation.procedures:
            yield f"{key}: there is none"
        for procedure in relation.procedures:
            if not PROCEDURE.fullmatch(procedure):
                yield f"{key}: {procedure!r} is not a procedure code"
            # An article may publish no codes at all: then its procedures stand in the relations alone.
            if procedures and procedure not in procedures:
                yield f"{key}: {procedure} is not in codes.csv"
            if isinstance(relation, AnyOf | Primary | PrimaryAndSecondary):
                if procedure in listed:
                    yield f"{key}: relations[{listed[procedure]}] gives {procedure} a list already"
                listed[procedure] = number
        if isinstance(relation, NotCoveredWith):
            for code in relation.diagnoses or ():
                if not DIAGNOSIS.fullmatch(code):
                    yield f"relations[{number}].diagnoses: {code!r} is not an ICD-10-CM code with its dot"
