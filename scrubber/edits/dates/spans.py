"""Lines that are billed from one day to another."""

from scrubber.claim import Claim


def has_span(claim: Claim) -> bool:
    """Whether a line gives a last day beside its first."""
    for line in claim.lines:  # noqa: SIM110 - asked of every claim: a generator costs more than the question
        if line.service_date_to is not None:
            return True
    return False
