"""FHIR R4: professional claims, alone or in a Bundle with what they refer to (docs/guide/fhir.md)."""

from collections.abc import Iterator, Mapping

from scrubber.intake.fhir.claim import read_claim
from scrubber.intake.fhir.references import Known, addresses
from scrubber.intake.fhir.resources import Bundle, ResourceInvalid, decoded, head_of
from scrubber.intake.record import Received, Unreadable

__all__ = ["is_fhir", "read_fhir"]

LONGEST_CLAIM = 4 * 1024**2
"""Bytes of a Claim resource."""

MOST_CLAIM_VALUES = 200_000
MOST_BUNDLE_VALUES = 2_000_000
"""Commas, by which values are counted before anything is made of them."""


def is_fhir(record: bytes) -> bool:
    """Whether a JSON record is a FHIR resource."""
    return head_of(record).resource_type is not None


def read_fhir(record: bytes, name: str, at: str) -> Iterator[Received | Unreadable]:
    """The claims of a Claim or a Bundle. ``at`` is where in the file ``name`` the record stands, or nothing."""
    place = f"{name} {at}".rstrip()
    kind = head_of(record).resource_type or ""
    if record.count(b",") > MOST_BUNDLE_VALUES:
        yield Unreadable(place=place, message=f"More than {MOST_BUNDLE_VALUES} values; split it.")
    elif kind == "Claim":
        yield _claim(record, "Claim", {}, place, at)
    elif kind == "Bundle":
        yield from _bundle(record, place, at)
    else:
        told = (
            f"This is a resource {kind}."
            if kind.isalpha() and len(kind) <= 40
            else "This is another resource."
        )
        yield Unreadable(
            place=place,
            message=f"{told} A Claim, or a Bundle with the Claims and what they refer to, is read.",
        )


def _bundle(record: bytes, place: str, at: str) -> Iterator[Received | Unreadable]:
    try:
        entries = decoded(record, Bundle, "Bundle").entry
    except ResourceInvalid as invalid:
        yield Unreadable(place=place, message=str(invalid))
        return
    known = addresses(entries)
    any_claim = False
    for number, entry in enumerate(entries):
        if head_of(entry.resource).resource_type == "Claim":
            any_claim = True
            path = f"Bundle.entry[{number}].resource"
            yield _claim(bytes(entry.resource), path, known, f"{place} {path}", at)
    if not any_claim:
        yield Unreadable(place=place, message="The Bundle holds no Claim.")


def _claim(
    record: bytes, path: str, known: Mapping[str, Known], place: str, at: str
) -> Received | Unreadable:
    if len(record) > LONGEST_CLAIM:
        return Unreadable(place=place, message=f"More than {LONGEST_CLAIM} bytes: no claim is so long.")
    if record.count(b",") > MOST_CLAIM_VALUES:
        return Unreadable(place=place, message=f"More than {MOST_CLAIM_VALUES} values: no claim has so many.")
    return read_claim(record, path, known, place, at.rstrip())
