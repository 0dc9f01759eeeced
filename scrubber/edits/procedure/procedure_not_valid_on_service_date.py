"""PX402: a procedure code that was not yet, or no longer, in use on the day of service."""

from collections.abc import Iterator

from scrubber.claim import Claim, line_field
from scrubber.edits.procedure.sources import CODE_SETS
from scrubber.edits.services import unanswered
from scrubber.reference import Snapshot
from scrubber.reference.procedure_codes import HCPCS, IN_FEE_SCHEDULE, State, standing
from scrubber.rule import LINE, REJECT, REVIEW, Advice, Defect, Triggers, Unevaluated, edit

ADVICE = Advice(
    "Check the day of service. If it is right, look up the code that was in use for the service on that day."
)


def _may_not_be_in_use(code: str, reference: Snapshot) -> bool:
    """Whether a code has dates, or some edition that is complete for it lacks it."""
    schedule, hcpcs = reference.fee_schedule, reference.hcpcs
    if hcpcs is not None and HCPCS.fullmatch(code):
        return any(code in rows for _, rows in hcpcs.all)
    return (
        schedule is not None
        and IN_FEE_SCHEDULE.fullmatch(code) is not None
        and any(edition.covers((code,)) and code not in rows for edition, rows in schedule.all)
    )


@edit(
    id="PX402",
    name="procedure-not-valid-on-service-date",
    severity=REJECT,
    scope=LINE,
    needs=("fee_schedule", "hcpcs"),
    triggers=Triggers(
        "a procedure has dates, or is missing from an edition of the fee schedule",
        procedure=_may_not_be_in_use,
    ),
    carc=("CO", "181"),
    citation=CODE_SETS,
)
def procedure_not_valid_on_service_date(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """A procedure code exists, but was not in use on the day of service.

    Why it is denied: The code set in force on the day of service counts, whenever the claim is sent; there is no grace
    period. HCPCS level II codes have a first and a last day. Of CPT codes the tables tell no days: one that another
    edition has, and the fee schedule of the day's quarter lacks, had ended or was not yet there, and is a review.

    Fails: G0515 on 2020-01-01 (ended 2019-12-31); 99441 on 2026-03-02 (a review: in the tables of 2024, no longer in
    the fee schedule).

    Passes: G0515 on 2019-12-31; 98940.

    Source: 45 CFR 162.1000 and 162.1002; the quarterly HCPCS and PPRRVU files.
    """
    for number, line in enumerate(claim.lines, start=1):
        found = standing(line.procedure, line.service_date, reference)
        if found.state is State.NOT_ANSWERED and reference.fee_schedule is not None:
            yield from unanswered(reference.fee_schedule, [(line.procedure, line.service_date)])
        if found.state not in {State.NOT_YET, State.ENDED}:
            continue
        if found.edition is not None:
            why = f"is not in the fee schedule {found.edition}, though another edition or table of CMS has it"
        elif found.state is State.NOT_YET:
            why = f"is in use from {found.limit} on"
        else:
            why = f"was in use until {found.limit}"
        yield Defect(
            location=line_field(number, "procedure"),
            message=f"{line.procedure} on {line.service_date}: the code {why}.",
            severity=REVIEW if found.edition else None,
            because={
                "procedure": line.procedure,
                "service_date": line.service_date.isoformat(),
                "state": str(found.state),
                "limit": found.limit.isoformat() if found.limit else None,
                "edition": found.edition,
            },
            advice=ADVICE,
        )
