"""The cases of a rule: the claims they speak of, and whether the rule judges them as they say."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Literal, NamedTuple

import msgspec

from scrubber.claim import Claim
from scrubber.payers.compile import compile_rule, location_of
from scrubber.payers.model import Case, Rule
from scrubber.payers.subjects import SUBJECTS
from scrubber.reference import PayerProfile, Payers, Snapshot
from scrubber.rule import VOID, Defect, HistoryInMemory, Reason, Unevaluated

PASSES, NOT_EVALUATED = "passes", "not_evaluated"

BASE: dict[str, Any] = {
    "claim_id": "CASE",
    "subscriber": {"id": "CASE", "relationship": "self"},
    "patient": {"birth_date": "1950-04-02", "sex": "F"},
    "billing_provider": {
        "npi": "1234567893",
        "taxonomy": "111N00000X",
        "tax_id": "420000000",
        "address": {"state": "IA", "zip": "50309"},
    },
    "rendering_provider": {"npi": "1234567893", "taxonomy": "111N00000X"},
    "place_of_service": "11",
    "diagnoses": ["M99.01", "M54.2"],
}
"""The claim that every case starts from; nobody's."""
BASE_LINE = {"procedure": "98940", "diagnosis_pointers": [1, 2], "units": "1", "charge": "45.00"}


def claim_of(case: Case, profile: PayerProfile) -> Claim:
    """The claim of a case: the base claim for this payer and day, with the differences the case states.

    Raises msgspec.ValidationError where they are none a claim can have.
    """
    return _claim(profile, case.on, case.claim, case.lines)


def history_of(case: Case, profile: PayerProfile) -> list[Claim]:
    """The claims scrubbed before that of a case, in order. Raises as ``claim_of``."""
    days = ((one, day) for one in case.history for day in one.on)
    return [
        _claim(profile, day, {"claim_id": f"EARLIER-{number}"} | one.claim, one.lines)
        for number, (one, day) in enumerate(days, start=1)
    ]


def _claim(
    profile: PayerProfile, on: date, difference: dict[str, Any], lines: tuple[dict[str, Any], ...]
) -> Claim:
    claim = _merged(_base(profile), difference)
    base_line = {**BASE_LINE, "service_date": on.isoformat()}
    claim["lines"] = [_merged(base_line, line) for line in lines]
    return msgspec.convert(claim, Claim, strict=False)


def _base(profile: PayerProfile) -> dict[str, Any]:
    """The base claim with what says that it is for this payer."""
    if profile.jurisdictions:
        # By the contract number: the places are not known here.
        contract = min(number for numbers in profile.jurisdictions.values() for number in numbers)
        billing_provider = {**BASE["billing_provider"], "address": None}
        return {**BASE, "payer": {"id": contract}, "billing_provider": billing_provider}
    sign = profile.signs[0]
    payer = {
        "id": min(sign.payer_ids, default=None),
        "claim_filing_indicator": min(sign.claim_filing_indicators, default=None),
    }
    place = {"address": {"state": min(sign.states)}} if sign.states else {}
    return {**BASE, "payer": payer, "billing_provider": {**BASE["billing_provider"], **place}}


class JudgedCase(NamedTuple):
    """A case, what the rule said of it, and whether that is as the case says."""

    case: Case
    said: list[Defect | Unevaluated]
    as_expected: bool

    @property
    def outcome(self) -> Literal["fires", "quiet", "not-evaluated"]:
        """What became of the rule."""
        if any(isinstance(one, Defect) for one in self.said):
            return "fires"
        return "not-evaluated" if self.said else "quiet"

    @property
    def messages(self) -> tuple[str, ...]:
        """What the rule said, in words."""
        return tuple(
            one.message if isinstance(one, Defect) else f"not evaluated, {one.detail}" for one in self.said
        )


def wrong_cases(rule: Rule, payers: Payers) -> list[tuple[Case, str]]:
    """The cases that the rule judges otherwise than they say, each with what it said."""
    return [
        (
            judged.case,
            f"expected {_expected(judged.case)}, and the rule says: {'; '.join(judged.messages) or 'passes'}",
        )
        for judged in judged_cases(rule, payers)
        if not judged.as_expected
    ]


def judged_cases(rule: Rule, payers: Payers) -> Iterator[JudgedCase]:
    """Each case of a rule with what the rule says of it."""
    edit = compile_rule(rule)
    profile = next(profile for profile in payers.profiles if profile.id == rule.payer)
    for case in rule.cases:
        claim = claim_of(case, profile)
        reference = Snapshot(as_of=case.on, editions={}, payers=payers)
        concerned = claim.frequency_code != VOID or edit.concerns_voids
        said = list(edit.function(claim, reference)) if concerned else []
        if edit.look_back and concerned:
            history = HistoryInMemory()
            for earlier in history_of(case, profile):
                history.add(earlier, reference)
            said = [one for one in said if isinstance(one, Defect) or one.reason != Reason.HISTORY_NOT_READ]
            said += edit.look_back(claim, reference, history)
        defects = [one for one in said if isinstance(one, Defect)]
        match case.expected:
            case "passes":
                as_expected = not said
            case "not_evaluated":
                as_expected = bool(said) and not defects
            case subject:
                numbers = range(1, len(claim.lines) + 1)
                places = {location_of(SUBJECTS[subject], number) for number in numbers}
                as_expected = bool(defects) and all(defect.location in places for defect in defects)
        yield JudgedCase(case, said, as_expected)


def _expected(case: Case) -> str:
    return f"to fail at {case.expected}" if case.expected in SUBJECTS else case.expected.replace("_", " ")


def _merged(base: dict[str, Any], difference: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _merged(base[key], difference[key])
        if isinstance(base.get(key), dict) and isinstance(difference.get(key), dict)
        else difference.get(key, base.get(key))
        for key in {**base, **difference}
    }
