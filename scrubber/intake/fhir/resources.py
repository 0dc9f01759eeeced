"""The parts of FHIR R4 resources that a claim is made of.

Elements that are not named here are not read. What is named must have the type that FHIR gives it.
"""

from decimal import Decimal
from typing import Annotated, TypeVar

import msgspec


class ResourceInvalid(Exception):
    """A resource is not as FHIR has it. The message begins with the path and quotes no value."""


class Part(msgspec.Struct, rename="camel", kw_only=True, gc=False):
    """What all below are: unknown elements are left out, camelCase in JSON."""


class Coding(Part):
    """A code and the system it is from."""

    system: str | None = None
    code: str | None = None


class Concept(Part):
    """A CodeableConcept: one meaning in the codes of several systems."""

    coding: list[Coding] = []


class Identifier(Part):
    """A number that someone has given out."""

    type: Concept | None = None
    system: str | None = None
    value: str | None = None


class Reference(Part):
    """A pointer to another resource, by address or by identifier."""

    reference: str | None = None
    identifier: Identifier | None = None
    display: str | None = None


class Period(Part):
    """From one date or time to another."""

    start: str | None = None
    end: str | None = None


class Quantity(Part):
    """A count of something."""

    value: Decimal | None = None
    unit: str | None = None
    code: str | None = None


class Money(Part):
    """An amount and its currency."""

    value: Decimal | None = None
    currency: str | None = None


class Address(Part):
    """State and ZIP code of an address."""

    state: str | None = None
    postal_code: str | None = None


class HumanName(Part):
    """The name of a person."""

    text: str | None = None
    family: str | None = None
    given: list[str | None] = []


class Qualification(Part):
    """What a practitioner is trained in."""

    code: Concept | None = None


class Patient(Part):
    """The person treated."""

    identifier: list[Identifier] = []
    birth_date: str | None = None
    gender: str | None = None


class Coverage(Part):
    """The insurance of a patient."""

    identifier: list[Identifier] = []
    type: Concept | None = None
    subscriber_id: str | None = None
    relationship: Concept | None = None
    payor: list[Reference] = []


class Organization(Part):
    """A practice, a hospital, a payer."""

    identifier: list[Identifier] = []
    type: list[Concept] = []
    name: str | None = None
    address: list[Address] = []


class Practitioner(Part):
    """A person who gives care."""

    identifier: list[Identifier] = []
    name: list[HumanName] = []
    address: list[Address] = []
    qualification: list[Qualification] = []


class PractitionerRole(Part):
    """A practitioner at an organization."""

    identifier: list[Identifier] = []
    practitioner: Reference | None = None
    organization: Reference | None = None
    code: list[Concept] = []
    specialty: list[Concept] = []


class Location(Part):
    """A place where care is given."""

    identifier: list[Identifier] = []
    name: str | None = None
    address: Address | None = None
    managing_organization: Reference | None = None


class Condition(Part):
    """A diagnosis on record."""

    code: Concept | None = None


class ServiceRequest(Part):
    """A referral or an order."""

    requester: Reference | None = None


class CareTeamMember(Part):
    """Somebody with a part in the services of a claim."""

    sequence: int | None = None
    provider: Reference | None = None
    role: Concept | None = None
    qualification: Concept | None = None


class SupportingInfo(Part):
    """Further facts, dates before all."""

    category: Concept | None = None
    code: Concept | None = None
    timing_date: str | None = None
    timing_period: Period | None = None
    value_reference: Reference | None = None


class Diagnosis(Part):
    """A diagnosis of a claim, coded or as a reference to a Condition."""

    sequence: int | None = None
    diagnosis_codeable_concept: Concept | None = None
    diagnosis_reference: Reference | None = None
    type: list[Concept] = []


class Insurance(Part):
    """One of the coverages of a claim; ``focal`` is the one that this claim asks to pay."""

    sequence: int | None = None
    focal: bool | None = None
    coverage: Reference | None = None
    pre_auth_ref: list[str] = []


class Related(Part):
    """Another claim and how it is related."""

    claim: Reference | None = None
    relationship: Concept | None = None
    reference: Identifier | None = None


class Accident(Part):
    """The accident that the services follow."""

    date: str | None = None
    type: Concept | None = None
    location_address: Address | None = None


class Item(Part):
    """A line of a claim."""

    care_team_sequence: list[int] = []
    diagnosis_sequence: list[int] = []
    product_or_service: Concept | None = None
    modifier: list[Concept] = []
    serviced_date: str | None = None
    serviced_period: Period | None = None
    location_codeable_concept: Concept | None = None
    quantity: Quantity | None = None
    unit_price: Money | None = None
    factor: Decimal | None = None
    net: Money | None = None
    detail: list[msgspec.Raw] = []


class Claim(Part):
    """A claim."""

    id: str | None = None
    contained: list[msgspec.Raw] = []
    identifier: list[Identifier] = []
    status: str | None = None
    type: Concept | None = None
    use: str | None = None
    patient: Reference | None = None
    billable_period: Period | None = None
    insurer: Reference | None = None
    provider: Reference | None = None
    related: list[Related] = []
    referral: Reference | None = None
    facility: Reference | None = None
    care_team: Annotated[list[CareTeamMember], msgspec.Meta(max_length=999)] = []
    supporting_info: Annotated[list[SupportingInfo], msgspec.Meta(max_length=999)] = []
    diagnosis: Annotated[list[Diagnosis], msgspec.Meta(max_length=99)] = []
    insurance: Annotated[list[Insurance], msgspec.Meta(max_length=21)] = []
    accident: Accident | None = None
    item: Annotated[list[Item], msgspec.Meta(max_length=999)] = []
    total: Money | None = None


class Entry(Part):
    """A resource in a Bundle."""

    full_url: str | None = None
    resource: msgspec.Raw = msgspec.Raw()


class Bundle(Part):
    """Several resources."""

    entry: list[Entry] = []


class Head(Part):
    """What kind of resource it is, and its id."""

    resource_type: str | None = None
    id: str | None = None


Read = TypeVar("Read")


def head_of(resource: bytes | msgspec.Raw) -> Head:
    """What kind of resource it is; none if it is no resource or no JSON."""
    try:
        return _HEAD.decode(resource)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Head()


def decoded(resource: bytes | msgspec.Raw, kind: type[Read], path: str) -> Read:
    """The resource as one of the types above. Raises ResourceInvalid with the path of what is wrong."""
    try:
        return msgspec.json.decode(resource, type=kind)
    except msgspec.ValidationError as error:
        says, _, where = str(error).replace("`", "").partition(" - at $")
        raise ResourceInvalid(f"{path}{where}: {says}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ResourceInvalid(f"{path}: not readable as JSON.") from None


_HEAD = msgspec.json.Decoder(Head)
