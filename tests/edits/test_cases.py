"""Every edit against its cases."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scrubber.claim import Claim, fingerprint
from scrubber.edits.duplicates import claim_repeated_in_batch, repeated_in_batch
from scrubber.engine import Engine, explain, finding_of, scrub
from scrubber.rule import Finding, Outcome
from tests.edits import cases

EXPECTATIONS = {"passes", "fails", "not_evaluated", "not_applicable"}

CASES = [
    pytest.param(path, case, id=f"{path.stem}-{case['name']}")
    for path in cases.case_files()
    for case in cases.load(path)["cases"]
]


@pytest.mark.parametrize(("path", "case"), CASES)
def test_case(engine: Engine, path: Path, case: dict[str, Any]) -> None:
    expected = EXPECTATIONS & case.keys()
    assert len(expected) == 1, f"a case says exactly one of {sorted(EXPECTATIONS)}"
    assert case.keys() <= EXPECTATIONS | {"name", "claim", "as_of", "earlier"}
    edit = path.stem
    claim = _claim(case.get("claim", {}))
    engine = engine.on(case.get("as_of", cases.DEFAULT_AS_OF))
    result = scrub(engine, claim)
    findings = [finding for finding in result.findings if finding.edit == edit]
    if "fails" in case and edit == claim_repeated_in_batch.id:
        _check_findings(list(_repeated(claim, case["earlier"])), case["fails"])
        return
    not_evaluated = [said for said in result.not_evaluated if said.edit == edit]
    explained = explain(engine, claim)
    assert explained.explanation is not None
    outcome = next(entry.outcome for entry in explained.explanation if entry.edit == edit)
    if "fails" in case:
        _check_findings(findings, case["fails"])
        assert outcome == Outcome.FAILED
        return
    assert [finding.message for finding in findings] == []
    assert list(_repeated(claim, case.get("earlier", []))) == []
    if "not_evaluated" in case:
        assert case["not_evaluated"] in [said.reason for said in not_evaluated]
        assert outcome == Outcome.NOT_EVALUATED
        return
    assert [said.detail for said in not_evaluated] == []
    assert outcome == (Outcome.NOT_APPLICABLE if "not_applicable" in case else Outcome.PASSED) or (
        "passes" in case and outcome == Outcome.NOT_APPLICABLE
    )


def _claim(difference: dict[str, Any]) -> Claim:
    return msgspec.convert(
        cases.merged(cases.base_claim(), difference), Claim, strict=False, builtin_types=(date,)
    )


def _repeated(claim: Claim, earlier: list[dict[str, Any]]) -> Iterator[Finding]:
    """DUP952 of a claim that stands behind earlier ones in a batch; the store compares their fingerprints likewise."""
    own = fingerprint(claim)
    prints = [fingerprint(_claim(difference)) for difference in earlier]
    if own is not None and own in prints:
        yield finding_of(claim_repeated_in_batch, repeated_in_batch(prints.index(own) + 1))


def _check_findings(findings: list[Any], expected: list[dict[str, Any]]) -> None:
    assert [finding.pointer for finding in findings] == [want["pointer"] for want in expected], findings
    for finding, want in zip(findings, expected, strict=True):
        assert want.keys() <= {"pointer", "severity", "says", "carc", "because", "safe"}
        if "severity" in want:
            assert finding.severity == want["severity"]
        says = want.get("says", [])
        for text in says if isinstance(says, list) else [says]:
            assert str(text) in finding.message, finding.message
        if "carc" in want:
            assert f"{finding.carc.group}-{finding.carc.code}" == want["carc"]
        for key, value in want.get("because", {}).items():
            assert msgspec.to_builtins(finding.because)[key] == value
        if "safe" in want:
            assert (finding.advice.applicability == "safe") is want["safe"]
