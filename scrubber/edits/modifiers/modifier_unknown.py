"""MOD501: a modifier that does not exist, or not on the day of service."""

from collections.abc import Iterator

from scrubber.claim import Claim, ServiceLine, line_field
from scrubber.reference import Snapshot
from scrubber.reference.modifiers import always_valid, modifier_standing
from scrubber.reference.procedure_codes import Standing, State
from scrubber.rule import LINE, REJECT, Advice, Defect, Reason, Triggers, Unevaluated, edit
from scrubber.rule.authorities import claim_form_manual

ADVICE = Advice(
    "Look the modifier up for the day of service: a letter may be wrong, or a zero and an O exchanged. Bill the one "
    "that the record supports, or none."
)


def _in_question(modifier: str, reference: Snapshot) -> bool:
    return not always_valid(modifier, reference)


@edit(
    id="MOD501",
    name="modifier-unknown",
    severity=REJECT,
    scope=LINE,
    needs=("modifiers",),
    triggers=Triggers("a modifier is not one that has always been valid", modifier=_in_question),
    carc=("CO", "4"),
    rarc=("N823",),
    citation=claim_form_manual("10.4, item 24D; the sets are those of 45 CFR 162.1002"),
)
def modifier_unknown(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """A modifier is not one of CPT or of HCPCS level II on the day of service.

    Why it is denied: A modifier has two letters or digits, and claims may carry those of the two sets only. Each may be
    used from the day it was added to the day it ended. A line with any other comes back.

    Fails: 98940-A; 97140-GPX; 98940-93 on 2021-12-31, for 93 is in use from 2022-01-01. With the HCPCS file of the
    quarter imported, a modifier beginning with a letter that it does not have.

    Passes: 97140-59-GP; A0429-RH, where an ambulance trip began and ended. Where the list at hand is not complete, or
    older than the service or newer, a modifier it does not have is not evaluated: it may have been added or ended
    between.

    Source: Medicare Claims Processing Manual, chapter 26, section 10.4, item 24D; 45 CFR 162.1002; the quarterly HCPCS
    file. Days: American Medical Association for 93; CGS for JZ; Gawenda Seminars (2019-03-04) for 96 and 97.
    """
    for number, line in enumerate(claim.lines, start=1):
        for place, modifier in enumerate(line.modifiers):
            if not modifier or always_valid(modifier, reference):
                continue
            found = modifier_standing(modifier, line.service_date, reference)
            if found.state is State.OLDER_EDITION:
                yield Unevaluated(
                    reason=Reason.OUTSIDE_EDITION,
                    detail=f"modifier {modifier} is not in the HCPCS file {found.edition}, which is older than the "
                    "service or newer: it may have been added or ended between",
                    line=number,
                )
            elif found.state is State.NOT_ANSWERED:
                yield Unevaluated(
                    reason=Reason.NOT_IN_STARTER_TABLE,
                    detail=f"modifier {modifier} is not in the list at hand, which is not complete; the official HCPCS "
                    "file has every modifier that begins with a letter",
                    line=number,
                )
            elif found.state is not State.VALID:
                yield _defect(number, line, place, found)


def _defect(number: int, line: ServiceLine, place: int, found: Standing) -> Defect:
    modifier, on = line.modifiers[place], line.service_date
    match found.state:
        case State.MALFORMED:
            why = f"{modifier}, which is no modifier: those have two letters or digits"
        case State.NOT_YET:
            why = f"{modifier}, which is in use from {found.limit} on"
        case State.ENDED:
            why = f"{modifier}, which was in use until {found.limit}"
        case _:
            why = f"{modifier}, which is not in the HCPCS file {found.edition}"
    return Defect(
        location=line_field(number, "modifiers", place),
        message=f"{line.procedure} on {on} has {why}.",
        carc=("CO", "182") if found.limit else None,
        because={
            "procedure": line.procedure,
            "modifier": modifier,
            "service_date": on.isoformat(),
            "state": str(found.state),
            "limit": found.limit.isoformat() if found.limit else None,
            "edition": found.edition,
        },
        advice=ADVICE,
    )
