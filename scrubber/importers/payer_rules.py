"""Payer rules: ``payer_rules/<payer>/<ID>-<name>.yaml`` and the code sets in ``payer_rules/sets`` → rules.

Their form: ``payer_rules/schema.json``. Either all of them are read, or none, with every fault of every file.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import yaml

from scrubber.importers import ImportRefused
from scrubber.importers.payers import FILE as PAYER_FILE
from scrubber.importers.payers import read_payers
from scrubber.importers.rule_conditions import CodeSet, Known, read_code
from scrubber.importers.rule_exceptions import with_exceptions
from scrubber.importers.rule_file import read_authority, read_rule
from scrubber.importers.yaml_sheet import Fault, Sheet, data
from scrubber.payers.model import Rule
from scrubber.payers.notation import NOTATIONS
from scrubber.reference import Payers

SETS = "sets"


class RulesRefused(ImportRefused):
    """Rules can't be used. ``faults`` is everything that is wrong with them, by file and line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(faults)
        more = len(self.faults) - 1
        super().__init__(f"{self.faults[0]}{f'; and {more} more: scrubber rules lint' if more else ''}")


def data_of_text(text: str) -> dict[str, Any]:
    """What the text of a rule that was read says, as JSON would."""
    root = Sheet("rule").root_of(text.encode())
    told: dict[str, Any] = data(root) if root is not None else {}
    return told


Stamp: TypeAlias = tuple[tuple[str, int, int, int], ...]


class RuleBook(NamedTuple):
    """The rules of a directory in the order of their ids, the text of each by its id, and what rules may name.

    ``stamp`` is that of the files when they began to be read.
    """

    rules: tuple[Rule, ...]
    texts: Mapping[str, str]
    known: Known
    stamp: Stamp


def read_rules(directory: Path, payers: Payers) -> tuple[Rule, ...]:
    """The rules of a directory alone; otherwise as ``read_rule_book``."""
    return read_rule_book(directory, payers).rules


def read_rule_book(directory: Path, payers: Payers | None = None) -> RuleBook:
    """Every rule of a directory. ``payers`` are those whose profiles stand there, if they were read already.

    Raises RulesRefused with every fault of every file; ImportRefused, OSError if a file can't be read.
    """
    at_first = stamp(directory)
    payers = payers or read_payers(directory)
    if not payers.profiles:  # an empty mount must not pass for a world without payers
        raise ImportRefused(f"there is no payer in {directory}")
    faults: list[Fault] = []
    known = Known(_read_sets(directory, faults), payers)
    rules: dict[str, Rule] = {}
    texts: dict[str, str] = {}
    for path, sheet in _files(directory, faults):
        root = sheet.root(path)
        rule = read_rule(sheet, root, path.parent.name, known, path.stem) if root is not None else None
        if rule is not None and rule.id in rules:
            sheet.fault(
                root, f"the id {rule.id} is taken by {rules[rule.id].payer}/{rule.id}-{rules[rule.id].name}"
            )
        if sheet.faults:
            faults.extend(sheet.faults)
        elif rule is not None:
            rules[rule.id] = rule
            texts[rule.id] = sheet.text_read
    if not faults:
        rules = with_exceptions(rules, payers, faults)
    if faults:
        raise RulesRefused(faults)
    return RuleBook(tuple(rules[id_] for id_ in sorted(rules)), texts, known, at_first)


def rule_of_text(text: str, payer: str, known: Known) -> Rule:
    """The rule of a payer in the text of a file. Raises RulesRefused with every fault of it."""
    sheet = Sheet("rule")
    root = sheet.root_of(text.encode())
    rule = read_rule(sheet, root, payer, known) if root is not None else None
    if sheet.faults or rule is None:
        raise RulesRefused(sheet.faults)
    return rule


def stamp(directory: Path) -> Stamp:
    """What changes whenever a file of rules, sets or payers does: names, times, sizes. No file is opened.

    Of a directory that is not there, or changes while it is looked at, nothing.
    """
    try:
        folders = [Path(entry) for entry in os.scandir(directory) if entry.is_dir()]
        entries = chain.from_iterable(map(os.scandir, folders))
        files = [(entry.path, entry.stat()) for entry in entries if entry.name.endswith((".yaml", ".yml"))]
    except OSError:
        return ()
    return tuple(sorted((path, told.st_mtime_ns, told.st_size, told.st_ino) for path, told in files))


def _files(directory: Path, faults: list[Fault]) -> Iterator[tuple[Path, Sheet]]:
    for path in sorted((*directory.glob("*/*.yaml"), *directory.glob("*/*.yml"))):
        told = f"{path.parent.name}/{path.name}"
        if path.suffix == ".yml":
            faults.append(Fault(told, 1, 1, "expected a name that ends with .yaml"))
        elif path.parent.name != SETS and path.name != PAYER_FILE:
            yield path, Sheet(told)


def _read_sets(directory: Path, faults: list[Fault]) -> dict[str, CodeSet]:
    sets: dict[str, CodeSet] = {}
    for path in sorted((directory / SETS).glob("*.yaml")):
        sheet = Sheet(f"{SETS}/{path.name}")
        root = sheet.root(path)
        if root is not None:
            sets[path.stem] = _set(sheet, root, path.stem)
        faults.extend(sheet.faults)
    return sets


def _set(sheet: Sheet, root: yaml.Node, stem: str) -> CodeSet:
    keys = sheet.mapping(root, "a code set", ("name", "kind", "authority", "codes"))
    notation, codes = NOTATIONS["procedure"], []
    if "name" in keys and (name := sheet.text(keys["name"], "name")) not in ("", stem):
        sheet.fault(keys["name"], f"name: expected {stem}, as the file is named, not {name}")
    if "authority" in keys:
        read_authority(sheet, keys["authority"])
    if "kind" in keys:
        notation = NOTATIONS.get(sheet.choice(keys["kind"], "kind", tuple(NOTATIONS)), notation)
    if "codes" in keys:
        for item in sheet.items(keys["codes"], "codes"):
            code = read_code(sheet, item, "codes", notation)
            if code in codes:
                sheet.fault(item, f"codes: {notation.shown(code)} is in the list twice")
            codes.append(code)
    return CodeSet(stem, notation, tuple(codes))
