"""COV704: the article says that the procedure is not covered."""

from collections.abc import Iterator

from scrubber.claim import Claim
from scrubber.edits.coverage.findings import (
    ARTICLES,
    NEEDS,
    TRIGGERS,
    defect,
    denied,
    named,
    some_line_denied,
)
from scrubber.reference import Snapshot
from scrubber.reference.coverage import Cause
from scrubber.rule import BOTH_FORMS, DENY, LINE, Defect, edit

ADVICE = (
    "No diagnosis changes this. Check the procedure code against the record. If it is right, the service is "
    "not covered; GY is for a service outside the benefit that is billed for a denial."
)


@edit(
    id="COV704",
    name="procedure-noncovered-by-article",
    severity=DENY,
    scope=LINE,
    forms=BOTH_FORMS,
    triggers=TRIGGERS,
    screen=some_line_denied,
    needs=NEEDS,
    carc=("CO", "96"),
    rarc=("N115",),
    citation=ARTICLES,
)
def procedure_noncovered_by_article(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """The contractor's article lists the procedure as not covered.

    Why it is denied: Some procedures stand in a group of the article that is headed as non-covered. They are
    denied whatever the diagnosis.

    Fails: 98943 in Iowa (A56273, group 2); 64625 in Ohio (A59154).

    Passes: The same line with GY: it is billed for the denial.

    Source: The billing article of the contractor, named in the finding.
    """
    for line, problem in denied(claim, reference, Cause.PROCEDURE_NONCOVERED):
        message = f"{named(line)} lists {line.service.procedure} as not covered."
        yield defect(line, problem, "procedure", message, ADVICE, carc="96")
