"""``GET /v1/payer-rules`` and ``GET /v1/payers``: the payers that are known, and what their rules say."""

from hashlib import sha256
from typing import Any

import msgspec
from flask import Response, request
from msgspec import Struct

from scrubber.api.problems import Problem
from scrubber.api.query import choice_parameter, query_schema, read_query, text_parameter
from scrubber.api.routes import Blueprint, add_route
from scrubber.bootstrap import Scrubber
from scrubber.importers.payer_rules import data_of_text
from scrubber.payers import Rule
from scrubber.reference import PayerProfile
from scrubber.rule import Citation, Edit, InForce, Severity

TAGGED: Any = {"304": {"description": "It is as the `ETag` in `If-None-Match` says."}}
IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "schema": {"type": "string"},
    "description": "The `ETag` of an earlier answer.",
}


_LISTED = ("id", "name", "title", "payer", "severity", "authority")


class RuleListed(Struct, frozen=True, kw_only=True):
    """A payer rule in short. ``payer`` is the payer it was written for; those that inherit from it have it too."""

    id: str
    name: str
    title: str
    payer: str
    severity: Severity
    in_force: tuple[InForce, ...]
    authority: Citation
    cases: int


class RuleList(Struct, frozen=True):
    """Payer rules of a ruleset, by id."""

    ruleset: str
    rules: tuple[RuleListed, ...]


class RulePage(RuleListed, frozen=True, kw_only=True):
    """A payer rule with all that its file says: as it stands there, and as data in the same form."""

    rule: dict[str, Any]
    text: str


class PayerList(Struct, frozen=True):
    """The payers that are known, by id: what on a claim tells each, and the terms that hold for its claims."""

    ruleset: str
    payers: tuple[PayerProfile, ...]


def payer_rules_blueprint(scrubber: Scrubber) -> Blueprint:
    """The routes that show payers and their rules."""
    blueprint = Blueprint("payer-rules", __name__, description="Payers and their rules")
    book, ruleset, reference = scrubber.rule_book, scrubber.engine.ruleset, scrubber.reference
    rules = {rule.id: rule for rule in book.rules}
    edits = {edit.id: edit for edit in scrubber.catalog}
    profiles = {profile.id: profile for profile in reference.payers.profiles}
    query_of_list = query_schema(
        payer=choice_parameter("Only rules that may concern this payer.", sorted(profiles)),
        procedure=text_parameter(
            "Only rules that may concern this CPT or HCPCS code.",
            pattern="^[A-Za-z0-9]{5}$",
            example="98940",
        ),
    )

    def concerns(edit: Edit, payer: str | None, procedure: str | None) -> bool:
        triggers = edit.triggers
        if payer is not None and triggers.payer is not None and not triggers.payer(profiles[payer]):
            return False
        if procedure is None or triggers.procedure is None or triggers.diagnosis or triggers.modifier:
            return True
        return triggers.procedure(procedure.upper(), reference)

    def listed(rule: Rule) -> dict[str, Any]:
        said = {name: getattr(rule, name) for name in _LISTED}
        return {**said, "in_force": edits[rule.id].in_force, "cases": len(rule.cases)}

    def list_payer_rules() -> Response:
        """List the payer rules.

        The filters leave out what can't concern the payer or the procedure.
        """
        query = read_query(query_of_list)
        asked = query.get("payer"), query.get("procedure")
        found = (RuleListed(**listed(rule)) for rule in book.rules if concerns(edits[rule.id], *asked))
        return _tagged(RuleList(ruleset, tuple(found)))

    def show_payer_rule(rule_id: str) -> Response:
        """Show a payer rule: its versions, conditions, authority and cases, in the form of its file."""
        rule = rules.get(rule_id.upper())
        if rule is None:
            raise Problem("rule-unknown", "GET /v1/payer-rules lists them all.")
        text = book.texts[rule.id]
        return _tagged(RulePage(**listed(rule), rule=data_of_text(text), text=text))

    def list_payers() -> Response:
        """List the payers: how each is recognised, its timely filing, what it inherits."""
        return _tagged(PayerList(ruleset, tuple(profiles.values())))

    documented: Any = {"headers": [IF_NONE_MATCH], "also": TAGGED}
    add_route(
        blueprint, "/v1/payer-rules", list_payer_rules, query=query_of_list, returns=RuleList, **documented
    )
    add_route(
        blueprint,
        "/v1/payer-rules/<rule_id>",
        show_payer_rule,
        path={"rule_id": "The id of a payer rule, such as MCB-014"},
        returns=RulePage,
        problems=("rule-unknown",),
        **documented,
    )
    add_route(blueprint, "/v1/payers", list_payers, returns=PayerList, **documented)
    return blueprint


def _tagged(value: Struct) -> Response:
    """A struct as JSON that a client may keep, and ask for again by its tag."""
    body = msgspec.json.encode(value, order="deterministic")
    response = Response(body, content_type="application/json", headers={"Cache-Control": "private, no-cache"})
    response.set_etag(sha256(body).hexdigest()[:24])
    response.make_conditional(request)
    return response
