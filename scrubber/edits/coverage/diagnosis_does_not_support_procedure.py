"""COV701: no diagnosis of the line is on the list the article has for the procedure."""

from collections.abc import Iterator

from scrubber.claim import Claim, dotted
from scrubber.edits.coverage.findings import (
    ARTICLES,
    NEEDS,
    TRIGGERS,
    defect,
    denied,
    named,
    outside,
    some_line_denied,
)
from scrubber.reference import Snapshot
from scrubber.reference.coverage import Cause
from scrubber.reference.coverage_table import groups_told
from scrubber.rule import BOTH_FORMS, DENY, LINE, Defect, edit

ADVICE = (
    "Look in the record for the condition the procedure was done for. If it is coded on the claim, point "
    "the line to it; if it is on no list, the service is not covered and the patient had to be told before "
    "(ABN)."
)


@edit(
    id="COV701",
    name="diagnosis-does-not-support-procedure",
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
def diagnosis_does_not_support_procedure(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """None of the diagnoses a line points to is on the contractor's list for the procedure.

    Why it is denied: The contractor's billing article lists the diagnoses for which the procedure is
    reasonable and necessary. A line that points to none of them is denied, also when a listed diagnosis
    stands elsewhere on the claim.

    Fails: 64405 with M47.812 in California: A56034 (Noridian) does not list it.

    Passes: 64405 with M53.81 in California: it is in group 1 of A56034.

    Source: The billing article of the contractor of the place of service, named in the finding, in the CMS
    Medicare Coverage Database.
    """
    for line, problem in denied(claim, reference, Cause.NO_SUPPORT):
        procedure = line.service.procedure
        if problem.starred:
            message = (
                f"{dotted(problem.starred)} is starred in {named(line)}: it does not count for {procedure}, "
                f"and no other diagnosis of the line is listed."
            )
        else:
            message = (
                f"{procedure} under {named(line)} needs a diagnosis from {groups_told(problem.groups)}; "
                f"{outside(problem.diagnoses, problem.groups)}."
            )
        yield defect(line, problem, "diagnosis_pointers", message, ADVICE)
