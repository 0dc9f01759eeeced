"""The code systems and kinds of identifiers that FHIR resources name, and the codes of them."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from scrubber.intake.fhir import resources as fhir

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
NPI_TYPES: Final = frozenset({"npi"})
TAX_TYPES: Final = frozenset({"tax", "en", "ei"})
MEMBER_TYPES: Final = frozenset({"mb", "mc"})
PAYER_TYPES: Final = frozenset({"payerid", "naiccode", "niip", "nii"})


@lru_cache(4096)
def is_of(system: str | None, marks: tuple[str, ...]) -> bool:
    """Whether one of the marks stands in the name of a code system."""
    return system is not None and any(mark in system.lower() for mark in marks)


def code_of(concept: fhir.Concept | None, marks: tuple[str, ...], bare: bool = False) -> str | None:
    """The code of a system that one of the marks stands in; with ``bare`` also one without a system."""
    if concept is None:
        return None
    for coding in concept.coding:
        if coding.code and is_of(coding.system, marks):
            return coding.code
    return next(
        (coding.code for coding in concept.coding if bare and coding.code and not coding.system), None
    )


def codes_of(concept: fhir.Concept | None) -> Iterator[str]:
    """All codes of whatever system, in small letters."""
    return (coding.code.lower() for coding in (concept.coding if concept else ()) if coding.code)


def identifier_of(
    identifiers: Sequence[fhir.Identifier], marks: tuple[str, ...], types: frozenset[str]
) -> tuple[str, str] | None:
    """The first identifier of a system or type, and the end of its path."""
    for number, identifier in enumerate(identifiers):
        if identifier.value and (
            is_of(identifier.system, marks) or not types.isdisjoint(codes_of(identifier.type))
        ):
            return identifier.value, f".identifier[{number}]"
    return None
