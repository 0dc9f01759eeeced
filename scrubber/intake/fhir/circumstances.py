"""The dates of a claim, its accident, and the claim that it replaces."""

from typing import Final

from scrubber.intake.fhir import resources as fhir
from scrubber.intake.fhir.lines import day_of
from scrubber.intake.fhir.making import Making
from scrubber.intake.fhir.terms import X12_QUALIFIER, code_of, codes_of

CAUSES: Final = {"MVA": "AA", "WPA": "EM"}

PERIODS: Final = {
    "onset": ("onset", None),
    "hospitalized": ("admission", "discharge"),
    "admissionperiod": ("admission", "discharge"),
    "employmentimpacted": ("disability_from", "disability_to"),
    "clmrecvddate": ("received", None),
}
"""Category of supporting information → the dates that its time begins and ends."""

QUALIFIERS: Final = {
    "050": "received", "090": "assumed_care", "091": "relinquished_care", "096": "discharge", "296": "return_to_work",
    "297": "last_worked", "304": "last_seen", "360": "disability_from", "361": "disability_to", "431": "onset",
    "435": "admission", "439": "accident", "444": "first_contact", "453": "acute_manifestation",
    "454": "initial_treatment", "455": "last_x_ray", "471": "prescription", "484": "last_menstrual_period",
}  # fmt: skip
"""Date qualifier of an 837 or CMS-1500 → the date of a claim."""


def put_dates(made: Making) -> None:
    """The dates, the causes and the state of an accident."""
    for number, info in enumerate(made.claim.supporting_info):
        at = f"{made.path}.supportingInfo[{number}]"
        begins, ends = next(
            (PERIODS[code] for code in codes_of(info.category) if code in PERIODS), (None, None)
        )
        for concept in (info.code, info.category):
            qualifier = code_of(concept, X12_QUALIFIER)
            begins, ends = (QUALIFIERS[qualifier], None) if qualifier in QUALIFIERS else (begins, ends)
        period = info.timing_period or fhir.Period()
        for field, time, element in (
            (
                begins,
                info.timing_date or period.start,
                "timingDate" if info.timing_date else "timingPeriod.start",
            ),
            (ends, period.end, "timingPeriod.end"),
        ):
            if field and ("dates", field) not in made.paths:
                made.put(f"{at}.{element}", day_of(time), "dates", field)
    accident = made.claim.accident
    if accident:
        at = f"{made.path}.accident"
        made.put(f"{at}.date", day_of(accident.date), "dates", "accident")
        if accident.type and accident.type.coding:
            cause = next(
                (CAUSES[code.upper()] for code in codes_of(accident.type) if code.upper() in CAUSES), "OA"
            )
            made.add(f"{at}.type", cause, "related_causes")
        if accident.location_address:
            made.put(f"{at}.locationAddress.state", accident.location_address.state, "accident_state")


def put_related(made: Making) -> None:
    """The claim that this one replaces."""
    for number, related in enumerate(made.claim.related):
        if "prior" not in codes_of(related.relationship):
            continue
        at = f"{made.path}.related[{number}]"
        identifier, element = related.reference, ".reference"
        if identifier is None and related.claim:
            identifier, element = related.claim.identifier, ".claim.identifier"
        made.put(f"{at}.relationship", "7", "frequency_code")
        made.put(at + element, identifier.value if identifier else None, "original_reference")
        return
