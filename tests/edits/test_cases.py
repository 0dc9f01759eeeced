"""Every edit against its cases."""

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scrubber.claim import Claim, fingerprint, member
from scrubber.engine import Engine, explain, scrub
from scrubber.reference import Snapshot
from scrubber.rule import VOID, Copy, Outcome, Past, remembered
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
    history = _Told(case["earlier"], engine.reference) if "earlier" in case else None
    result = scrub(engine, claim, history=history)
    findings = [finding for finding in result.findings if finding.edit == edit]
    not_evaluated = [said for said in result.not_evaluated if said.edit == edit]
    explained = explain(engine, claim, history=history)
    assert explained.explanation is not None
    outcome = next(entry.outcome for entry in explained.explanation if entry.edit == edit)
    if "fails" in case:
        _check_findings(findings, case["fails"])
        assert outcome == Outcome.FAILED
        return
    assert [finding.message for finding in findings] == []
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


class _Told:
    """The earlier claims of a case, as the store tells of them."""

    def __init__(self, earlier: list[dict[str, Any]], reference: Snapshot) -> None:
        self._claims = []
        for record, difference in enumerate(earlier, start=1):
            batch, held, decided = (difference.pop(name, None) for name in ("batch", "held", "decided"))
            claim = _claim(difference)
            copy = Copy(batch, record, held=bool(held), decided=bool(decided))
            self._claims.append((claim, copy, remembered(claim, reference)))

    def as_kept(self, own: bytes) -> bytes:
        return own

    def copies(self, own: bytes, claim_id: str) -> list[Copy]:
        same = [
            copy._replace(same_id=claim.claim_id == claim_id)
            for claim, copy, _ in self._claims
            if fingerprint(claim) == own
        ]
        return sorted(same, key=lambda copy: not copy.decided)

    def services(self, whose: bytes, first_day: date, last_day: date) -> list[Past]:
        return [
            past
            for past in self.claims(whose, first_day, last_day)
            if past.claim.frequency_code != VOID and _within(past, first_day, last_day)
        ]

    def claims(self, whose: bytes, first_day: date, last_day: date) -> list[Past]:  # noqa: ARG002 - the port's
        """All claims that were sent; those on other days are left out by the edits themselves."""
        return [
            Past(copy.batch, copy.record, told, fingerprint(claim))
            for claim, copy, told in self._claims
            if member(claim) == whose and (copy.decided or not copy.held)
        ]


def _within(past: Past, first_day: date, last_day: date) -> bool:
    return any(first_day <= one.last_day and one.first_day <= last_day for one in past.claim.services)


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
