"""What is read of each loop of a remittance: segments → fields of the payment, a claim, a service.

``READERS`` says it all in one table, as in ``loops`` for claims. What comes again and again in a file (a reason with
its amount, a procedure, a day) is kept once read.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from scrubber.claim import Adjustment, Payer, Provider, ProviderAdjustment
from scrubber.claim.remittance import MOST_ADJUSTMENTS, MOST_CODES
from scrubber.intake.x12.field_readers import text_as
from scrubber.intake.x12.guide import Fields, Read
from scrubber.intake.x12.segment_values import (
    LONGEST_CODE,
    LONGEST_IDENTIFIER,
    LONGEST_TEXT,
    Elements,
    Misread,
    element,
)
from scrubber.intake.x12.tokenizer import COMPONENT, ELEMENT
from scrubber.intake.x12.values import amount_of, day_of, quantity_of, why_no_date

LONGEST_NUMBER = 24
LONGEST_KEPT = 200
"""Characters of a number, and of what is kept once read; longer ones are no numbers, or not worth the memory."""

# Elements


def _amount(elements: Elements, number: int) -> Decimal:
    try:
        text = elements[number]
    except IndexError:
        text = ""
    amount = _amount_kept(text) if len(text) < LONGEST_NUMBER else None
    if amount is None:
        raise Misread(elements, number, "is not an amount" if text else "is missing")
    return amount


_amount_kept = lru_cache(maxsize=16384)(amount_of)


def _quantity(elements: Elements, number: int) -> Decimal | None:
    """A number of units; below zero where a payment is taken back."""
    if len(elements) <= number or not elements[number]:
        return None
    text = elements[number]
    quantity = quantity_of(text.removeprefix("-")) if len(text) < LONGEST_NUMBER else None
    if quantity is None:
        raise Misread(elements, number, "is not a quantity")
    return -quantity if text.startswith("-") else quantity


def _required(elements: Elements, number: int, longest: int = LONGEST_IDENTIFIER) -> str:
    text = element(elements, number, longest)
    if text is None:
        raise Misread(elements, number, "is missing")
    return text


def _day(elements: Elements, number: int) -> date | None:
    if len(elements) <= number or not elements[number]:
        return None
    day = day_of(elements[number])
    if day is None:
        raise Misread(elements, number, why_no_date(elements[number]))
    return day


def _day_in(segment: str) -> date | None:
    """The date of a DTM segment."""
    return _day_kept(segment) if len(segment) < LONGEST_KEPT else _day(segment.split(ELEMENT), 2)


@lru_cache(maxsize=1024)
def _day_kept(segment: str) -> date | None:
    return _day(segment.split(ELEMENT), 2)


Coded: TypeAlias = tuple[str | None, str | None, tuple[str, ...]]
"""The list a procedure is of, its code, its modifiers (SVC01, SVC06)."""


def _code(composite: str) -> Coded:
    return _code_kept(composite) if len(composite) < LONGEST_KEPT else _code_in(composite)


def _code_in(composite: str) -> Coded:
    list_, code, *rest = [*composite.split(COMPONENT), ""]
    if (
        len(list_) > LONGEST_CODE
        or len(code) > LONGEST_IDENTIFIER
        or any(len(part) > LONGEST_CODE for part in rest[:4])
    ):
        raise Misread(["SVC"], 1, "is too long")
    modifiers = tuple([modifier.strip().upper() for modifier in rest[:4] if modifier])
    return list_ or None, code.strip().upper() or None, modifiers


_code_kept = lru_cache(maxsize=1024)(_code_in)


def _add(fields: Fields, name: str, values: tuple[object, ...], most: int, segment: str) -> None:
    values = (*fields[name], *values) if name in fields else values
    if len(values) > most:
        raise Misread(segment.split(ELEMENT, 2), 1, "comes too often for a claim")
    fields[name] = values


# Readers made for a field


def _date(field: str) -> Read:
    def read(fields: Fields, segment: str) -> None:
        fields[field] = _day_in(segment)

    return read


def _amounts(**fields_of: str) -> Read:
    """Amounts told apart by their qualifier (AMT01); the others are not kept."""

    def read(fields: Fields, segment: str) -> None:
        elements = segment.split(ELEMENT)
        if field := fields_of.get(elements[1] if len(elements) > 1 else ""):
            fields[field] = _amount(elements, 2)

    return read


def _remarks(*numbers: int) -> Read:
    """Remark codes of a whole claim, in these elements."""

    def read(fields: Fields, segment: str) -> None:
        codes = codes_kept(segment) if len(segment) < LONGEST_KEPT else codes_in(segment)
        _add(fields, "remark_codes", codes, MOST_CODES, segment)

    def codes_in(segment: str) -> tuple[str, ...]:
        elements = segment.split(ELEMENT)
        return tuple(filter(None, [element(elements, number) for number in numbers]))

    codes_kept = lru_cache(maxsize=1024)(codes_in)
    return read


def _payer_as(field: str) -> Read:
    def read(fields: Fields, segment: str) -> None:
        elements = segment.split(ELEMENT)
        fields[field] = Payer(
            id=element(elements, 9, LONGEST_IDENTIFIER), name=element(elements, 3, LONGEST_TEXT)
        )

    return read


# The payment


def _payment(fields: Fields, segment: str) -> None:
    elements = segment.split(ELEMENT)
    fields["handling"] = element(elements, 1)
    fields["method"] = element(elements, 4)
    fields["amount"] = _amount(elements, 2)
    fields["paid_on"] = _day(elements, 16)


def _trace(fields: Fields, segment: str) -> None:
    elements = segment.split(ELEMENT)
    fields["trace_number"] = element(elements, 2, LONGEST_IDENTIFIER)
    fields["payer_tax_id"] = element(elements, 3, LONGEST_IDENTIFIER)


def _payer(fields: Fields, segments: Sequence[str]) -> None:
    """The payer by the id of N1, else by the one it is known under to those it pays (REF*2U)."""
    named, *others = [segment.split(ELEMENT) for segment in segments]
    known = (element(e, 2, LONGEST_IDENTIFIER) for e in others if e[:2] == ["REF", "2U"])
    fields["payer"] = Payer(
        id=element(named, 4, LONGEST_IDENTIFIER) or next(known, None), name=element(named, 2, LONGEST_TEXT)
    )


def _payee(fields: Fields, segments: Sequence[str]) -> None:
    named, *others = [segment.split(ELEMENT) for segment in segments]
    id_ = element(named, 4, LONGEST_IDENTIFIER)
    tax_ids = (element(e, 2, LONGEST_IDENTIFIER) for e in others if e[:2] == ["REF", "TJ"])
    kind = element(named, 3)
    fields["payee"] = Provider(
        npi=id_ if kind == "XX" else None,
        tax_id=id_ if kind == "FI" else next(tax_ids, None),
        name=element(named, 2, LONGEST_TEXT),
    )


# The claim


def _claim(fields: Fields, segment: str) -> None:
    elements = segment.split(ELEMENT)
    fields["patient_control_number"] = _required(elements, 1)
    fields["paid"] = _amount(elements, 4)
    fields["charge"] = _amount(elements, 3)
    fields["status"] = _required(elements, 2, LONGEST_CODE)
    if len(elements) > 5 and elements[5]:
        fields["patient_responsibility"] = _amount(elements, 5)
    fields["claim_filing_indicator"] = element(elements, 6)
    fields["payer_control_number"] = element(elements, 7, LONGEST_IDENTIFIER)
    fields["place_of_service"] = element(elements, 8)
    fields["frequency_code"] = element(elements, 9)
    if len(elements) > 11:
        fields["drg"] = element(elements, 11)


def _adjust(fields: Fields, segment: str) -> None:
    found = _adjustments_kept(segment) if len(segment) < LONGEST_KEPT else _adjustments(segment)
    _add(fields, "adjustments", found, MOST_ADJUSTMENTS, segment)


def _adjustments(segment: str) -> tuple[Adjustment, ...]:
    """A CAS segment: a group, then up to six times reason, amount, units. An amount needs its reason."""
    e = segment.split(ELEMENT)
    group = _required(e, 1, LONGEST_CODE)
    n = len(e)
    found = []
    for at in range(2, n, 3):
        if e[at] or any(e[at + 1 : at + 3]):
            reason, amount = _required(e, at, LONGEST_CODE), _amount(e, at + 1)
            quantity = _quantity(e, at + 2) if n > at + 2 else None
            found.append(Adjustment(group=group, reason=reason, amount=amount, quantity=quantity))
    return tuple(found)


_adjustments_kept = lru_cache(maxsize=8192)(_adjustments)


def _rendering(fields: Fields, segment: str) -> None:
    elements = segment.split(ELEMENT)
    if element(elements, 8) == "XX":
        fields["rendering_npi"] = element(elements, 9, LONGEST_IDENTIFIER)


# The service


def _service(fields: Fields, segment: str) -> None:
    fields.update(_service_kept(segment) if len(segment) < LONGEST_KEPT else _service_in(segment))


def _service_in(segment: str) -> Fields:
    elements = segment.split(ELEMENT)
    charge, paid = _amount(elements, 2), _amount(elements, 3)
    kind, procedure, modifiers = _code(elements[1])
    fields: Fields = {
        "charge": charge,
        "paid": paid,
        "procedure_kind": kind,
        "procedure": procedure,
        "modifiers": modifiers,
    }
    n = len(elements)
    if n > 4:
        fields["revenue_code"] = element(elements, 4, LONGEST_IDENTIFIER)
        if (units := _quantity(elements, 5)) is not None:
            fields["units_paid"] = units
        if n > 6 and elements[6]:
            _, fields["billed_procedure"], fields["billed_modifiers"] = _code(elements[6])
        if n > 7:
            fields["units_billed"] = _quantity(elements, 7)
    return fields


_service_kept = lru_cache(maxsize=8192)(_service_in)


def _policy(fields: Fields, segment: str) -> None:
    if policy := element(segment.split(ELEMENT), 2, LONGEST_IDENTIFIER):
        _add(fields, "policies", (policy,), MOST_CODES, segment)


def _remark(fields: Fields, segment: str) -> None:
    list_, code = [*segment.split(ELEMENT, 3), "", ""][1:3]
    if list_ == "HE" and code:
        if len(code) > LONGEST_CODE:
            raise Misread(["LQ"], 2, "is too long")
        _add(fields, "remark_codes", (code,), MOST_CODES, segment)


# The provider's account


def provider_adjustments(segment: str) -> tuple[ProviderAdjustment, ...]:
    """A PLB segment: provider and fiscal year, then up to six times reason and amount. Raises Misread."""
    e = segment.split(ELEMENT)
    provider, year_end = _required(e, 1), _day(e, 2)
    found = []
    for at in range(3, len(e), 2):
        if not any(e[at : at + 2]):
            continue
        reason, reference = [*e[at].split(COMPONENT), ""][:2]
        if not reason or len(reason) > LONGEST_CODE or len(reference) > LONGEST_IDENTIFIER:
            raise Misread(e, at, "is too long" if reason else "is missing")
        found.append(
            ProviderAdjustment(
                provider=provider,
                reason=reason,
                amount=_amount(e, at + 1),
                reference=reference or None,
                fiscal_year_end=year_end,
            )
        )
    if not found:
        raise Misread(e, 3, "is missing")
    return tuple(found)


READERS: dict[str, Read] = {
    "HEADER BPR": _payment,
    "HEADER TRN": _trace,
    "HEADER DTM*405": _date("produced"),
    "1000A": _payer,
    "1000B": _payee,
    "2100 CLP": _claim,
    "2100 CAS": _adjust,
    "2100 NM1*QC": text_as("patient_id", 9),
    "2100 NM1*IL": text_as("subscriber_id", 9),
    "2100 NM1*74": text_as("corrected_id", 9),
    "2100 NM1*82": _rendering,
    "2100 NM1*TT": _payer_as("crossover_payer"),
    "2100 NM1*PR": _payer_as("priority_payer"),
    "2100 MIA": _remarks(5, 20, 21, 22, 23),
    "2100 MOA": _remarks(3, 4, 5, 6, 7),
    "2100 REF*F8": text_as("original_reference"),
    "2100 REF*CE": text_as("contract"),
    "2100 DTM*232": _date("service_from"),
    "2100 DTM*233": _date("service_to"),
    "2100 DTM*050": _date("received"),
    "2100 DTM*036": _date("coverage_ended"),
    "2100 AMT": _amounts(AU="covered", I="interest"),
    "2110 SVC": _service,
    "2110 DTM*472": _date("service_date"),
    "2110 DTM*150": _date("service_date"),
    "2110 DTM*151": _date("service_date_to"),
    "2110 CAS": _adjust,
    "2110 REF*6R": text_as("control_number"),
    "2110 REF*HPI": text_as("rendering_npi"),
    "2110 REF*0K": _policy,
    "2110 AMT": _amounts(B6="allowed"),
    "2110 LQ": _remark,
}
"""Loop, or loop and segment, with the qualifier where segments of one id are told apart by it."""
