"""The cases of a payer rule: YAML → cases, and whether there are enough of them on both sides of every date."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import yaml

from scrubber.importers.yaml_sheet import LAST_DAY, Sheet, plain
from scrubber.payers.cases import NOT_EVALUATED, PASSES, claim_of
from scrubber.payers.model import Case, Rule, Version
from scrubber.payers.subjects import SUBJECTS
from scrubber.reference import PayerProfile

EXPECTED = (PASSES, "fails", NOT_EVALUATED)


def read_cases(
    sheet: Sheet, node: yaml.Node, rule: Rule, versions: yaml.Node, profile: PayerProfile
) -> tuple[Case, ...]:
    """The cases; a fault where one is no claim, and at each version that has too few."""
    cases = [_case(sheet, item, profile) for item in sheet.items(node, "cases")]
    if not sheet.faults:  # otherwise the dates and names may not be what they will be
        for place, version in enumerate(rule.versions):
            for lacking in _lacking(version, cases):
                sheet.fault(versions.value[place], f"cases: {lacking}")
    return tuple(cases)


def _case(sheet: Sheet, node: yaml.Node, profile: PayerProfile) -> Case:
    keys = sheet.mapping(node, "a case", ("name", "on"), ("claim", "line", "lines", *EXPECTED))
    stated = [key for key in EXPECTED if key in keys]
    if len(stated) != 1 and isinstance(node, yaml.MappingNode):
        sheet.fault(node, f"a case: expected one of {', '.join(EXPECTED)}")
    if "line" in keys and "lines" in keys:
        sheet.fault(keys["lines"], "a case: expected either line or lines")
    lines: list[Any] = [plain(keys["line"])] if "line" in keys else [{}]
    if "lines" in keys:
        lines = [plain(item) for item in sheet.items(keys["lines"], "lines")]
    case = Case(
        name=sheet.text(keys["name"], "name", largest=200) if "name" in keys else "",
        on=sheet.day(keys["on"], "on") if "on" in keys else LAST_DAY,
        expected=_expected(sheet, stated[0], keys[stated[0]]) if stated else PASSES,
        claim=_differences(sheet, plain(keys["claim"]), keys["claim"]) if "claim" in keys else {},
        lines=tuple(
            _differences(sheet, line, keys.get("line") or keys.get("lines") or node) for line in lines
        ),
        row=node.start_mark.line + 1,
    )
    try:
        claim_of(case, profile)
    except msgspec.ValidationError as wrong:
        sheet.fault(node, f"a case: no claim: {str(wrong).replace('`', '').replace('$.', '')}")
    return case


def _expected(sheet: Sheet, key: str, node: yaml.Node) -> str:
    if key == "fails":
        return sheet.choice(node, "fails", tuple(SUBJECTS), "a subject")
    if not (isinstance(node, yaml.ScalarNode) and node.value == "true"):
        sheet.fault(node, f"{key}: expected true")
    return key


def _differences(sheet: Sheet, value: object, node: yaml.Node) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    sheet.fault(node, "a case: expected keys and values of a claim")
    return {}


def _lacking(version: Version, cases: Sequence[Case]) -> list[str]:
    """What the cases of a rule don't show of a version."""
    day = timedelta(days=1)
    within = [
        case
        for case in cases
        if version.effective <= case.on and (not version.ends or case.on <= version.ends)
    ]
    lacking = []
    if not any(case.expected in SUBJECTS for case in within):
        lacking.append(f"none fails in the version of {version.effective}")
    if not any(case.expected == PASSES for case in within):
        lacking.append(f"none passes in the version of {version.effective}")
    edges = [
        (version.effective - day, "the day before it takes effect"),
        (version.effective, "the day it takes effect"),
    ]
    if version.ends:
        edges += [(version.ends, "its last day"), (version.ends + day, "the day after its last")]
    days = {case.on for case in cases}
    lacking += [f"none on {edge}, {called}" for edge, called in edges if edge not in days]
    return lacking
