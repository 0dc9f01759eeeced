"""DTE204: a claim that comes too late."""

from collections.abc import Iterator
from datetime import date, timedelta

from scrubber.claim import Claim, Institutional, line_field
from scrubber.edits.dates.in_order import may_be_late
from scrubber.reference import Snapshot, TimelyFiling
from scrubber.rule import (
    BOTH_FORMS,
    DENY,
    LINE,
    REPLACEMENT,
    REVIEW,
    Advice,
    Citation,
    Defect,
    Reason,
    Severity,
    Unevaluated,
    edit,
)
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
    2025-03-01. Where a payer gives providers out of its network longer, a claim that would be late only for one in
    it is a review; so is a replacement (frequency code 7), for a correction of what came in time has limits of its own.

    Passes: A service of 2025-03-10 received on 2026-03-10. On a line with a span the first day counts, of an
    institutional claim the last day of its statement. The day of receipt is that of the claim, else the day of
    scrubbing. Without a limit for the payer the edit is not evaluated.

    Source: Medicare Claims Processing Manual, chapter 1, sections 70.1 and 70.4; 42 CFR 424.44; for other
    payers the authority in their payer.yaml.
    """
    profile = reference.payers.profile(claim)
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
        yield from _by_statement(claim, claim.institutional, limit, received, first_day, profile.id)
        return
    for number, line in enumerate(claim.lines, start=1):
        if line.service_date >= first_day:
            continue
        last_day = limit.last_day(line.service_date)
        span = line.service_date_to is not None and line.service_date_to >= first_day
        yield Defect(
            location=line_field(number, "service_date"),
            message=f"{line.procedure} of {line.service_date} had to arrive by {last_day}, not {received}"
            f"{_longer(limit)}.",
            severity=_softened(claim, limit, line.service_date, received),
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
    claim: Claim, facts: Institutional, limit: TimelyFiling, received: date, first_day: date, payer: str
) -> Iterator[Defect | Unevaluated]:
    """An institutional claim is late as a whole: its last day counts."""
    last = facts.statement_to
    if last is None:
        yield Unevaluated(reason=Reason.FACT_MISSING, detail="the last day of the statement is missing")
    elif last < first_day:
        last_day = limit.last_day(last)
        yield Defect(
            location=("institutional", "statement_to"),
            message=f"A claim for services up to {last} had to arrive by {last_day}, not {received}"
            f"{_longer(limit)}.",
            severity=_softened(claim, limit, last, received),
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


def _softened(claim: Claim, limit: TimelyFiling, service_date: date, received: date) -> Severity | None:
    """A review of a replacement, and of a claim that is in time if its provider is out of the network."""
    if claim.frequency_code == REPLACEMENT:
        return REVIEW
    days = limit.days_out_of_network
    return REVIEW if days is not None and received <= service_date + timedelta(days) else None


def _longer(limit: TimelyFiling) -> str:
    days = limit.days_out_of_network
    return f" (out of network: {days} days after the service)" if days is not None else ""


def _citation(limit: TimelyFiling) -> Citation:
    return Citation(
        title=limit.title,
        url=limit.url,
        section=limit.section,
        edition=limit.retrieved.isoformat() if limit.retrieved else None,
    )
