"""Claims of every format through the checks of claim_json, with what they find told in the places of that format."""

from collections.abc import Callable, Sequence

import msgspec

from scrubber.claim import Location
from scrubber.claim.location import location_of
from scrubber.intake.claim_json import ClaimInvalid, decode_claim
from scrubber.intake.record import Received, Unreadable

MOST_TOLD = 10
"""Faults of one claim that are told; the rest is counted."""


def checked(
    record: bytes,
    place: str,
    locate: Callable[[Location], str],
    told: Callable[[str], str] | None = None,
) -> Received | Unreadable:
    """The claim in a JSON document that an intake has read or made.

    ``locate`` tells locations of the claim; ``told`` the JSON pointers of errors, if not ``locate`` as well.
    """
    try:
        return Received(decode_claim(record), place, locate)
    except ClaimInvalid as invalid:
        tell = told or (lambda pointer: locate(location_of(pointer)))
        faults = [f"{tell(error.pointer)}: {error.message}" for error in invalid.errors[:MOST_TOLD]]
        return Unreadable(
            place=place, message=in_one(faults, len(invalid.errors)), claim_id=_claim_id(record)
        )


def in_one(faults: Sequence[str], count: int = 0) -> str:
    """Faults of one claim in one message; ``count`` of them if there are more than are told."""
    more = max(count, len(faults)) - MOST_TOLD
    told = "; ".join(fault.removesuffix(".") for fault in faults[:MOST_TOLD])
    return f"{told}; and {more} more." if more > 0 else f"{told}."


def shown(claim_id: str | None) -> str | None:
    """The id of a claim that can't be read, if it may be an id."""
    return claim_id if claim_id and len(claim_id) <= 80 and claim_id.isprintable() else None


class _Named(msgspec.Struct):
    claim_id: str


def _claim_id(record: bytes) -> str | None:
    try:
        return shown(msgspec.json.decode(record, type=_Named).claim_id)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
