"""An institutional transaction (837I, 005010X223) → claims."""

from functools import partial

from scrubber.claim import Claim, Institutional, ServiceLine
from scrubber.intake.x12.guide import Fields
from scrubber.intake.x12.hierarchy import form_of, read_transaction
from scrubber.intake.x12.institutional_loops import READERS
from scrubber.intake.x12.institutional_places import InstitutionalOrigin
from scrubber.intake.x12.x223 import CLAIM, HEADER, IDS, LEVELS, LINE


def _line(fields: Fields, claim: Fields) -> ServiceLine | str:
    """A line without a date of its own is of the statement's."""
    if "charge" not in fields:
        return "SV2"
    if "service_date" not in fields:
        statement = claim.get("institutional", {})
        if "statement_from" not in statement:
            return "DTP*472"
        fields["service_date"] = statement["statement_from"]
        if statement["statement_to"] != statement["statement_from"]:
            fields["service_date_to"] = statement["statement_to"]
    return ServiceLine(**fields)


def _claim(fields: Fields) -> Claim:
    facts = fields["institutional"]
    diagnoses = [*facts.pop("principal", ()), *facts.pop("others", ())]
    if diagnoses:
        fields["diagnoses"] = tuple(code for code, _ in diagnoses)
        if any(present for _, present in diagnoses):
            facts["present_on_admission"] = tuple(present for _, present in diagnoses)
    facts["admitting_diagnosis"] = next(iter(facts.pop("admitting", ())), None)
    facts["drg"] = next(iter(facts.pop("drgs", ())), None)
    facts["procedures"] = (*facts.pop("principal_procedure", ()), *facts.pop("other_procedures", ()))
    for name, value in facts.items():
        if isinstance(value, list):
            facts[name] = tuple(value)
    fields["institutional"] = Institutional(**facts)
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
    origin=InstitutionalOrigin,
)

read_institutional = partial(read_transaction, FORM)
"""Takes the name of the file, the transaction, its events, and whether its elements are judged."""
