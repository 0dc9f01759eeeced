"""What is read of a line: the service, its days, numbers and drug."""

from functools import lru_cache

from scrubber.intake.x12.field_readers import date_as, note, provider_as, text_as
from scrubber.intake.x12.guide import Fields, Read
from scrubber.intake.x12.segment_values import (
    LONGEST_CODE,
    LONGEST_IDENTIFIER,
    LONGEST_TEXT,
    Misread,
    charge_in,
    days_in,
    element,
    quantity_in,
)
from scrubber.intake.x12.tokenizer import COMPONENT, ELEMENT
from scrubber.intake.x12.values import pointers_of


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


def _authorization_as(field: str) -> Read:
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


LINE_READERS: dict[str, Read] = {
    "2400 SV1": _service,
    "2400 DTP*472": service_days,
    "2400 DTP*454": date_as("initial_treatment"),
    "2400 DTP*455": date_as("last_x_ray"),
    "2400 DTP*304": date_as("last_seen"),
    "2400 DTP*471": date_as("prescription"),
    "2400 REF*6R": text_as("control_number"),
    "2400 REF*G1": _authorization_as("prior_authorization"),
    "2400 REF*9F": _authorization_as("referral_number"),
    "2400 REF*X4": text_as("clia_number"),
    "2400 REF*EW": text_as("mammography_certification"),
    "2400 NTE": note,
    "2410 LIN": _drug,
    "2410 CTP": _drug_quantity,
    "2420A": provider_as("rendering_provider"),
    "2420C": provider_as("service_facility"),
    "2420D": provider_as("supervising_provider"),
    "2420E": provider_as("ordering_provider"),
    "2420F": provider_as("referring_provider", "DN"),
}
