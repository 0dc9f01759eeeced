"""``POST /v1/payer-rules/test``: what a rule that is being written says of its cases, and of claims.

It is read as a file would be, with the same limits, and run beside the rules in use. Nothing of it is kept or logged.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, Literal, TypeAlias

import msgspec
from flask import Response
from marshmallow import Schema, ValidationError
from marshmallow.fields import Nested
from msgspec import Struct

from scrubber.api.bodies import json_body
from scrubber.api.problems import Problem, ProblemError
from scrubber.api.routes import Blueprint, add_route, answer
from scrubber.api.schemas import (
    OBJECT_EXPECTED,
    Array,
    Value,
    check_length,
    field_errors,
    schema_for,
)
from scrubber.bootstrap import Scrubber
from scrubber.claim import Claim
from scrubber.engine import run_edits
from scrubber.engine.plan import Plan
from scrubber.importers.payer_rules import RulesRefused, rule_of_text
from scrubber.intake.claim_json import UNKNOWN_FIELD, decode_claim, json_value
from scrubber.payers import Rule, compile_rule
from scrubber.payers.cases import judged_cases
from scrubber.reference import Snapshot

MOST_BYTES: Final = 256 * 1024
"""Of a body. It bounds rule times claims, and so the time that a test takes."""
LONGEST_RULE: Final = 64 * 1024
MOST_CLAIMS: Final = 20
MOST_FAULTS: Final = 100
LONGEST_FAULT: Final = 400
"""Characters of a fault that are told: it may quote a name of any length."""

EXAMPLE_RULE: Final = """\
id: ACM-014
name: active-treatment-modifier-missing
title: Spinal manipulation is billed without AT.
severity: deny
since: "2026.11"
why: The payer pays for active treatment only.
authority: {title: Policy 12, url: "https://example.org/policy-12", retrieved: 2026-11-20}
versions:
  - effective: 2026-01-01
    when: {payer.program: medicare_part_b, line.procedure: {in: ["98940"]}}
    require: {line.modifiers: {any_of: [AT]}}
message: "{line.procedure} has no AT."
advice: Append AT only if the record shows active treatment.
cases:
  - {name: the day before, on: 2025-12-31, passes: true}
  - {name: no modifier, on: 2026-01-01, fails: line.modifiers}
  - {name: with AT, on: 2026-01-01, line: {modifiers: [AT]}, passes: true}
"""

Outcome: TypeAlias = Literal["fires", "quiet", "not-evaluated"]


class CaseTold(Struct, frozen=True, kw_only=True):
    """A case of the rule: ``expected`` is what it says itself, ``messages`` what the rule says of it."""

    name: str
    on: date
    expected: str
    as_expected: bool
    outcome: Outcome
    messages: tuple[str, ...]


class ClaimTold(Struct, frozen=True, kw_only=True):
    """A claim that was sent, and what the rule says of it."""

    claim_id: str
    outcome: Outcome
    messages: tuple[str, ...]


class RuleTest(Struct, frozen=True, kw_only=True):
    """What a rule says of its cases and of the claims that were sent with it, both in their order."""

    id: str
    cases: tuple[CaseTold, ...]
    claims: tuple[ClaimTold, ...]


class _Sent(Struct, frozen=True):
    payer: str
    rule: str
    claims: tuple[msgspec.Raw, ...] = ()


def rule_tests_blueprint(scrubber: Scrubber) -> Blueprint:
    """The route that tries a rule."""
    blueprint = Blueprint("rule-tests", __name__, description="Try a payer rule")
    known, reference = scrubber.rule_book.known, scrubber.reference
    payers = [profile.id for profile in known.payers.profiles]
    schema = _schema(payers)

    def test_payer_rule() -> Response:
        """Try a payer rule before it is put to use.

        The rule is read as its file would be; what is wrong with it is told by line and column. Its cases are run, and
        the claims that are sent with it are judged by it alone, with the reference data in use, against no history.
        Nothing is kept.
        """
        body = json_body(MOST_BYTES)
        if errors := field_errors(schema, json_value(body)):
            raise Problem(
                "rule-test-invalid",
                errors=[ProblemError(pointer=error.pointer, message=error.message) for error in errors],
            )
        sent = msgspec.json.decode(body, type=_Sent)
        claims = [decode_claim(bytes(claim)) for claim in sent.claims]
        try:
            rule = rule_of_text(sent.rule, sent.payer, known)
        except RulesRefused as refused:
            raise _invalid(refused) from None
        cases = tuple(
            CaseTold(
                name=judged.case.name,
                on=judged.case.on,
                expected=judged.case.expected,
                as_expected=judged.as_expected,
                outcome=judged.outcome,
                messages=judged.messages,
            )
            for judged in judged_cases(rule, known.payers)
        )
        return answer(RuleTest(id=rule.id, cases=cases, claims=_told(rule, claims, reference)))

    add_route(
        blueprint,
        "/v1/payer-rules/test",
        test_payer_rule,
        method="POST",
        body={
            "required": True,
            "description": "A rule as the text of its file, YAML or JSON, and claims to try it on.",
            "content": {
                "application/json": {
                    "schema": schema,
                    "example": {"payer": "medicare_part_b", "rule": EXAMPLE_RULE},
                }
            },
        },
        returns=RuleTest,
        problems=(
            "malformed-json", "rule-test-invalid", "rule-invalid", "body-too-large", "media-type-unsupported",
        ),
    )  # fmt: skip
    return blueprint


def _schema(payers: Sequence[str]) -> Schema:
    def rule_text(value: object) -> object:
        if not isinstance(value, str):
            raise ValidationError("Expected the text of a rule.")
        check_length(value, 1, LONGEST_RULE, "characters")
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise ValidationError("Half of a surrogate pair is no character.")
        return value

    def payer(value: object) -> object:
        if value not in payers:
            raise ValidationError("Expected the id of a payer: GET /v1/payers lists them.")
        return value

    missing = {"error_messages": {"required": "Missing data for required field."}, "required": True}
    members: dict[str, Any] = {
        "payer": Value(payer, {"type": "string", "description": "The id of the payer it is for"}, **missing),
        "rule": Value(rule_text, {"type": "string", "minLength": 1, "maxLength": LONGEST_RULE}, **missing),
        "claims": Array(Nested(schema_for(Claim)), 0, MOST_CLAIMS),
        "error_messages": {"unknown": UNKNOWN_FIELD, "type": OBJECT_EXPECTED},
        "Meta": type("Meta", (), {"register": False}),
    }
    made: type[Schema] = type("RuleWithClaims", (Schema,), members)
    return made()


def _told(rule: Rule, claims: Sequence[Claim], reference: Snapshot) -> tuple[ClaimTold, ...]:
    plan = Plan((compile_rule(rule),), reference)
    told = []
    for claim in claims:
        findings, not_evaluated = run_edits(plan.select(claim, reference), claim, reference)
        outcome: Outcome = "fires" if findings else "not-evaluated" if not_evaluated else "quiet"
        messages = [
            *(finding.message for finding in findings),
            *(f"not evaluated, {one.detail}" for one in not_evaluated),
        ]
        told.append(ClaimTold(claim_id=claim.claim_id, outcome=outcome, messages=tuple(messages)))
    return tuple(told)


def _invalid(refused: RulesRefused) -> Problem:
    faults = [
        ProblemError(message=fault.text[:LONGEST_FAULT], line=fault.line, column=fault.column)
        for fault in refused.faults[:MOST_FAULTS]
    ]
    more = len(refused.faults) - len(faults)
    return Problem("rule-invalid", f"{more} more faults are not shown." if more else None, errors=faults)
