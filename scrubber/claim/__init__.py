"""What a claim is. Pure: no I/O, no clock."""

from scrubber.claim.codes import dotted, listed, undotted
from scrubber.claim.location import Location, json_pointer, line_field
from scrubber.claim.model import (
    Address,
    Adjustment,
    Claim,
    ClaimDates,
    Documentation,
    LineAdjudication,
    LineDates,
    OtherPayer,
    Patient,
    Payer,
    Provider,
    ServiceLine,
    Subscriber,
    initial_treatment,
    place_of_service,
    pointed_diagnoses,
    rendering_taxonomy,
)

__all__ = [
    "Address",
    "Adjustment",
    "Claim",
    "ClaimDates",
    "Documentation",
    "LineAdjudication",
    "LineDates",
    "Location",
    "OtherPayer",
    "Patient",
    "Payer",
    "Provider",
    "ServiceLine",
    "Subscriber",
    "dotted",
    "initial_treatment",
    "json_pointer",
    "line_field",
    "listed",
    "place_of_service",
    "pointed_diagnoses",
    "rendering_taxonomy",
    "undotted",
]
