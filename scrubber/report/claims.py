"""A claim and its result → what a report counts of them."""

from collections.abc import Callable, Iterable, Iterator

from scrubber.claim import Claim, billed_for
from scrubber.claim.amounts import cents, charge_of
from scrubber.engine import Result
from scrubber.intake.record import UNREADABLE, Unreadable
from scrubber.report.amounts import money
from scrubber.report.counts import Counts, Kind, Seen, Totals
from scrubber.report.figures import FindingRow
from scrubber.risk.costs import cents_allowed, costs


def count_claims(
    counts: Counts, results: Iterable[tuple[Claim, Result] | Unreadable], keep: Callable[[FindingRow], object]
) -> None:
    """Count the claims of a file with their results; ``keep`` is called with each finding as it is listed."""
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
            findings = list(findings_of(claim, result, ordinal))
            counts.add_findings([seen for seen, _ in findings])
            for _, row in findings:
                keep(row)


def totals_of(claim: Claim, result: Result) -> Totals:
    """One claim, as it is summed up. If it is denied it loses what is at risk divided by the probability."""
    risk = result.denial_risk
    at_risk, p = cents(risk.charge_at_risk), risk.probability
    allowed = cents_allowed(result)
    return Totals(
        claims=1,
        charge=cents(charge_of(claim)),
        at_risk=at_risk,
        expected=p,
        variance=p * (1 - p),
        charge_variance=at_risk * at_risk * (1 - p) / p if p else 0.0,
        priced=0 if allowed is None else 1,
        priced_at_risk=0 if allowed is None else at_risk,
        allowed_at_risk=allowed or 0,
    )


def findings_of(claim: Claim, result: Result, ordinal: int) -> Iterator[tuple[Seen, FindingRow]]:
    """The findings of a claim as they are counted and as they are listed, those that were waived last."""
    payer, provider = claim.payer.id or "", claim.billing_provider.npi or ""
    charge, first_day = cents(charge_of(claim)), min(line.service_date for line in claim.lines)
    told = [*costs(result), *((waived.finding, 0.0, 0) for waived in result.waived)]
    for position, (finding, probability, at_risk) in enumerate(told):
        procedure, diagnosis = billed_for(claim, finding.line)
        severity, is_waived = str(finding.severity), position >= len(result.findings)
        carc = f"{finding.carc.group}-{finding.carc.code}" if finding.carc else None
        seen = Seen(
            batch=0,
            ordinal=ordinal,
            claim_id=claim.claim_id,
            charge=charge,
            probability=probability,
            at_risk=at_risk,
            kind=Kind(payer, provider, finding.edit, severity, carc, procedure, diagnosis, is_waived),
            advice=finding.advice.text,
        )
        row = FindingRow(
            claim_id=claim.claim_id,
            first_day=first_day,
            line=finding.line,
            payer=payer,
            provider=provider,
            procedure=procedure,
            diagnosis=diagnosis,
            edit=finding.edit,
            severity=severity,
            carc=carc,
            probability=probability,
            expected_charge=money(at_risk),
            waived=is_waived,
            message=finding.message,
        )
        yield seen, row
