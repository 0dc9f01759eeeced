"""What a result, and each of its findings, is expected to cost."""

from collections import Counter
from collections.abc import Iterator

from scrubber.claim.amounts import cents
from scrubber.engine import Result
from scrubber.rule import Finding


def cents_allowed(result: Result) -> int | None:
    """What is expected to be lost of the amounts allowed, in cents; None where that is not known."""
    allowed = result.denial_risk.allowed_at_risk
    return None if allowed is None else cents(allowed)


def costs(result: Result) -> Iterator[tuple[Finding, float, int]]:
    """Each finding of a result with its probability of a denial, and its share in cents of what that may cost.

    A driver of the risk stands for all findings of an edit on a line: they share what is at risk.
    """
    if not result.findings:
        return
    risk = result.denial_risk
    drivers = {(driver.edit, driver.line): driver for driver in risk.drivers}
    told = Counter([(finding.edit, finding.line) for finding in result.findings])
    for finding in result.findings:
        key = (finding.edit, finding.line)
        driver = drivers.get(key)
        if driver is None:
            yield finding, 0.0, 0
        else:
            at_risk = cents(risk.charge_at_risk) * driver.share / told[key]
            yield finding, driver.probability, round(at_risk)
