"""Finding the resource that a reference of a claim means: one it contains, or one of its Bundle."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from scrubber.intake.fhir.resources import (
    Claim,
    Condition,
    Coverage,
    Entry,
    Location,
    Organization,
    Patient,
    Practitioner,
    PractitionerRole,
    Reference,
    ServiceRequest,
    decoded,
    head_of,
)

Resource: TypeAlias = (
    Patient
    | Coverage
    | Organization
    | Practitioner
    | PractitionerRole
    | Location
    | Condition
    | ServiceRequest
)

REFERRED: dict[str, type[Resource]] = {
    "Patient": Patient,
    "Coverage": Coverage,
    "Organization": Organization,
    "Practitioner": Practitioner,
    "PractitionerRole": PractitionerRole,
    "Location": Location,
    "Condition": Condition,
    "ServiceRequest": ServiceRequest,
}
"""The resources that are looked up for a claim."""


class Known(msgspec.Struct, frozen=True):
    """A resource that a reference may mean, and where it stands."""

    resource: msgspec.Raw
    kind: type[Resource]
    path: str


def addresses(entries: Sequence[Entry]) -> dict[str, Known]:
    """The resources of a Bundle by what a reference to them says: the full URL, or type and id."""
    by_address: dict[str, Known] = {}
    for number, entry in enumerate(entries):
        head = head_of(entry.resource)
        if (kind := REFERRED.get(head.resource_type or "")) is None:
            continue
        known = Known(entry.resource, kind, f"Bundle.entry[{number}].resource")
        if head.id:
            by_address.setdefault(f"{head.resource_type}/{head.id}", known)
        if entry.full_url:
            by_address[entry.full_url] = known
    return by_address


class Surroundings:
    """What the references of one claim may mean: the resources it contains, then those of its Bundle."""

    def __init__(self, claim: Claim, path: str, bundle: Mapping[str, Known]) -> None:
        self._bundle = bundle
        self._read: dict[str, Resource] = {}
        self._contained: dict[str, Known] = {}
        for number, resource in enumerate(claim.contained):
            head = head_of(resource)
            if head.id and (kind := REFERRED.get(head.resource_type or "")):
                self._contained[f"#{head.id}"] = Known(resource, kind, f"{path}.contained[{number}]")

    def find(self, reference: Reference | None, path: str) -> tuple[Resource | None, str]:
        """The resource that a reference at ``path`` means and its own path; None and ``path`` if it is not there."""
        if reference is None or not (address := reference.reference):
            return None, path
        known = self._contained.get(address) or self._bundle.get(address)
        if known is None:
            typed = "/".join(
                address.partition("/_history/")[0].rsplit("/", 2)[-2:]
            )  # Patient/1 of any server
            if (known := self._bundle.get(typed)) is None:
                return None, path
        if known.path not in self._read:
            self._read[known.path] = decoded(known.resource, known.kind, known.path)
        return self._read[known.path], known.path
