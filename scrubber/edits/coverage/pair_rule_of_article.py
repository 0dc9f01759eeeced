"""COV708: the article denies the procedure beside another one of the day."""

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
    "Check in the record that both services were given that day and for what condition. If they were, the "
    "article does not pay this line; a modifier does not change that."
)


@edit(
    id="COV708",
    name="pair-rule-of-article",
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
def pair_rule_of_article(claim: Claim, reference: Snapshot) -> Iterator[Defect]:
    """The article denies the procedure when another one is billed for the same day.

    Why it is denied: Some articles hold that two services together are not reasonable and necessary, for all
    diagnoses or for some: a nerve block with imaging or electrical stimulation for neuropathy, a drug
    injected into a trigger point.

    Fails: 64450 and 76942 on one day with G57.91 in California (A56034).

    Passes: The same two services on different days, or 64450 with 76942 for a diagnosis that is not named.

    Source: A56034, A56731, A57114, A57589, A57663 and A57751 in the CMS Medicare Coverage Database.
    """
    for line, problem in denied(claim, reference, Cause.PAIR):
        partners = ", ".join(problem.partners)
        condition = f" with {listed(problem.diagnoses)}" if problem.diagnoses else ""
        message = (
            f"{named(line)} denies {line.service.procedure}{condition} when {partners} is billed for the "
            f"same day ({line.service.service_date})."
        )
        yield defect(line, problem, "procedure", message, ADVICE)
