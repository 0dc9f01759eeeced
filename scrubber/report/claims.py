"""A claim and its result → what a report counts of them."""

from collections.abc import Callable, Iterable, Iterator

from scrubber.claim import Claim, billed_for
from scrubber.claim.amounts import cents, charge_of
from scrubber.engine import Result
from scrubber.intake.record import UNREADABLE, Unreadable
from scrubber.report.amounts import money
from scrubber.report.counts import Counts, Seen, Totals
from scrubber.report.figures import FindingRow
from scrubber.risk.costs import costs


def count_claims(
    counts: Counts, results: Iterable[tuple[Claim, Result] | Unreadable], keep: Callable[[Seen], object]
) -> None:
    """Count the claims of a file with their results; ``keep`` is called with each finding."""
    for ordinal, read in enumerate(results):
        if isinstance(read, Unreadable):
            counts.add_claims(Totals(claims=1), payer="", provider="", first_day=None, disposition=UNREADABLE)
            continue
        claim, result = read
        counts.add_claims(
            totals_of(claim, result),
            payer=claim.payer.id or "",
            provider=claim.billing_provider.npi or "",
            first_day=min(line.service_date for line in claim.lines),
            disposition=result.disposition,
            unevaluated={(said.edit, str(said.reason)) for said in result.not_evaluated},
        )
        if result.findings or result.waived:
            findings = list(findings_seen(claim, result, ordinal))
            counts.add_findings(findings)
            for seen in findings:
                keep(seen)


def totals_of(claim: Claim, result: Result) -> Totals:
    """One claim, as it is summed up. If it is denied it loses what is at risk divided by the probability."""
    risk = result.denial_risk
    at_risk, p = cents(risk.charge_at_risk), risk.probability
    return Totals(
        claims=1,
        charge=cents(charge_of(claim)),
        at_risk=at_risk,
        expected=p,
        variance=p * (1 - p),
        charge_variance=at_risk * at_risk * (1 - p) / p if p else 0.0,
    )


def findings_seen(claim: Claim, result: Result, ordinal: int) -> Iterator[Seen]:
    """The findings of a claim as they are counted, those that were waived last."""
    told = [*costs(result), *((waived.finding, 0.0, 0) for waived in result.waived)]
    for position, (finding, probability, at_risk) in enumerate(told):
        procedure, diagnosis = billed_for(claim, finding.line)
        yield Seen(
            batch=0,
            ordinal=ordinal,
            claim_id=claim.claim_id,
            payer=claim.payer.id or "",
            provider=claim.billing_provider.npi or "",
            charge=cents(charge_of(claim)),
            first_day=min(line.service_date for line in claim.lines),
            edit=finding.edit,
            severity=str(finding.severity),
            line=finding.line,
            carc=f"{finding.carc.group}-{finding.carc.code}" if finding.carc else None,
            procedure=procedure,
            diagnosis=diagnosis,
            probability=probability,
            at_risk=at_risk,
            waived=position >= len(result.findings),
        )


def finding_row(seen: Seen) -> FindingRow:
    """A finding as it is listed."""
    return FindingRow(
        claim_id=seen.claim_id,
        first_day=seen.first_day,
        line=seen.line,
        payer=seen.payer,
        provider=seen.provider,
        procedure=seen.procedure,
        diagnosis=seen.diagnosis,
        edit=seen.edit,
        severity=seen.severity,
        carc=seen.carc,
        probability=seen.probability,
        expected_charge=money(seen.at_risk),
        waived=bool(seen.waived),
    )
