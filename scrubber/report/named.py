"""What the report calls payers, and whom it sends findings to, by the reference data."""

from collections.abc import Callable

from scrubber.reference import Snapshot
from scrubber.reference.denial_priors import FixedBy


def payer_name(reference: Snapshot) -> Callable[[str], str | None]:
    """Names a payer by its id: the MAC of a Part B contract; others have the id alone."""
    places = reference.jurisdictions

    def name(payer: str) -> str | None:
        contract = places.contract(payer) if places else None
        return f"{contract.mac} {contract.jurisdiction}" if contract else None

    return name


def fixed_by(reference: Snapshot) -> Callable[[str], FixedBy]:
    """Tells who can mend what an edit finds."""
    priors = reference.denial_priors
    return priors.fixed_by if priors else lambda _edit: "biller"
