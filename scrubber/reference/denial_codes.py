"""What a payer's reason for paying less means: a denial, what the patient owes, or what was never to be paid."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from scrubber.reference.container import Sections


class Meaning(StrEnum):
    """What becomes of the money that a reason takes off the charge.

    ``patient``: the patient owes it under the plan, as a deductible. ``contract``: nobody owes it, by contract, fee
    schedule or law. ``other-payer``: another payer answers for it. ``open``: it is not decided yet.
    """

    DENIAL = "denial"
    PATIENT = "patient"
    CONTRACT = "contract"
    OTHER_PAYER = "other-payer"
    OPEN = "open"


class DenialCodes:
    """The meaning of each claim adjustment reason code (CARC), for some in one group alone (``PR-45``)."""

    def __init__(self, rows: Mapping[str, Meaning]) -> None:
        self._rows = rows

    @classmethod
    def read(cls, sections: Sections) -> "DenialCodes":
        """The meanings in their section."""
        return cls(msgspec.json.decode(sections["denial_codes"], type=dict[str, Meaning]))

    def get(self, group: str, reason: str) -> Meaning | None:
        """What an adjustment of a group (CO, PR, OA, PI) for a reason means; None for a reason that is not listed."""
        return self._rows.get(f"{group}-{reason}") or self._rows.get(reason)


def pack_denial_codes(rows: Mapping[str, Meaning]) -> bytes:
    """The section of the meanings."""
    return msgspec.json.encode(dict(sorted(rows.items())))
