"""Query parameters: fields that say what they take, and reading them, all errors at once."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import request
from marshmallow import Schema, ValidationError, fields

from scrubber.api.problems import Problem, ProblemError
from scrubber.api.schemas import Array, Value, check_length, iso_date, told_messages
from scrubber.intake.claim_json import text_fault


def query_schema(**parameters: fields.Field[Any]) -> Schema:
    """The schema of a query with these parameters."""
    messages = {"unknown": "Unknown parameter."}
    members = {**parameters, "error_messages": messages, "Meta": type("Meta", (), {"register": False})}
    made: type[Schema] = type("Query", (Schema,), members)
    return made()


def text_parameter(
    says: str,
    *,
    pattern: str | None = None,
    longest: int = 20,
    required: bool = False,
    example: str | None = None,
) -> Value:
    """A short text, of a pattern if one is given."""

    def read(value: object) -> str:
        text = str(value).strip()
        check_length(text, 1, longest, "characters")
        if fault := text_fault(text):
            raise ValidationError(fault)
        if pattern and not re.fullmatch(pattern, text):
            raise ValidationError(f"Expected a text that matches {pattern}.")
        return text

    told = {"type": "string", "minLength": 1, "maxLength": longest, "pattern": pattern, "example": example}
    return Value(
        read,
        {name: value for name, value in told.items() if value is not None},
        metadata={"description": says},
        required=required,
        error_messages=_MESSAGES,
    )


def texts_parameter(says: str, *, pattern: str, most: int, required: bool = False, example: str) -> Array:
    """A short text that may be given several times."""
    one = text_parameter("", pattern=pattern, example=example)
    return Array(one, 1, most, metadata={"description": says}, required=required, error_messages=_MESSAGES)


def date_parameter(says: str) -> Value:
    """A calendar date."""

    def read(value: object) -> date:
        return iso_date(str(value))

    return Value(read, {"type": "string", "format": "date"}, metadata={"description": says})


def flag_parameter(says: str) -> Value:
    """``true`` or ``false``."""

    def read(value: object) -> bool:
        if value not in {"true", "false"}:
            raise ValidationError("Expected true or false.")
        return value == "true"

    return Value(read, {"type": "boolean", "default": False}, metadata={"description": says})


def number_parameter(says: str, least: int, most: int, *, default: int | None = None) -> Value:
    """A whole number from ``least`` to ``most``. ``default`` is told, and not filled in."""

    def read(value: object) -> int:
        text = str(value)
        if not (text.isascii() and text.isdigit() and len(text) <= 18 and least <= int(text) <= most):
            raise ValidationError(f"Expected a whole number from {least} to {most}.")
        return int(text)

    told = {"type": "integer", "minimum": least, "maximum": most}
    return Value(
        read,
        told if default is None else {**told, "default": default},
        metadata={"description": says},
    )


def choice_parameter(says: str, values: Sequence[str]) -> Value:
    """One of a few words."""

    def read(value: object) -> str:
        if value not in values:
            raise ValidationError(f"Expected one of {', '.join(values)}.")
        return str(value)

    return Value(read, {"type": "string", "enum": list(values)}, metadata={"description": says})


def read_query(schema: Schema) -> dict[str, Any]:
    """The parameters of the present request. Ends it with ``query-invalid`` if one is wrong or unknown."""
    arguments = request.args
    values: dict[str, Any] = {}
    errors: list[ProblemError] = []
    for name, given in arguments.lists():
        if isinstance(schema.fields.get(name), Array):
            values[name] = given
            continue
        values[name] = given[0]
        if len(given) > 1:
            errors.append(ProblemError(parameter=name, message="Given more than once."))
    try:
        read: dict[str, Any] = schema.load(values)
    except ValidationError as invalid:
        errors += [
            ProblemError(parameter=str(location[0]), message=message)
            for location, message in told_messages(invalid.messages)
        ]
        read = {}
    if errors:
        raise Problem("query-invalid", errors=errors)
    return read


_MESSAGES = {"required": "This parameter is needed."}
