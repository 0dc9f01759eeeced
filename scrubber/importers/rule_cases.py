"""The cases of a payer rule: YAML → cases, and whether there are enough of them on both sides of every date."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import yaml

from scrubber.importers.yaml_sheet import LAST_DAY, Sheet, plain
from scrubber.payers.cases import NOT_EVALUATED, PASSES, claim_of, history_of
from scrubber.payers.model import Case, Earlier, Rule, Version
from scrubber.payers.subjects import SUBJECTS
from scrubber.reference import PayerProfile

EXPECTED = (PASSES, "fails", NOT_EVALUATED)
DIFFERENCES = ("claim", "line", "lines")
"""The keys that say what differs from an ordinary claim."""


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
    keys = sheet.mapping(node, "a case", ("name", "on"), (*DIFFERENCES, "history", *EXPECTED))
    stated = [key for key in EXPECTED if key in keys]
    if len(stated) != 1 and isinstance(node, yaml.MappingNode):
        sheet.fault(node, f"a case: expected one of {', '.join(EXPECTED)}")
    claim, lines = _claim_and_lines(sheet, keys, node)
    case = Case(
        name=sheet.text(keys["name"], "name", largest=200) if "name" in keys else "",
        on=sheet.day(keys["on"], "on") if "on" in keys else LAST_DAY,
        expected=_expected(sheet, stated[0], keys[stated[0]]) if stated else PASSES,
        claim=claim,
        lines=lines,
        history=tuple(_earlier(sheet, item) for item in sheet.items(keys["history"], "history"))
        if "history" in keys
        else (),
        row=node.start_mark.line + 1,
    )
    try:
        claim_of(case, profile)
        history_of(case, profile)
    except msgspec.ValidationError as wrong:
        sheet.fault(node, f"a case: no claim: {str(wrong).replace('`', '').replace('$.', '')}")
    return case


def _earlier(sheet: Sheet, node: yaml.Node) -> Earlier:
    """Claims of a case's history: one, or one for each of a list of days."""
    keys = sheet.mapping(node, "history", ("on",), DIFFERENCES)
    days: Sequence[yaml.Node] = ()
    if "on" in keys:
        is_list = isinstance(keys["on"], yaml.SequenceNode)
        days = sheet.items(keys["on"], "history.on") if is_list else (keys["on"],)
    claim, lines = _claim_and_lines(sheet, keys, node)
    return Earlier(on=tuple(sheet.day(day, "history.on") for day in days), claim=claim, lines=lines)


def _claim_and_lines(
    sheet: Sheet, keys: Mapping[str, yaml.Node], node: yaml.Node
) -> tuple[dict[str, Any], tuple[dict[str, Any], ...]]:
    """What differs from an ordinary claim, and from its line."""
    if "line" in keys and "lines" in keys:
        sheet.fault(keys["lines"], "a case: expected either line or lines")
    lines: list[Any] = [plain(keys["line"])] if "line" in keys else [{}]
    if "lines" in keys:
        lines = [plain(item) for item in sheet.items(keys["lines"], "lines")]
    claim = _differences(sheet, plain(keys["claim"]), keys["claim"]) if "claim" in keys else {}
    at = keys.get("line") or keys.get("lines") or node
    return claim, tuple(_differences(sheet, line, at) for line in lines)


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
