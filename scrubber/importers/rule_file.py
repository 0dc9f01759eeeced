"""The file of one payer rule: YAML → a rule, every value of it checked."""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec
import yaml

from scrubber.importers.payers import FILE as PAYER_FILE
from scrubber.importers.rule_cases import read_cases
from scrubber.importers.rule_conditions import Known, read_conditions
from scrubber.importers.yaml_sheet import Sheet
from scrubber.payers.model import All, Question, Rule, Version, questions_of, subjects_of
from scrubber.payers.operators import Type
from scrubber.payers.subjects import SUBJECTS
from scrubber.payers.words import PLACEHOLDER
from scrubber.rule import Citation, Severity

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


def read_rule(
    sheet: Sheet, root: yaml.Node, payer: str, known: Known, stem: str | None = None
) -> Rule | None:
    """The rule of a payer in a file of this stem (None: any); None, with its faults noted, where there is none."""
    keys = sheet.mapping(root, "a rule", REQUIRED, OPTIONAL)
    if any(key not in keys for key in REQUIRED):
        return None
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
        authority=read_authority(sheet, keys["authority"]),
        versions=_versions(sheet, keys["versions"], known),
        message=sheet.text(keys["message"], "message", largest=400),
        advice=sheet.text(keys["advice"], "advice", largest=600),
        carc=_carc(sheet, keys["carc"]) if "carc" in keys else None,
        rarc=_rarc(sheet, keys["rarc"]) if "rarc" in keys else (),
    )
    if rule.title and not rule.title.endswith("."):
        sheet.fault(keys["title"], "title: expected a sentence that ends with a full stop")
    if rule.id and rule.name and stem not in {None, f"{rule.id}-{rule.name}"}:
        sheet.fault(keys["id"], f"expected the file to be named {rule.id}-{rule.name}.yaml")
    of_line = any(SUBJECTS[name].of_line for name in subjects_of(rule))
    for key in ("message", "advice"):
        _placeholders(sheet, keys[key], key, rule, of_line=of_line)
    cases = read_cases(sheet, keys["cases"], rule, keys["versions"], profile)
    return msgspec.structs.replace(rule, cases=cases)


def read_authority(sheet: Sheet, node: yaml.Node) -> Citation:
    """The public document that something rests on."""
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


def _placeholders(sheet: Sheet, node: yaml.Node, what: str, rule: Rule, *, of_line: bool) -> None:
    names: Sequence[str] = PLACEHOLDER.findall(node.value)
    if set(PLACEHOLDER.sub("", node.value)) & {"{", "}"}:
        sheet.fault(node, f"{what}: a brace without its other half")
    for name in names:
        if name not in SHOWN:
            why = "is not for messages" if name in SUBJECTS else "is no subject"
            sheet.fault(node, f"{what}: {{{name}}} {why}{sheet.nearest(name, SHOWN)}")
        elif SUBJECTS[name].of_line and not of_line:
            sheet.fault(node, f"{what}: {{{name}}} is of a line, and the rule judges the claim as a whole")
        elif SUBJECTS[name].type is Type.COUNT and not sheet.faults:
            for version in rule.versions:
                counted = {
                    one.counted
                    for one in questions_of(All((version.when, version.require)))
                    if one.subject == name
                }
                if len(counted) != 1:
                    ways = "several ways" if counted else "no way"
                    sheet.fault(
                        node, f"{what}: {{{name}}} is asked in {ways} in the version of {version.effective}"
                    )
