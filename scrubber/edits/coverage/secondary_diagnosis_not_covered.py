"""COV703: the second diagnosis the article asks for is missing."""

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
from scrubber.rule import DENY, LINE, Defect, edit

ADVICE = (
    "The record must show the condition that was treated beside the first diagnosis. If that condition is "
    "on the list, code it and point the line to it; if it is not, the service is not covered."
)


@edit(
    id="COV703",
    name="secondary-diagnosis-not-covered",
    severity=DENY,
    scope=LINE,
    triggers=TRIGGERS,
    screen=some_line_denied,
    needs=NEEDS,
    carc=("CO", "50"),
    rarc=("N115",),
    citation=ARTICLES,
)
def secondary_diagnosis_not_covered(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """The article asks for a second diagnosis, and the line points to none that is on its list.

    Why it is denied: A56273 (WPS) pays spinal manipulation for a subluxation together with the condition it
    causes, from its groups 2 to 4. A57630 (WPS) counts some tumour diagnoses only beside a pathological
    fracture. Without the second diagnosis the line is not reasonable and necessary.

    Fails: 98940 with M99.01 alone, or with M99.01 and M53.81, in Iowa.

    Passes: 98940 with M99.01 and M54.2; M53.81 may ride along and supports nothing.

    Source: A56273 and A57630 in the CMS Medicare Coverage Database.
    """
    for line, problem in denied(claim, reference, Cause.SECONDARY):
        groups = groups_told(problem.groups)
        procedure = line.service.procedure
        if problem.starred:
            starred = dotted(problem.starred)
            said = (
                f"{starred} counts for {procedure} under {named(line)} only beside a diagnosis from {groups}"
            )
        else:
            said = f"{procedure} under {named(line)} needs a second diagnosis from {groups}"
        there = (
            outside(problem.diagnoses, problem.groups) if problem.diagnoses else "the line points to no other"
        )
        yield defect(line, problem, "diagnosis_pointers", f"{said}; {there}.", ADVICE)
