"""The patient, the payers and the subscribers of a claim."""

from typing import Final

from scrubber.claim import Location as Place
from scrubber.intake.fhir import resources as fhir
from scrubber.intake.fhir.making import Making
from scrubber.intake.fhir.terms import (
    FILING_INDICATOR,
    MEDICARE_ID,
    MEMBER_TYPES,
    NPI,
    NPI_TYPES,
    PAYER_TYPES,
    TAX_ID,
    TAX_TYPES,
    code_of,
    codes_of,
    identifier_of,
    is_of,
)

SEXES: Final = {"male": "M", "female": "F", "other": "U", "unknown": "U"}
RESPONSIBILITIES: Final = {1: "P", 2: "S", 3: "T"}


def put_patient(made: Making) -> None:
    """Birth date and sex."""
    patient, path = made.around.find(made.claim.patient, f"{made.path}.patient")
    made.paths[("patient",)] = path
    if isinstance(patient, fhir.Patient):
        made.put(f"{path}.birthDate", patient.birth_date, "patient", "birth_date")
        made.put(f"{path}.gender", SEXES.get(patient.gender or "", patient.gender), "patient", "sex")


def put_insurance(made: Making) -> None:
    """The payer asked to pay and the others, each with its subscriber."""
    claim, path = made.claim, made.path
    entries = list(enumerate(claim.insurance))
    entries.sort(key=lambda one: (not one[1].focal, one[1].sequence or 0))
    if claim.insurer:
        _payer(made, claim.insurer, f"{path}.insurer", "payer")
    for rank, (number, insurance) in enumerate(entries):
        at = f"{path}.insurance[{number}]"
        within: Place = () if rank == 0 else ("other_payers", rank - 1)
        if rank:
            made.values.setdefault("other_payers", []).append({"payer": {}})
            made.paths[within] = at
        elif insurance.pre_auth_ref:
            made.put(f"{at}.preAuthRef[0]", insurance.pre_auth_ref[0], "prior_authorization")
        made.put(at, RESPONSIBILITIES.get(insurance.sequence or 0), *within, "payer", "responsibility")
        _coverage(made, insurance.coverage, f"{at}.coverage", within)


def _coverage(made: Making, reference: fhir.Reference | None, at: str, within: Place) -> None:
    coverage, path = made.around.find(reference, at)
    made.paths[(*within, "subscriber")] = path
    if not isinstance(coverage, fhir.Coverage):
        if reference and (*within, "payer", "name") not in made.paths:
            made.put(f"{path}.display", reference.display, *within, "payer", "name")
        return
    member = (coverage.subscriber_id, ".subscriberId") if coverage.subscriber_id else None
    member = member or identifier_of(coverage.identifier, MEDICARE_ID, MEMBER_TYPES)
    if member is None and not within:
        patient, patient_path = made.around.find(made.claim.patient, "")
        if isinstance(patient, fhir.Patient):
            member = identifier_of(patient.identifier, MEDICARE_ID, MEMBER_TYPES)
            path = patient_path if member else path
    if member:
        made.put(path + member[1], member[0], *within, "subscriber", "id")
    path = made.paths[(*within, "subscriber")]
    relationship = next(codes_of(coverage.relationship), None)
    made.put(f"{path}.relationship", relationship, *within, "subscriber", "relationship")
    indicator = code_of(coverage.type, FILING_INDICATOR)
    made.put(f"{path}.type", indicator, *within, "payer", "claim_filing_indicator")
    if coverage.payor:
        _payer(made, coverage.payor[0], f"{path}.payor[0]", *within, "payer")


def _payer(made: Making, reference: fhir.Reference, at: str, *place: str | int) -> None:
    """Id and name of a payer, as far as they are not known yet."""
    found, path = made.around.find(reference, at)
    made.paths.setdefault(place, path)
    identifier: tuple[str, str] | None = None
    name = reference.display
    if isinstance(found, fhir.Organization):
        name = found.name or name
        identifier = identifier_of(found.identifier, ("x12.org", "naic"), PAYER_TYPES)
        others = (
            (known.value, f".identifier[{number}]")
            for number, known in enumerate(found.identifier)
            if known.value and not is_of(known.system, NPI + TAX_ID)
            and NPI_TYPES.isdisjoint(codes_of(known.type)) and TAX_TYPES.isdisjoint(codes_of(known.type))
        )  # fmt: skip
        identifier = identifier or next(others, None)
    elif reference.identifier and reference.identifier.value:
        identifier = (reference.identifier.value, ".identifier")
    if identifier and (*place, "id") not in made.paths:
        made.put(path + identifier[1], identifier[0], *place, "id")
    if (*place, "name") not in made.paths:
        made.put(
            f"{path}.name" if isinstance(found, fhir.Organization) else f"{path}.display",
            name,
            *place,
            "name",
        )
