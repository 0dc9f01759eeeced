"""COV705: the article lists the diagnosis as one that does not support the procedure."""

from collections.abc import Iterator

from scrubber.claim import Claim, listed
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
    "Look in the record for the condition the procedure was done for, and whether the claim tells it. If "
    "this diagnosis is the reason, the service is not covered and the patient had to be told before (ABN)."
)


@edit(
    id="COV705",
    name="diagnosis-listed-as-noncovered",
    severity=DENY,
    scope=LINE,
    forms=BOTH_FORMS,
    triggers=TRIGGERS,
    screen=some_line_denied,
    needs=NEEDS,
    carc=("CO", "50"),
    rarc=("N115",),
    citation=ARTICLES,
)
def diagnosis_listed_as_noncovered(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """The contractor's article names the diagnosis as one that does not support the procedure.

    Why it is denied: Beside the list of covered diagnoses, or instead of one, an article may list diagnoses
    that do not support the procedure. A line with such a diagnosis and none that is covered is denied. Where
    the article has no covered list, the line is denied only if all its diagnoses are listed so.

    Fails: 20552 with M54.2 in Iowa (A59553, non-covered group 1).

    Passes: 20552 with M79.18 and M54.2: one covered diagnosis is enough.

    Source: The billing article of the contractor, named in the finding.
    """
    for line, problem in denied(claim, reference, Cause.DIAGNOSIS_NONCOVERED):
        message = (
            f"{named(line)} lists {listed(problem.diagnoses)} as not supporting {line.service.procedure}, "
            f"and no diagnosis of the line supports it."
        )
        yield defect(line, problem, "diagnosis_pointers", message, ADVICE)
