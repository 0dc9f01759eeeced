"""Structural faults as data, in the vocabulary of the acknowledgments that will tell them to the sender.

The codes are those of X12's 999 (IK304, IK403, IK502, AK905) and TA1 (TA105); the words are ours. A message never
quotes a value of the file.
"""

import re
from typing import Literal, TypeAlias

from msgspec import Struct

CodeList: TypeAlias = Literal["TA105", "AK905", "IK502", "IK304", "IK403"]
"""The element that will carry the code: interchange, group, transaction, segment, element."""


class Fault(Struct, frozen=True, kw_only=True):
    """Something of the structure that is not as the standard or the implementation guide wants it.

    ``position`` counts the segments of the transaction, ST being 1; ``element`` and ``component`` count from 1.
    ``interchange``, ``group`` and ``transaction`` are the control numbers of what encloses the fault, None where
    there is none. ``place`` says all of it for a person.
    """

    codes: CodeList
    code: str
    message: str
    place: str
    interchange: str | None = None
    group: str | None = None
    transaction: str | None = None
    loop: str | None = None
    segment: str | None = None
    position: int | None = None
    element: int | None = None
    component: int | None = None


INTERCHANGE: dict[str, str] = {
    "001": "the control number of IEA differs from that of ISA",
    "002": "this standard is not read",
    "003": "this version of the interchange is not read",
    "005": "the qualifier of the sender's id is unknown",
    "006": "the sender's id is malformed",
    "007": "the qualifier of the receiver's id is unknown",
    "008": "the receiver's id is malformed",
    "010": "the authorization qualifier is unknown",
    "011": "the authorization information is malformed",
    "012": "the security qualifier is unknown",
    "013": "the security information is malformed",
    "014": "the interchange date is not a date",
    "015": "the interchange time is not a time",
    "018": "the interchange control number is malformed",
    "019": "the acknowledgment flag is unknown",
    "020": "the test indicator is unknown",
    "021": "IEA counts other than the groups that are there",
    "022": "the order of the envelope segments is broken",
    "023": "the interchange ends without IEA",
    "024": "there is something between the groups that does not belong there",
    "025": "the interchange control number was used before in this file",
}
"""TA105."""

GROUP: dict[str, str] = {
    "1": "groups of this kind are not read here",
    "2": "groups of this version are not read here",
    "3": "the group ends without GE",
    "4": "the control number of GE differs from that of GS",
    "5": "GE counts other than the transactions that are there",
    "6": "the group control number is malformed",
    "19": "the group control number was used before in this interchange",
}
"""AK905."""

TRANSACTION: dict[str, str] = {
    "1": "transactions of this kind are not read here",
    "2": "the transaction ends without SE",
    "3": "the control number of SE differs from that of ST",
    "4": "SE counts other than the segments that are there",
    "6": "the kind of transaction is missing",
    "7": "the transaction control number is missing or malformed",
    "23": "the transaction control number was used before in this group",
    "I6": "this implementation guide is not read here",
}
"""IK502."""

SEGMENT: dict[str, str] = {
    "1": "this segment is unknown",
    "2": "this segment is not expected here",
    "3": "this segment is required and missing",
    "4": "this loop is repeated too often",
    "5": "this segment is repeated too often",
    "7": "this segment is out of order",
    "8": "this segment ends with empty elements",
}
"""IK304."""

DATA_ELEMENT: dict[str, str] = {
    "1": "this element is required and missing",
    "2": "this element is required with another one and missing",
    "3": "there are more elements than the segment has",
    "4": "the element is too short",
    "5": "the element is too long",
    "6": "the element has a character that is not allowed in it",
    "7": "the code is none of this element, or of this place",
    "8": "this is not a date",
    "9": "this is not a time",
    "10": "this element may not come with another one that is there",
    "12": "the element is repeated too often",
    "13": "there are more components than the element has",
    "I10": "the element is not used in this guide",
}
"""IK403."""

TRAILERS: frozenset[tuple[CodeList, str]] = frozenset(
    {("TA105", "001"), ("TA105", "021"), ("AK905", "4"), ("AK905", "5"), ("IK502", "3"), ("IK502", "4")}
)
"""Trailers that do not agree with what they end. It costs no claim, but something may have been lost."""

is_id = re.compile("[A-Z][A-Z0-9]{1,2}").fullmatch
"""Whether a text is like the id of a segment, and may be told."""
