"""What is read of each loop of a professional transaction: segments → fields of a claim, a line, a level.

``READERS`` says it all in one table. A reader gets a segment, or all segments of a loop, and adds to the fields. What
is the same in many claims (a provider, a payer, the place of service with its frequency) is kept once read.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from msgspec.structs import replace

from scrubber.claim import (
    Address,
    Adjustment,
    LineAdjudication,
    OtherPayer,
    Patient,
    Payer,
    Provider,
    Subscriber,
)
from scrubber.intake.x12.guide import Fields, Read
from scrubber.intake.x12.tokenizer import COMPONENT, ELEMENT
from scrubber.intake.x12.values import amount_of, charge_of, day_of, days_of, pointers_of, quantity_of

Elements: TypeAlias = list[str]

MOST_DIAGNOSES = 99
MOST_OTHER_PAYERS = 20
MOST_ADJUDICATIONS = 50
MOST_ADJUSTMENTS = 50
"""What a claim holds of each; the guide allows fewer."""

LONGEST_CODE = 20
LONGEST_IDENTIFIER = 80
LONGEST_TEXT = 200
"""Characters of a code, an identifier and a text in a claim."""

RELATIONSHIPS = {"18": "self", "01": "spouse", "19": "child"}
"""SBR02 and PAT01 in the words of the paper form; every other one is "other" there."""

DIAGNOSIS_QUALIFIERS = frozenset({"ABK", "ABF", "BK", "BF"})
TOLD_APART = frozenset({"AMT", "DTP", "REF"})
"""Segments named with their qualifier, for there are several of them."""


class Misread(Exception):
    """A value that can't be what it should be. ``where`` is its segment and element; the message never quotes it."""

    def __init__(self, elements: Elements, number: int, message: str) -> None:
        super().__init__(message)
        id_ = elements[0]
        told_apart = id_ in TOLD_APART and len(elements) > 1 and len(elements[1]) <= 3
        self.where = f"{f'{id_}*{elements[1]} ' if told_apart else ''}{id_}{number:02}"


# Elements


def element(elements: Elements, number: int, longest: int = LONGEST_CODE) -> str | None:
    """An element; None if it is empty or left out. Raises Misread if it is too long for a claim."""
    if len(elements) <= number:
        return None
    text = elements[number]
    if len(text) > longest:
        raise Misread(elements, number, "is too long")
    return text or None


def charge_in(elements: Elements, number: int) -> Decimal:
    """The charge of a line."""
    charge = charge_of(elements[number]) if len(elements) > number else None
    if charge is None:
        missing = len(elements) <= number or not elements[number]
        raise Misread(elements, number, "is missing" if missing else "is not an amount")
    return charge


def amount_in(elements: Elements, number: int) -> Decimal:
    """An amount of money, perhaps negative."""
    amount = amount_of(elements[number]) if len(elements) > number else None
    if amount is None:
        raise Misread(elements, number, "is not an amount")
    return amount


def quantity_in(elements: Elements, number: int) -> Decimal | None:
    """A number of units; None if it is empty or left out."""
    if len(elements) <= number or not elements[number]:
        return None
    quantity = quantity_of(elements[number])
    if quantity is None:
        raise Misread(elements, number, "is not a quantity")
    return quantity


@lru_cache(maxsize=1024)
def days_in(segment: str) -> tuple[date, date | None] | None:
    """The date of a DTP segment, and the last one if it is a span; None if it says something else (an hour)."""
    elements = segment.split(ELEMENT)
    match elements[2:4]:
        case ["D8", text]:
            day = day_of(text)
            if day is None:
                raise Misread(elements, 3, "is not a date" if text else "is missing")
            return day, None
        case ["RD8", text]:
            days = days_of(text)
            if days is None:
                raise Misread(elements, 3, "is not a span of dates" if text else "is missing")
            return days
    return None


def _append(fields: Fields, name: str, value: object, most: int, segment: str) -> None:
    values = fields.setdefault(name, [])
    if len(values) >= most:
        raise Misread(segment.split(ELEMENT), 1, "comes too often for a claim")
    values.append(value)


# Readers made for a field


def text_as(field: str, number: int = 2, longest: int = LONGEST_IDENTIFIER) -> Read:
    """A reader of an element as it stands."""

    def read(fields: Fields, segment: str) -> None:
        fields[field] = element(segment.split(ELEMENT), number, longest)

    return read


def _note(fields: Fields, segment: str) -> None:
    note = element(segment.split(ELEMENT), 2, LONGEST_TEXT)
    fields["note"] = f"{fields['note']} {note}"[:LONGEST_TEXT] if "note" in fields else note


def _date(field: str) -> Read:
    def read(fields: Fields, segment: str) -> None:
        if days := days_in(segment):
            fields.setdefault("dates", {})[field] = days[0]

    return read


def provider_as(field: str, kind: str = "") -> Read:
    """A reader of the loop as a provider, the first one if there are several; of a kind (NM101) if one is named."""

    def read(fields: Fields, segments: Sequence[str]) -> None:
        if field not in fields and segments[0][4:7].startswith(kind):
            fields[field] = _provider(*segments)

    return read


@lru_cache(maxsize=1024)
def _provider(*segments: str) -> Provider:
    npi = taxonomy = tax_id = name = address = None
    for segment in segments:
        e = segment.split(ELEMENT)
        match e[0]:
            case "NM1":
                npi = element(e, 9, LONGEST_IDENTIFIER) if element(e, 8) == "XX" else None
                name = (
                    " ".join(filter(None, (element(e, 4, LONGEST_TEXT), element(e, 3, LONGEST_TEXT)))) or None
                )
            case "PRV":
                taxonomy = element(e, 3, LONGEST_IDENTIFIER)
            case "N4":
                address = Address(state=element(e, 2), zip=element(e, 3))
            case "REF" if e[1] in {"EI", "SY"}:
                tax_id = element(e, 2, LONGEST_IDENTIFIER)
    return Provider(
        npi=npi, taxonomy=taxonomy, tax_id=tax_id, name=name and name[:LONGEST_TEXT], address=address
    )


# The levels


def _pay_to(fields: Fields, segments: Sequence[str]) -> None:
    fields["pay_to_address"] = _provider(*segments).address


def _responsibility(fields: Fields, segment: str) -> None:
    fields["turn"] = segment
    fields["payer"] = _payer(segment, "")
    fields["relationship"] = _relationship(segment)


def _paid_by(fields: Fields, segment: str) -> None:
    fields["payer"] = _payer(fields.pop("turn", ""), segment)


@lru_cache(maxsize=1024)
def _payer(sbr: str, nm1: str) -> Payer:
    turn, named = sbr.split(ELEMENT), nm1.split(ELEMENT)
    return Payer(
        id=element(named, 9, LONGEST_IDENTIFIER),
        name=element(named, 3, LONGEST_TEXT),
        claim_filing_indicator=element(turn, 9),
        responsibility=element(turn, 1),
        insurance_type=element(turn, 5),
    )


@lru_cache(maxsize=1024)
def _relationship(segment: str) -> str | None:
    elements = segment.split(ELEMENT)
    code = element(elements, 1 if elements[0] == "PAT" else 2)
    return RELATIONSHIPS.get(code, "other") if code else None


def _patient_relationship(fields: Fields, segment: str) -> None:
    fields["relationship"] = _relationship(segment)


def _person(fields: Fields, segment: str) -> None:
    elements = segment.split(ELEMENT)
    birth = elements[2] if len(elements) > 2 else ""
    day = day_of(birth)
    if birth and day is None:
        raise Misread(elements, 2, "is not a date")
    fields["patient"] = Patient(birth_date=day, sex=element(elements, 3))


def finish_level(kind: str, fields: Fields) -> None:
    """Put together what the segments of a level say in several places."""
    if kind == "20":
        taxonomy = fields.pop("taxonomy", None)
        if taxonomy and "billing_provider" in fields:
            fields["billing_provider"] = replace(fields["billing_provider"], taxonomy=taxonomy)
    elif kind == "22":
        fields.pop("turn", None)
        id_, relationship = fields.pop("subscriber_id", None), fields.pop("relationship", None)
        fields["subscriber"] = Subscriber(id=id_, relationship=relationship)
    else:
        subscriber = fields.get("subscriber", Subscriber())
        fields["subscriber"] = replace(subscriber, relationship=fields.pop("relationship", None))


# The claim


def _claim(fields: Fields, segment: str) -> None:
    e = segment.split(ELEMENT, 3)
    n = len(e)
    claim_id = e[1] if n > 1 else ""
    if not claim_id or len(claim_id) > LONGEST_IDENTIFIER:
        raise Misread(e, 1, "is too long" if claim_id else "is missing")
    fields["claim_id"] = claim_id
    if n > 2 and e[2]:
        charge = charge_of(e[2])
        if charge is None:
            raise Misread(e, 2, "is not an amount")
        fields["total_charge"] = charge
    if n > 3:
        fields.update(_circumstances(e[3]))


@lru_cache(maxsize=1024)
def _circumstances(rest: str) -> Fields:
    """Place of service, assignment, causes and the like: CLM from its third element on."""
    e = ["CLM", "", "", *rest.split(ELEMENT)]
    fields: Fields = {"accept_assignment": element(e, 7), "delay_reason": element(e, 20)}
    if facility := element(e, 5):
        place, _, frequency = [*facility.split(COMPONENT), "", ""][:3]
        fields["place_of_service"] = place or None
        fields["frequency_code"] = frequency or "1"
    if causes := element(e, 11):
        *named, state = [*causes.split(COMPONENT), "", "", "", ""][:4]
        fields["related_causes"] = tuple(filter(None, named))
        fields["accident_state"] = state or None
    return fields


def _diagnoses(fields: Fields, segment: str) -> None:
    codes = [*map(_diagnosis, segment.split(ELEMENT))]
    if len(codes) > 1 and codes[1] is not None:
        codes[0:1] = fields.get("diagnoses", ())
        if len(codes) > MOST_DIAGNOSES:
            raise Misread(["HI"], 1, "comes too often for a claim")
        fields["diagnoses"] = tuple(codes) if None not in codes else tuple(code or "" for code in codes)


@lru_cache(maxsize=1024)
def _diagnosis(composite: str) -> str | None:
    """The code of a diagnosis in HI, None for what is none."""
    qualifier, code = [*composite.split(COMPONENT, 2), ""][:2]
    if len(code) > LONGEST_CODE:
        raise Misread(["HI"], 1, "is too long")
    return code if qualifier in DIAGNOSIS_QUALIFIERS else None


def _disability(fields: Fields, segment: str) -> None:
    if days := days_in(segment):
        dates = fields.setdefault("dates", {})
        dates["disability_from"], dates["disability_to"] = days


def _patient_paid(fields: Fields, segment: str) -> None:
    e = segment.split(ELEMENT)
    if element(e, 1) == "F5":
        fields["patient_paid"] = amount_in(e, 2)


# Other payers, and what they decided


def _other_payer(fields: Fields, segment: str) -> None:
    other: Fields = {}
    _responsibility(other, segment)
    _append(fields, "other_payers", other, MOST_OTHER_PAYERS, segment)


def _other_amount(fields: Fields, segment: str) -> None:
    e = segment.split(ELEMENT)
    if name := OTHER_PAYER_AMOUNTS.get(e[1] if len(e) > 1 else ""):
        fields["other_payers"][-1][name] = amount_in(e, 2)


OTHER_PAYER_AMOUNTS = {"D": "paid", "A8": "non_covered", "EAF": "patient_liability"}


def _other_insured(fields: Fields, segment: str) -> None:
    fields["other_payers"][-1]["subscriber_id"] = element(segment.split(ELEMENT), 9, LONGEST_IDENTIFIER)


def _other_paid_by(fields: Fields, segment: str) -> None:
    _paid_by(fields["other_payers"][-1], segment)


def _other_adjudicated(fields: Fields, segment: str) -> None:
    if days := days_in(segment):
        fields["other_payers"][-1]["adjudicated"] = days[0]


def _other_adjustments(fields: Fields, segment: str) -> None:
    _adjust(fields["other_payers"][-1], segment)


def _adjust(fields: Fields, segment: str) -> None:
    """A CAS segment: a group, then up to six times reason, amount, quantity."""
    e = segment.split(ELEMENT)
    group = element(e, 1) or ""
    for at in range(2, len(e), 3):
        if reason := element(e, at):
            adjustment = Adjustment(
                group=group, reason=reason, amount=amount_in(e, at + 1), quantity=quantity_in(e, at + 2)
            )
            _append(fields, "adjustments", adjustment, MOST_ADJUSTMENTS, segment)


def other_payer(fields: Fields) -> OtherPayer:
    """What has been read of another payer, as a value of the claim."""
    fields.pop("turn", None)
    subscriber = Subscriber(
        id=fields.pop("subscriber_id", None), relationship=fields.pop("relationship", None)
    )
    adjustments = tuple(fields.pop("adjustments", ()))
    return OtherPayer(subscriber=subscriber, adjustments=adjustments, **fields)


def _adjudication(fields: Fields, segment: str) -> None:
    e = segment.split(ELEMENT)
    procedure = procedure_of(e[3], "SVD", 3) if len(e) > 3 else {}
    adjudication: Fields = {
        "payer_id": element(e, 1, LONGEST_IDENTIFIER) or "",
        "paid": amount_in(e, 2),
        "procedure": procedure.get("procedure") or None,
        "modifiers": procedure.get("modifiers", ()),
        "units": quantity_in(e, 5),
    }
    _append(fields, "adjudications", adjudication, MOST_ADJUDICATIONS, segment)


def _adjudication_adjustments(fields: Fields, segment: str) -> None:
    _adjust(fields["adjudications"][-1], segment)


def _adjudication_date(fields: Fields, segment: str) -> None:
    if days := days_in(segment):
        fields["adjudications"][-1]["adjudicated"] = days[0]


def _adjudication_amount(fields: Fields, segment: str) -> None:
    e = segment.split(ELEMENT)
    if element(e, 1) == "EAF":
        fields["adjudications"][-1]["patient_liability"] = amount_in(e, 2)


def line_adjudication(fields: Fields) -> LineAdjudication:
    """What has been read of another payer's decision on a line, as a value of the claim."""
    return LineAdjudication(adjustments=tuple(fields.pop("adjustments", ())), **fields)


# The line


def _service(fields: Fields, segment: str) -> None:
    e = segment.split(ELEMENT, 3)
    fields["charge"] = charge_in(e, 2)
    fields.update(procedure_of(e[1]))
    if len(e) > 3:
        fields.update(_extent(e[3]))


@lru_cache(maxsize=1024)
def procedure_of(composite: str, segment: str = "SV1", number: int = 1) -> Fields:
    """Procedure, modifiers and description, from an element of a segment (SV101, SV202, SVD03)."""
    parts = composite.split(COMPONENT)
    if any(len(part) > LONGEST_CODE for part in parts[1:6]):
        raise Misread([segment], number, "is too long")
    fields: Fields = {"procedure": parts[1] if len(parts) > 1 else ""}
    if modifiers := tuple(filter(None, parts[2:6])):
        fields["modifiers"] = modifiers
    if description := "".join(parts[6:7]):
        fields["description"] = description[:LONGEST_TEXT]
    return fields


@lru_cache(maxsize=1024)
def _extent(rest: str) -> Fields:
    """Units, place of service and diagnosis pointers: SV1 from its third element on."""
    e = ["SV1", "", "", *rest.split(ELEMENT)]
    fields: Fields = {}
    if (basis := element(e, 3)) and basis != "UN":
        fields["unit_basis"] = basis
    if (units := quantity_in(e, 4)) is not None:
        fields["units"] = units
    if place := element(e, 5):
        fields["place_of_service"] = place
    if len(e) > 7:
        fields["diagnosis_pointers"] = pointers_of(e[7], COMPONENT)
    return fields


def service_days(fields: Fields, segment: str) -> None:
    """The day of a line's service, and the last one of a span."""
    days = days_in(segment)
    if days is None:
        raise Misread(segment.split(ELEMENT), 2, "is neither D8 nor RD8")
    fields["service_date"], last = days
    if last:
        fields["service_date_to"] = last


def _authorization(field: str) -> Read:
    """A number of the line for the claim's payer; one with REF04 is for another payer."""

    def read(fields: Fields, segment: str) -> None:
        e = segment.split(ELEMENT)
        if len(e) < 5 and field not in fields:
            fields[field] = element(e, 2, LONGEST_IDENTIFIER)

    return read


def _drug(fields: Fields, segment: str) -> None:
    e = segment.split(ELEMENT)
    if element(e, 2) == "N4":
        fields["ndc"] = element(e, 3, LONGEST_IDENTIFIER)


def _drug_quantity(fields: Fields, segment: str) -> None:
    e = segment.split(ELEMENT)
    fields["ndc_quantity"] = quantity_in(e, 4)
    fields["ndc_unit"] = element(e[5].split(COMPONENT), 0) if len(e) > 5 else None


READERS: dict[str, Read] = {
    "2000A PRV": text_as("taxonomy", 3),
    "2010AA": provider_as("billing_provider"),
    "2010AB": _pay_to,
    "2000B SBR": _responsibility,
    "2010BA NM1": text_as("subscriber_id", 9),
    "2010BA DMG": _person,
    "2010BB NM1": _paid_by,
    "2000C PAT": _patient_relationship,
    "2010CA DMG": _person,
    "2300 CLM": _claim,
    "2300 DTP*454": _date("initial_treatment"),
    "2300 DTP*455": _date("last_x_ray"),
    "2300 DTP*431": _date("onset"),
    "2300 DTP*439": _date("accident"),
    "2300 DTP*453": _date("acute_manifestation"),
    "2300 DTP*304": _date("last_seen"),
    "2300 DTP*484": _date("last_menstrual_period"),
    "2300 DTP*471": _date("prescription"),
    "2300 DTP*444": _date("first_contact"),
    "2300 DTP*314": _disability,
    "2300 DTP*360": _date("disability_from"),
    "2300 DTP*361": _date("disability_to"),
    "2300 DTP*297": _date("last_worked"),
    "2300 DTP*296": _date("return_to_work"),
    "2300 DTP*435": _date("admission"),
    "2300 DTP*096": _date("discharge"),
    "2300 DTP*090": _date("assumed_care"),
    "2300 DTP*091": _date("relinquished_care"),
    "2300 AMT": _patient_paid,
    "2300 REF*4N": text_as("service_authorization_exception"),
    "2300 REF*EW": text_as("mammography_certification"),
    "2300 REF*9F": text_as("referral_number"),
    "2300 REF*G1": text_as("prior_authorization"),
    "2300 REF*F8": text_as("original_reference"),
    "2300 REF*X4": text_as("clia_number"),
    "2300 REF*LX": text_as("investigational_device_exemption"),
    "2300 REF*D9": text_as("clearinghouse_trace"),
    "2300 REF*P4": text_as("demonstration_project"),
    "2300 NTE": _note,
    "2300 CR2": text_as("patient_condition", 8, LONGEST_CODE),
    "2300 HI": _diagnoses,
    "2310A": provider_as("referring_provider", "DN"),
    "2310B": provider_as("rendering_provider"),
    "2310C": provider_as("service_facility"),
    "2310D": provider_as("supervising_provider"),
    "2320 SBR": _other_payer,
    "2320 CAS": _other_adjustments,
    "2320 AMT": _other_amount,
    "2330A NM1": _other_insured,
    "2330B NM1": _other_paid_by,
    "2330B DTP*573": _other_adjudicated,
    "2400 SV1": _service,
    "2400 DTP*472": service_days,
    "2400 DTP*454": _date("initial_treatment"),
    "2400 DTP*455": _date("last_x_ray"),
    "2400 DTP*304": _date("last_seen"),
    "2400 DTP*471": _date("prescription"),
    "2400 REF*6R": text_as("control_number"),
    "2400 REF*G1": _authorization("prior_authorization"),
    "2400 REF*9F": _authorization("referral_number"),
    "2400 REF*X4": text_as("clia_number"),
    "2400 NTE": _note,
    "2410 LIN": _drug,
    "2410 CTP": _drug_quantity,
    "2420A": provider_as("rendering_provider"),
    "2420C": provider_as("service_facility"),
    "2420D": provider_as("supervising_provider"),
    "2420E": provider_as("ordering_provider"),
    "2420F": provider_as("referring_provider", "DN"),
    "2430 SVD": _adjudication,
    "2430 CAS": _adjudication_adjustments,
    "2430 DTP*573": _adjudication_date,
    "2430 AMT": _adjudication_amount,
}
"""Loop, or loop and segment, with the qualifier where segments of one id are told apart by it."""
