"""What is read of each loop of an institutional transaction: segments → fields of a claim, a line, a level.

``READERS`` says it all in one table, as in ``loops`` for professional claims, with which it shares what is the same.
The fields of ``institutional`` stand apart, in a dictionary of their own.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from scrubber.claim import DatedCode, ValueCode
from scrubber.intake.x12 import loops
from scrubber.intake.x12.field_readers import provider_as, text_as
from scrubber.intake.x12.guide import Fields, Read
from scrubber.intake.x12.line_loops import procedure_of, service_days
from scrubber.intake.x12.segment_values import (
    LONGEST_CODE,
    Misread,
    amount_in,
    charge_in,
    days_in,
    element,
    quantity_in,
)
from scrubber.intake.x12.tokenizer import COMPONENT, ELEMENT
from scrubber.intake.x12.values import day_of, days_of, why_no_date

MOST_CODES = 49
"""Codes of one kind that are read; the guide allows fewer. Two kinds may go together in a field of a claim."""

Components: TypeAlias = list[str]


def _institutional(fields: Fields) -> Fields:
    facts: Fields = fields.setdefault("institutional", {})
    return facts


def _claim(fields: Fields, segment: str) -> None:
    """CLM as in a professional claim, but for what CLM05 names: the kind of facility."""
    loops.READERS["2300 CLM"](fields, segment)
    _institutional(fields)["facility_code"] = fields.pop("place_of_service", None)


def _statement(fields: Fields, segment: str) -> None:
    if days := days_in(segment):
        facts = _institutional(fields)
        facts["statement_from"], facts["statement_to"] = days[0], days[1] or days[0]


def _admission(fields: Fields, segment: str) -> None:
    """The day of admission; the hour behind it (DT) is left out."""
    e = segment.split(ELEMENT)
    text = e[3] if len(e) > 3 else ""
    text = text[:8] if e[2:3] == ["DT"] else text
    day = day_of(text)
    if day is None:
        raise Misread(e, 3, why_no_date(text))
    fields.setdefault("dates", {})["admission"] = day


def _admitted(fields: Fields, segment: str) -> None:
    e = segment.split(ELEMENT)
    facts = _institutional(fields)
    facts["admission_type"], facts["admission_source"] = element(e, 1), element(e, 2)
    facts["patient_status"] = element(e, 3)


def _person_as(field: str) -> Read:
    read = provider_as(field)
    return lambda fields, segments: read(_institutional(fields), segments)


# The codes of HI


def _codes(fields: Fields, segment: str) -> None:
    facts = _institutional(fields)
    for number, composite in enumerate(segment.split(ELEMENT)[1:], 1):
        if code := _code(composite, number):
            field, value = code
            values = facts.setdefault(field, [])
            if len(values) >= MOST_CODES:
                raise Misread(["HI"], number, "comes too often for a claim")
            values.append(value)


@lru_cache(maxsize=4096)
def _code(composite: str, number: int) -> tuple[str, object] | None:
    """The field a code belongs to and its value; None for one of a kind that is not read."""
    parts = [*composite.split(COMPONENT), *[""] * 9][:9]
    kind = KINDS.get(parts[0])
    if kind is None or not parts[1]:
        return None
    if len(parts[1]) > LONGEST_CODE or len(parts[8]) > LONGEST_CODE:
        raise Misread(["HI"], number, "is too long")
    field, read = kind
    return field, read(parts, number)


def _plain(parts: Components, _number: int) -> str:
    return parts[1]


def _diagnosis(parts: Components, _number: int) -> tuple[str, str]:
    return parts[1], parts[8]


def _dated(parts: Components, number: int) -> DatedCode:
    if parts[2] == "RD8":
        days = days_of(parts[3])
        if days:
            return DatedCode(code=parts[1], on=days[0], until=days[1])
    elif day := day_of(parts[3]):
        return DatedCode(code=parts[1], on=day)
    raise Misread(["HI"], number, "has no date")


def _valued(parts: Components, number: int) -> ValueCode:
    return ValueCode(code=parts[1], amount=amount_in(["HI", *[""] * (number - 1), parts[4]], number))


KINDS: dict[str, tuple[str, Callable[[Components, int], object]]] = {
    **dict.fromkeys(("ABK", "BK"), ("principal", _diagnosis)),
    **dict.fromkeys(("ABF", "BF"), ("others", _diagnosis)),
    **dict.fromkeys(("ABJ", "BJ"), ("admitting", _plain)),
    **dict.fromkeys(("APR", "PR"), ("visit_reasons", _plain)),
    **dict.fromkeys(("ABN", "BN"), ("external_causes", _plain)),
    **dict.fromkeys(("BBR", "BR"), ("principal_procedure", _dated)),
    **dict.fromkeys(("BBQ", "BQ"), ("other_procedures", _dated)),
    **dict.fromkeys(("BH", "BI"), ("occurrences", _dated)),
    "DR": ("drgs", _plain),
    "BE": ("values", _valued),
    "BG": ("conditions", _plain),
}
"""By the qualifier of a code: the field that collects them, and what is read of one."""


# The line


def _service(fields: Fields, segment: str) -> None:
    e = segment.split(ELEMENT)
    fields["revenue_code"] = element(e, 1)
    fields.update(procedure_of(e[2], "SV2", 2) if len(e) > 2 and e[2] else {"procedure": ""})
    fields["charge"] = charge_in(e, 3)
    if (basis := element(e, 4)) and basis != "UN":
        fields["unit_basis"] = basis
    if (units := quantity_in(e, 5)) is not None:
        fields["units"] = units


SHARED = ("2000A", "2000B", "2000C", "2010", "2320", "2330A", "2330B", "2410", "2430")
"""The loops that are read as those of a professional claim."""

READERS: dict[str, Read] = {
    **{loop: read for loop, read in loops.READERS.items() if loop.startswith(SHARED)},
    "2300 CLM": _claim,
    "2300 DTP*434": _statement,
    "2300 DTP*435": _admission,
    "2300 CL1": _admitted,
    **{
        f"2300 {segment}": loops.READERS[f"2300 {segment}"]
        for segment in ("REF*4N", "REF*9F", "REF*G1", "REF*F8", "REF*LX", "REF*D9", "REF*P4", "NTE")
    },
    "2300 REF*LU": text_as("accident_state", longest=LONGEST_CODE),
    "2300 HI": _codes,
    "2310A": _person_as("attending_provider"),
    "2310B": _person_as("operating_provider"),
    "2310C": _person_as("other_operating_provider"),
    "2310D": provider_as("rendering_provider"),
    "2310E": provider_as("service_facility"),
    "2310F": provider_as("referring_provider"),
    "2400 SV2": _service,
    "2400 SV1": loops.READERS["2400 SV1"],
    "2400 DTP*472": service_days,
    "2400 REF*6R": text_as("control_number"),
    "2400 NTE": loops.READERS["2400 NTE"],
    "2420C": provider_as("rendering_provider"),
    "2420D": provider_as("referring_provider"),
}
"""Loop, or loop and segment, with the qualifier where segments of one id are told apart by it."""
