"""DTE204: a claim that comes too late."""

from collections.abc import Iterator
from datetime import date

from scrubber.claim import Claim, Institutional, line_field
from scrubber.edits.dates.in_order import may_be_late
from scrubber.reference import Snapshot, TimelyFiling
from scrubber.rule import BOTH_FORMS, DENY, LINE, Advice, Citation, Defect, Reason, Unevaluated, edit
from scrubber.rule.authorities import billing_manual


@edit(
    id="DTE204",
    name="timely-filing-exceeded",
    severity=DENY,
    scope=LINE,
    forms=BOTH_FORMS,
    screen=may_be_late,
    carc=("CO", "29"),
    rarc=("N211",),
    citation=billing_manual("70.1, 70.4; 42 CFR 424.44"),
)
def timely_filing_exceeded(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """The claim arrives after the payer's time limit for the service.

    Why it is denied: Medicare pays only if the claim is received within one calendar year after the service
    date; such a denial can't be appealed. Other payers have limits of their own.

    Fails: A Medicare service of 2025-03-09 received on 2026-03-10; one of 2024-02-29 received on
    2025-03-01.

    Passes: A service of 2025-03-10 received on 2026-03-10. On a line with a span the first day counts, of an
    institutional claim the last day of its statement. The day of receipt is that of the claim, else the day of
    scrubbing. Without a limit for the payer the edit is not evaluated.

    Source: Medicare Claims Processing Manual, chapter 1, sections 70.1 and 70.4; 42 CFR 424.44; for other
    payers the authority in their payer.yaml.
    """
    profile = reference.payers.profile(claim.payer)
    limit = profile.timely_filing
    if limit is None:
        yield Unevaluated(
            reason=Reason.PAYER_UNKNOWN,
            detail=f"the time limit for filing is not known for {profile.name}",
        )
        return
    received = claim.dates.received or reference.as_of
    first_day = limit.first_day(received)
    if claim.institutional is not None:
        yield from _by_statement(claim.institutional, limit, received, first_day, profile.id)
        return
    for number, line in enumerate(claim.lines, start=1):
        if line.service_date >= first_day:
            continue
        last_day = limit.last_day(line.service_date)
        span = line.service_date_to is not None and line.service_date_to >= first_day
        yield Defect(
            location=line_field(number, "service_date"),
            message=f"{line.procedure} of {line.service_date} had to arrive by {last_day}, not {received}.",
            because={
                "procedure": line.procedure,
                "service_date": line.service_date.isoformat(),
                "last_day": last_day.isoformat(),
                "received": received.isoformat(),
                "payer": profile.id,
            },
            citation=_citation(limit),
            advice=Advice(
                "Split the line: the days that are still in time can be paid."
                if span
                else "Look for proof that the claim came in time, or for one of the payer's exceptions."
            ),
        )


def _by_statement(
    facts: Institutional, limit: TimelyFiling, received: date, first_day: date, payer: str
) -> Iterator[Defect | Unevaluated]:
    """An institutional claim is late as a whole: its last day counts."""
    last = facts.statement_to
    if last is None:
        yield Unevaluated(reason=Reason.FACT_MISSING, detail="the last day of the statement is missing")
    elif last < first_day:
        last_day = limit.last_day(last)
        yield Defect(
            location=("institutional", "statement_to"),
            message=f"A claim for services up to {last} had to arrive by {last_day}, not {received}.",
            because={
                "statement_to": last.isoformat(),
                "last_day": last_day.isoformat(),
                "received": received.isoformat(),
                "payer": payer,
            },
            citation=_citation(limit),
            advice=Advice(
                "Look for proof that the claim came in time, or for one of the payer's exceptions."
            ),
        )


def _citation(limit: TimelyFiling) -> Citation:
    return Citation(
        title=limit.title,
        url=limit.url,
        section=limit.section,
        edition=limit.retrieved.isoformat() if limit.retrieved else None,
    )
