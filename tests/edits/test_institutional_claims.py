"""Every case again on an institutional claim: an edit for both forms says the same, any other that it is not judged."""

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scrubber.claim import Claim, Institutional
from scrubber.edits.catalog import EDITS
from scrubber.engine import Engine, scrub
from scrubber.rule import BOTH_FORMS, Finding, NotEvaluated, Reason
from tests.edits import cases

FORMS = {edit.id: edit.forms for edit in EDITS}
BY_STATEMENT = {"DTE204"}
"""Edits that ask an institutional claim something else, and have cases of their own."""

FACILITY = Institutional(facility_code="13")


def said_of(engine: Engine, edit: str, claim: Claim) -> tuple[list[Finding], list[NotEvaluated]]:
    """What an edit says of a claim."""
    result = scrub(engine, claim)
    return (
        [finding for finding in result.findings if finding.edit == edit],
        [said for said in result.not_evaluated if said.edit == edit],
    )


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in cases.case_files()])
def test_cases(engine: Engine, path: Path) -> None:
    edit = path.stem
    for case in cases.load(path)["cases"]:
        claim = _claim(case)
        if claim.institutional is not None or edit in BY_STATEMENT:
            continue
        on_that_day = engine.on(case.get("as_of", cases.DEFAULT_AS_OF))
        findings, not_evaluated = said_of(on_that_day, edit, claim)
        of_facility = msgspec.structs.replace(claim, institutional=FACILITY)
        if FORMS[edit] == BOTH_FORMS:
            pointed = all(line.diagnosis_pointers for line in claim.lines)
            if pointed or not edit.startswith("COV"):
                assert said_of(on_that_day, edit, of_facility) == (findings, not_evaluated), case["name"]
        elif findings or not_evaluated:
            found, told = said_of(on_that_day, edit, of_facility)
            assert found == [], case["name"]
            assert [(said.reason, said.line) for said in told] == [(Reason.OTHER_FORM, None)], case["name"]
            assert "professional claims" in told[0].detail


def _claim(case: dict[str, Any]) -> Claim:
    merged = cases.merged(cases.base_claim(), case.get("claim", {}))
    return msgspec.convert(merged, Claim, strict=False, builtin_types=(date,))
