"""Payer rules: ``payer_rules/<payer>/<ID>-<name>.yaml`` and the code sets in ``payer_rules/sets`` → rules.

Their form: ``payer_rules/schema.json``. Either all of them are read, or none, with every fault of every file.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import msgspec
import yaml

from scrubber.importers import ImportRefused
from scrubber.importers.payers import FILE as PAYER_FILE
from scrubber.importers.rule_cases import read_cases
from scrubber.importers.rule_conditions import CodeSet, Known, read_code, read_conditions
from scrubber.importers.yaml_sheet import Fault, Sheet
from scrubber.payers.model import All, Question, Rule, Version, subjects_of
from scrubber.payers.notation import NOTATIONS
from scrubber.payers.subjects import SUBJECTS
from scrubber.payers.words import PLACEHOLDER
from scrubber.reference import Payers
from scrubber.rule import Citation, Severity

SETS = "sets"
ID, NAME = "[A-Z]{2,6}-[0-9]{3,4}", "[a-z][a-z0-9]*(-[a-z0-9]+)*"
GROUPS = ("CO", "PR", "OA", "PI")
REQUIRED = (
    "id",
    "name",
    "title",
    "severity",
    "since",
    "why",
    "authority",
    "versions",
    "message",
    "advice",
    "cases",
)
OPTIONAL = ("carc", "rarc")
SHOWN = tuple(subject.name for subject in SUBJECTS.values() if subject.shown)
"""The subjects whose values a message may say."""


class RulesRefused(ImportRefused):
    """Rules can't be used. ``faults`` is everything that is wrong with them, by file and line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(faults)
        more = len(self.faults) - 1
        super().__init__(f"{self.faults[0]}{f'; and {more} more: scrubber rules lint' if more else ''}")


def read_rules(directory: Path, payers: Payers) -> tuple[Rule, ...]:
    """Every rule of a directory, in the order of their ids. ``payers`` are those whose profiles stand there.

    Raises RulesRefused with every fault of every file; OSError if a file can't be read.
    """
    faults: list[Fault] = []
    known = Known(_read_sets(directory, faults), payers)
    rules: dict[str, Rule] = {}
    for path, sheet in _files(directory, faults):
        root = sheet.root(path)
        rule = _rule(sheet, root, path, known) if root is not None else None
        if rule is not None and rule.id in rules:
            sheet.fault(
                root, f"the id {rule.id} is taken by {rules[rule.id].payer}/{rule.id}-{rules[rule.id].name}"
            )
        if sheet.faults:
            faults.extend(sheet.faults)
        elif rule is not None:
            rules[rule.id] = rule
    if faults:
        raise RulesRefused(faults)
    return tuple(rules[id_] for id_ in sorted(rules))


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
        _authority(sheet, keys["authority"])
    if "kind" in keys:
        notation = NOTATIONS.get(sheet.choice(keys["kind"], "kind", tuple(NOTATIONS)), notation)
    if "codes" in keys:
        for item in sheet.items(keys["codes"], "codes"):
            code = read_code(sheet, item, "codes", notation)
            if code in codes:
                sheet.fault(item, f"codes: {notation.shown(code)} is in the list twice")
            codes.append(code)
    return CodeSet(stem, notation, tuple(codes))


def _rule(sheet: Sheet, root: yaml.Node, path: Path, known: Known) -> Rule | None:
    keys = sheet.mapping(root, "a rule", REQUIRED, OPTIONAL)
    if any(key not in keys for key in REQUIRED):
        return None
    payer = path.parent.name
    profile = next((profile for profile in known.payers.profiles if profile.id == payer), None)
    if profile is None:
        sheet.fault(root, f"the folder {payer} has no {PAYER_FILE}")
        return None
    rule = Rule(
        id=sheet.pattern(keys["id"], "id", ID, "letters, a hyphen and a number, such as MCB-014"),
        name=sheet.pattern(keys["name"], "name", NAME, "words in small letters with hyphens"),
        title=sheet.text(keys["title"], "title", largest=160),
        payer=payer,
        severity=Severity(sheet.choice(keys["severity"], "severity", tuple(Severity)) or Severity.INFO),
        since=sheet.pattern(
            keys["since"], "since", "20[0-9]{2}[.][0-9]{2}", 'a ruleset in quotes, such as "2026.11"'
        ),
        why=sheet.text(keys["why"], "why"),
        authority=_authority(sheet, keys["authority"]),
        versions=_versions(sheet, keys["versions"], known),
        message=sheet.text(keys["message"], "message", largest=400),
        advice=sheet.text(keys["advice"], "advice", largest=600),
        carc=_carc(sheet, keys["carc"]) if "carc" in keys else None,
        rarc=_rarc(sheet, keys["rarc"]) if "rarc" in keys else (),
    )
    if rule.title and not rule.title.endswith("."):
        sheet.fault(keys["title"], "title: expected a sentence that ends with a full stop")
    if rule.id and rule.name and path.stem != f"{rule.id}-{rule.name}":
        sheet.fault(keys["id"], f"expected the file to be named {rule.id}-{rule.name}.yaml")
    of_line = any(SUBJECTS[name].of_line for name in subjects_of(rule))
    for key in ("message", "advice"):
        _placeholders(sheet, keys[key], key, of_line=of_line)
    cases = read_cases(sheet, keys["cases"], rule, keys["versions"], profile)
    return msgspec.structs.replace(rule, cases=cases)


def _authority(sheet: Sheet, node: yaml.Node) -> Citation:
    keys = sheet.mapping(node, "authority", ("title", "url", "retrieved"), ("section", "edition"))
    told = {
        key: sheet.text(keys[key], key, largest=300) for key in ("title", "section", "edition") if key in keys
    }
    url = ""
    if "url" in keys:
        url = sheet.pattern(
            keys["url"], "url", r"https://[!-~]{4,490}", "an address that begins with https://"
        )
    retrieved = sheet.day(keys["retrieved"], "retrieved") if "retrieved" in keys else None
    return Citation(
        told.get("title", ""), url, told.get("section"), told.get("edition") or f"read {retrieved}"
    )


def _carc(sheet: Sheet, node: yaml.Node) -> tuple[str, str]:
    keys = sheet.mapping(node, "carc", ("group", "code"))
    group = sheet.choice(keys["group"], "group", GROUPS) if "group" in keys else ""
    expected = 'a CARC in quotes, such as "50"'
    code = sheet.pattern(keys["code"], "code", "[A-Z]?[0-9]{1,3}", expected) if "code" in keys else ""
    return group, code


def _rarc(sheet: Sheet, node: yaml.Node) -> tuple[str, ...]:
    expected = "a RARC, such as N115"
    return tuple(
        sheet.pattern(item, "rarc", "[A-Z]{1,2}[0-9]{1,3}", expected) for item in sheet.items(node, "rarc")
    )


def _versions(sheet: Sheet, node: yaml.Node, known: Known) -> tuple[Version, ...]:
    versions: list[Version] = []
    for item in sheet.items(node, "versions"):
        keys = sheet.mapping(item, "a version", ("effective", "when", "require"), ("ends",))
        if any(key not in keys for key in ("effective", "when", "require")):
            continue
        effective = sheet.day(keys["effective"], "effective")
        ends = sheet.day(keys["ends"], "ends") if "ends" in keys else None
        if ends is not None and ends < effective:
            sheet.fault(keys["ends"], f"ends: {ends} lies before {effective}, when it takes effect")
        if versions:
            _follows(sheet, keys["effective"], effective, versions)
        when = read_conditions(sheet, keys["when"], "when", known)
        if not _names_payer(when):
            sheet.fault(keys["when"], "when: expected the payer, by a subject that begins with payer")
        require = read_conditions(sheet, keys["require"], "require", known)
        versions.append(Version(effective=effective, ends=ends, when=when, require=require))
    return tuple(versions)


def _follows(sheet: Sheet, node: yaml.Node, effective: date, versions: list[Version]) -> None:
    """Versions ascend, and one that says no end ends the day before the next takes effect."""
    before = versions[-1]
    if effective <= (before.ends or before.effective):
        until = f"ends {before.ends}" if before.ends else f"takes effect {before.effective}"
        sheet.fault(node, f"effective: {effective} overlaps the version before, which {until}")
    elif before.ends is None:
        versions[-1] = msgspec.structs.replace(before, ends=effective - timedelta(days=1))


def _names_payer(when: All) -> bool:
    return any(isinstance(part, Question) and part.subject.startswith("payer.") for part in when.parts)


def _placeholders(sheet: Sheet, node: yaml.Node, what: str, *, of_line: bool) -> None:
    names: Sequence[str] = PLACEHOLDER.findall(node.value)
    if set(PLACEHOLDER.sub("", node.value)) & {"{", "}"}:
        sheet.fault(node, f"{what}: a brace without its other half")
    for name in names:
        if name not in SHOWN:
            why = "is not for messages" if name in SUBJECTS else "is no subject"
            sheet.fault(node, f"{what}: {{{name}}} {why}{sheet.nearest(name, SHOWN)}")
        elif SUBJECTS[name].of_line and not of_line:
            sheet.fault(node, f"{what}: {{{name}}} is of a line, and the rule judges the claim as a whole")
