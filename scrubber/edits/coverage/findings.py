"""What the coverage edits share: the claims they concern, the lines an article does not pay, the wording."""

from collections.abc import Sequence
from typing import Any

from scrubber.claim import Claim, dotted, line_field, listed
from scrubber.reference import Snapshot
from scrubber.reference.coverage import ArticleRef, Cause, Problem
from scrubber.reference.line_coverage import LineCoverage, coverage_of
from scrubber.rule import REVIEW, Advice, Citation, Defect, Triggers, medicare_part_b


def _judged(procedure: str, reference: Snapshot) -> bool:
    return reference.coverage is not None and reference.coverage.partners(procedure) is not None


TRIGGERS = Triggers(
    "a line bills Medicare Part B for a procedure that a coverage article judges",
    payer=medicare_part_b,
    procedure=_judged,
)
NEEDS = ("coverage", "jurisdictions")

ARTICLES = Citation(
    title="CMS Medicare Coverage Database, billing and coding articles of the A/B MACs",
    url="https://www.cms.gov/medicare-coverage-database/search.aspx",
    edition="2026-09-28",
)
"""The authority of the family; each finding names the article it rests on."""


def some_line_open(claim: Claim, reference: Snapshot) -> bool:
    """Whether a line could not be judged, or by an article without a list: the screen of the edits that say so."""
    coverage = coverage_of(claim, reference)
    return bool(coverage.not_evaluated or coverage.without_list)


def some_line_denied(claim: Claim, reference: Snapshot) -> bool:
    """Whether an article denies any line, for whatever cause: the screen of the edits that say which."""
    return bool(coverage_of(claim, reference).denied)


def denied(claim: Claim, reference: Snapshot, cause: Cause) -> Sequence[tuple[LineCoverage, Problem]]:
    """The lines an article does not pay for this cause, without those billed for a denial (GY)."""
    return [
        (line, problem)
        for line in coverage_of(claim, reference).denied
        if "GY" not in line.service.modifiers
        for problem in line.decision.problems
        if problem.cause is cause
    ]


def article_of(line: LineCoverage) -> ArticleRef:
    """The article a decision rests on."""
    article = line.decision.article
    if article is None:
        raise LookupError("the decision rests on no article")
    return article


def named(line: LineCoverage) -> str:
    """The article and whose it is: ``A56273 (WPS J5)``; several as ``A56034 and A59244 (Noridian JF)``."""
    article = article_of(line)
    ids = " and ".join(one.id for one in (article, *line.decision.others))
    return f"{ids} ({' '.join(filter(None, (article.mac, line.place.jurisdiction)))})"


def outside(diagnoses: tuple[str, ...], groups: tuple[int, ...]) -> str:
    """That diagnoses are outside groups named before: ``M53.81 is in none of them``."""
    verb = "is" if len(diagnoses) == 1 else "are"
    return f"{listed(diagnoses)} {verb} {'not in it' if len(groups) == 1 else 'in none of them'}"


def defect(
    line: LineCoverage,
    problem: Problem,
    field: str,
    message: str,
    advice: str,
    *,
    carc: str = "50",
) -> Defect:
    """The defect on a field of the line, on the authority of the article.

    A line of an institutional claim has no pointers: there it is the procedure that is not supported. What is too
    much our own reading is a review. With GA a notice is on file and the patient would be liable
    (PR).
    """
    article = article_of(line)
    if field == "diagnosis_pointers" and not line.service.diagnosis_pointers:
        field = "procedure"
    because: dict[str, Any] = {
        "procedure": line.service.procedure,
        "article": article.id,
        "version": article.version,
        "basis": problem.basis,
        "diagnoses": [dotted(code) for code in problem.diagnoses],
    }
    if problem.groups:
        because["groups"] = list(problem.groups)
    if problem.partners:
        because["billed_with"] = list(problem.partners)
    if line.decision.others:
        because["other_articles"] = [other.id for other in line.decision.others]
    if not problem.may_deny:
        message = f"{message} That the article means it so is our reading; it does not say it outright."
    return Defect(
        location=line_field(line.line, field),
        message=message,
        because=because,
        advice=Advice(advice),
        severity=None if problem.may_deny else REVIEW,
        carc=("PR" if "GA" in line.service.modifiers else "CO", carc),
        citation=cited(article),
    )


def cited(article: ArticleRef) -> Citation:
    """The article as an authority."""
    return Citation(
        title=f"{article.title} ({article.id})",
        url=article.url,
        section=f"version {article.version}",
        edition=article.edition,
    )
