"""PX401: a procedure code that does not exist."""

from collections.abc import Iterator
from datetime import date

from scrubber.claim import Claim, ServiceLine, line_field
from scrubber.edits.procedure.sources import CODE_SETS
from scrubber.edits.services import unanswered
from scrubber.reference import Snapshot
from scrubber.reference.procedure_codes import (
    HCPCS,
    IN_FEE_SCHEDULE,
    Standing,
    State,
    named_somewhere,
    standing,
)
from scrubber.rule import LINE, REJECT, REVIEW, Advice, Defect, Reason, Triggers, Unevaluated, edit

ADVICE = Advice(
    "Look the code up for the day of service: a digit may be wrong, or a zero and an O exchanged."
)


def _is_named_nowhere(code: str, reference: Snapshot) -> bool:
    return not named_somewhere(code, reference)


@edit(
    id="PX401",
    name="procedure-unknown",
    severity=REJECT,
    scope=LINE,
    needs=("fee_schedule", "hcpcs"),
    triggers=Triggers("no table has a procedure of the claim", procedure=_is_named_nowhere),
    carc=("CO", "16"),
    rarc=("M20",),
    citation=CODE_SETS,
)
def procedure_unknown(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """A procedure code is not one of CPT or of HCPCS level II.

    Why it is denied: Claims may carry codes of the two sets only. A CPT code has four digits and a digit or one of
    the letters A, F, M, T and U; a HCPCS level II code a letter and four digits. A line with any other comes back.

    Fails: 9894; 98940X; a HCPCS code that the HCPCS file of the quarter does not have. A CPT code that the fee schedule
    of the quarter does not have is a review, for CMS does not promise that every code is in it.

    Passes: 98940; J3301. Where the tables are older than the service, or complete for other codes only, a code that
    they don't have is not evaluated; nor are codes that neither lists (dental codes; CPT codes ending in A, M or U).

    Source: 45 CFR 162.1002; the quarterly HCPCS and PPRRVU files.
    """
    for number, line in enumerate(claim.lines, start=1):
        found = standing(line.procedure, line.service_date, reference)
        if found.state is State.MALFORMED:
            yield _defect(number, line, found, "is neither a CPT nor a HCPCS code")
        elif found.state is State.UNKNOWN:
            yield _defect(number, line, found, f"is not in the {_table(line)} {found.edition}")
        elif found.state is State.OLDER_EDITION:
            yield Unevaluated(
                reason=Reason.OUTSIDE_EDITION,
                detail=f"{line.procedure} is not in the {_table(line)} {found.edition}, which is older than the "
                "service or newer: the code may have been added or ended between",
                line=number,
            )
        elif found.state is State.NOT_ANSWERED:
            yield from _unanswered(line.procedure, line.service_date, number, reference)


def _unanswered(code: str, on: date, number: int, reference: Snapshot) -> Iterator[Unevaluated]:
    schedule = reference.fee_schedule
    if schedule is not None and IN_FEE_SCHEDULE.fullmatch(code):
        yield from unanswered(schedule, [(code, on)])
    else:
        yield Unevaluated(
            reason=Reason.REFERENCE_NOT_LOADED,
            detail=f"no table that is loaded lists codes such as {code}",
            line=number,
        )


def _table(line: ServiceLine) -> str:
    return "HCPCS file" if HCPCS.fullmatch(line.procedure) else "fee schedule"


def _defect(number: int, line: ServiceLine, found: Standing, why: str) -> Defect:
    certain = found.state is State.MALFORMED or HCPCS.fullmatch(line.procedure)
    return Defect(
        location=line_field(number, "procedure"),
        message=f"{line.procedure} {why}." if line.procedure else "The line has no procedure code.",
        severity=None if certain else REVIEW,
        because={
            "procedure": line.procedure,
            "service_date": line.service_date.isoformat(),
            "edition": found.edition,
        },
        advice=ADVICE,
    )
