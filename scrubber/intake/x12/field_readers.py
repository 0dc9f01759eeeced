"""Readers made for a field: a text, a note, a date, an amount, a provider."""

from collections.abc import Sequence
from functools import lru_cache

from scrubber.claim import Address, Provider
from scrubber.intake.x12.guide import Fields, Read
from scrubber.intake.x12.segment_values import LONGEST_IDENTIFIER, LONGEST_TEXT, amount_in, days_in, element
from scrubber.intake.x12.tokenizer import ELEMENT


def text_as(field: str, number: int = 2, longest: int = LONGEST_IDENTIFIER) -> Read:
    """A reader of an element as it stands."""

    def read(fields: Fields, segment: str) -> None:
        fields[field] = element(segment.split(ELEMENT), number, longest)

    return read


def note(fields: Fields, segment: str) -> None:
    """NTE: notes are put together, as far as a claim holds them."""
    text = element(segment.split(ELEMENT), 2, LONGEST_TEXT)
    fields["note"] = f"{fields['note']} {text}"[:LONGEST_TEXT] if "note" in fields else text


def date_as(field: str) -> Read:
    """A reader of DTP as one of the dates of a claim or line."""

    def read(fields: Fields, segment: str) -> None:
        if days := days_in(segment):
            fields.setdefault("dates", {})[field] = days[0]

    return read


def amounts_as(**fields_of: str) -> Read:
    """A reader of AMT: amounts told apart by their qualifier (AMT01); the others are not kept."""

    def read(fields: Fields, segment: str) -> None:
        e = segment.split(ELEMENT)
        if field := fields_of.get(e[1] if len(e) > 1 else ""):
            fields[field] = amount_in(e, 2)

    return read


def provider_as(field: str, kind: str = "") -> Read:
    """A reader of the loop as a provider, the first one if there are several; of a kind (NM101) if one is named."""

    def read(fields: Fields, segments: Sequence[str]) -> None:
        if field not in fields and segments[0][4:7].startswith(kind):
            fields[field] = provider_in(*segments)

    return read


@lru_cache(maxsize=1024)
def provider_in(*segments: str) -> Provider:
    """The provider that the segments of a loop name."""
    npi = taxonomy = tax_id = name = address = None
    for segment in segments:
        e = segment.split(ELEMENT)
        match e[0]:
            case "NM1":
                npi = element(e, 9, LONGEST_IDENTIFIER) if element(e, 8) == "XX" else None
                name = (
                    " ".join(filter(None, (element(e, 4, LONGEST_TEXT), element(e, 3, LONGEST_TEXT)))) or None
                )
            case "PRV":
                taxonomy = element(e, 3, LONGEST_IDENTIFIER)
            case "N4":
                address = Address(state=element(e, 2), zip=element(e, 3))
            case "REF" if e[1] in {"EI", "SY"}:
                tax_id = element(e, 2, LONGEST_IDENTIFIER)
    return Provider(
        npi=npi, taxonomy=taxonomy, tax_id=tax_id, name=name and name[:LONGEST_TEXT], address=address
    )
