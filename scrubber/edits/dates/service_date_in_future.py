"""DTE201: a service that has not been given yet."""

from collections.abc import Iterator

from scrubber.claim import Claim, line_field
from scrubber.edits.dates.in_order import some_date_out_of_order
from scrubber.reference import Snapshot
from scrubber.rule import BOTH_FORMS, LINE, REJECT, REVIEW, Advice, Defect, edit
from scrubber.rule.authorities import claim_form_manual


@edit(
    id="DTE201",
    name="service-date-in-future",
    severity=REJECT,
    scope=LINE,
    forms=BOTH_FORMS,
    screen=some_date_out_of_order,
    carc=("CO", "110"),
    citation=claim_form_manual("10.4, item 24A"),
)
def service_date_in_future(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """A service date lies after the day the claim is sent.

    Why it is denied: Only a service that was given can be billed. A claim that arrives before its service
    date is rejected.

    Fails: A service of 2026-03-11 on a claim scrubbed, or received by the payer, on 2026-03-10.

    Passes: A service of that very day. Where only the last day of a span is to come, it is a review: some
    supplies are billed from the first day on.

    Source: Medicare Claims Processing Manual, chapter 26, section 10.4, item 24A; CARC 110.
    """
    today, received = reference.as_of, claim.dates.received
    if received is not None and received < today:
        today = received
    for number, line in enumerate(claim.lines, start=1):
        if line.service_date > today:
            field, on, severity = "service_date", line.service_date, None
        elif line.service_date_to is not None and line.service_date_to > today:
            field, on, severity = "service_date_to", line.service_date_to, REVIEW
        else:
            continue
        yield Defect(
            location=line_field(number, field),
            message=f"{line.service} is of {on}, after {today}: the service has not been given yet.",
            severity=severity,
            because={
                "procedure": line.procedure,
                "service_date": on.isoformat(),
                "compared_with": today.isoformat(),
            },
            advice=Advice("Correct the date from the record, or send the claim after the service."),
        )
