"""PX403: a procedure that Medicare's fee schedule says is never paid, or never by itself."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from scrubber.claim import Claim, ServiceLine, line_field
from scrubber.edits.services import billed_lines, told_by_chiropractic_benefit, unanswered
from scrubber.reference import Snapshot
from scrubber.reference.fee_schedule import NEVER_PAID
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


class Status(NamedTuple):
    """What a status says of a procedure, what the payer answers, what to do."""

    says: str
    carc: tuple[str, str]
    advice: Advice
    severity: Severity = DENY


ANOTHER_CODE = Status(
    "not valid for Medicare, which uses another code for the service",
    ("CO", "96"),
    Advice("Look up the code that Medicare takes for this service, and bill it if the record supports it."),
)
PART_OF_OTHERS = Advice(
    "Take the line off. What was done is paid within the other services and must not be billed to the patient."
)
NOT_PAYABLE = {
    "B": Status("always paid as part of other services, never by itself", ("CO", "97"), PART_OF_OTHERS),
    "G": ANOTHER_CODE,
    "I": ANOTHER_CODE,
    "N": Status(
        "not covered by Medicare",
        ("CO", "96"),
        Advice("Bill it with GY if the patient wants Medicare's denial; otherwise it need not be billed."),
    ),
    "P": Status(
        "paid as part of the physician's service of that day, or outside the physician fee schedule",
        ("CO", "97"),
        Advice(
            "If it was given with a physician's service of that day, take the line off. If not, check who pays "
            "for it: supplies and equipment go to the contractor for durable medical equipment."
        ),
        REVIEW,
    ),
}
REPORTED_ONLY = Decimal("0.01")
"""Codes that only report something, such as 99024, are billed at a cent or nothing."""


def _may_be_unpayable(code: str, reference: Snapshot) -> bool:
    schedule = reference.fee_schedule
    return schedule is None or schedule.may(code, lambda row: row.status in NOT_PAYABLE)


@edit(
    id="PX403",
    name="procedure-status-not-payable-by-medicare",
    severity=DENY,
    scope=LINE,
    needs=("fee_schedule",),
    triggers=Triggers(
        "a procedure is not payable by its status in the Medicare fee schedule",
        payer=medicare_part_b,
        procedure=_may_be_unpayable,
    ),
    carc=("CO", "96"),
    citation=fee_schedule_manual("status code"),
)
def procedure_status_not_payable_by_medicare(
    claim: Claim, reference: Snapshot
) -> Iterator[Defect | Unevaluated]:
    """The status of a procedure in the Medicare fee schedule says that it is not paid, or not by itself.

    Why it is denied: Every code has a status letter. B is always paid as part of other services, N is not covered,
    and for I (and G) Medicare uses another code. P is a part of the physician's service of that day or is not paid
    under this fee schedule, which the claim does not tell: a review.

    Fails: 90875 (N); 97010 (B); 99358 (I); A4557 (P, a review) where no unit limit of 0 says it already.

    Passes: a code that is paid, priced by the contractor, restricted or paid under another fee schedule (A, C, R, X,
    E); a line with GY; a line of a cent or nothing, which only reports; another payer than Medicare. What a
    chiropractor bills outside the benefit is told by CHI808 and CHI809, a unit limit of 0 beside status P by MUE611.

    Source: Medicare Claims Processing Manual, chapter 23, addendum; the quarterly PPRRVU file.
    """
    schedule = reference.fee_schedule
    if schedule is None:
        return
    absent = []
    for number, line in billed_lines(claim):
        entry = schedule.entry(line.procedure, line.service_date)
        if entry is None:
            absent.append((line.procedure, line.service_date))
            continue
        status = NOT_PAYABLE.get(entry.row.status)
        if status is None or line.charge <= REPORTED_ONLY:
            continue
        if _told_elsewhere(claim, line, entry.row.status, reference):
            continue
        yield Defect(
            location=line_field(number, "procedure"),
            message=f"{line.procedure} on {line.service_date} has status {entry.row.status}: {status.says}.",
            severity=status.severity,
            carc=status.carc,
            because={
                "procedure": line.procedure,
                "service_date": line.service_date.isoformat(),
                "status": entry.row.status,
                "edition": entry.edition,
            },
            advice=status.advice,
        )
    if absent:
        yield from unanswered(schedule, absent)


def _told_elsewhere(claim: Claim, line: ServiceLine, status: str, reference: Snapshot) -> bool:
    if told_by_chiropractic_benefit(claim, line):
        return True
    # CMS sets a limit of 0 for what is bundled, not covered or not valid: the status is the reason, and is told.
    limit = reference.mue.limit(line.procedure, line.service_date) if reference.mue else None
    return status not in NEVER_PAID and limit is not None and limit.units == 0 and line.unit_basis == "UN"
