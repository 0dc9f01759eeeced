"""The language of payer rules as docs: the JSON Schema that editors use, and the page of subjects and operators."""

import json
from typing import Any

from scrubber.importers.payer_rules import GROUPS, ID, NAME, OPTIONAL, REQUIRED
from scrubber.importers.rule_cases import EXPECTED
from scrubber.payers.notation import NOTATIONS
from scrubber.payers.operators import OPERATORS, Argument, Operator, Type
from scrubber.payers.subjects import SUBJECTS, Subject
from scrubber.rule import Severity

Schema = dict[str, Any]
DATE: Schema = {"type": "string", "format": "date"}
TEXT: Schema = {"type": "string", "minLength": 1}
TRUE: Schema = {"const": True}
CONDITIONS: Schema = {"$ref": "#/$defs/conditions"}


def schema() -> str:
    """``payer_rules/schema.json``."""
    keys: Schema = {
        "id": {"type": "string", "pattern": f"^{ID}$", "description": "Permanent, such as MCB-014."},
        "name": {
            "type": "string",
            "pattern": f"^{NAME}$",
            "description": "The defect; also in the file's name.",
        },
        "title": TEXT
        | {"maxLength": 160, "pattern": "\\.$", "description": "What is wrong, in one sentence."},
        "severity": {"enum": [severity.value for severity in Severity]},
        "since": {
            "type": "string",
            "pattern": "^20[0-9]{2}[.][0-9]{2}$",
            "description": "The ruleset that brought it.",
        },
        "carc": _object(
            {"group": {"enum": list(GROUPS)}, "code": {"type": "string", "pattern": "^[A-Z]?[0-9]{1,3}$"}},
            required=("group", "code"),
        ),
        "rarc": _several({"type": "string", "pattern": "^[A-Z]{1,2}[0-9]{1,3}$"}),
        "why": TEXT | {"description": "Why the payer denies it, in your own words."},
        "authority": _object(
            {
                "title": TEXT,
                "section": TEXT,
                "edition": TEXT,
                "url": {"type": "string", "pattern": "^https://"},
                "retrieved": DATE | {"description": "The day it was read."},
            },
            required=("title", "url", "retrieved"),
        ),
        "versions": _several({"$ref": "#/$defs/version"}),
        "message": TEXT | {"maxLength": 400, "description": "May name subjects in braces: {line.procedure}."},
        "advice": TEXT | {"maxLength": 600, "description": "What the record would have to show."},
        "cases": _several({"$ref": "#/$defs/case"}),
    }
    rule = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Payer rule",
        "description": "payer_rules/<payer>/<ID>-<name>.yaml. Written by `make docs`; do not edit by hand.",
        **_object({key: keys[key] for key in (*REQUIRED, *OPTIONAL)}, required=REQUIRED),
        "$defs": {"version": _version(), "case": _case(), "conditions": _conditions()},
    }
    return json.dumps(rule, indent=1, ensure_ascii=False) + "\n"


def _version() -> Schema:
    days: Schema = {
        "effective": DATE | {"description": "The first day of service it holds for."},
        "ends": DATE | {"description": "The last day of service it holds for."},
    }
    conditions: Schema = {
        "when": CONDITIONS | {"description": "Which claims or lines it concerns; the payer is among it."},
        "require": CONDITIONS | {"description": "What must then be so."},
    }
    return _object(days | conditions, required=("effective", "when", "require"))


def _case() -> Schema:
    expected: Schema = dict.fromkeys(EXPECTED, TRUE) | {"fails": {"enum": list(SUBJECTS)}}
    differences: Schema = {
        "claim": {"type": "object"},
        "line": {"type": "object"},
        "lines": _several({"type": "object"}),
    }
    case = _object({"name": TEXT, "on": DATE} | differences | expected, required=("name", "on"))
    return case | {"oneOf": [{"required": [key]} for key in EXPECTED]}


def _conditions() -> Schema:
    joints: Schema = {"all": _several(CONDITIONS), "any": _several(CONDITIONS), "not": CONDITIONS}
    return _object(joints | {subject.name: _asked(subject) for subject in SUBJECTS.values()}) | {
        "minProperties": 1
    }


def _asked(subject: Subject) -> Schema:
    unit = f" In {subject.unit}." if subject.unit else ""
    fitting = [operator for operator in OPERATORS.values() if subject.type in operator.types]
    operators = _object({operator.name: _behind(operator, subject) for operator in fitting}) | {
        "minProperties": 1
    }
    described: Schema = {"description": subject.meaning + unit}
    if subject.type in OPERATORS["equals"].types:
        return described | {"anyOf": [_value(subject), operators]}
    return described | operators


def _behind(operator: Operator, subject: Subject) -> Schema:
    described: Schema = {"description": operator.meaning}
    match operator.argument:
        case Argument.TRUE:
            return described | TRUE
        case Argument.ONE:
            return described | _value(subject)
        case Argument.SEVERAL:
            return described | _several(_value(subject)) | {"uniqueItems": True}
        case Argument.RANGE:
            value = _value(subject, end_of_range=True)
            return described | _several(value) | {"minItems": 2, "maxItems": 2}
        case _:
            return described | TEXT


def _value(subject: Subject, *, end_of_range: bool = False) -> Schema:
    if subject.notation:
        pattern = (end_of_range and subject.notation.prefix) or subject.notation.pattern
        return {"type": "string", "pattern": f"^({pattern})$"}
    return {"type": "number"} if subject.type is Type.NUMBER else DATE


def _object(properties: Schema, required: tuple[str, ...] = ()) -> Schema:
    told: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return told | ({"required": list(required)} if required else {})


def _several(items: Schema) -> Schema:
    return {"type": "array", "minItems": 1, "items": items}


def language() -> str:
    """The page of subjects, operators and kinds of codes."""
    subjects = "".join(
        f"| `{subject.name}` | {subject.type}{f' ({subject.notation.name})' if subject.notation else ''}"
        f" | {subject.meaning}{f' In {subject.unit}.' if subject.unit else ''}"
        f" | {'always' if subject.always else 'may be missing'} | {'yes' if subject.shown else 'no'} |\n"
        for subject in SUBJECTS.values()
    )
    operators = "".join(
        f"| `{operator.name}` | {operator.argument} | {', '.join(operator.types)} | {operator.meaning} |\n"
        for operator in OPERATORS.values()
    )
    notations = "".join(
        f"| {notation.name} | {notation.called} | `{notation.example}` |\n" for notation in NOTATIONS.values()
    )
    return f"""# The language of payer rules

What a rule may ask, and how. Written by `make docs` from the tables the rules are read with; do not edit by hand. How
to write a rule: [payer-rules.md](payer-rules.md).

## Subjects

A rule that asks for any subject of `line`, the patient's age or `provider.taxonomy` judges each line; any other judges
the claim once, on its first day of service. Where a claim does not state what a rule would have to know, the rule is
*not evaluated*. The last column says whether a message may name the subject in braces.

| subject | type | meaning | known | in messages |
| --- | --- | --- | --- | --- |
{subjects}
## Operators

Several operators of one subject must all hold, and so must several subjects. `all`, `any` (lists of conditions) and
`not` (conditions) may be nested.

| operator | takes | asks of | holds where |
| --- | --- | --- | --- |
{operators}
## Codes

| kind | is | such as |
| --- | --- | --- |
{notations}"""
