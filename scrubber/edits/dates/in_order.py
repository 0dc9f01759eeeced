"""Dates in their order: the screens of the edits that compare them."""

from scrubber.claim import Claim
from scrubber.reference import Snapshot


def some_date_out_of_order(claim: Claim, reference: Snapshot) -> bool:
    """Whether the dates are not plainly these: birth, onset, services, today. A line of several days never is."""
    dates, born, today = claim.dates, claim.patient.birth_date, reference.as_of
    received, begun, onset = dates.received, dates.initial_treatment, dates.onset
    if received is not None and received < today:
        today = received
    seen = None
    for line in claim.lines:
        on = line.service_date
        if line.service_date_to is not None:
            return True
        if on != seen and (
            on > today
            or (born is not None and on < born)
            or (begun is not None and on < begun)
            or (onset is not None and on < onset)
        ):
            return True
        seen = on
    return False


def may_be_late(claim: Claim, reference: Snapshot) -> bool:
    """Whether a service lies before the payer's limit, or the limit is not known. So on an institutional claim."""
    limit = reference.payers.profile(claim).timely_filing
    if limit is None or claim.institutional is not None:
        return True
    first = limit.first_day(claim.dates.received or reference.as_of)
    for line in claim.lines:  # noqa: SIM110 - asked of every claim: a generator costs more than the question
        if line.service_date < first:
            return True
    return False
