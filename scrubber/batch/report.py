"""The denial-risk report of claims that are stored: of a batch, or of all in a period."""

from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy import Connection

from scrubber.batch.scoring import risk_model
from scrubber.batch.workshop import Workshop
from scrubber.engine import ReferenceUsed, Result
from scrubber.importers.benchmarks import read_benchmarks
from scrubber.report.build import Decided, Told, build_report
from scrubber.report.claims import finding_row
from scrubber.report.counts import Counts, Example, Seen, Totals, by_claim
from scrubber.report.figures import Benchmark, Covered, DenialReport, FindingRow, ReferenceStated
from scrubber.report.named import fixed_by, payer_name
from scrubber.risk import RiskModel
from scrubber.risk.rates import Rates
from scrubber.store.figures import (
    Scope,
    calibrations_used,
    endings,
    findings_in_order,
    sums_of_claims,
)
from scrubber.store.outcomes import edit_yield
from scrubber.store.results import Wanted, read_results


class _Ending(msgspec.Struct):
    ruleset: str
    reference: ReferenceUsed


def stored_report(connection: Connection, workshop: Workshop, scope: Scope, of: Covered) -> DenialReport:
    """The report of the claims in a scope."""
    engine = workshop.engine
    counts = Counts(fixed_by=fixed_by(engine.reference))
    for shared, sums in sums_of_claims(connection, scope):
        counts.add_claims(Totals(*sums), **shared._asdict())
    for findings in by_claim(map(Seen._make, findings_in_order(connection, scope))):
        counts.add_findings(findings)
    made_with = [
        msgspec.json.decode(b"{" + ending[1:], type=_Ending) for ending in endings(connection, scope)
    ]

    def advice(example: Example, edit: str) -> str:
        return _advice(connection, example, edit)

    calibrations = calibrations_used(connection, scope)
    return build_report(
        counts,
        Told(
            of=of,
            made_at=workshop.now(),
            ruleset=", ".join(sorted({ending.ruleset for ending in made_with})) or engine.ruleset,
            references=tuple(
                ReferenceStated(digest=used.digest, editions=used.editions)
                for used in {ending.reference.digest: ending.reference for ending in made_with}.values()
            ),
            calibrations=tuple(calibrations),
            benchmarks=tuple(
                Benchmark(**row._asdict()) for row in read_benchmarks(workshop.settings.lcd_data_dir)
            ),
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
    """Every finding of the claims in a scope, in their order."""
    return map(finding_row, map(Seen._make, findings_in_order(connection, scope)))


def _rates(workshop: Workshop, tenant: str, calibrations: Sequence[str]) -> Rates:
    """The rates that the claims were scored with; of several the newest."""
    if calibrations:
        return risk_model(workshop, tenant, calibrations[-1]).rates
    priors = workshop.engine.reference.denial_priors
    if priors is None:
        raise LookupError("the denial rates are not loaded")
    return RiskModel(priors).rates


def _advice(connection: Connection, example: Example, edit: str) -> str:
    """What the finding of an edit advises on a claim."""
    for _, line in read_results(connection, example.batch, Wanted(), example.ordinal - 1, 1):
        for finding in msgspec.json.decode(line, type=Result).findings:
            if finding.edit == edit:
                return finding.advice.text
    return ""
