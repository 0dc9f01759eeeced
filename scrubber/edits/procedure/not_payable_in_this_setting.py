"""PX405: a procedure at a place where the fee schedule does not pay it, or hardly ever sees it."""

from collections.abc import Iterator

from scrubber.claim import Claim, ServiceLine, line_field, place_of_service, rendering_taxonomy
from scrubber.edits.services import NOT_ASKED_TO_PAY, unanswered
from scrubber.reference import Snapshot
from scrubber.reference.fee_schedule import FeeRow
from scrubber.rule import (
    DENY,
    LINE,
    REVIEW,
    Advice,
    Defect,
    Severity,
    Triggers,
    Unevaluated,
    edit,
    medicare_part_b,
)
from scrubber.rule.authorities import fee_schedule_manual

HOSPITAL = frozenset({"19", "21", "22", "23"})
"""Inpatients, the outpatient departments on and off the campus, the emergency room."""
INCIDENT_TO, THERAPY = "5", "7"
THERAPISTS = ("2251", "225X")
"""Taxonomy codes of physical and of occupational therapists begin so."""

ADVICE = Advice(
    "Check the place of service against the record. If the service was given there, the facility bills it; if not, "
    "correct the place."
)


def _may_depend_on_place(code: str, reference: Snapshot) -> bool:
    schedule = reference.fee_schedule
    return schedule is None or schedule.may(
        code, lambda row: row.rare_in_office or row.pc_tc in {INCIDENT_TO, THERAPY}
    )


@edit(
    id="PX405",
    name="not-payable-in-this-setting",
    severity=DENY,
    scope=LINE,
    needs=("fee_schedule", "place_of_service"),
    triggers=Triggers(
        "the fee schedule ties a procedure to a setting",
        payer=medicare_part_b,
        procedure=_may_depend_on_place,
    ),
    carc=("CO", "5"),
    rarc=("M77",),
    citation=fee_schedule_manual("PC/TC indicator; NA indicators"),
)
def not_payable_in_this_setting(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """A procedure is billed at a place where Medicare does not pay the practitioner for it.

    Why it is denied: What is incident to a physician's service (PC/TC indicator 5) is not paid to the practitioner
    for patients of a hospital: the hospital bills it. The same holds of therapy (indicator 7) by a physical or
    occupational therapist in private practice. Where the fee schedule marks a code NA outside facilities, it is
    rarely or never done there: a review, for the place may be wrong.

    Fails: 96372 at place 22; 97110 by a physical therapist at place 22; 22551 at place 11 (a review).

    Passes: 96372 at place 11; 22551 at place 21; a line with GY, for which no payment is asked.

    Source: Medicare Claims Processing Manual, chapter 23, addendum; the quarterly PPRRVU file.
    """
    schedule = reference.fee_schedule
    if schedule is None:
        return
    absent = []
    for number, line in enumerate(claim.lines, start=1):
        if NOT_ASKED_TO_PAY in line.modifiers:
            continue
        entry = schedule.entry(line.procedure, line.service_date)
        if entry is None:
            absent.append((line.procedure, line.service_date))
            continue
        place = place_of_service(claim, line)
        if place is None:
            continue
        found = _wrong(claim, line, entry.row, place, reference)
        if found is not None:
            severity, why = found
            yield Defect(
                location=line_field(number, "procedure"),
                message=f"{line.procedure} at place of service {place}: {why}.",
                severity=severity,
                because={
                    "procedure": line.procedure,
                    "place_of_service": place,
                    "pc_tc_indicator": entry.row.pc_tc,
                    "rare_outside_facilities": entry.row.rare_in_office,
                    "edition": entry.edition,
                },
                advice=ADVICE,
            )
    if absent:
        yield from unanswered(schedule, absent)


def _wrong(
    claim: Claim, line: ServiceLine, row: FeeRow, place: str, reference: Snapshot
) -> tuple[Severity, str] | None:
    if place in HOSPITAL:
        if row.pc_tc == INCIDENT_TO:
            return DENY, "it is incident to a physician's service, which the hospital bills for its patients"
        if row.pc_tc == THERAPY and (rendering_taxonomy(claim, line) or "").startswith(THERAPISTS):
            return DENY, "a therapist in private practice is not paid for patients of a hospital"
    elif row.rare_in_office and reference.place_of_service is not None:
        known = reference.place_of_service.get(place)
        if known is not None and known.setting == "non-facility":
            return REVIEW, "the fee schedule says that it is rarely or never done outside a facility"
    return None
