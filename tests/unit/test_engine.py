"""The engine on edits made for the test: plan, outcomes, order, waivers, explanation."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrubber.claim import Claim, Institutional, Payer, ServiceLine, line_field
from scrubber.engine import Disposition, Waiver, build_engine, explain, scrub
from scrubber.engine.plan import Plan
from scrubber.reference import PayerProfile, Payers, Sign, Snapshot
from scrubber.rule import (
    ALWAYS,
    CLAIM,
    DENY,
    INFO,
    REJECT,
    REVIEW,
    Advice,
    Citation,
    Defect,
    Edit,
    Outcome,
    Reason,
    Severity,
    Triggers,
    Unevaluated,
    diagnoses,
    edit,
    medicare_part_b,
    modifiers,
    procedures,
)
from tests.risks import no_risk

CITATION = Citation("a manual", "https://example.org/manual")
MEDICARE = PayerProfile(
    id="m",
    name="Medicare",
    program="medicare_part_b",
    signs=(Sign(claim_filing_indicators=frozenset({"MB"})),),
)


def reference() -> Snapshot:
    return Snapshot(as_of=date(2026, 3, 10), editions={"icd10cm": "test"}, payers=Payers([MEDICARE]))


def claim(
    procedure: str = "98940", diagnosis: str = "M5381", indicator: str | None = "MB", **rest: Any
) -> Claim:
    line = ServiceLine(
        procedure=procedure,
        service_date=date(2026, 3, 2),
        charge=1,
        diagnosis_pointers=(1,),
        **rest,  # type: ignore[arg-type]
    )
    return Claim(
        claim_id="T", payer=Payer(claim_filing_indicator=indicator), lines=(line,), diagnoses=(diagnosis,)
    )


def failing(
    id_: str, own: Severity = DENY, triggers: Triggers = ALWAYS, needs: tuple[str, ...] = (), **said: Any
) -> Edit:
    @edit(id=id_, name="test", severity=own, scope=CLAIM, citation=CITATION, triggers=triggers, needs=needs)
    def function(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
        yield Defect(
            location=line_field(1, "procedure"),
            message=claim.lines[0].procedure,
            advice=Advice("look"),
            because={"as_of": reference.as_of},
            **said,
        )

    return function


def test_findings_carry_the_facts_of_the_edit_and_come_in_catalogue_order() -> None:
    result = scrub(
        build_engine([failing("B2"), failing("A1", INFO)], reference(), "r", assess=no_risk), claim()
    )
    assert [(f.edit, f.severity, f.line, f.pointer) for f in result.findings] == [
        ("A1", "info", 1, "/lines/0/procedure"),
        ("B2", "deny", 1, "/lines/0/procedure"),
    ]
    assert result.findings[0].citation == CITATION
    assert result.ruleset == "r"


@pytest.mark.parametrize(
    ("severities", "expected"),
    [
        ([], Disposition.CLEAN),
        ([INFO], Disposition.CLEAN),
        ([INFO, REVIEW], Disposition.REVIEW),
        ([REVIEW, DENY], Disposition.HOLD),
        ([REJECT], Disposition.HOLD),
    ],
)
def test_disposition(severities: list[Severity], expected: Disposition) -> None:
    edits = [failing(f"A{number}", severity) for number, severity in enumerate(severities)]
    assert scrub(build_engine(edits, reference(), "r", assess=no_risk), claim()).disposition == expected


def test_an_id_used_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="A1"):
        build_engine([failing("A1"), failing("A1")], reference(), "r", assess=no_risk)


def test_a_missing_table_is_not_evaluated_even_where_the_trigger_would_read_it() -> None:
    def reads_the_table(code: str, reference: Snapshot) -> bool:
        assert reference.icd10cm is not None
        return bool(reference.icd10cm.get(code))

    needy = failing("A1", triggers=diagnoses(reads_the_table, "a code is in it"), needs=("icd10cm",))
    result = scrub(build_engine([needy], reference(), "r", assess=no_risk), claim())
    assert result.findings == ()
    assert [(said.edit, said.reason) for said in result.not_evaluated] == [
        ("A1", Reason.REFERENCE_NOT_LOADED)
    ]
    assert "icd10cm" in result.not_evaluated[0].detail


def test_an_edit_that_breaks_costs_nobody_else_and_tells_nothing_of_the_claim() -> None:
    @edit(id="A1", name="breaks", severity=DENY, scope=CLAIM, citation=CITATION)
    def breaks(claim: Claim, reference: Snapshot) -> Iterator[Defect | Unevaluated]:
        raise KeyError(claim.diagnoses[0])
        yield

    result = scrub(build_engine([breaks, failing("B2")], reference(), "r", assess=no_risk), claim())
    assert [finding.edit for finding in result.findings] == ["B2"]
    assert [said.reason for said in result.not_evaluated] == [Reason.EDIT_FAILED]
    assert "M5381" not in result.not_evaluated[0].detail


def test_a_defect_may_be_softer_than_its_edit_and_never_harder() -> None:
    soft = failing("A1", DENY, severity=INFO)
    hard = failing("B2", REVIEW, severity=DENY)
    result = scrub(build_engine([soft, hard], reference(), "r", assess=no_risk), claim())
    assert [(finding.edit, finding.severity) for finding in result.findings] == [("A1", "info")]
    assert [said.reason for said in result.not_evaluated] == [Reason.EDIT_FAILED]


def test_today_is_an_argument() -> None:
    engine = build_engine([failing("A1")], reference(), "r", assess=no_risk).on(date(2027, 1, 1))
    assert scrub(engine, claim()).findings[0].because == {"as_of": date(2027, 1, 1)}


TRIGGERS = {
    "always": ALWAYS,
    "medicare": Triggers("m", payer=medicare_part_b),
    "spinal": procedures(frozenset({"98940", "98941"})),
    "spinal-medicare": procedures(frozenset({"98940"}), payer=medicare_part_b),
    "neck": diagnoses(lambda code, _reference: code.startswith("M53"), "M53"),
    "at": modifiers(frozenset({"AT"})),
}


@given(
    procedure=st.sampled_from(["98940", "98941", "99213"]),
    diagnosis=st.sampled_from(["M5381", "M542"]),
    indicator=st.sampled_from(["MB", "CI", None]),
    modifier=st.sampled_from(["AT", "59"]),
)
def test_the_plan_selects_exactly_the_edits_whose_triggers_match(
    procedure: str, diagnosis: str, indicator: str | None, modifier: str
) -> None:
    plan = Plan([failing(name, triggers=triggers) for name, triggers in TRIGGERS.items()], reference())
    selected = {
        edit.id
        for edit in plan.select(claim(procedure, diagnosis, indicator, modifiers=(modifier,)), reference())
    }
    medicare = indicator == "MB"
    assert selected == {
        name
        for name, fires in {
            "always": True,
            "medicare": medicare,
            "spinal": procedure in {"98940", "98941"},
            "spinal-medicare": procedure == "98940" and medicare,
            "neck": diagnosis == "M5381",
            "at": modifier == "AT",
        }.items()
        if fires
    }


def test_a_waived_finding_is_shown_and_no_longer_holds() -> None:
    waiver = Waiver(edit="A1", reason="agreed with the payer", by="kim", until=date(2026, 3, 10))
    engine = build_engine([failing("A1")], reference(), "r", [waiver], assess=no_risk)
    result = scrub(engine, claim())
    assert result.disposition == Disposition.CLEAN
    assert [(entry.finding.edit, entry.by, entry.until) for entry in result.waived] == [
        ("A1", "kim", date(2026, 3, 10))
    ]
    assert scrub(engine.on(date(2026, 3, 11)), claim()).disposition == Disposition.HOLD


def test_a_waiver_keeps_to_its_scope() -> None:
    elsewhere = Waiver(edit="A1", reason="r", by="b", until=date(2099, 1, 1), payer="another")
    assert (
        scrub(build_engine([failing("A1")], reference(), "r", [elsewhere], assess=no_risk), claim()).waived
        == ()
    )


def test_explain_tells_of_every_edit_what_became_of_it_and_what_it_read() -> None:
    edits = [
        failing("A1"),
        failing("B2", triggers=procedures(frozenset({"99213"}))),
        failing("C3", triggers=Triggers("x", payer=medicare_part_b)),
        failing("D4", needs=("icd10cm",)),
    ]
    result = explain(build_engine(edits, reference(), "r", assess=no_risk), claim(indicator="CI"))
    assert result.explanation is not None
    told = {entry.edit: entry for entry in result.explanation}
    assert [entry.outcome for entry in result.explanation] == [
        Outcome.FAILED,
        Outcome.NOT_APPLICABLE,
        Outcome.NOT_APPLICABLE,
        Outcome.NOT_EVALUATED,
    ]
    assert told["A1"].read == {"/lines/0/procedure": "98940"}
    assert "99213" in told["B2"].why
    assert "does not concern" in told["C3"].why
    assert msgspec.structs.replace(result, explanation=None) == scrub(
        build_engine(edits, reference(), "r", assess=no_risk), claim(indicator="CI")
    )


def test_a_void_concerns_what_rejects_a_claim_or_judges_voids_and_explain_says_so() -> None:
    edits = [
        failing("A1"),
        failing("B2", own=REJECT),
        replace(failing("C3"), judges_voids=True),
        failing("D4", needs=("icd10cm",)),
    ]
    engine = build_engine(edits, reference(), "r", assess=no_risk)
    for form in (None, Institutional()):
        void = msgspec.structs.replace(claim(), frequency_code="8", institutional=form)
        assert [edit.id for edit in engine.plan.select(void, engine.reference)] == ["B2", "C3"]
        explanation = explain(engine, void).explanation
        assert explanation is not None
        assert [entry.edit for entry in explanation if entry.outcome == Outcome.NOT_APPLICABLE] == [
            "A1",
            "D4",
        ]
        assert "void (frequency code 8)" in explanation[0].why
    replacement = msgspec.structs.replace(claim(), frequency_code="7")
    assert len(engine.plan.select(replacement, engine.reference)) == 4


def test_a_trigger_or_screen_that_breaks_wakes_its_edit() -> None:
    def breaks(*_about: object) -> bool:
        raise KeyError("M5381")

    edits = [
        failing("A1", triggers=diagnoses(breaks, "x")),
        failing("B2", triggers=Triggers("x", claim=breaks)),
        replace(failing("C3"), screen=breaks),
    ]
    assert [
        f.edit for f in scrub(build_engine(edits, reference(), "r", assess=no_risk), claim()).findings
    ] == [
        "A1",
        "B2",
        "C3",
    ]


def test_a_screen_leaves_out_edits_that_would_pass_and_explain_still_says_so() -> None:
    quiet = replace(
        failing("A1"), function=lambda _claim, _reference: iter(()), screen=lambda _claim, _reference: False
    )
    engine = build_engine([quiet, failing("B2")], reference(), "r", assess=no_risk)
    assert [edit.id for edit in engine.plan.select(claim(), engine.reference)] == ["B2"]
    result = explain(engine, claim())
    assert result.explanation is not None
    assert [entry.outcome for entry in result.explanation] == [Outcome.PASSED, Outcome.FAILED]
