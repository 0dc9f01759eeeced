"""What an ordinary claim looks like: the screen that the edits of this family share.

Nearly every claim has its identifiers, amounts and pointers in order, and one walk over it shows that. Only where
something looks odd are the edits asked what it is.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter

from scrubber.claim import Claim, Provider, ServiceLine
from scrubber.edits.claim_form.identifiers import can_be_placed, is_mbi, is_npi, is_tax_id
from scrubber.reference import Snapshot
from scrubber.reference.codes import CodeSet

MOST_DIAGNOSES, MOST_LINES, MOST_POINTERS = 12, 50, 4
SEXES = frozenset("FMU")
"""Female, male, unknown."""
ZERO, ONE = Decimal(0), Decimal(1)

_charge_of = attrgetter("charge")


def looks_odd(claim: Claim, reference: Snapshot) -> bool:
    """Whether anything is not as on an ordinary claim. On an institutional claim something always is."""
    return (
        claim.institutional is not None
        or _some_provider_odd(
            claim.billing_provider,
            claim.rendering_provider,
            claim.service_facility,
            claim.referring_provider,
            claim.supervising_provider,
            reference.taxonomy,
        )
        or _patient_odd(claim, reference)
        or _some_line_odd(claim, reference.place_of_service)
    )


def added_up(lines: Sequence[ServiceLine]) -> Decimal:
    """The charges of all lines."""
    return lines[0].charge if len(lines) == 1 else sum(map(_charge_of, lines), ZERO)


@lru_cache(4096)
def pointers_in_order(pointers: tuple[int | str, ...], count: int) -> bool:
    """Whether these pointers are good on a claim with ``count`` diagnoses. Few kinds are met: kept."""
    return (
        0 < len(pointers) <= MOST_POINTERS
        and len(set(pointers)) == len(pointers)
        and all(0 < int(pointer) <= count for pointer in pointers)
    )


def names_providers(line: ServiceLine) -> object:
    """Whether a line names any provider for itself. Most do not, so this is asked before which."""
    return (
        line.rendering_provider
        or line.referring_provider
        or line.service_facility
        or line.supervising_provider
        or line.ordering_provider
    )


@lru_cache(4096)
def _some_provider_odd(
    billing: Provider,
    rendering: Provider | None,
    facility: Provider | None,
    referring: Provider | None,
    supervising: Provider | None,
    taxonomies: CodeSet | None,
) -> bool:
    """Whether a provider of a claim is odd. A practice has few, and they come back together: kept."""
    if not billing.npi or _odd(billing, taxonomies) or not can_be_placed(billing.address):
        return True
    if rendering is not None and (not rendering.npi or _odd(rendering, taxonomies)):
        return True
    if facility is not None and (_odd(facility) or not can_be_placed(facility.address)):
        return True
    tax_id = billing.tax_id
    return (
        (referring is not None and _odd(referring))
        or (supervising is not None and _odd(supervising))
        or (tax_id is not None and not is_tax_id(tax_id))
    )


def _odd(provider: Provider, taxonomies: CodeSet | None = None) -> bool:
    """Whether the NPI of a provider, or its taxonomy where that is looked up, is none."""
    npi, taxonomy = provider.npi, provider.taxonomy
    return (npi is not None and not is_npi(npi)) or (
        taxonomies is not None and taxonomy is not None and taxonomy not in taxonomies
    )


def _some_of_line_odd(line: ServiceLine) -> bool:
    named = (
        line.rendering_provider,
        line.referring_provider,
        line.service_facility,
        line.supervising_provider,
        line.ordering_provider,
    )
    return any(provider is not None and _odd(provider) for provider in named)


def _patient_odd(claim: Claim, reference: Snapshot) -> bool:
    patient, member_id = claim.patient, claim.subscriber.id
    born = patient.birth_date
    return (
        born is None
        or born > reference.as_of
        or patient.sex not in SEXES
        or (not (member_id and is_mbi(member_id)) and reference.payers.profile(claim).medicare_part_b)
    )


def _some_line_odd(claim: Claim, places: CodeSet | None) -> bool:
    diagnoses, lines, whole, total = claim.diagnoses, claim.lines, claim.place_of_service, claim.total_charge
    count = len(diagnoses)
    if count > MOST_DIAGNOSES or len(lines) > MOST_LINES or len(set(diagnoses)) < count:
        return True
    if places is not None and whole and whole not in places:
        return True
    if total is not None and total != added_up(lines):
        return True
    pointed, placed, seen = None, None, None
    for line in lines:
        pointers, place, on, units = (
            line.diagnosis_pointers,
            line.place_of_service or whole,
            line.service_date,
            line.units,
        )
        if line.charge <= ZERO or (units is not ONE and units != ONE and not _whole_units(units)):
            return True
        if pointers != pointed and not pointers_in_order(pointers, count):
            return True
        if (on != seen or place != placed) and places is not None and not (place and places.valid(place, on)):
            return True
        if names_providers(line) and _some_of_line_odd(line):
            return True
        pointed, placed, seen = pointers, place, on
    return False


def _whole_units(units: Decimal) -> bool:
    return units > ZERO and units == units.to_integral_value()
