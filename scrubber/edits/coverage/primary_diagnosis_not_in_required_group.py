"""COV702: the first diagnosis of the line is not one the article wants in first place."""

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
    "The record must show the level of the subluxation, by X-ray or by examination. If it does, code that "
    "level and point the line to it first; if it does not, the service is not covered."
)
REORDER = (
    "Both diagnoses are on the line. If the record shows the subluxation as the reason for the treatment, "
    "put its pointer first."
)


@edit(
    id="COV702",
    name="primary-diagnosis-not-in-required-group",
    severity=DENY,
    scope=LINE,
    triggers=TRIGGERS,
    screen=some_line_denied,
    needs=NEEDS,
    carc=("CO", "50"),
    rarc=("N115",),
    citation=ARTICLES,
)
def primary_diagnosis_not_in_required_group(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """The first diagnosis a line points to is not one that the article wants in first place.

    Why it is denied: For spinal manipulation the contractors with a list want the level of the subluxation
    as the primary diagnosis. A line that begins with another diagnosis is denied, also when the subluxation
    comes later on it.

    Fails: 98940 with pointers to M54.2, then M99.01, in Iowa; with M99.00 first in Georgia (not on its list).

    Passes: 98940 with pointers to M99.01, then M54.2.

    Source: A56273 (WPS), A56455 (CGS), A56616 (Palmetto); Medicare Benefit Policy Manual, chapter 15,
    section 240.
    """
    for line, problem in denied(claim, reference, Cause.PRIMARY):
        groups = groups_told(problem.groups)
        message = (
            f"{line.service.procedure} under {named(line)} wants a first diagnosis from {groups}; "
            f"{outside(problem.diagnoses, problem.groups)}."
        )
        if problem.fitting:
            message = f"{message} {dotted(problem.fitting)} is, but comes later on the line."
        yield defect(line, problem, "diagnosis_pointers", message, REORDER if problem.fitting else ADVICE)
