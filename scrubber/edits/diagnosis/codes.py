"""What the diagnosis edits share: the days a diagnosis is judged on, and how codes are told."""

from collections.abc import Sequence
from datetime import date

from scrubber.claim import Claim, Institutional, dotted
from scrubber.reference import Snapshot
from scrubber.reference.icd10cm import CodeStatus, Icd10cm
from scrubber.rule import Triggers, diagnoses

JUDGED_AT_DISCHARGE = frozenset({"11", "18", "21", "41"})
"""Facilities whose claims are coded for a whole stay: hospital inpatient, swing bed, skilled nursing, religious.

Source: MLN Matters SE1408, claims that span a change of the code set: the "through" date decides.
"""

EXTERNAL_CAUSES = ("V", "W", "X", "Y")
"""Codes of external causes (V00-Y99) begin so."""

SHOWN = 12
"""Codes named in a message before it says how many more there are."""


def service_dates(claim: Claim, position: int) -> list[date]:
    """The days on which the diagnosis at a 1-based position is judged, in order.

    Those of the lines that point to it; where none does, those of all lines. A line of several days counts by its
    first. The diagnoses of a stay are those of its last day.
    """
    if claim.institutional is not None and (last := _last_of_stay(claim.institutional)):
        return [last]
    first = claim.lines[0].service_date
    for line in claim.lines:
        if line.service_date != first:
            break
    else:  # as on most claims
        return [first]
    pointing = [line.service_date for line in claim.lines if position in line.pointers]
    return sorted(set(pointing or [line.service_date for line in claim.lines]))


def in_force(table: Icd10cm, claim: Claim) -> Icd10cm:
    """The code set with the notes of the year in which the first diagnosis is judged."""
    return table if len(table.years) == 1 else table.of(service_dates(claim, 1)[0])


def some_not_billable(claim: Claim, reference: Snapshot) -> bool:
    """Whether a diagnosis can't be billed on the service date of a line, pointed to or not; of a stay, on its last."""
    table = reference.icd10cm
    if table is None:
        return True
    last = _last_of_stay(claim.institutional) if claim.institutional is not None else None
    billable, seen = table.billable, None
    for line in claim.lines:
        on = last or line.service_date
        if on != seen:
            for code in claim.diagnoses:
                if not billable(code, on):
                    return True
            seen = on
    return False


def _last_of_stay(facts: Institutional) -> date | None:
    return facts.statement_to if facts.facility_code in JUDGED_AT_DISCHARGE else None


def on_a_list(names: frozenset[str], says: str) -> Triggers:
    """Wakes on a diagnosis that stood on one of these lists of the Medicare Code Editor at any time."""

    def listed(code: str, reference: Snapshot) -> bool:
        return reference.icd10cm is not None and not names.isdisjoint(reference.icd10cm.ever(code))

    return diagnoses(listed, says)


def some(codes: Sequence[str]) -> str:
    """Codes in a sentence, at most ``SHOWN`` of them."""
    told = ", ".join(codes[:SHOWN])
    return told if len(codes) <= SHOWN else f"{told} and {len(codes) - SHOWN} more"


def below(table: Icd10cm, code: str, on: date) -> list[str]:
    """The rows right below a code as they are told: a code (``M54.2``), or what begins several (``M54.1-``)."""
    return [
        dotted(child) if table.status(child, on) is CodeStatus.BILLABLE else f"{dotted(child)}-"
        for child in table.children(code, on)
    ]
