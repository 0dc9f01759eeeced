"""The coverage decision of each line of a Medicare claim: place, contractor, article, lists.

Several edits and the result of a claim ask for the same decisions, so those of the claim asked about last
are kept.
"""

from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from scrubber.claim import Claim, ServiceLine, dotted, pointed_diagnoses
from scrubber.reference.coverage import (
    Cause,
    Coverage,
    CoverageResult,
    Decision,
    Problem,
)
from scrubber.reference.icd10cm import CodeStatus, Icd10cm
from scrubber.reference.jurisdictions import NOWHERE, Jurisdictions, Place
from scrubber.reference.snapshot import Snapshot


class CoverageRow(Struct, frozen=True, gc=False, kw_only=True):
    """What became of one line under the coverage articles, as told in a result.

    ``edition`` is the date of the export the article was read from, ``condition`` what the record must show
    for the support to count, ``reason`` why a line is not evaluated.
    """

    line: int
    procedure: str
    mac: str | None
    jurisdiction: str | None
    article: str | None
    version: int | None
    result: str
    edition: str | None = None
    condition: str | None = None
    reason: str | None = None


class LineCoverage(Struct, frozen=True, gc=False):
    """The decision for one line (1-based): the line, where it was given, and the answer."""

    line: int
    service: ServiceLine
    place: Place
    decision: Decision


class ClaimCoverage(Struct, frozen=True, gc=False, kw_only=True):
    """The decisions for a claim: a row for each line, and the lines that need a word."""

    rows: tuple[CoverageRow, ...]
    denied: tuple[LineCoverage, ...] = ()
    not_evaluated: tuple[LineCoverage, ...] = ()
    without_list: tuple[LineCoverage, ...] = ()


# Bound once: looking a member up in its enum costs as much as the rest of a clean line's bookkeeping.
_SUPPORTED, _NOT_SUPPORTED = CoverageResult.SUPPORTED, CoverageResult.NOT_SUPPORTED
_NO_ARTICLE, _NOT_EVALUATED = CoverageResult.NO_ARTICLE, CoverageResult.NOT_EVALUATED
_NO_LIST = CoverageResult.NO_DIAGNOSIS_LIST
_NOTHING: frozenset[str] = frozenset()
ROWS_KEPT = 16_384


def coverage_rows(claim: Claim, reference: Snapshot) -> tuple[CoverageRow, ...]:
    """A row for each line of a claim to Medicare Part B; none for other payers."""
    if not reference.payers.profile(claim).medicare_part_b:
        return ()
    if reference.coverage is None or reference.jurisdictions is None:
        return tuple(
            CoverageRow(
                line=number,
                procedure=line.procedure,
                mac=None,
                jurisdiction=None,
                article=None,
                version=None,
                result=_NOT_EVALUATED,
                reason="reference-not-loaded",
            )
            for number, line in enumerate(claim.lines, start=1)
        )
    return coverage_of(claim, reference).rows


def coverage_of(claim: Claim, reference: Snapshot) -> ClaimCoverage:
    """The decisions for a claim to Medicare Part B. Raises LookupError where the tables are not loaded."""
    coverage, jurisdictions, icd10cm = reference.coverage, reference.jurisdictions, reference.icd10cm
    if coverage is None or jurisdictions is None:
        raise LookupError("coverage and jurisdictions are not loaded")
    latest = coverage.latest
    if latest and latest[0] is claim and latest[1] is jurisdictions and latest[2] is icd10cm:
        kept: ClaimCoverage = latest[3]
        return kept
    if reference.payers.profile(claim).local_coverage:
        decided = _decide(claim, coverage, jurisdictions, icd10cm)
    else:
        decided = _without_local_articles(claim, coverage)
    coverage.latest = (claim, jurisdictions, icd10cm, decided)
    return decided


def _decide(
    claim: Claim, coverage: Coverage, jurisdictions: Jurisdictions, icd10cm: Icd10cm | None
) -> ClaimCoverage:
    claim_place, first_day = jurisdictions.place(claim), claim.lines[0].service_date
    rows: list[CoverageRow] = []
    told: list[LineCoverage] = []
    for line in claim.lines:
        as_the_claim = line.service_facility is None and line.service_date == first_day
        place = claim_place if as_the_claim else jurisdictions.place(claim, line)
        partners = coverage.partners(line.procedure)
        if partners is None:
            rows.append(_without_article(len(rows) + 1, line.procedure, place.mac, place.jurisdiction))
            continue
        decision = _decide_line(claim, line, partners, place, coverage)
        result, article = decision.result, decision.article
        if result is not _SUPPORTED and result is not _NO_ARTICLE:
            if icd10cm is not None and result is _NOT_SUPPORTED:
                decision = without_newer_codes(decision, pointed_diagnoses(claim, line), icd10cm)
            if claim.institutional is not None:
                decision = without_order(decision)
            told.append(LineCoverage(len(rows) + 1, line, place, decision))
        rows.append(
            CoverageRow(
                line=len(rows) + 1,
                procedure=line.procedure,
                mac=place.mac,
                jurisdiction=place.jurisdiction,
                article=article.id if article else None,
                version=article.version if article else None,
                result=decision.result,
                edition=article.edition if article else None,
                condition=decision.condition,
                reason=decision.reason,
            )
        )
    if not told:
        return ClaimCoverage(rows=tuple(rows))
    return ClaimCoverage(
        rows=tuple(rows),
        denied=tuple([line for line in told if line.decision.problems]),
        not_evaluated=tuple([line for line in told if line.decision.result is _NOT_EVALUATED]),
        without_list=tuple([line for line in told if line.decision.result is _NO_LIST]),
    )


def _without_local_articles(claim: Claim, coverage: Coverage) -> ClaimCoverage:
    """For a payer that the articles of the place are not for: no list of diagnoses of its own is known."""
    rows, without_list = [], []
    for number, line in enumerate(claim.lines, start=1):
        row = _without_article(number, line.procedure, None, None)
        if coverage.partners(line.procedure) is not None:
            row = replace(row, result=_NO_LIST)
            without_list.append(LineCoverage(number, line, NOWHERE, Decision(result=_NO_LIST)))
        rows.append(row)
    return ClaimCoverage(rows=tuple(rows), without_list=tuple(without_list))


@lru_cache(ROWS_KEPT)
def _without_article(line: int, procedure: str, mac: str | None, jurisdiction: str | None) -> CoverageRow:
    """The row of a line whose procedure no article judges, as most are: kept."""
    return CoverageRow(
        line=line,
        procedure=procedure,
        mac=mac,
        jurisdiction=jurisdiction,
        article=None,
        version=None,
        result=_NO_ARTICLE,
    )


def _decide_line(
    claim: Claim, line: ServiceLine, partners: frozenset[str], place: Place, coverage: Coverage
) -> Decision:
    procedure, on = line.procedure, line.service_date
    beside = _NOTHING
    if partners and len(claim.lines) > 1:
        beside = partners.intersection(other.procedure for other in claim.lines if other.service_date == on)
    diagnoses = pointed_diagnoses(claim, line)
    numbers = place.numbers
    if len(numbers) == 1:
        return coverage.decide(numbers[0], procedure, diagnoses, on, beside)
    return settled(place, [coverage.decide(number, procedure, diagnoses, on, beside) for number in numbers])


def settled(place: Place, decisions: Sequence[Decision]) -> Decision:
    """The answer for a place of several contracts: theirs, if they answer alike; else it can't be told."""
    if not decisions:
        return Decision(
            result=_NOT_EVALUATED,
            reason="place-unknown",
            detail="no ZIP code or state of the service facility or billing provider tells the contractor",
        )
    first = decisions[0]
    if all(
        (other.result, other.article, other.problems) == (first.result, first.article, first.problems)
        for other in decisions
    ):
        return first
    macs = " and ".join(sorted({contract.mac for contract in place.contracts}))
    more = "; a ZIP code would decide" if place.told_by.startswith("the state") else ""
    detail = f"{place.told_by} leaves contracts of {macs}, which answer differently{more}"
    return Decision(
        result=_NOT_EVALUATED,
        reason="place-ambiguous",
        detail=detail,
    )


def without_order(decision: Decision) -> Decision:
    """The decision without what rests on the order of a line's diagnoses: on an institutional claim there is none."""
    problems = tuple(p for p in decision.problems if p.cause not in {Cause.PRIMARY, Cause.SECONDARY})
    if problems or not decision.problems:
        return replace(decision, problems=problems)
    return Decision(
        result=_NOT_EVALUATED,
        article=decision.article,
        reason="other-form",
        detail="which diagnosis comes first for a line is not said on an institutional claim",
    )


def without_newer_codes(decision: Decision, diagnoses: tuple[str, ...], icd10cm: Icd10cm) -> Decision:
    """The decision without what rests on a diagnosis that came into force after the article was read.

    Such a code can't be on the article's list yet, so its absence says nothing.
    """
    if decision.article is None:
        return decision
    edition = decision.article.edition
    newer = {code for code in diagnoses if _came_into_force(code, icd10cm) > edition}
    if not newer:
        return decision
    problems = tuple(problem for problem in decision.problems if newer.isdisjoint(_read(problem, diagnoses)))
    if problems:
        return replace(decision, problems=problems)
    return Decision(
        result=_NOT_EVALUATED,
        article=decision.article,
        reason="outside-edition",
        detail=(
            f"{', '.join(sorted(map(dotted, newer)))} came into force after the edition of "
            f"{decision.article.id} at hand ({edition})"
        ),
    )


def _came_into_force(code: str, icd10cm: Icd10cm) -> str:
    """The first day on which the code was billable, "" where it never was."""
    for interval in icd10cm.intervals(code):
        if interval.status is CodeStatus.BILLABLE:
            return interval.first.isoformat()
    return ""


def _read(problem: Problem, diagnoses: tuple[str, ...]) -> tuple[str, ...]:
    """The diagnoses a problem rests on: the first one for its place, otherwise all of the line."""
    return diagnoses[:1] if problem.cause is Cause.PRIMARY else diagnoses
