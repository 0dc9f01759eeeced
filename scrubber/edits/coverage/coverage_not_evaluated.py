"""COV706: it can't be told whether the line is covered, and why."""

from collections.abc import Iterator

from scrubber.claim import Claim
from scrubber.edits.coverage.findings import ARTICLES, NEEDS, TRIGGERS, some_line_open
from scrubber.reference import Snapshot
from scrubber.reference.line_coverage import coverage_of
from scrubber.rule import BOTH_FORMS, LINE, REVIEW, Reason, Unevaluated, edit


@edit(
    id="COV706",
    name="coverage-not-evaluated",
    severity=REVIEW,
    scope=LINE,
    forms=BOTH_FORMS,
    triggers=TRIGGERS,
    screen=some_line_open,
    needs=NEEDS,
    citation=ARTICLES,
)
def coverage_not_evaluated(claim: Claim, reference: Snapshot) -> Iterator[Unevaluated]:
    """Says of each line whose coverage can't be judged why it can't.

    Why it is denied: It may be denied or not; that is the point. A line is not judged where no ZIP code or
    state tells the contractor, where a state has two that answer differently, where the service lies before
    the edition of the article at hand or a diagnosis is newer than it, and where the article does not say
    which of its lists is for the procedure.

    Fails: Never a finding. 98940 in Virginia without a ZIP code is told as not evaluated: place-ambiguous.

    Passes: 98940 with a ZIP code that is in the table. A procedure that no loaded article of the contractor
    judges is told in the coverage rows as no-article.

    Source: The billing articles of the A/B MACs; CMS ZIP5 file for the place.
    """
    for line in coverage_of(claim, reference).not_evaluated:
        if "GY" not in line.service.modifiers:
            decision = line.decision
            yield Unevaluated(
                reason=Reason(decision.reason or Reason.FACT_MISSING),
                detail=f"{line.service.procedure}: {decision.detail}",
                line=line.line,
            )
