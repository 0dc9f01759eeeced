"""What each finding of a result is expected to cost."""

from collections.abc import Iterator

from scrubber.claim.amounts import cents
from scrubber.engine import Result
from scrubber.rule import Finding


def costs(result: Result) -> Iterator[tuple[Finding, float, int]]:
    """Each finding of a result with its probability of a denial, and its share in cents of what that may cost.

    A driver of the risk stands for all findings of an edit on a line: they share what is at risk.
    """
    risk = result.denial_risk
    drivers = {(driver.edit, driver.line): driver for driver in risk.drivers}
    told = [(finding.edit, finding.line) for finding in result.findings]
    for finding in result.findings:
        key = (finding.edit, finding.line)
        driver = drivers.get(key)
        if driver is None:
            yield finding, 0.0, 0
        else:
            at_risk = cents(risk.charge_at_risk) * driver.share / told.count(key)
            yield finding, driver.probability, round(at_risk)
