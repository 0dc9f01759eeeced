"""marshmallow schemas made from the msgspec structs, so that a claim is described once.

A schema accepts exactly what msgspec and ``scrubber.intake.claim_json`` accept together and, unlike
them, tells all field errors at once. It is asked only when a body has been refused; a test holds the two to
each other. OpenAPI reads the same instances.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias, cast

from marshmallow import Schema, ValidationError, fields
from msgspec import Struct, inspect

from scrubber.claim import Claim, Location, json_pointer
from scrubber.intake.claim_json import (
    DATE_EXPECTED,
    SIGNED,
    UNKNOWN_FIELD,
    FieldError,
    date_fault,
    number_fault,
    plain_number,
    text_fault,
    told_name,
    unknown_field,
)

MOST_ERRORS = 100
"""Field errors told at once."""

MISSING = "Missing data for required field."
NULL = "Null is not allowed here; leave the field out."
OBJECT_EXPECTED = "Expected an object."

Reader: TypeAlias = Callable[[object], object]
"""Reads a JSON value, or raises ValidationError with a message that does not quote it."""


class Value(fields.Raw):
    """A field whose value a plain function reads; ``json_schema`` describes it in OpenAPI."""

    def __init__(self, read: Reader, json_schema: dict[str, Any], **options: Any) -> None:
        super().__init__(metadata={**options.pop("metadata", {}), **json_schema}, **options)
        self.read = read

    def _deserialize(self, value: object, attr: object, data: object, **kwargs: object) -> object:  # noqa: ARG002
        return self.read(value)


class Array(fields.List[Any]):
    """A JSON array. Its length is checked first, so that a long one costs nothing."""

    def __init__(
        self, inner: fields.Field[Any], shortest: int | None, longest: int | None, **options: Any
    ) -> None:
        bounds = {"minItems": shortest, "maxItems": longest}
        told = {name: bound for name, bound in bounds.items() if bound is not None}
        super().__init__(inner, metadata={**options.pop("metadata", {}), **told}, **options)
        self.shortest, self.longest = shortest, longest

    def _deserialize(self, value: object, attr: str | None, data: Any, **options: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValidationError("Expected an array.")
        check_length(value, self.shortest, self.longest, "items")
        return super()._deserialize(value, attr, data, **options)


@lru_cache
def schema_for(struct: type[Struct]) -> Schema:
    """The schema of a struct and of all that is in it."""
    info = cast(inspect.StructType, inspect.type_info(struct))
    members: dict[str, Any] = {
        field.encode_name: field_for(field.type, field.encode_name, required=field.required)
        for field in info.fields
    }
    members["error_messages"] = {"unknown": UNKNOWN_FIELD, "type": OBJECT_EXPECTED}
    members["Meta"] = type("Meta", (), {"register": False})
    made: type[Schema] = type(struct.__name__, (Schema,), members)
    return made()


def field_for(
    kind: inspect.Type, name: str, *, required: bool = False, nullable: bool = False
) -> fields.Field[Any]:
    """The field of a type as msgspec describes it. Raises TypeError for a type that claims don't have."""
    options: dict[str, Any] = {
        "required": required,
        "allow_none": nullable,
        "error_messages": {"required": MISSING, "null": NULL},
    }
    match kind:
        case inspect.Metadata(type=inner, extra_json_schema=told):
            made = field_for(inner, name, required=required, nullable=nullable)
            made.metadata = {**made.metadata, **(told or {})}
            return made
        case inspect.UnionType(types=(*inner, inspect.NoneType())) if len(inner) == 1:
            return field_for(inner[0], name, required=required, nullable=True)
        case inspect.UnionType(types=(inspect.IntType() as number, inspect.StrType() as text)):
            return Value(
                _one_of(_integer(number), _text(text)), _either(_told(number), _told(text)), **options
            )
        case inspect.StructType(cls=struct):
            about = {"description": (struct.__doc__ or "").partition("\n\n")[0].strip()}
            return fields.Nested(schema_for(struct), metadata=about, **options)
        case inspect.VarTupleType(item_type=item, min_length=shortest, max_length=longest):
            return Array(field_for(item, name), shortest, longest, **options)
        case inspect.StrType():
            return Value(_text(kind), _told(kind), **options)
        case inspect.DateType():
            return Value(_date, {"type": "string", "format": "date"}, **options)
        case inspect.DecimalType():
            return Value(_number(name), _told_number(name), **options)
        case inspect.BoolType():
            return Value(_boolean, {"type": "boolean"}, **options)
        case inspect.LiteralType(values=values):
            return Value(_choice(values), {"type": "string", "enum": list(values)}, **options)
        case _:
            raise TypeError(f"no field for {kind}")


def field_errors(schema: Schema, value: object) -> tuple[FieldError, ...]:
    """Every field error of a JSON value, by pointer, in the order of names and positions; none if it fits."""
    messages = schema.validate(value)  # type: ignore[arg-type]  # told as an error if it is not an object
    errors = sorted(told_messages(messages), key=lambda error: _sortable(error[0]))
    told = tuple(FieldError(json_pointer(location), message) for location, message in errors[:MOST_ERRORS])
    if len(errors) > MOST_ERRORS:
        told += (FieldError("", f"{len(errors) - MOST_ERRORS} more errors are not shown."),)
    return told


def claim_errors(value: object) -> tuple[FieldError, ...]:
    """Every field error of a JSON value that ought to be a claim."""
    return tuple(
        FieldError(error.pointer, unknown_field(error.pointer.rpartition("/")[2]))
        if error.message == UNKNOWN_FIELD
        else error
        for error in field_errors(schema_for(Claim), value)
    )


def told_messages(messages: Any, location: Location = ()) -> Iterator[tuple[Location, str]]:
    """The tree of messages that marshmallow makes, one by one with their locations."""
    if isinstance(messages, list):
        for message in messages:
            yield location, message
        return
    for step, below in messages.items():
        # "_schema" is marshmallow's word for the object itself, and a client may name a field so.
        itself = step == "_schema" and below == [OBJECT_EXPECTED]
        yield from told_messages(
            below, location if itself else (*location, told_name(step) if isinstance(step, str) else step)
        )


def check_length(value: Sequence[object], shortest: int | None, longest: int | None, unit: str) -> None:
    """Raise ValidationError unless the length lies within the bounds; None is no bound."""
    if shortest is not None and len(value) < shortest:
        raise ValidationError(f"At least {shortest} {unit} expected.")
    if longest is not None and len(value) > longest:
        raise ValidationError(f"At most {longest} {unit} allowed.")


def iso_date(text: str) -> date:
    """The date of a text YYYY-MM-DD from 1900 to 2199. Raises ValidationError."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) or date_fault(text):
        raise ValidationError(DATE_EXPECTED)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValidationError("There is no such day.") from None


def _text(kind: inspect.StrType) -> Reader:
    pattern = re.compile(kind.pattern) if kind.pattern else None

    def read(value: object) -> object:
        if not isinstance(value, str):
            raise ValidationError("Expected a text.")
        check_length(value, kind.min_length, kind.max_length, "characters")
        if fault := text_fault(value):
            raise ValidationError(fault)
        if pattern and not pattern.search(value):
            raise ValidationError(f"Expected a text that matches {pattern.pattern}.")
        return value

    return read


def _integer(kind: inspect.IntType) -> Reader:
    least, most = kind.ge, kind.le

    def read(value: object) -> object:
        # A number too long for json's own int comes as a Decimal: out of any range, but whole.
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("Expected a whole number.")
        if (least is not None and value < least) or (most is not None and value > most):
            raise ValidationError(f"Expected a whole number from {least} to {most}.")
        return value

    return read


def _one_of(number: Reader, text: Reader) -> Reader:
    return lambda value: text(value) if isinstance(value, str) else number(value)


def _number(field: str) -> Reader:
    def read(value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
            raise ValidationError("Expected a number.")
        if fault := number_fault(value, field):
            raise ValidationError(fault)
        return Decimal(value)

    return read


def _date(value: object) -> object:
    if not isinstance(value, str):
        raise ValidationError(DATE_EXPECTED)
    return iso_date(value)


def _boolean(value: object) -> object:
    if not isinstance(value, bool):
        raise ValidationError("Expected true or false.")
    return value


def _choice(values: Sequence[object]) -> Reader:
    def read(value: object) -> object:
        if not isinstance(value, str) or value not in values:
            raise ValidationError(f"Expected one of {', '.join(map(str, values))}.")
        return value

    return read


def _told(kind: inspect.StrType | inspect.IntType) -> dict[str, Any]:
    """The JSON Schema of a text or whole number."""
    if isinstance(kind, inspect.IntType):
        told: dict[str, Any] = {"type": "integer", "minimum": kind.ge, "maximum": kind.le}
    else:
        told = {
            "type": "string",
            "minLength": kind.min_length,
            "maxLength": kind.max_length,
            "pattern": kind.pattern,
        }
    return {name: value for name, value in told.items() if value is not None}


def _told_number(field: str) -> dict[str, Any]:
    text = {"type": "string", "format": "decimal", "pattern": plain_number(field)}
    number = {"type": "number", "exclusiveMaximum": 100_000_000}
    bound = {"exclusiveMinimum": -100_000_000} if field in SIGNED else {"minimum": 0}
    return _either(text, {**number, **bound})


def _either(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of one of two types; each keyword concerns only one of them."""
    return {**first, **second, "type": [first["type"], second["type"]]}


def _sortable(location: Location) -> list[tuple[int, str]]:
    return [(step, "") if isinstance(step, int) else (-1, step) for step in location]
