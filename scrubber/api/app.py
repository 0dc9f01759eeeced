"""The Flask app: the routes over one scrubber, and what every answer has in common."""

from inspect import cleandoc
from typing import Any

import msgspec
from flask import Flask
from flask_smorest import Api  # type: ignore[import-untyped]

from scrubber import __version__
from scrubber.api.access import Access, let_in_by
from scrubber.api.batch_acknowledgments import acknowledgments_blueprint
from scrubber.api.batch_events import events_blueprint
from scrubber.api.batch_page import BatchList, BatchPage
from scrubber.api.batch_results import ResultPage, results_blueprint
from scrubber.api.batches import batches_blueprint
from scrubber.api.calibration import CalibrationPage, calibration_blueprint
from scrubber.api.claims import claims_blueprint
from scrubber.api.codes import codes_blueprint
from scrubber.api.coverage import ArticlePage, CoverageTable, coverage_blueprint
from scrubber.api.docs import docs_blueprint
from scrubber.api.edits import EditList, edits_blueprint
from scrubber.api.health import Alive, Readiness, Version, health_blueprint
from scrubber.api.metrics import Metrics, metrics_blueprint
from scrubber.api.pace import turn_away_late
from scrubber.api.payer_rule_tests import RuleTest, rule_tests_blueprint
from scrubber.api.payer_rules import PayerList, RuleList, RulePage, payer_rules_blueprint
from scrubber.api.problems import PROBLEMS, URN, Problem, ProblemDetails, answer_errors_with_problems
from scrubber.api.remittances import remittances_blueprint
from scrubber.api.reports import reports_blueprint
from scrubber.api.request_log import frame_requests
from scrubber.api.scopes import SCHEMES
from scrubber.api.tracing import Tracing
from scrubber.api.waivers import WaiverList, WaiverPage, waivers_blueprint
from scrubber.batch.remittances import Imported
from scrubber.batch.workshop import Workshop
from scrubber.bootstrap import Scrubber
from scrubber.engine import Result
from scrubber.reference.code_page import CodePage
from scrubber.reference.procedure_page import ProcedurePage
from scrubber.report.figures import DenialReport
from scrubber.rule import Page

ANSWERS = (
    Result, CoverageTable, ArticlePage, CodePage, ProcedurePage, EditList, Page, Alive, Readiness, Version,
    ProblemDetails,
    BatchPage, BatchList, ResultPage, Imported, CalibrationPage, DenialReport,
    RuleList, RulePage, RuleTest, PayerList, WaiverList, WaiverPage,
)  # fmt: skip
"""Every struct a route answers with."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
"""On every answer, unless the route sets its own."""


def create_app(
    scrubber: Scrubber,
    workshop: Workshop | None = None,
    *,
    access: Access | None = None,
    refused: str | None = None,
) -> Flask:
    """The app over a scrubber, and over the workshop of batches if it is to take any.

    Without ``access`` it asks nobody for a key. ``refused`` says why a newer reference snapshot, or newer payer rules,
    are not in use. Nothing is read from the environment and nothing is kept between requests.
    """

    def configured() -> Workshop:
        if workshop is None:
            raise Problem(
                "batches-not-configured",
                "Set SCRUBBER_REDIS_URL to a Redis, or start the service with `scrubber serve --embedded`.",
            )
        return workshop

    metrics = Metrics()
    app = Flask("scrubber", static_folder=None)
    app.config.update(
        API_TITLE="Claim scrubber",
        API_VERSION=__version__,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        MAX_CONTENT_LENGTH=scrubber.settings.max_claim_bytes,
        API_SPEC_OPTIONS={"info": {"description": _description()}},
    )
    api = Api()
    api.ERROR_SCHEMA = {"$ref": "#/components/schemas/ProblemDetails"}
    api.DEFAULT_ERROR_RESPONSE_NAME = None  # each route names its own problems
    api.init_app(app)
    api.spec.components.schemas.clear()  # flask-smorest's own, for pages of results
    for scheme, told in SCHEMES.items():
        api.spec.components.security_scheme(scheme, told)
    _, components = msgspec.json.schema_components(ANSWERS, ref_template="#/components/schemas/{name}")
    for name, schema in components.items():
        if "description" in schema:
            # Before Python 3.13 a docstring keeps its indentation, which Markdown takes for code.
            schema["description"] = cleandoc(schema["description"])
        api.spec.components.schema(name, _for_apispec(schema))
    for blueprint in (
        claims_blueprint(scrubber, workshop, configured, metrics),
        batches_blueprint(configured),
        results_blueprint(configured),
        events_blueprint(configured),
        acknowledgments_blueprint(configured),
        reports_blueprint(configured),
        remittances_blueprint(configured),
        calibration_blueprint(configured),
        coverage_blueprint(scrubber),
        codes_blueprint(scrubber),
        edits_blueprint(scrubber),
        payer_rules_blueprint(scrubber),
        rule_tests_blueprint(scrubber),
        waivers_blueprint(scrubber, configured),
        health_blueprint(scrubber, workshop, refused),
        metrics_blueprint(scrubber, workshop, metrics),
    ):
        api.register_blueprint(blueprint)
    app.register_blueprint(docs_blueprint())
    turn_away_late(app)
    let_in_by(app, access)
    answer_errors_with_problems(app)
    frame_requests(app, HEADERS, metrics, Tracing() if scrubber.settings.tracing else None)
    return app


def _for_apispec(schema: Any) -> Any:
    """A JSON Schema without ``items: false``, which apispec takes for a name; the greatest length says it as well."""
    if isinstance(schema, dict):
        return {key: _for_apispec(told) for key, told in schema.items() if (key, told) != ("items", False)}
    return [_for_apispec(told) for told in schema] if isinstance(schema, list) else schema


def _description() -> str:
    problems = "\n".join(f"* `{URN}{name}` ({kind.status}): {kind.title}." for name, kind in PROBLEMS.items())
    return (
        "Finds what a payer would deny a medical claim for, why, on whose authority, and what the record "
        "must show.\n\n"
        "Dates are ISO 8601, money is a decimal string. Every answer carries `X-Request-ID`; one you send is "
        "repeated.\n\n"
        "Errors are RFC 9457 problem documents with a stable `type`. They never repeat a value of a claim.\n\n"
        f"<details><summary>Types of problems</summary>\n\n{problems}\n\n</details>"
    )
