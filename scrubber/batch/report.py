"""The denial-risk report of claims that are stored: of a batch, or of all in a period."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby

import msgspec
from sqlalchemy import Connection

from scrubber.batch.scoring import risk_model
from scrubber.batch.scrubbed import read_ending
from scrubber.batch.workshop import Workshop
from scrubber.engine import Result
from scrubber.importers.benchmarks import read_benchmarks
from scrubber.report.amounts import money
from scrubber.report.build import Decided, Told, build_report
from scrubber.report.counts import Counts, Example, Kind, Totals
from scrubber.report.figures import Covered, DenialReport, FindingRow
from scrubber.report.named import fixed_by, payer_name
from scrubber.risk import RiskModel
from scrubber.risk.rates import Rates
from scrubber.rule import Finding
from scrubber.store.figures import (
    Scope,
    calibrations_used,
    endings,
    findings_to_count,
    findings_to_list,
    sums_of_claims,
)
from scrubber.store.outcomes import edit_yield
from scrubber.store.results import Wanted, read_results
from scrubber.store.tables import BatchKey


class _Finding(msgspec.Struct):
    edit: str
    line: int | None
    message: str


class _Waived(msgspec.Struct):
    finding: _Finding


class _Said(msgspec.Struct):
    findings: list[_Finding]
    waived: list[_Waived]


def stored_report(connection: Connection, workshop: Workshop, scope: Scope, of: Covered) -> DenialReport:
    """The report of the claims in a scope."""
    engine = workshop.engine
    counts = Counts(fixed_by=fixed_by(engine.reference))
    for shared, sums in sums_of_claims(connection, scope):
        counts.add_claims(Totals(*sums), **shared._asdict())
    counts.add_findings(findings_to_count(connection, scope, Kind))
    made_with = list(map(read_ending, endings(connection, scope)))

    @cache  # The dearest claim of one piece of work is often that of others; each look unpacks a chunk of results.
    def findings_of(batch: int, ordinal: int) -> list[Finding]:
        read = read_results(connection, BatchKey(scope.tenant, batch), Wanted(), ordinal - 1, 1)
        return [finding for _, line in read for finding in msgspec.json.decode(line, type=Result).findings]

    def advice(example: Example, edit: str) -> str:
        findings = findings_of(example.batch, example.ordinal)
        return next((finding.advice.text for finding in findings if finding.edit == edit), "")

    calibrations = calibrations_used(connection, scope)
    return build_report(
        counts,
        Told(
            of=of,
            made_at=workshop.now(),
            ruleset=", ".join(sorted({ending.ruleset for ending in made_with})) or engine.ruleset,
            references=tuple({ending.reference.digest: ending.reference for ending in made_with}.values()),
            calibrations=tuple(calibrations),
            benchmarks=read_benchmarks(workshop.settings.lcd_data_dir),
        ),
        {edit.id: edit for edit in engine.plan.edits},
        rates=_rates(workshop, scope.tenant, calibrations),
        decided={
            edit: Decided(decided=became.decided, denied=became.denied)
            for edit, became in edit_yield(connection, scope).items()
        },
        advice=advice,
        payer_name=payer_name(engine.reference),
    )


def stored_findings(connection: Connection, scope: Scope) -> Iterator[FindingRow]:
    """Every finding of the claims in a scope, in their order, with what its result says."""
    for batch, of_batch in groupby(findings_to_list(connection, scope), lambda row: row.batch):
        results = read_results(connection, BatchKey(scope.tenant, batch), Wanted())
        for ordinal, rows in groupby(of_batch, lambda row: row.ordinal):
            messages = _messages(next(line for at, line in results if at == ordinal))
            for row in rows:
                yield FindingRow(
                    claim_id=row.claim_id,
                    first_day=row.first_day,
                    line=row.line,
                    payer=row.payer,
                    provider=row.provider,
                    procedure=row.procedure,
                    diagnosis=row.diagnosis,
                    edit=row.edit,
                    severity=row.severity,
                    carc=row.carc,
                    probability=row.probability,
                    expected_charge=money(row.at_risk),
                    waived=row.waiver is not None,
                    message=messages[row.edit, row.line, row.waiver is not None].pop(0),
                )


def _messages(line: bytes) -> dict[tuple[str, int | None, bool], list[str]]:
    """What a result says, by edit and line, and whether it was waived: in the order of its findings."""
    result = msgspec.json.decode(line, type=_Said)
    messages: dict[tuple[str, int | None, bool], list[str]] = {}
    for waived, findings in ((False, result.findings), (True, [one.finding for one in result.waived])):
        for finding in findings:
            messages.setdefault((finding.edit, finding.line, waived), []).append(finding.message)
    return messages


def _rates(workshop: Workshop, tenant: str, calibrations: Sequence[str]) -> Rates:
    """The rates that the claims were scored with; of several the newest."""
    if calibrations:
        return risk_model(workshop, tenant, calibrations[-1]).rates
    priors = workshop.engine.reference.denial_priors
    if priors is None:
        raise LookupError("the denial rates are not loaded")
    return RiskModel(priors).rates
