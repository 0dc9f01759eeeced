"""What is read of each loop of a professional transaction: segments → fields of a claim, a line, a level.

``READERS`` says it all: of the claim here; of the levels above it, its other payers and its lines in modules beside. A
reader gets a segment, or all segments of a loop, and adds to the fields. What is the same in many claims (a provider, a
payer, the place of service with its frequency) is kept once read.
"""

from functools import lru_cache

from scrubber.intake.x12.field_readers import amounts_as, date_as, note, provider_as, text_as
from scrubber.intake.x12.guide import Fields, Read
from scrubber.intake.x12.level_loops import LEVEL_READERS
from scrubber.intake.x12.line_loops import LINE_READERS
from scrubber.intake.x12.other_payer_loops import OTHER_PAYER_READERS
from scrubber.intake.x12.segment_values import (
    LONGEST_CODE,
    LONGEST_IDENTIFIER,
    Misread,
    days_in,
    element,
)
from scrubber.intake.x12.tokenizer import COMPONENT, ELEMENT
from scrubber.intake.x12.values import charge_of

MOST_DIAGNOSES = 99
DIAGNOSIS_QUALIFIERS = frozenset({"ABK", "ABF", "BK", "BF"})


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


CLAIM_READERS: dict[str, Read] = {
    "2300 CLM": _claim,
    "2300 DTP*454": date_as("initial_treatment"),
    "2300 DTP*455": date_as("last_x_ray"),
    "2300 DTP*431": date_as("onset"),
    "2300 DTP*439": date_as("accident"),
    "2300 DTP*453": date_as("acute_manifestation"),
    "2300 DTP*304": date_as("last_seen"),
    "2300 DTP*484": date_as("last_menstrual_period"),
    "2300 DTP*471": date_as("prescription"),
    "2300 DTP*444": date_as("first_contact"),
    "2300 DTP*314": _disability,
    "2300 DTP*360": date_as("disability_from"),
    "2300 DTP*361": date_as("disability_to"),
    "2300 DTP*297": date_as("last_worked"),
    "2300 DTP*296": date_as("return_to_work"),
    "2300 DTP*435": date_as("admission"),
    "2300 DTP*096": date_as("discharge"),
    "2300 DTP*090": date_as("assumed_care"),
    "2300 DTP*091": date_as("relinquished_care"),
    "2300 AMT": amounts_as(F5="patient_paid"),
    "2300 REF*4N": text_as("service_authorization_exception"),
    "2300 REF*EW": text_as("mammography_certification"),
    "2300 REF*9F": text_as("referral_number"),
    "2300 REF*G1": text_as("prior_authorization"),
    "2300 REF*F8": text_as("original_reference"),
    "2300 REF*X4": text_as("clia_number"),
    "2300 REF*LX": text_as("investigational_device_exemption"),
    "2300 REF*D9": text_as("clearinghouse_trace"),
    "2300 REF*P4": text_as("demonstration_project"),
    "2300 NTE": note,
    "2300 CR2": text_as("patient_condition", 8, LONGEST_CODE),
    "2300 HI": _diagnoses,
    "2310A": provider_as("referring_provider", "DN"),
    "2310B": provider_as("rendering_provider"),
    "2310C": provider_as("service_facility"),
    "2310D": provider_as("supervising_provider"),
}

READERS = LEVEL_READERS | CLAIM_READERS | OTHER_PAYER_READERS | LINE_READERS
"""Loop, or loop and segment, with the qualifier where segments of one id are told apart by it."""
