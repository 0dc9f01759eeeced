"""COV707: the article has no diagnosis list; for spinal manipulation the national rule is left."""

from collections.abc import Iterator

from scrubber.claim import Claim, dotted, line_field, pointed_diagnoses
from scrubber.edits.coverage.findings import ARTICLES, NEEDS, TRIGGERS, named, some_line_open
from scrubber.edits.services import SPINAL_MANIPULATION
from scrubber.reference import Snapshot
from scrubber.reference.line_coverage import coverage_of
from scrubber.rule import LINE, REVIEW, Advice, Defect, Reason, Unevaluated, edit
from scrubber.rule.authorities import benefit_manual

SUBLUXATION = frozenset({"M9900", "M9901", "M9902", "M9903", "M9904", "M9905"})
NATIONAL_RULE = benefit_manual("240, 240.1.2; Claims Processing Manual chapter 12, section 220")
ADVICE = Advice(
    "The record must show the level of the subluxation, by X-ray or by examination. If it does, code that "
    "level and point the line to it first."
)


@edit(
    id="COV707",
    name="article-lists-no-diagnoses",
    severity=REVIEW,
    scope=LINE,
    triggers=TRIGGERS,
    screen=some_line_open,
    needs=NEEDS,
    carc=("CO", "50"),
    citation=ARTICLES,
)
def article_lists_no_diagnoses(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
    """Says where an article has no list of covered diagnoses, and holds manipulation to the national rule.

    Why it is denied: Without a list no diagnosis can be checked against the article. For spinal manipulation
    the national rule remains: the subluxation and its level come first. Contractors do not publish which
    codes they accept, so another first diagnosis is a matter for review and no sure denial.

    Fails: 98940 with M54.2 first in Illinois (A57889 of NGS has no list): a review. So it is for Railroad Medicare, of
    which no article was found.

    Passes: 98940 with M99.01 first; it is still told that the list could not be checked.

    Source: Medicare Benefit Policy Manual, chapter 15, section 240; Medicare Claims Processing Manual,
    chapter 12, section 220.
    """
    for line in coverage_of(claim, reference).without_list:
        service = line.service
        if "GY" in service.modifiers:
            continue
        article = line.decision.article
        whose = named(line) if article else reference.payers.profile(claim).name
        yield Unevaluated(
            reason=Reason.NO_DIAGNOSIS_LIST,
            detail=f"{whose} has no list of covered diagnoses for {service.procedure}",
            line=line.line,
        )
        diagnoses = pointed_diagnoses(claim, service)
        if service.procedure in SPINAL_MANIPULATION and diagnoses and diagnoses[0] not in SUBLUXATION:
            yield Defect(
                location=line_field(line.line, "diagnosis_pointers"),
                message=(
                    f"{service.procedure} is to have a subluxation, M99.00 to M99.05, first; "
                    f"{dotted(diagnoses[0])} is none. {whose} has no list of its own."
                ),
                because={
                    "procedure": service.procedure,
                    "article": article.id if article else None,
                    "version": article.version if article else None,
                    "diagnoses": [dotted(diagnoses[0])],
                },
                advice=ADVICE,
                citation=NATIONAL_RULE,
            )
