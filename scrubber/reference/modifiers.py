"""Which modifiers there are, and when: those of CPT, and those of HCPCS level II.

The file of HCPCS has every level II modifier. The list that comes with the program has those of CPT too, but may lack
some: what it does not have is not unknown.
"""

import re
from datetime import date

from scrubber.reference.codes import CodeRow
from scrubber.reference.hcpcs import HcpcsRow
from scrubber.reference.procedure_codes import Standing, State, absent, within
from scrubber.reference.snapshot import Snapshot

WELL_FORMED = re.compile(r"[0-9A-Z]{2}")
LEVEL_II = re.compile(r"[A-Z][0-9A-Z]")
AMBULANCE_TRIP = re.compile(r"[DEGHIJNPRS][CDEFGHIJNOPRSWX]")
"""Where a trip began and where it ended, a letter each: in no list. C, F, O and W are destinations of the ET3 model."""
FIRST_JUDGED = date(2015, 10, 1)
"""Services before ICD-10-CM are too old to be billed."""


def modifier_standing(modifier: str, on: date, reference: Snapshot) -> Standing:
    """What the tables say of a modifier on a day of service."""
    if not WELL_FORMED.fullmatch(modifier):
        return Standing(State.MALFORMED)
    row = _row(modifier, reference)
    if row is not None:
        return within(row.first, row.last, on)
    if AMBULANCE_TRIP.fullmatch(modifier):
        return Standing(State.VALID)
    complete = reference.hcpcs.edition_of_modifiers if reference.hcpcs is not None else None
    if complete is not None and LEVEL_II.fullmatch(modifier):
        return absent(complete, on)
    return Standing(State.NOT_ANSWERED)


def always_valid(modifier: str, reference: Snapshot) -> bool:
    """Whether a modifier may stand on a line whatever its day of service."""
    row = _row(modifier, reference)
    if row is None:
        return AMBULANCE_TRIP.fullmatch(modifier) is not None
    return row.last is None and (row.first is None or row.first <= FIRST_JUDGED)


def _row(modifier: str, reference: Snapshot) -> HcpcsRow | CodeRow | None:
    """The days of a modifier: as the file of HCPCS has them, else as the list that comes with the program."""
    row = reference.hcpcs.modifier(modifier) if reference.hcpcs is not None else None
    if row is not None or reference.modifiers is None:
        return row
    return reference.modifiers.get(modifier)
