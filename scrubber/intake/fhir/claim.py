"""A FHIR claim as the JSON of a claim, and where in the resources each of its values stands.

docs/guide/fhir.md says which element becomes which field.
"""

from collections.abc import Mapping
from functools import partial
from typing import Final

import msgspec

from scrubber.claim import Location as Place
from scrubber.intake.checked import checked, in_one, shown
from scrubber.intake.fhir import resources as fhir
from scrubber.intake.fhir.circumstances import put_dates, put_related
from scrubber.intake.fhir.insurance import put_insurance, put_patient
from scrubber.intake.fhir.lines import amount_of, put_diagnoses, put_lines
from scrubber.intake.fhir.making import Making
from scrubber.intake.fhir.providers import party_of, put_care_team, put_facility
from scrubber.intake.fhir.references import Known, Surroundings
from scrubber.intake.fhir.resources import ResourceInvalid
from scrubber.intake.record import Received, Unreadable

ELEMENTS: Final = {
    "claim_id": "identifier", "patient": "patient", "birth_date": "birthDate", "sex": "gender",
    "payer": "insurer", "subscriber": "insurance", "prior_authorization": "insurance", "other_payers": "insurance",
    "billing_provider": "provider", "rendering_provider": "careTeam", "referring_provider": "careTeam",
    "supervising_provider": "careTeam", "ordering_provider": "careTeam", "service_facility": "facility",
    "npi": "identifier", "tax_id": "identifier", "id": "identifier", "name": "name", "address": "address",
    "diagnoses": "diagnosis", "lines": "item", "total_charge": "total", "related_causes": "accident",
    "accident_state": "accident", "dates": "supportingInfo", "frequency_code": "related",
    "original_reference": "related", "procedure": "productOrService", "modifiers": "modifier",
    "diagnosis_pointers": "diagnosisSequence", "service_date": "serviced", "service_date_to": "serviced",
    "charge": "net", "units": "quantity", "unit_basis": "quantity", "place_of_service": "locationCodeableConcept",
    "ndc": "productOrService",
}  # fmt: skip
"""Field of a claim → the element it would be read from; to tell where something is missing."""

NOT_READ: Final = {
    "institutional": "an institutional", "oral": "a dental", "pharmacy": "a pharmacy", "vision": "a vision",
}  # fmt: skip


def read_claim(
    record: bytes | msgspec.Raw, path: str, bundle: Mapping[str, Known], place: str, at: str
) -> Received | Unreadable:
    """The claim in a Claim resource. ``path`` is its own, ``at`` stands before paths in what is told."""
    claim_id = None
    try:
        claim = fhir.decoded(record, fhir.Claim, path)
        claim_id = _claim_id(claim)
        made = Making(claim, path, Surroundings(claim, path, bundle))
        if refused := _refused(claim):
            return Unreadable(place=place, message=refused, claim_id=shown(claim_id))
        _make(made)
    except ResourceInvalid as invalid:
        return Unreadable(place=place, message=str(invalid), claim_id=shown(claim_id))
    if made.faults:
        return Unreadable(place=place, message=in_one(made.faults), claim_id=shown(claim_id))
    return checked(msgspec.json.encode(made.values), place, partial(_locate, made.paths, path, at))


def _claim_id(claim: fhir.Claim) -> str | None:
    return next((identifier.value for identifier in claim.identifier if identifier.value), claim.id)


def _refused(claim: fhir.Claim) -> str | None:
    """Why this Claim is not a claim to scrub."""
    if claim.use != "claim":
        if claim.use in {"preauthorization", "predetermination"}:
            return (
                f"This is a {claim.use}, not a claim: nothing has been billed yet. Only use 'claim' is read."
            )
        return "Claim.use does not say 'claim'."
    if claim.status in {"cancelled", "entered-in-error"}:
        return f"The claim is marked {claim.status}, so there is nothing to scrub."
    kinds = {coding.code for coding in (claim.type or fhir.Concept()).coding}
    if "professional" in kinds:
        return None
    if known := next((told for kind, told in NOT_READ.items() if kind in kinds), None):
        return f"This is {known} claim. Of FHIR, professional claims are read; others are not evaluated."
    return "Claim.type does not say 'professional': only professional claims are read."


def _make(made: Making) -> None:
    claim, path = made.claim, made.path
    index = next((number for number, known in enumerate(claim.identifier) if known.value), None)
    made.put(f"{path}.id" if index is None else f"{path}.identifier[{index}]", _claim_id(claim), "claim_id")
    put_patient(made)
    put_insurance(made)
    made.put_party(party_of(made, claim.provider, f"{path}.provider"), "billing_provider")
    put_facility(made)
    put_diagnoses(made)
    put_lines(made)
    put_care_team(made)
    put_dates(made)
    put_related(made)
    if claim.total:
        made.put(f"{path}.total", amount_of(made, claim.total, f"{path}.total"), "total_charge")


def _locate(paths: Mapping[Place, str], root: str, at: str, location: Place) -> str:
    """The FHIR path of a location; of a value that is missing, the path it would be read from."""
    known = next((size for size in range(len(location), 0, -1) if location[:size] in paths), 0)
    path = paths[location[:known]] if known else root
    element = next((ELEMENTS[str(step)] for step in location[known:] if step in ELEMENTS), "")
    return f"{at} {path}{'.' if element else ''}{element}".lstrip()
