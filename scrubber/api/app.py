"""The Flask app: the routes over one scrubber, and what every answer has in common."""

import msgspec
from flask import Flask
from flask_smorest import Api  # type: ignore[import-untyped]

from scrubber import __version__
from scrubber.api.claims import claims_blueprint
from scrubber.api.codes import codes_blueprint
from scrubber.api.coverage import ArticlePage, CoverageTable, coverage_blueprint
from scrubber.api.docs import docs_blueprint
from scrubber.api.edits import EditList, edits_blueprint
from scrubber.api.health import Alive, Readiness, Version, health_blueprint
from scrubber.api.problems import PROBLEMS, URN, ProblemDetails, answer_errors_with_problems
from scrubber.api.request_log import frame_requests
from scrubber.bootstrap import Scrubber
from scrubber.engine import Result
from scrubber.reference.code_page import CodePage
from scrubber.rule import Page

ANSWERS = (
    Result, CoverageTable, ArticlePage, CodePage, EditList, Page, Alive, Readiness, Version, ProblemDetails,
)  # fmt: skip
"""Every struct a route answers with."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
"""On every answer, unless the route sets its own."""


def create_app(scrubber: Scrubber) -> Flask:
    """The app over a scrubber. Nothing is read from the environment and nothing is kept between requests."""
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
    _, components = msgspec.json.schema_components(ANSWERS, ref_template="#/components/schemas/{name}")
    for name, schema in components.items():
        api.spec.components.schema(name, schema)
    for blueprint in (
        claims_blueprint(scrubber),
        coverage_blueprint(scrubber),
        codes_blueprint(scrubber),
        edits_blueprint(scrubber),
        health_blueprint(scrubber),
    ):
        api.register_blueprint(blueprint)
    app.register_blueprint(docs_blueprint())
    answer_errors_with_problems(app)
    frame_requests(app, HEADERS)
    return app


def _description() -> str:
    problems = "\n".join(f"* `{URN}{name}` ({kind.status}): {kind.title}." for name, kind in PROBLEMS.items())
    return (
        "Finds what a payer would deny a medical claim for, why, on whose authority, and what the record "
        "must show.\n\n"
        "Dates are ISO 8601, money is a decimal string. Every answer carries `X-Request-ID`; one you send is "
        "repeated.\n\n"
        "Errors are RFC 9457 problem documents with a stable `type`. They never repeat a value sent:\n\n"
        f"{problems}"
    )
