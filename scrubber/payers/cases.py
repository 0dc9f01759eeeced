"""The cases of a rule: the claims they speak of, and whether the rule judges them as they say."""

from typing import Any

import msgspec

from scrubber.claim import Claim
from scrubber.payers.compile import compile_rule, location_of
from scrubber.payers.model import Case, Rule
from scrubber.payers.subjects import SUBJECTS
from scrubber.reference import PayerProfile, Payers, Snapshot
from scrubber.rule import Defect

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
    payer = {
        "id": min(profile.payer_ids, default=None),
        "claim_filing_indicator": min(profile.claim_filing_indicators, default=None),
    }
    claim = _merged({**BASE, "payer": payer}, case.claim)
    base_line = {**BASE_LINE, "service_date": case.on.isoformat()}
    claim["lines"] = [_merged(base_line, line) for line in case.lines]
    return msgspec.convert(claim, Claim, strict=False)


def wrong_cases(rule: Rule, payers: Payers) -> list[tuple[Case, str]]:
    """The cases that the rule judges otherwise than they say, each with what it said."""
    edit = compile_rule(rule)
    profile = next(profile for profile in payers.profiles if profile.id == rule.payer)
    wrong = []
    for case in rule.cases:
        claim = claim_of(case, profile)
        said = list(edit.function(claim, Snapshot(as_of=case.on, editions={}, payers=payers)))
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
        if not as_expected:
            told = [
                one.message if isinstance(one, Defect) else f"not evaluated, {one.detail}" for one in said
            ]
            wrong.append(
                (case, f"expected {_expected(case)}, and the rule says: {'; '.join(told) or 'passes'}")
            )
    return wrong


def _expected(case: Case) -> str:
    return f"to fail at {case.expected}" if case.expected in SUBJECTS else case.expected.replace("_", " ")


def _merged(base: dict[str, Any], difference: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _merged(base[key], difference[key])
        if isinstance(base.get(key), dict) and isinstance(difference.get(key), dict)
        else difference.get(key, base.get(key))
        for key in {**base, **difference}
    }
