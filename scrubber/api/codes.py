"""``GET /v1/codes/icd10cm/{code}`` and ``/v1/codes/procedures/{code}``: the page of a code."""

from datetime import UTC, datetime

from flask import Response

from scrubber.api.problems import Problem
from scrubber.api.query import date_parameter, query_schema, read_query
from scrubber.api.routes import Blueprint, add_route, answer
from scrubber.bootstrap import Scrubber
from scrubber.claim import dotted, undotted
from scrubber.reference.code_page import CodePage, code_page
from scrubber.reference.procedure_page import ProcedurePage, procedure_page

QUERY = query_schema(on=date_parameter("The service date; without it, the present day (UTC)."))


def codes_blueprint(scrubber: Scrubber) -> Blueprint:
    """The routes about codes."""
    blueprint = Blueprint("codes", __name__, description="Look codes up")
    reference = scrubber.reference

    def show_icd10cm(code: str) -> Response:
        """Show an ICD-10-CM code on a service date.

        Whether it can be billed, from when to when, what stands around it, the notes it carries or
        inherits, and the coverage articles that list it. For an unknown code the problem names the `nearest`
        billable ones.
        """
        on = read_query(QUERY).get("on") or datetime.now(UTC).date()
        if reference.icd10cm is None:
            raise Problem("reference-not-loaded")
        page = code_page(reference, code, on)
        if page is None:
            nearest = reference.icd10cm.nearest(undotted(code), on)
            raise Problem("code-unknown", nearest=[dotted(near) for near in nearest])
        return answer(page)

    def show_procedure(code: str) -> Response:
        """Show a CPT or HCPCS code on a service date.

        Whether it can be billed, what the fee schedule says of it, its unit limit, what it is an add-on to, and the
        coverage articles that judge it. The descriptors of the CPT belong to the AMA and are not here.
        """
        on = read_query(QUERY).get("on") or datetime.now(UTC).date()
        try:
            page = procedure_page(reference, code, on)
        except LookupError:
            raise Problem("reference-not-loaded") from None
        if page is None:
            raise Problem("code-unknown")
        return answer(page)

    add_route(
        blueprint,
        "/v1/codes/procedures/<code>",
        show_procedure,
        path={"code": "The CPT or HCPCS code, such as 98940"},
        query=QUERY,
        returns=ProcedurePage,
        problems=("code-unknown", "reference-not-loaded"),
    )
    add_route(
        blueprint,
        "/v1/codes/icd10cm/<code>",
        show_icd10cm,
        path={"code": "The code, with or without its dot, such as M53.81"},
        query=QUERY,
        returns=CodePage,
        problems=("code-unknown", "reference-not-loaded"),
    )
    return blueprint
