"""What is read of the levels above a claim: the billing provider, the subscriber with the payer, the patient."""

from collections.abc import Sequence
from functools import lru_cache

from msgspec.structs import replace

from scrubber.claim import Patient, Payer, Subscriber
from scrubber.intake.x12.field_readers import provider_as, provider_in, text_as
from scrubber.intake.x12.guide import Fields, Read
from scrubber.intake.x12.segment_values import LONGEST_IDENTIFIER, LONGEST_TEXT, Misread, element
from scrubber.intake.x12.tokenizer import ELEMENT
from scrubber.intake.x12.values import day_of, why_no_date

RELATIONSHIPS = {"18": "self", "01": "spouse", "19": "child"}
"""SBR02 and PAT01 in the words of the paper form; every other one is "other" there."""


def _pay_to(fields: Fields, segments: Sequence[str]) -> None:
    fields["pay_to_address"] = provider_in(*segments).address


def responsibility(fields: Fields, segment: str) -> None:
    """SBR: the payer as far as it tells, and how the patient is related to the subscriber."""
    fields["turn"] = segment
    fields["payer"] = _payer(segment, "")
    fields["relationship"] = _relationship(segment)


def paid_by(fields: Fields, segment: str) -> None:
    """NM1 of a payer: the payer whole, with what SBR told."""
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
        raise Misread(elements, 2, why_no_date(birth))
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


LEVEL_READERS: dict[str, Read] = {
    "2000A PRV": text_as("taxonomy", 3),
    "2010AA": provider_as("billing_provider"),
    "2010AB": _pay_to,
    "2000B SBR": responsibility,
    "2010BA NM1": text_as("subscriber_id", 9),
    "2010BA DMG": _person,
    "2010BB NM1": paid_by,
    "2000C PAT": _patient_relationship,
    "2010CA DMG": _person,
}
