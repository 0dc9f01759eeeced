"""The coverage table: for a procedure and diagnoses, what each contractor's article says.

Asked for a place it answers for that place; without one, for every contractor.
"""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from scrubber.claim import dotted, listed, undotted
from scrubber.reference.coverage import Cause, CoverageResult, Decision, Problem, Support
from scrubber.reference.icd10cm import CodeStatus, Icd10cm
from scrubber.reference.jurisdictions import Contract, Jurisdictions
from scrubber.reference.line_coverage import without_newer_codes
from scrubber.reference.snapshot import Snapshot


class PlaceUnknown(ValueError):
    """The place or contractor asked for is not in the table. The message says what would be."""


class CoverageAnswer(Struct, frozen=True, kw_only=True):
    """What one MAC answers, in the jurisdictions and contracts named.

    ``why`` says it in words, ``basis`` whether the article states the relation it rests on or it is inferred.
    """

    mac: str
    jurisdictions: tuple[str, ...]
    contracts: tuple[str, ...]
    states: tuple[str, ...]
    result: str
    article: str | None
    version: int | None
    edition: str | None
    url: str | None
    why: str
    basis: str | None = None
    condition: str | None = None
    reason: str | None = None


def coverage_table(
    reference: Snapshot,
    procedure: str,
    diagnoses: Sequence[str],
    on: date,
    *,
    state: str | None = None,
    zip_code: str | None = None,
    mac: str | None = None,
) -> tuple[CoverageAnswer, ...]:
    """One row for each contractor that answers alike, of the place or ``mac`` given, else of all.

    ``mac`` is a MAC (``WPS``), a jurisdiction (``J5``) or a contract number; diagnoses come in the order of
    the line's pointers, with or without the dot. A place shared by two MACs gives both rows. Raises
    PlaceUnknown, and LookupError where the tables are not loaded.
    """
    coverage, jurisdictions = reference.coverage, reference.jurisdictions
    if coverage is None or jurisdictions is None:
        raise LookupError("coverage and jurisdictions are not loaded")
    procedure = procedure.strip().upper()
    codes = tuple(dict.fromkeys(map(undotted, diagnoses)))
    answers: dict[tuple[str, Decision], list[Contract]] = {}
    for contract in _contracts(jurisdictions, on, state, zip_code, mac):
        decision = coverage.decide(contract.number, procedure, codes, on)
        if reference.icd10cm is not None and decision.result is CoverageResult.NOT_SUPPORTED:
            decision = without_newer_codes(decision, codes, reference.icd10cm)
        answers.setdefault((contract.mac, decision), []).append(contract)
    no_codes = _not_billable(reference.icd10cm, codes, on)
    return tuple(
        _answer(name, decision, contracts, procedure, codes, no_codes)
        for (name, decision), contracts in answers.items()
    )


def why(decision: Decision, procedure: str, diagnoses: Sequence[str], mac: str | None = None) -> str:
    """A decision in words: what supports the procedure, or what is in the way. Diagnoses undotted."""
    article = decision.article.id if decision.article else ""
    match decision.result:
        case CoverageResult.SUPPORTED:
            said = f"{_supporting(decision.support)} of {article} supports {procedure}"
            return f"{said}; the record must show: {decision.condition}" if decision.condition else said
        case CoverageResult.NO_DIAGNOSIS_LIST:
            return f"{article} has no list of covered diagnoses for {procedure}"
        case CoverageResult.NOT_EVALUATED:
            return decision.detail or "it can't be told"
        case CoverageResult.NO_ARTICLE:
            return (
                decision.detail
                or f"no article of {mac or 'the contractor'} that judges {procedure} is loaded"
            )
    told = "; ".join(_in_the_way(problem, article, procedure, diagnoses) for problem in decision.problems)
    return f"{told}; so does {', '.join(other.id for other in decision.others)}" if decision.others else told


def groups_told(groups: Sequence[int]) -> str:
    """Groups as people say them: ``group 1``, ``groups 2-4``, ``groups 1, 2, 4``."""
    if len(groups) == 1:
        return f"group {groups[0]}"
    in_a_row = len(groups) > 2 and list(groups) == list(range(groups[0], groups[-1] + 1))
    return f"groups {groups[0]}-{groups[-1]}" if in_a_row else f"groups {', '.join(map(str, groups))}"


def _contracts(
    jurisdictions: Jurisdictions, on: date, state: str | None, zip_code: str | None, mac: str | None
) -> tuple[Contract, ...]:
    if mac is not None:
        wanted = mac.strip().upper()
        found = tuple(
            contract
            for contract in jurisdictions.contracts
            if wanted in {contract.mac.upper(), contract.jurisdiction, contract.number}
        )
        if not found:
            macs = ", ".join(sorted({contract.mac for contract in jurisdictions.contracts}))
            regions = ", ".join(sorted({contract.jurisdiction for contract in jurisdictions.contracts}))
            raise PlaceUnknown(
                f"no contractor is called that: there are {macs}; the jurisdictions {regions}; and their Part B "
                f"contracts by number, such as {jurisdictions.contracts[0].number}"
            )
        return found
    if state is None and zip_code is None:
        return jurisdictions.contracts
    place = jurisdictions.place_of_address(state.strip().upper() if state else None, zip_code, on)
    if not place.contracts:
        raise PlaceUnknown("no contractor is known for that place: name a state (IA) or a ZIP code (50309)")
    return place.contracts


def _not_billable(icd10cm: Icd10cm | None, diagnoses: tuple[str, ...], on: date) -> str:
    """Says which diagnoses are no codes that day: else one looks in vain for why the article leaves them out."""
    if icd10cm is None or not icd10cm.first_day <= on <= icd10cm.last_day:
        return ""
    found = [code for code in diagnoses if icd10cm.status(code, on) is not CodeStatus.BILLABLE]
    return f"; {listed(found)} can't be billed on {on}" if found else ""


def _answer(
    mac: str,
    decision: Decision,
    contracts: Sequence[Contract],
    procedure: str,
    diagnoses: tuple[str, ...],
    no_codes: str,
) -> CoverageAnswer:
    article = decision.article
    return CoverageAnswer(
        mac=mac,
        jurisdictions=tuple(dict.fromkeys(contract.jurisdiction for contract in contracts)),
        contracts=tuple(contract.number for contract in contracts),
        states=tuple(dict.fromkeys(state for contract in contracts for state in contract.states)),
        result=decision.result,
        article=article.id if article else None,
        version=article.version if article else None,
        edition=article.edition if article else None,
        url=article.url if article else None,
        why=why(decision, procedure, diagnoses, mac) + no_codes,
        basis=decision.basis,
        condition=decision.condition,
        reason=decision.reason,
    )


def _supporting(support: Sequence[Support]) -> str:
    return " with ".join(f"{dotted(one.diagnosis)} in group {one.group}" for one in support)


def _in_the_way(problem: Problem, article: str, procedure: str, diagnoses: Sequence[str]) -> str:
    groups = groups_told(problem.groups) if problem.groups else ""
    match problem.cause:
        case Cause.PRIMARY:
            return (
                f"{article} wants a first diagnosis from {groups}; {listed(problem.diagnoses)} is not in it"
            )
        case Cause.SECONDARY:
            there = f"; {listed(problem.diagnoses)} does not do" if problem.diagnoses else ""
            return f"{article} wants a second diagnosis from {groups}{there}"
        case Cause.PROCEDURE_NONCOVERED:
            return f"{article} says {procedure} is not covered"
        case Cause.DIAGNOSIS_NONCOVERED:
            return f"{article} lists {listed(problem.diagnoses)} as not supporting {procedure}"
        case Cause.PAIR:
            return f"{article} denies {procedure} beside {', '.join(problem.partners)}"
        case Cause.NO_SUPPORT:
            if problem.starred:
                return f"{article} stars {dotted(problem.starred)} as not for {procedure}"
            neither = "is not" if len(diagnoses) == 1 else "are not"
            return f"{listed(tuple(diagnoses))} {neither} in {groups} of {article}"
