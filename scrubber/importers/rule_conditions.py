"""``when`` and ``require`` of a payer rule: YAML → conditions, every name and code in them checked."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
import yaml
from msgspec import Struct

from scrubber.importers.rule_counting import ANY, COUNTED, OF, SAME, read_window
from scrubber.importers.yaml_sheet import Sheet
from scrubber.payers.model import All, Condition, Not, Question, Some
from scrubber.payers.notation import MODIFIER, PROFILE, Notation
from scrubber.payers.operators import OPERATORS, Argument, Operator, Type
from scrubber.payers.subjects import SUBJECTS, Subject
from scrubber.reference import Payers
from scrubber.reference.limits import Count, Counted, Window

JOINTS = ("all", "any", "not")


class CodeSet(Struct, frozen=True):
    """A named list of codes of one kind, written as claims keep them."""

    name: str
    notation: Notation
    codes: tuple[str, ...]


class Known(NamedTuple):
    """What rules may name: code sets, payers and their programs."""

    sets: Mapping[str, CodeSet]
    payers: Payers

    def names(self, notation: str) -> tuple[str, ...] | None:
        """The names there are of payers or programs; None of any other kind."""
        match notation:
            case "payer":
                return tuple(profile.id for profile in self.payers.profiles)
            case "program":
                return tuple(dict.fromkeys(profile.program for profile in self.payers.profiles))
            case _:
                return None


def read_conditions(sheet: Sheet, node: yaml.Node, what: str, known: Known) -> All:
    """Conditions that must hold together: subjects with what is asked of them, and all, any, not."""
    parts: list[Condition] = []
    entries = sheet.entries(node, what)
    if isinstance(node, yaml.MappingNode) and not node.value:
        sheet.fault(node, f"{what}: expected at least one condition")
    for name, (key, value) in entries.items():
        if name in ("all", "any"):
            inner = tuple(read_conditions(sheet, item, name, known) for item in sheet.items(value, name))
            parts.append(All(inner) if name == "all" else Some(inner))
        elif name == "not":
            parts.append(Not(read_conditions(sheet, value, name, known)))
        elif name in SUBJECTS:
            parts.extend(_questions(sheet, value, SUBJECTS[name], known))
        else:
            near = sheet.nearest(name, (*SUBJECTS, *JOINTS))
            sheet.fault(key, f"{what}: there is no subject {name}{near}")
    return All(tuple(parts))


def _questions(sheet: Sheet, node: yaml.Node, subject: Subject, known: Known) -> list[Question]:
    if subject.type is Type.COUNT:
        return _counts(sheet, node, subject, known)
    fitting = _fitting(subject)
    if not isinstance(node, yaml.MappingNode):
        if "equals" not in fitting or isinstance(node, yaml.SequenceNode):
            expected = f"{subject.name}: expected an operator in braces, one of {', '.join(fitting)}"
            sheet.fault(node, expected)
            return []
        return [_question(sheet, node, subject, OPERATORS["equals"], known)]
    if not node.value:
        sheet.fault(node, f"{subject.name}: expected an operator, one of {', '.join(fitting)}")
    return _asked(sheet, sheet.entries(node, subject.name), subject, known)


def _fitting(subject: Subject) -> list[str]:
    return [operator.name for operator in OPERATORS.values() if subject.type in operator.types]


def _counts(sheet: Sheet, node: yaml.Node, subject: Subject, known: Known) -> list[Question]:
    """Questions of claim history: what is counted, beside the operators."""
    if not isinstance(node, yaml.MappingNode):
        sheet.fault(node, f"{subject.name}: expected what is counted in braces: of, within, and an operator")
        return []
    entries = sheet.entries(node, subject.name)
    given = {name: entries.pop(name)[1] for name in COUNTED if name in entries}
    if "within" not in given:
        sheet.fault(node, f"{subject.name} lacks the key within")
    if not {"of", "with_modifiers"} & given.keys():
        sheet.fault(node, f"{subject.name} lacks the key of, or with_modifiers")
    if not entries:
        sheet.fault(node, f"{subject.name}: expected an operator, one of {', '.join(_fitting(subject))}")
    counted = _counted(sheet, given, subject, known)
    return [
        msgspec.structs.replace(question, counted=counted)
        for question in _asked(sheet, entries, subject, known, also=tuple(COUNTED))
    ]


def _counted(sheet: Sheet, given: Mapping[str, yaml.Node], subject: Subject, known: Known) -> Counted:
    of: list[Question] = []
    if "of" in given:
        procedure = msgspec.structs.replace(SUBJECTS["line.procedure"], name=f"{subject.name}.of")
        of = _questions(sheet, given["of"], procedure, known)
        if len(of) > 1 or any(question.operator not in OF for question in of):
            sheet.fault(given["of"], f"{procedure.name}: expected one of {', '.join(OF)}")
    modifiers = (
        [
            read_code(sheet, item, f"{subject.name}.with_modifiers", MODIFIER)
            for item in sheet.items(given["with_modifiers"], f"{subject.name}.with_modifiers")
        ]
        if "with_modifiers" in given
        else []
    )
    who = {
        key: sheet.choice(given[key], f"{subject.name}.{key}", (SAME, ANY))
        for key in ("provider", "payer")
        if key in given
    }
    is_range = any(question.operator == "in_range" for question in of)
    named = tuple(str(code) for question in of for code in question.values)
    return Counted(
        count=Count(subject.name.removeprefix("history.")),
        window=read_window(sheet, given["within"], f"{subject.name}.within")
        if "within" in given
        else Window(),
        codes=frozenset() if is_range else frozenset(named),
        ranges=((named[0], named[-1]),) if is_range and named else (),
        modifiers=frozenset(modifiers),
        same_provider=who.get("provider") == SAME,
        same_payer=who.get("payer") != ANY,
    )


def _asked(
    sheet: Sheet,
    entries: Mapping[str, tuple[yaml.Node, yaml.Node]],
    subject: Subject,
    known: Known,
    also: tuple[str, ...] = (),
) -> list[Question]:
    """A question for each operator; ``also`` are other keys that might have been meant."""
    fitting = _fitting(subject)
    questions = []
    for name, (key, value) in entries.items():
        if name not in OPERATORS:
            near = sheet.nearest(name, (*fitting, *also))
            sheet.fault(key, f"{subject.name}: there is no operator {name}{near}")
        elif name not in fitting:
            kind = f"{subject.name} is a {subject.type}" if subject.type is not Type.STATED else subject.name
            sheet.fault(key, f"{kind}: expected one of {', '.join(fitting)}, not {name}")
        else:
            questions.append(_question(sheet, value, subject, OPERATORS[name], known))
    return questions


def _question(sheet: Sheet, node: yaml.Node, subject: Subject, operator: Operator, known: Known) -> Question:
    what = f"{subject.name}.{operator.name}"
    values: list[Any] = []
    set_name = None
    match operator.argument:
        case Argument.TRUE:
            if not (isinstance(node, yaml.ScalarNode) and node.value == "true"):
                sheet.fault(
                    node, f"{what}: expected true; to say the opposite, use the other of present and absent"
                )
        case Argument.ONE:
            values = [_value(sheet, node, what, subject, known)]
        case Argument.SEVERAL:
            values = [_value(sheet, item, what, subject, known) for item in sheet.items(node, what)]
            seen = set()
            for item, value in zip(node.value, values, strict=False):
                if value and value in seen:
                    sheet.fault(item, f"{what}: {item.value} is in the list twice")
                seen.add(value)
        case Argument.RANGE:
            items = sheet.items(node, what)
            if len(items) != 2 and isinstance(node, yaml.SequenceNode):
                sheet.fault(node, f"{what}: expected two values, the first and the last")
            values = [_value(sheet, item, what, subject, known, end_of_range=True) for item in items]
            if len(values) == 2 and values[0] > values[1]:
                sheet.fault(node, f"{what}: the first value lies after the last")
        case _:
            set_name = sheet.text(node, what, "the name of a code set")
            values = list(_codes_of_set(sheet, node, what, subject, set_name, known))
    if subject.notation is PROFILE and operator.argument in (Argument.ONE, Argument.SEVERAL):
        # A payer stands for those that inherit from it, too.
        heirs = dict.fromkeys(heir for value in values for heir in known.payers.heirs(value))
        if len(heirs) > len(values):
            name = "in" if operator.name == "equals" else operator.name
            return Question(subject.name, name, tuple(heirs))
    return Question(subject.name, operator.name, tuple(values), set_name)


def _value(
    sheet: Sheet, node: yaml.Node, what: str, subject: Subject, known: Known, *, end_of_range: bool = False
) -> Any:
    if subject.notation is not None:
        names = known.names(subject.notation.name)
        return read_code(sheet, node, what, subject.notation, names, end_of_range=end_of_range)
    return sheet.day(node, what) if subject.type is Type.DATE else sheet.number(node, what)


def read_code(
    sheet: Sheet,
    node: yaml.Node,
    what: str,
    notation: Notation,
    names: tuple[str, ...] | None = None,
    *,
    end_of_range: bool = False,
) -> str:
    """A code of a kind, as claims keep it; of ``names`` where only these exist."""
    if names is not None:
        return sheet.choice(node, what, names)
    code = sheet.text(node, what, notation.called)
    if code and not notation.written(code, end_of_range=end_of_range):
        sheet.fault(node, f"{what}: expected {notation.called}, such as {notation.example}, not {code}")
    return notation.kept(code)


def _codes_of_set(
    sheet: Sheet, node: yaml.Node, what: str, subject: Subject, name: str, known: Known
) -> tuple[str, ...]:
    if not name:
        return ()
    found = known.sets.get(name)
    if found is None:
        sheet.fault(node, f"{what}: there is no code set {name}{sheet.nearest(name, known.sets.keys())}")
        return ()
    if found.notation != subject.notation:
        wanted = subject.notation.name if subject.notation else subject.type
        sheet.fault(node, f"{what}: the code set {name} is of kind {found.notation.name}, expected {wanted}")
    return found.codes
