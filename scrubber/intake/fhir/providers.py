"""The providers of a claim and of its lines: who billed, gave, ordered, referred, and where."""

from collections.abc import Iterator, Sequence
from typing import Final

from scrubber.intake.fhir import resources as fhir
from scrubber.intake.fhir.making import Found, Making
from scrubber.intake.fhir.terms import (
    NPI,
    NPI_TYPES,
    TAX_ID,
    TAX_TYPES,
    TAXONOMY,
    code_of,
    codes_of,
    identifier_of,
)

ROLES: Final = {
    "rendering": "rendering_provider", "performing": "rendering_provider", "primary": "rendering_provider",
    "82": "rendering_provider", "": "rendering_provider",
    "referring": "referring_provider", "dn": "referring_provider",
    "supervising": "supervising_provider", "supervisor": "supervising_provider", "dq": "supervising_provider",
    "ordering": "ordering_provider", "dk": "ordering_provider",
}  # fmt: skip
"""Role of a care team member → provider of a claim. Without a role somebody counts as rendering."""


def put_facility(made: Making) -> None:
    """Where the services were given."""
    reference, at = made.claim.facility, f"{made.path}.facility"
    if reference is None:
        for number, info in enumerate(made.claim.supporting_info):
            if "servicefacility" in codes_of(info.category) and info.value_reference:
                reference, at = info.value_reference, f"{made.path}.supportingInfo[{number}].valueReference"
                break
    made.put_party(party_of(made, reference, at), "service_facility")


def put_care_team(made: Making) -> None:
    """The providers of the claim; a line has its own where it names another of the same role."""
    team: dict[str, list[int]] = {}
    by_sequence: dict[int, int] = {}
    for number, member in enumerate(made.claim.care_team):
        by_sequence.setdefault(number + 1 if member.sequence is None else member.sequence, number)
        roles = [ROLES[code] for code in codes_of(member.role) if code in ROLES]
        if not roles and (member.role is None or not member.role.coding):
            roles = [ROLES[""]]
        for role in dict.fromkeys(roles):
            team.setdefault(role, []).append(number)
    known: dict[int, list[Found]] = {}

    def member_of(number: int) -> list[Found]:
        if number not in known:
            member, at = made.claim.care_team[number], f"{made.path}.careTeam[{number}]"
            known[number] = list(party_of(made, member.provider, f"{at}.provider"))
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
            made.put_party(party_of(made, referral.requester, f"{at}.requester"), "referring_provider")


def party_of(made: Making, reference: fhir.Reference | None, at: str) -> Iterator[Found]:
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
            yield from party_of(made, found.practitioner, f"{path}.practitioner")
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
    for field, marks, types in (("npi", NPI, NPI_TYPES), ("tax_id", TAX_ID, TAX_TYPES)):
        if found := identifier_of(identifiers, marks, types):
            yield (field,), found[0], path + (found[1] if index else ".identifier")


def _taxonomies(concepts: Sequence[fhir.Concept | None], path: str, element: str = "") -> Iterator[Found]:
    for number, concept in enumerate(concepts):
        if code := code_of(concept, TAXONOMY):
            yield ("taxonomy",), code, f"{path}[{number}]{element}"


def _addresses(addresses: Sequence[fhir.Address], path: str, index: str = "[0]") -> Iterator[Found]:
    for address in addresses[:1]:
        yield ("address", "state"), address.state or "", f"{path}.address{index}.state"
        yield ("address", "zip"), address.postal_code or "", f"{path}.address{index}.postalCode"
