"""``articles/<id>/{article.yaml,codes.csv}`` of ``lcd_data`` → the sections of the coverage table.

``article.yaml`` says which groups belong to which procedures, ``codes.csv`` what is in the groups. An
article that contradicts itself is refused as a whole, with one line that names the file and the key.
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
from scrubber.importers.jurisdictions import read_contracts
from scrubber.reference.coverage import (
    AnyOf,
    Applies,
    Article,
    ArticleRef,
    Basis,
    Group,
    Listed,
    NeedsSecond,
    NoncoveredDiagnoses,
    NotCoveredWith,
    Primary,
    PrimaryAndSecondary,
    Relation,
    SeventhCharacters,
    StarredCondition,
    StarredNotFor,
    pack_coverage,
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


def read_coverage(lcd_data: Path) -> tuple[dict[str, bytes], dict[str, str]]:
    """The sections of the coverage table and their edition, the newest export among the articles.

    Raises ImportRefused naming file and key, OSError if a file can't be read.
    """
    articles = read_articles(lcd_data)
    if not articles:
        raise ImportRefused("articles: there is no article")
    return pack_coverage(articles), {"coverage": max(article.ref.edition for article in articles)}


def read_articles(lcd_data: Path) -> list[Article]:
    """Every article of the directory, in order of id. Raises like ``read_coverage``."""
    contracts = read_contracts(lcd_data)
    folders = sorted(path for path in (lcd_data / "articles").iterdir() if path.is_dir())
    return [_article(folder, contracts) for folder in folders]


def _article(folder: Path, contracts: Mapping[str, Contract]) -> Article:
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
    codes = _codes(folder)
    for contradiction in _contradictions(folder.name, article, codes, contracts):
        raise ImportRefused(f"{where}: {contradiction}")
    return Article(
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
        relations=(*map(_undotted, article.relations), *_inferred(article, codes)),
    )


def _undotted(relation: Relation) -> Relation:
    if isinstance(relation, NotCoveredWith) and relation.diagnoses:
        return msgspec.structs.replace(relation, diagnoses=tuple(map(undotted, relation.diagnoses)))
    return relation


def _inferred(article: _File, codes: Mapping[str, dict[str, tuple[Listed, ...]]]) -> list[Relation]:
    """What is read into an article for procedures no relation names.

    In an article with one group of procedures and a covered list, any covered code supports them. With
    several groups nothing is read into it: the procedure stays without a relation and is never judged.
    """
    related = {procedure for relation in article.relations for procedure in relation.procedures}
    rest = tuple(sorted(codes["procedure"].keys() - related))
    covered = tuple(group.group for group in article.groups if group.list == "covered")
    if not rest or not covered or sum(group.list == "procedure" for group in article.groups) != 1:
        return []
    note = "The article does not say which procedures its list is for; it has one procedure group only."
    return [AnyOf(procedures=rest, groups=covered, basis=Basis.INFERRED, note=note)]


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
    for key, name, named in _groups_named(article):
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


def _groups_named(article: _File) -> Iterator[tuple[str, str, int]]:
    """Every group a rule of the article names: the key, the list it must be in, the group."""
    if article.seventh_characters is not None:
        for group in article.seventh_characters.groups:
            yield "seventh_characters.groups", "covered", group
    for number, relation in enumerate(article.relations):
        key = f"relations[{number}]"
        match relation:
            case AnyOf(groups=groups):
                named = [("groups", "covered", group) for group in groups]
            case Primary(primary=primary):
                named = [("primary", "covered", group) for group in primary]
            case PrimaryAndSecondary(primary=primary, secondary=secondary):
                named = [("primary", "covered", group) for group in primary]
                named += [("secondary", "covered", group) for group in secondary]
            case NoncoveredDiagnoses(groups=groups):
                named = [("groups", "noncovered", group) for group in groups]
            case NotCoveredWith(groups=some):
                named = [("groups", "noncovered", group) for group in some or ()]
            case NeedsSecond(starred_in=starred, others=others):
                named = [
                    ("starred_in", "covered", starred),
                    *(("with", "covered", group) for group in others),
                ]
            case StarredNotFor(group=group) | StarredCondition(group=group):
                named = [("group", "covered", group)]
            case _:
                named = []
        for field, name, group in named:
            yield f"{key}.{field}", name, group
