"""The language of payer rules as docs: the JSON Schema that editors use, and the page of subjects and operators."""

import json
from typing import Any

from scrubber.importers.rule_cases import EXPECTED
from scrubber.importers.rule_counting import ANY, CALENDAR_YEAR, COUNTED, LONGEST, OF, SAME
from scrubber.importers.rule_file import GROUPS, ID, NAME, OPTIONAL, REQUIRED
from scrubber.payers.notation import MODIFIER, NOTATIONS
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
    on: Schema = {
        "anyOf": [DATE, _several(DATE)],
        "description": "A day, or a claim for each of several days.",
    }
    earlier = _object({"on": on} | differences, required=("on",))
    history = _several(earlier) | {
        "description": "What the same member had before, in the order it was scrubbed."
    }
    case = _object(
        {"name": TEXT, "on": DATE, "history": history} | differences | expected, required=("name", "on")
    )
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
    if subject.type is Type.COUNT:
        return described | _counted(operators)
    if subject.type in OPERATORS["equals"].types:
        return described | {"anyOf": [_value(subject), operators]}
    return described | operators


def _counted(operators: Schema) -> Schema:
    """What stands beside the operators of a subject of claim history."""
    procedure = SUBJECTS["line.procedure"]
    named = _object({name: _behind(OPERATORS[name], procedure) for name in OF})
    lengths: Schema = {
        unit: {"type": "integer", "minimum": 1, "maximum": most} for unit, most in LONGEST.items()
    }
    days = _object(lengths) | {"minProperties": 1, "maxProperties": 1}
    same_or_any: Schema = {"enum": [SAME, ANY]}
    keys: Schema = {
        "of": {"anyOf": [_value(procedure), named | {"minProperties": 1, "maxProperties": 1}]},
        "with_modifiers": _several({"type": "string", "pattern": f"^({MODIFIER.pattern})$"}),
        "within": {"anyOf": [{"const": CALENDAR_YEAR}, days]},
        "provider": same_or_any,
        "payer": same_or_any,
    }
    told = {key: keys[key] | {"description": meaning} for key, meaning in COUNTED.items()}
    return _object(told | operators["properties"], required=("within",)) | {
        "allOf": [
            {"anyOf": [{"required": ["of"]}, {"required": ["with_modifiers"]}]},
            {"anyOf": [{"required": [name]} for name in operators["properties"]]},
        ]
    }


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
    return DATE if subject.type is Type.DATE else {"type": "number"}


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
    counted = "".join(f"| `{key}` | {meaning} |\n" for key, meaning in COUNTED.items())
    return f"""# The language of payer rules

What a rule may ask, and how. Written by `make docs` from the tables the rules are read with; do not edit by hand. How
to write a rule: [payer-rules.md](payer-rules.md).

## Subjects

A rule that asks for any subject of `line` or `history`, the patient's age or `provider.taxonomy` judges each line; any
other judges the claim once, on its first day of service. Where a claim does not state what a rule would have to know,
the rule is *not evaluated*. The last column says whether a message may name the subject in braces.

| subject | type | meaning | known | in messages |
| --- | --- | --- | --- | --- |
{subjects}
## Claim history

`history.visits`, `history.units`, `history.services` and `history.charges` count what the member had up to the service,
the line itself and the earlier lines of its claim included. Beside the operator stands what is counted:

```yaml
require:
  history.visits:
    of: {{in: ["98940", "98941", "98942"]}}
    within: calendar_year
    at_most: 12
```

| key | means |
| --- | --- |
{counted}
A rule judges each line that fits its `when`, whether the line is counted or not: name the procedures there, too.

* By day of service: earlier days count, later ones don't, in whatever order the claims came. Of the same day, what was
  scrubbed before counts, and the claim's own lines down to the one at hand. A line over several days is of its first.
* `{{days: 30}}` are the thirty days that end with the service, `{{months: 12}}` the twelve months that end with it: for
  a service on 2 March they begin on 3 March; a day that the month does not have is its last. `calendar_year` begins
  with 1 January of the year of the service.
* Visits are distinct days, services are lines. Units and charges are added up as billed: a line with modifier 50 counts
  the units it bills, LT and RT on two lines are two services and one visit.
* What was billed counts, of claims that stand: not one that was replaced (frequency code 7) or taken back (8), nor one
  that was held and not sent; one that was scrubbed twice counts once. A line with GY asks for no payment and does not
  count. All payers of Medicare Part B are one payer.
* Without claim history (a claim alone by the API, without `history=true`) a rule that turns on it is *not evaluated*.
  So it is where the claim has no member id, or for `provider: same` does not say who gave the service.
* In a message a subject of history may stand if the rule asks it in one way.

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
