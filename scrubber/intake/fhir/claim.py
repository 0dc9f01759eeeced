"""A FHIR claim as the JSON of a claim, and where in the resources each of its values stands.

docs/guide/fhir.md says which element becomes which field.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any, Final, TypeAlias

import msgspec

from scrubber.claim import Location as Place
from scrubber.intake.checked import checked, in_one, shown
from scrubber.intake.fhir import resources as fhir
from scrubber.intake.fhir.resources import Known, ResourceInvalid, Surroundings
from scrubber.intake.record import Received, Unreadable

Found: TypeAlias = tuple[tuple[str, ...], str, str]
"""A field of a provider, its value, and the FHIR path of that."""

NPI: Final = ("us-npi", "2.16.840.1.113883.4.6")
TAX_ID: Final = ("us-ein", "2.16.840.1.113883.4.4")
MEDICARE_ID: Final = ("us-mbi", "2.16.840.1.113883.4.927")
TAXONOMY: Final = ("nucc.org/provider-taxonomy", "2.16.840.1.113883.6.101")
ICD10_CM: Final = ("icd-10-cm", "2.16.840.1.113883.6.90", "/sid/icd-10")
PROCEDURE: Final = ("ama-assn.org/go/cpt", "hcpcs", "2.16.840.1.113883.6.12", "2.16.840.1.113883.6.285")
DRUG: Final = ("/sid/ndc", "2.16.840.1.113883.6.69")
PLACE_OF_SERVICE: Final = ("place-of-service", "place_of_service", "ex-serviceplace")
X12_QUALIFIER: Final = ("x12.org", "nucc.org")
FILING_INDICATOR: Final = ("x12.org/005010/1032", "claim-filing-indicator")

SEXES: Final = {"male": "M", "female": "F", "other": "U", "unknown": "U"}
RESPONSIBILITIES: Final = {1: "P", 2: "S", 3: "T"}
CAUSES: Final = {"MVA": "AA", "WPA": "EM"}
MINUTES: Final = frozenset({"min", "minute", "minutes", "mj"})

ROLES: Final = {
    "rendering": "rendering_provider", "performing": "rendering_provider", "primary": "rendering_provider",
    "82": "rendering_provider", "": "rendering_provider",
    "referring": "referring_provider", "dn": "referring_provider",
    "supervising": "supervising_provider", "supervisor": "supervising_provider", "dq": "supervising_provider",
    "ordering": "ordering_provider", "dk": "ordering_provider",
}  # fmt: skip
"""Role of a care team member → provider of a claim. Without a role somebody counts as rendering."""

PERIODS: Final = {
    "onset": ("onset", None),
    "hospitalized": ("admission", "discharge"),
    "admissionperiod": ("admission", "discharge"),
    "employmentimpacted": ("disability_from", "disability_to"),
    "clmrecvddate": ("received", None),
}
"""Category of supporting information → the dates that its time begins and ends."""

QUALIFIERS: Final = {
    "050": "received", "090": "assumed_care", "091": "relinquished_care", "096": "discharge", "296": "return_to_work",
    "297": "last_worked", "304": "last_seen", "360": "disability_from", "361": "disability_to", "431": "onset",
    "435": "admission", "439": "accident", "444": "first_contact", "453": "acute_manifestation",
    "454": "initial_treatment", "455": "last_x_ray", "471": "prescription", "484": "last_menstrual_period",
}  # fmt: skip
"""Date qualifier of an 837 or CMS-1500 → the date of a claim."""

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
        made = _Made(claim, path, Surroundings(claim, path, bundle))
        if refused := _refused(claim):
            return Unreadable(place=place, message=refused, claim_id=shown(claim_id))
        _make(made)
    except ResourceInvalid as invalid:
        return Unreadable(place=place, message=str(invalid), claim_id=shown(claim_id))
    if made.faults:
        return Unreadable(place=place, message=in_one(made.faults), claim_id=shown(claim_id))
    return checked(msgspec.json.encode(made.values), place, partial(_locate, made.paths, path, at))


class _Made:
    """A claim in the making: its values, the FHIR path of each, and what can't be read."""

    def __init__(self, claim: fhir.Claim, path: str, around: Surroundings) -> None:
        self.claim = claim
        self.path = path
        self.around = around
        self.values: dict[str, Any] = {"payer": {}, "lines": [{} for _ in claim.item]}
        self.paths: dict[Place, str] = {
            ("lines", number): f"{path}.item[{number}]" for number in range(len(claim.item))
        }
        self.faults: list[str] = []

    def put(self, path: str, value: object, *place: str | int) -> None:
        """Set a value, unless there is none. The last step of ``place`` is a field."""
        if value is None or value == "":
            return
        target: Any = self.values
        for step in place[:-1]:
            target = target[step] if isinstance(step, int) else target.setdefault(step, {})
        target[place[-1]] = value
        self.paths[place] = path

    def add(self, path: str, value: object, *place: str | int) -> None:
        """Append a value to the list at ``place``."""
        target: Any = self.values
        for step in place[:-1]:
            target = target[step]
        listed = target.setdefault(place[-1], [])
        self.paths[(*place, len(listed))] = path
        listed.append(value)

    def put_party(self, parts: Iterable[Found], *place: str | int) -> None:
        """Set the fields of a provider; those that are there already stay."""
        for field, value, path in parts:
            if (*place, *field) not in self.paths:
                self.put(path, value, *place, *field)


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


def _make(made: _Made) -> None:
    claim, path = made.claim, made.path
    index = next((number for number, known in enumerate(claim.identifier) if known.value), None)
    made.put(f"{path}.id" if index is None else f"{path}.identifier[{index}]", _claim_id(claim), "claim_id")
    _patient(made)
    _insurance(made)
    made.put_party(_party(made, claim.provider, f"{path}.provider"), "billing_provider")
    _facility(made)
    _diagnoses(made)
    _items(made)
    _care_team(made)
    _dates(made)
    _related(made)
    if claim.total:
        made.put(f"{path}.total", _amount(made, claim.total, f"{path}.total"), "total_charge")


# Codes


@lru_cache(4096)
def _marked(system: str | None, marks: tuple[str, ...]) -> bool:
    return system is not None and any(mark in system.lower() for mark in marks)


def _code(concept: fhir.Concept | None, marks: tuple[str, ...], bare: bool = False) -> str | None:
    """The code of a system that one of the marks stands in; with ``bare`` also one without a system."""
    if concept is None:
        return None
    for coding in concept.coding:
        if coding.code and _marked(coding.system, marks):
            return coding.code
    return next(
        (coding.code for coding in concept.coding if bare and coding.code and not coding.system), None
    )


def _codes(concept: fhir.Concept | None) -> Iterator[str]:
    """All codes of whatever system, in small letters."""
    return (coding.code.lower() for coding in (concept.coding if concept else ()) if coding.code)


def _identifier(
    identifiers: Sequence[fhir.Identifier], marks: tuple[str, ...], types: frozenset[str]
) -> tuple[str, str] | None:
    """The first identifier of a system or type, and the end of its path."""
    for number, identifier in enumerate(identifiers):
        if identifier.value and (
            _marked(identifier.system, marks) or not types.isdisjoint(_codes(identifier.type))
        ):
            return identifier.value, f".identifier[{number}]"
    return None


_NPI_TYPES: Final = frozenset({"npi"})
_TAX_TYPES: Final = frozenset({"tax", "en", "ei"})
_MEMBER_TYPES: Final = frozenset({"mb", "mc"})
_PAYER_TYPES: Final = frozenset({"payerid", "naiccode", "niip", "nii"})


# Persons and organizations


def _patient(made: _Made) -> None:
    patient, path = made.around.find(made.claim.patient, f"{made.path}.patient")
    made.paths[("patient",)] = path
    if isinstance(patient, fhir.Patient):
        made.put(f"{path}.birthDate", patient.birth_date, "patient", "birth_date")
        made.put(f"{path}.gender", SEXES.get(patient.gender or "", patient.gender), "patient", "sex")


def _insurance(made: _Made) -> None:
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


def _coverage(made: _Made, reference: fhir.Reference | None, at: str, within: Place) -> None:
    coverage, path = made.around.find(reference, at)
    made.paths[(*within, "subscriber")] = path
    if not isinstance(coverage, fhir.Coverage):
        if reference and (*within, "payer", "name") not in made.paths:
            made.put(f"{path}.display", reference.display, *within, "payer", "name")
        return
    member = (coverage.subscriber_id, ".subscriberId") if coverage.subscriber_id else None
    member = member or _identifier(coverage.identifier, MEDICARE_ID, _MEMBER_TYPES)
    if member is None and not within:
        patient, patient_path = made.around.find(made.claim.patient, "")
        if isinstance(patient, fhir.Patient):
            member = _identifier(patient.identifier, MEDICARE_ID, _MEMBER_TYPES)
            path = patient_path if member else path
    if member:
        made.put(path + member[1], member[0], *within, "subscriber", "id")
    path = made.paths[(*within, "subscriber")]
    relationship = next(_codes(coverage.relationship), None)
    made.put(f"{path}.relationship", relationship, *within, "subscriber", "relationship")
    indicator = _code(coverage.type, FILING_INDICATOR)
    made.put(f"{path}.type", indicator, *within, "payer", "claim_filing_indicator")
    if coverage.payor:
        _payer(made, coverage.payor[0], f"{path}.payor[0]", *within, "payer")


def _payer(made: _Made, reference: fhir.Reference, at: str, *place: str | int) -> None:
    """Id and name of a payer, as far as they are not known yet."""
    found, path = made.around.find(reference, at)
    made.paths.setdefault(place, path)
    identifier: tuple[str, str] | None = None
    name = reference.display
    if isinstance(found, fhir.Organization):
        name = found.name or name
        identifier = _identifier(found.identifier, ("x12.org", "naic"), _PAYER_TYPES)
        others = (
            (known.value, f".identifier[{number}]")
            for number, known in enumerate(found.identifier)
            if known.value and not _marked(known.system, NPI + TAX_ID)
            and _NPI_TYPES.isdisjoint(_codes(known.type)) and _TAX_TYPES.isdisjoint(_codes(known.type))
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


def _party(made: _Made, reference: fhir.Reference | None, at: str) -> Iterator[Found]:
    """What a reference to a provider tells of it, the most particular first."""
    if reference is None:
        return
    found, path = made.around.find(reference, at)
    if isinstance(found, fhir.Practitioner | fhir.PractitionerRole | fhir.Organization | fhir.Location):
        yield from _numbers(found.identifier, path)
    if isinstance(found, fhir.PractitionerRole):
        for element, concepts in (("specialty", found.specialty), ("code", found.code)):
            yield from _taxonomies(concepts, f"{path}.{element}")
        practitioner, _ = made.around.find(found.practitioner, "")
        if not isinstance(practitioner, fhir.PractitionerRole):  # which could refer to itself
            yield from _party(made, found.practitioner, f"{path}.practitioner")
        organization, where = made.around.find(found.organization, f"{path}.organization")
        if isinstance(organization, fhir.Organization):
            yield from _addresses(organization.address, where)
    elif isinstance(found, fhir.Practitioner):
        yield from _taxonomies([one.code for one in found.qualification], f"{path}.qualification", ".code")
        for number, name in enumerate(found.name[:1]):
            text = name.text or " ".join([*filter(None, name.given), *filter(None, [name.family])])
            yield ("name",), text, f"{path}.name[{number}]"
        yield from _addresses(found.address, path)
    elif isinstance(found, fhir.Organization):
        yield from _taxonomies(found.type, f"{path}.type")
        yield ("name",), found.name or "", f"{path}.name"
        yield from _addresses(found.address, path)
    elif isinstance(found, fhir.Location):
        yield ("name",), found.name or "", f"{path}.name"
        yield from _addresses([found.address] if found.address else [], path, "")
        organization, where = made.around.find(found.managing_organization, f"{path}.managingOrganization")
        if isinstance(organization, fhir.Organization):
            yield from _numbers(organization.identifier, where)
    if reference.identifier:
        yield from _numbers([reference.identifier], at, "")
    yield ("name",), reference.display or "", f"{at}.display"


def _numbers(identifiers: Sequence[fhir.Identifier], path: str, index: str = "[]") -> Iterator[Found]:
    for field, marks, types in (("npi", NPI, _NPI_TYPES), ("tax_id", TAX_ID, _TAX_TYPES)):
        if found := _identifier(identifiers, marks, types):
            yield (field,), found[0], path + (found[1] if index else ".identifier")


def _taxonomies(concepts: Sequence[fhir.Concept | None], path: str, element: str = "") -> Iterator[Found]:
    for number, concept in enumerate(concepts):
        if code := _code(concept, TAXONOMY):
            yield ("taxonomy",), code, f"{path}[{number}]{element}"


def _addresses(addresses: Sequence[fhir.Address], path: str, index: str = "[0]") -> Iterator[Found]:
    for address in addresses[:1]:
        yield ("address", "state"), address.state or "", f"{path}.address{index}.state"
        yield ("address", "zip"), address.postal_code or "", f"{path}.address{index}.postalCode"


def _facility(made: _Made) -> None:
    reference, at = made.claim.facility, f"{made.path}.facility"
    if reference is None:
        for number, info in enumerate(made.claim.supporting_info):
            if "servicefacility" in _codes(info.category) and info.value_reference:
                reference, at = info.value_reference, f"{made.path}.supportingInfo[{number}].valueReference"
                break
    made.put_party(_party(made, reference, at), "service_facility")


def _care_team(made: _Made) -> None:
    """The providers of the claim; a line has its own where it names another of the same role."""
    team: dict[str, list[int]] = {}
    by_sequence: dict[int, int] = {}
    for number, member in enumerate(made.claim.care_team):
        by_sequence.setdefault(number + 1 if member.sequence is None else member.sequence, number)
        roles = [ROLES[code] for code in _codes(member.role) if code in ROLES]
        if not roles and (member.role is None or not member.role.coding):
            roles = [ROLES[""]]
        for role in dict.fromkeys(roles):
            team.setdefault(role, []).append(number)
    known: dict[int, list[Found]] = {}

    def member_of(number: int) -> list[Found]:
        if number not in known:
            member, at = made.claim.care_team[number], f"{made.path}.careTeam[{number}]"
            known[number] = list(_party(made, member.provider, f"{at}.provider"))
            known[number] += _taxonomies([member.qualification], f"{at}.qualification")
        return known[number]

    for role, members in team.items():
        first = members[0]
        if role != "ordering_provider":  # of lines only
            made.put_party(member_of(first), role)
            made.paths.setdefault((role,), f"{made.path}.careTeam[{first}]")
        for line, item in enumerate(made.claim.item):
            linked = [by_sequence.get(sequence) for sequence in item.care_team_sequence]
            own = [number for number in members if number in linked]
            if role == "ordering_provider" and not own and not item.care_team_sequence:
                own = members
            if own and (role == "ordering_provider" or first not in own):
                made.put_party(member_of(own[0]), "lines", line, role)
                made.paths.setdefault(("lines", line, role), f"{made.path}.careTeam[{own[0]}]")
    if "referring_provider" not in team:
        referral, at = made.around.find(made.claim.referral, f"{made.path}.referral")
        if isinstance(referral, fhir.ServiceRequest):
            made.put_party(_party(made, referral.requester, f"{at}.requester"), "referring_provider")


# Diagnoses and lines


def _diagnoses(made: _Made) -> None:
    """The diagnoses, the principal one first if one is marked so, then by their sequence."""
    entries = sorted(
        enumerate(made.claim.diagnosis),
        key=lambda one: (
            not any("principal" in _codes(kind) for kind in one[1].type),
            one[0] + 1 if one[1].sequence is None else one[1].sequence,
        ),
    )
    made.paths[("diagnoses",)] = f"{made.path}.diagnosis"
    for number, diagnosis in entries:
        at = f"{made.path}.diagnosis[{number}]"
        concept, path = diagnosis.diagnosis_codeable_concept, f"{at}.diagnosisCodeableConcept"
        if concept is None:
            condition, path = made.around.find(diagnosis.diagnosis_reference, f"{at}.diagnosisReference")
            concept = condition.code if isinstance(condition, fhir.Condition) else None
            path = f"{path}.code" if isinstance(condition, fhir.Condition) else path
        code = _code(concept, ICD10_CM, bare=True)
        if code is None:
            made.faults.append(f"{path}: no ICD-10-CM code.")
        made.add(path, code, "diagnoses")
    positions = made.claim.diagnosis
    ranks = {number: rank for rank, (number, _) in enumerate(entries, 1)}
    sequences: dict[int, int] = {}
    for number, diagnosis in enumerate(positions):
        sequences.setdefault(number + 1 if diagnosis.sequence is None else diagnosis.sequence, ranks[number])
    for line, item in enumerate(made.claim.item):
        made.paths[("lines", line, "diagnosis_pointers")] = f"{made.path}.item[{line}].diagnosisSequence"
        for number, sequence in enumerate(item.diagnosis_sequence):
            # a pointer to nothing stays one: it is for the edits to find
            nowhere = min(max(sequence, len(positions) + 1), 99)
            made.add(
                f"{made.path}.item[{line}].diagnosisSequence[{number}]",
                sequences.get(sequence, nowhere),
                "lines", line, "diagnosis_pointers",
            )  # fmt: skip


def _items(made: _Made) -> None:
    whole: str | None = None
    for line, item in enumerate(made.claim.item):
        at = f"{made.path}.item[{line}]"
        if item.detail:
            made.faults.append(f"{at}.detail: lines made of several services are not read.")
        code = _code(item.product_or_service, PROCEDURE, bare=True)
        if code is None and item.product_or_service is not None:
            made.faults.append(f"{at}.productOrService: no CPT or HCPCS code.")
        made.put(f"{at}.productOrService", code, "lines", line, "procedure")
        made.put(f"{at}.productOrService", _code(item.product_or_service, DRUG), "lines", line, "ndc")
        for number, modifier in enumerate(item.modifier):
            if found := next((coding.code for coding in modifier.coding if coding.code), None):
                made.add(f"{at}.modifier[{number}]", found, "lines", line, "modifiers")
        _service_dates(made, item, line, at)
        _charge(made, item, line, at)
        if item.quantity:
            made.put(f"{at}.quantity", _number(item.quantity.value), "lines", line, "units")
            if {(item.quantity.code or "").lower(), (item.quantity.unit or "").lower()} & MINUTES:
                made.put(f"{at}.quantity", "MJ", "lines", line, "unit_basis")
        place = _code(item.location_codeable_concept, PLACE_OF_SERVICE, bare=True)
        if place and whole is None:
            whole = place
            made.put(f"{at}.locationCodeableConcept", place, "place_of_service")
        elif place and place != whole:
            made.put(f"{at}.locationCodeableConcept", place, "lines", line, "place_of_service")
    if whole is None:  # where it would be
        made.paths[("place_of_service",)] = f"{made.path}.item[0].locationCodeableConcept"


def _service_dates(made: _Made, item: fhir.Item, line: int, at: str) -> None:
    period, element = item.serviced_period, f"{at}.servicedPeriod"
    if item.serviced_date:
        made.put(f"{at}.servicedDate", _day(item.serviced_date), "lines", line, "service_date")
        return
    whole = made.claim.billable_period
    if period is None and whole and whole.start and _day(whole.start) == _day(whole.end):
        period, element = fhir.Period(start=whole.start), f"{made.path}.billablePeriod"
    if period:
        made.put(f"{element}.start", _day(period.start), "lines", line, "service_date")
        made.put(f"{element}.end", _day(period.end), "lines", line, "service_date_to")


def _charge(made: _Made, item: fhir.Item, line: int, at: str) -> None:
    if item.net:
        made.put(f"{at}.net", _amount(made, item.net, f"{at}.net"), "lines", line, "charge")
    elif item.unit_price and item.unit_price.value is not None:
        count = item.quantity.value if item.quantity and item.quantity.value is not None else Decimal(1)
        factors = (item.unit_price.value, count, item.factor if item.factor is not None else Decimal(1))
        if all(map(_is_plain, factors)):
            price = fhir.Money(value=factors[0] * factors[1] * factors[2], currency=item.unit_price.currency)
            made.put(f"{at}.unitPrice", _amount(made, price, f"{at}.unitPrice"), "lines", line, "charge")
        else:
            made.faults.append(f"{at}.unitPrice: not an amount of money.")


def _amount(made: _Made, money: fhir.Money, path: str) -> str | None:
    if money.currency not in {None, "USD"}:
        made.faults.append(f"{path}: the currency is not USD.")
    return _number(money.value)


def _is_plain(number: Decimal) -> bool:
    _, digits, exponent = number.as_tuple()
    return isinstance(exponent, int) and -12 <= exponent <= 12 and len(digits) <= 24


def _number(number: Decimal | None) -> str | None:
    """The number without an exponent and without zeros behind the cents; a strange one as it is, to be refused."""
    if number is None:
        return None
    if not _is_plain(number):
        return str(number)
    told = f"{number:f}"
    whole, _, decimals = told.partition(".")
    return told if len(decimals) < 3 else f"{whole}.{decimals[:2]}{decimals[2:].rstrip('0')}"


def _day(time: str | None) -> str | None:
    """The day of a date or a time as it is written there."""
    return time[:10] if time and time[10:11] == "T" else time


# Dates and other claims


def _dates(made: _Made) -> None:
    for number, info in enumerate(made.claim.supporting_info):
        at = f"{made.path}.supportingInfo[{number}]"
        begins, ends = next(
            (PERIODS[code] for code in _codes(info.category) if code in PERIODS), (None, None)
        )
        for concept in (info.code, info.category):
            qualifier = _code(concept, X12_QUALIFIER)
            begins, ends = (QUALIFIERS[qualifier], None) if qualifier in QUALIFIERS else (begins, ends)
        period = info.timing_period or fhir.Period()
        for field, time, element in (
            (
                begins,
                info.timing_date or period.start,
                "timingDate" if info.timing_date else "timingPeriod.start",
            ),
            (ends, period.end, "timingPeriod.end"),
        ):
            if field and ("dates", field) not in made.paths:
                made.put(f"{at}.{element}", _day(time), "dates", field)
    accident = made.claim.accident
    if accident:
        at = f"{made.path}.accident"
        made.put(f"{at}.date", _day(accident.date), "dates", "accident")
        if accident.type and accident.type.coding:
            cause = next(
                (CAUSES[code.upper()] for code in _codes(accident.type) if code.upper() in CAUSES), "OA"
            )
            made.add(f"{at}.type", cause, "related_causes")
        if accident.location_address:
            made.put(f"{at}.locationAddress.state", accident.location_address.state, "accident_state")


def _related(made: _Made) -> None:
    """The claim that this one replaces."""
    for number, related in enumerate(made.claim.related):
        if "prior" not in _codes(related.relationship):
            continue
        at = f"{made.path}.related[{number}]"
        identifier, element = related.reference, ".reference"
        if identifier is None and related.claim:
            identifier, element = related.claim.identifier, ".claim.identifier"
        made.put(f"{at}.relationship", "7", "frequency_code")
        made.put(at + element, identifier.value if identifier else None, "original_reference")
        return


# Places


def _locate(paths: Mapping[Place, str], root: str, at: str, location: Place) -> str:
    """The FHIR path of a location; of a value that is missing, the path it would be read from."""
    known = next((size for size in range(len(location), 0, -1) if location[:size] in paths), 0)
    path = paths[location[:known]] if known else root
    element = next((ELEMENTS[str(step)] for step in location[known:] if step in ELEMENTS), "")
    return f"{at} {path}{'.' if element else ''}{element}".lstrip()
