"""Notation of the identifiers on a claim: NPI, tax id, Medicare Beneficiary Identifier, state and ZIP code."""

import re
from functools import lru_cache

from scrubber.claim import Address

KEPT = 16_384
"""Providers come back on claim after claim, so answers about their identifiers are kept, this many a kind."""

_LUHN_OF_PREFIX = 24
"""What the prefix 80840 of a health card number adds to the Luhn sum of an NPI."""

_MBI_LETTER = "AC-HJKMNP-RT-Y"
"""Letters of an MBI: all but S, L, O, I, B and Z."""

_MBI = re.compile(
    rf"[1-9][{_MBI_LETTER}][0-9{_MBI_LETTER}][0-9]"
    rf"[{_MBI_LETTER}][0-9{_MBI_LETTER}][0-9]"
    rf"[{_MBI_LETTER}]{{2}}[0-9]{{2}}"
)
_TAX_ID = re.compile(r"[0-9]{9}|[0-9]{2}-[0-9]{7}|[0-9]{3}-[0-9]{2}-[0-9]{4}")
_ZIP = re.compile(r"[0-9]{5}(?:-?[0-9]{4})?")

STATES = frozenset(
    {
        "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS",
        "KY", "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC",
        "ND", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY",
        "AS", "FM", "GU", "MH", "MP", "PW", "PR", "VI", "AA", "AE", "AP",
    }
)  # fmt: skip
"""USPS codes: states, the District of Columbia, territories, freely associated states, military."""


@lru_cache(KEPT)
def is_npi(npi: str) -> bool:
    """Whether the NPI has ten digits, begins with 1 or 2, and ends in the right check digit.

    The check digit is that of Luhn over 80840 and the NPI.
    """
    if len(npi) != 10 or npi[0] not in "12" or not (npi.isascii() and npi.isdigit()):
        return False
    plain = sum(map(int, npi[1::2]))
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in npi[::2])
    return (_LUHN_OF_PREFIX + plain + doubled) % 10 == 0


def is_mbi(identifier: str) -> bool:
    """Whether the text has the form of a Medicare Beneficiary Identifier, without hyphens."""
    return _MBI.fullmatch(identifier) is not None


@lru_cache(KEPT)
def is_tax_id(tax_id: str) -> bool:
    """Whether the text is an EIN or SSN: nine digits, with or without the hyphens, not all the same."""
    digits = tax_id.replace("-", "")
    return _TAX_ID.fullmatch(tax_id) is not None and digits != 9 * digits[0]


@lru_cache(KEPT)
def is_zip(code: str) -> bool:
    """Whether the text is a ZIP code of five or nine digits, with or without the hyphen."""
    return _ZIP.fullmatch(code) is not None and not code.startswith("00000")


def can_be_placed(address: Address | None) -> bool:
    """Whether state and ZIP code, as far as they are given, can be those of a place."""
    if address is None:
        return True
    state, code = address.state, address.zip
    return (not state or state in STATES) and (not code or is_zip(code))
