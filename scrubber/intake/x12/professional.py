"""A professional transaction (837P, 005010X222) → claims."""

from functools import partial

from scrubber.claim import Claim, ServiceLine
from scrubber.intake.x12.guide import Fields
from scrubber.intake.x12.hierarchy import form_of, read_transaction
from scrubber.intake.x12.loops import READERS
from scrubber.intake.x12.places import Origin
from scrubber.intake.x12.x222 import CLAIM, HEADER, IDS, LEVELS, LINE


def _line(fields: Fields, _claim: Fields) -> ServiceLine | str:
    if "service_date" in fields and "charge" in fields:
        return ServiceLine(**fields)
    return "DTP*472" if "charge" in fields else "SV1"


def _claim(fields: Fields) -> Claim:
    return Claim(**fields)


FORM = form_of(
    header=HEADER,
    levels=LEVELS,
    claim=CLAIM,
    line=LINE,
    ids=IDS,
    readers=READERS,
    make_claim=_claim,
    make_line=_line,
    origin=Origin,
)

read_professional = partial(read_transaction, FORM)
"""Takes the name of the file, the transaction, its events, and whether its elements are judged."""
