"""From what was counted to the figures of the report."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from scrubber.engine import ReferenceUsed
from scrubber.importers.benchmarks import Benchmark
from scrubber.report.amounts import money, share, sum_of, volume
from scrubber.report.counts import Counts, Example, Totals
from scrubber.report.expected import expected
from scrubber.report.figures import (
    AllowedLoss,
    Covered,
    DenialReport,
    Dispositions,
    EditYield,
    Unknown,
    Volume,
    WorkItem,
)
from scrubber.report.groups import clusters_of, dearest, fixable_of, groups_of, parties_of
from scrubber.report.weeks import drift_of, weeks_of
from scrubber.risk.rates import Rates
from scrubber.rule import Edit

MOST_WORK = 50


class Decided(Struct, frozen=True, kw_only=True):
    """Of an edit's findings: how many a payer has decided, and denied."""

    decided: int = 0
    denied: int = 0


class Told(Struct, frozen=True, kw_only=True):
    """What a report says beside what was counted."""

    of: Covered
    made_at: datetime
    ruleset: str
    references: tuple[ReferenceUsed, ...]
    calibrations: tuple[str, ...]
    benchmarks: tuple[Benchmark, ...]


def build_report(
    counts: Counts,
    told: Told,
    edits: Mapping[str, Edit],
    *,
    rates: Rates,
    decided: Mapping[str, Decided],
    advice: Callable[[Example, str], str],
    payer_name: Callable[[str], str | None],
) -> DenialReport:
    """The report of what was counted.

    ``rates`` are those the claims were scored with, ``decided`` goes by edit; ``advice`` gives what the finding of an
    edit on an example advises, ``payer_name`` what a payer is called.
    """
    all_ = sum_of(counts.days.values())
    of = {name: volume(sum_of(_having(counts.days, 2, name))) for name in ("clean", "review", "hold")}
    unreadable = Volume(claims=sum_of(_having(counts.days, 2, "unreadable")).claims, charge=Decimal(0))
    readable = all_.claims - unreadable.claims
    unseen = all_.at_risk - sum(found.at_risk for found in counts.found["edit"].values())
    return DenialReport(
        of=told.of,
        made_at=told.made_at,
        ruleset=told.ruleset,
        references=told.references,
        calibrations=told.calibrations,
        basis="calibrated" if told.calibrations else "prior",
        all=volume(all_),
        dispositions=Dispositions(**of, unreadable=unreadable),
        clean_by_claims=share(of["clean"].claims, readable),
        clean_by_charge=share(of["clean"].charge, money(all_.charge)),
        expected=expected(counts, all_, unseen, rates),
        allowed=_allowed(all_),
        by_carc=groups_of(counts.found["carc"], unseen),
        by_payer=parties_of(counts.days, counts.found["payer"], payer_name),
        by_provider=parties_of(counts.providers, counts.found["provider"]),
        by_procedure=groups_of(counts.found["procedure"], unseen),
        by_diagnosis=groups_of(counts.found["diagnosis"], unseen),
        by_edit=groups_of(
            counts.found["edit"], unseen, lambda id_: edits[id_].name if id_ in edits else None
        ),
        clusters=clusters_of(counts.found["cluster"]),
        fixable=fixable_of(counts.found["fixed_by"]),
        weeks=weeks_of(counts.days),
        drift=drift_of(counts.days),
        edits=_yields(counts, edits, decided, rates),
        unknown=tuple(
            Unknown(edit=edit, reason=reason, claims=totals.claims, charge=money(totals.charge))
            for (edit, reason), totals in sorted(
                counts.unevaluated.items(), key=lambda item: (-item[1].claims, item[0])
            )
        ),
        worklist=_worklist(counts, edits, advice),
        benchmarks=told.benchmarks,
    )


def _allowed(all_: Totals) -> AllowedLoss | None:
    if not all_.priced:
        return None
    return AllowedLoss(
        claims=all_.priced,
        expected_charge=money(all_.priced_at_risk),
        expected_allowed=money(all_.allowed_at_risk),
    )


def _yields(
    counts: Counts,
    edits: Mapping[str, Edit],
    decided: Mapping[str, Decided],
    rates: Rates,
) -> tuple[EditYield, ...]:
    rows = []
    for edit, found in counts.found["edit"].items():
        known, answered = rates.of(edit, None, found.severity or "deny"), decided.get(edit, Decided())
        rows.append(
            EditYield(
                edit=edit,
                name=edits[edit].name if edit in edits else "",
                severity=found.severity or (str(edits[edit].severity) if edit in edits else ""),
                fired=found.findings,
                waived=found.waived,
                decided=answered.decided,
                denied=answered.denied,
                probability=round(known.probability, 4),
                remittances=known.remittances,
            )
        )
    return tuple(sorted(rows, key=lambda row: (-row.fired, row.edit)))


def _worklist(
    counts: Counts, edits: Mapping[str, Edit], advice: Callable[[Example, str], str]
) -> tuple[WorkItem, ...]:
    rows = []
    for (edit, payer, carc), found in dearest(counts.found["work"])[:MOST_WORK]:
        examples = sorted(found.examples, reverse=True)
        rows.append(
            WorkItem(
                edit=edit,
                name=edits[edit].name if edit in edits else "",
                payer=payer,
                carc=carc,
                fixed_by=counts.fixed_by(edit),
                advice=advice(examples[0], edit),
                findings=found.findings,
                claims=found.claims,
                charge=money(found.charge),
                expected_charge=money(found.at_risk),
                claim_ids=tuple(example.claim_id for example in examples),
            )
        )
    return tuple(rows)


def _having(groups: Mapping[Any, Totals], place: int, value: str) -> list[Totals]:
    return [totals for key, totals in groups.items() if key[place] == value]
