"""Scrub one claim: run the edits the plan selects and say what became of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import TypeAlias

from scrubber.claim import Claim, Location, json_pointer
from scrubber.engine.plan import Plan
from scrubber.engine.result import DenialRisk, Disposition, ReferenceUsed, Result, WaivedFinding
from scrubber.engine.waivers import Waiver, Waivers, waiver_for
from scrubber.reference import Snapshot
from scrubber.reference.line_coverage import coverage_rows
from scrubber.rule import (
    DENY,
    REJECT,
    REVIEW,
    SEVERITY_RANK,
    Carc,
    Defect,
    Edit,
    Finding,
    History,
    Later,
    NotEvaluated,
    Reason,
    Unevaluated,
)

Assess: TypeAlias = Callable[[Claim, Sequence[Finding]], DenialRisk]
"""How likely a claim with these findings is denied. Handed in, for the rates are learned above the engine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Everything a claim is scrubbed with. Immutable: a new rule set or snapshot is a new engine."""

    plan: Plan
    reference: Snapshot
    ruleset: str
    used: ReferenceUsed
    assess: Assess
    waivers: Waivers | None = None

    def on(self, as_of: date) -> "Engine":
        """The same engine with another day as today."""
        return self if as_of == self.reference.as_of else replace(self, reference=self.reference.on(as_of))


def build_engine(
    edits: Sequence[Edit],
    reference: Snapshot,
    ruleset: str,
    waivers: Sequence[Waiver] = (),
    *,
    assess: Assess,
) -> Engine:
    """An engine over a catalogue and a snapshot. Raises ValueError if two edits share an id."""
    return Engine(
        plan=Plan(edits, reference),
        reference=reference,
        ruleset=ruleset,
        used=ReferenceUsed(digest=reference.digest, editions=dict(reference.editions)),
        waivers=Waivers(waivers) if waivers else None,
        assess=assess,
    )


_pointer = lru_cache(4096)(json_pointer)
"""Findings stand in few kinds of places, so their pointers are kept: names of fields and numbers, nothing else."""

Locate: TypeAlias = Callable[[Location], str | None]
"""Tells a location of a claim in the terms of the file it came from, None where that has none."""


def scrub(
    engine: Engine, claim: Claim, locate: Locate | None = None, history: History | Later | None = None
) -> Result:
    """The result of one claim. Pure: the same engine, claim and history give the same result."""
    reference = engine.reference
    edits = engine.plan.select(claim, reference)
    findings, not_evaluated = run_edits(edits, claim, reference, locate, history)
    waived: list[WaivedFinding] = []
    if findings and engine.waivers:
        findings, waived = apply_waivers(engine, claim, findings)
    return Result(
        claim_id=claim.claim_id,
        disposition=disposition(findings) if findings else Disposition.CLEAN,
        denial_risk=engine.assess(claim, findings),
        findings=tuple(findings),
        not_evaluated=tuple(not_evaluated),
        waived=tuple(waived),
        coverage=coverage_rows(claim, reference),
        ruleset=engine.ruleset,
        reference=engine.used,
    )


def run_edits(
    edits: Sequence[Edit],
    claim: Claim,
    reference: Snapshot,
    locate: Locate | None = None,
    history: History | Later | None = None,
) -> tuple[list[Finding], list[NotEvaluated]]:
    """What the edits say of the claim, in their order.

    A fault in an edit must not cost the claim its other edits, and must not read as clean: it becomes *not
    evaluated*. Its text is left out, for it may quote the claim.
    """
    findings: list[Finding] = []
    not_evaluated: list[NotEvaluated] = []
    for edit in edits:
        try:
            for said in edit.function(claim, reference):
                if isinstance(said, Defect):
                    findings.append(finding_of(edit, said, locate))
                elif history is None or said.reason is not Reason.HISTORY_NOT_READ:
                    not_evaluated.append(_not_evaluated(edit, said))
                elif isinstance(history, Later):
                    history.edits.append(edit.id)
            if edit.look_back and history is not None and not isinstance(history, Later):
                for said in edit.look_back(claim, reference, history):
                    if isinstance(said, Defect):
                        findings.append(finding_of(edit, said, locate))
                    else:
                        not_evaluated.append(_not_evaluated(edit, said))
        except Exception as fault:
            detail = f"the edit failed with {type(fault).__name__}"
            not_evaluated.append(
                NotEvaluated(edit=edit.id, line=None, reason=Reason.EDIT_FAILED, detail=detail)
            )
    return findings, not_evaluated


def disposition(findings: Sequence[Finding]) -> Disposition:
    """Reject or deny holds a claim, review sends it to a person, info leaves it clean."""
    found = Disposition.CLEAN
    for finding in findings:
        severity = finding.severity
        if severity is REJECT or severity is DENY:
            return Disposition.HOLD
        if severity is REVIEW:
            found = Disposition.REVIEW
    return found


def finding_of(edit: Edit, defect: Defect, locate: Locate | None = None) -> Finding:
    """The finding of a defect: what the edit says of all its defects, and what is this one's own."""
    location, carc = defect.location, defect.carc or edit.carc
    severity = defect.severity or edit.severity
    if severity is not edit.severity and SEVERITY_RANK[severity] < SEVERITY_RANK[edit.severity]:
        raise ValueError(f"{edit.id} says {severity}, harder than its own {edit.severity}")
    return Finding(
        edit=edit.id,
        name=edit.name,
        severity=severity,
        line=int(location[1]) + 1 if len(location) > 1 and location[0] == "lines" else None,
        pointer=_pointer(location),
        source_location=locate(location) if locate else None,
        message=defect.message,
        carc=Carc(*carc) if carc else None,
        rarc=edit.rarc if defect.rarc is None else defect.rarc,
        because=defect.because,
        citation=defect.citation or edit.citation,
        advice=defect.advice,
    )


def _not_evaluated(edit: Edit, said: Unevaluated) -> NotEvaluated:
    return NotEvaluated(edit=edit.id, line=said.line, reason=said.reason, detail=said.detail)


def apply_waivers(
    engine: Engine, claim: Claim, findings: Sequence[Finding]
) -> tuple[list[Finding], list[WaivedFinding]]:
    """The findings that hold good, and those that someone answered for."""
    if engine.waivers is None:
        return list(findings), []
    kept, waived = [], []
    for finding in findings:
        waiver = waiver_for(finding, claim, engine.waivers, engine.reference)
        if waiver is None:
            kept.append(finding)
        else:
            waived.append(
                WaivedFinding(
                    finding=finding,
                    reason=waiver.reason,
                    by=waiver.by,
                    until=waiver.until,
                    waiver=waiver.number,
                )
            )
    return kept, waived
