"""``GET /v1/edits``: the catalogue, each edit with its page."""

from flask import Response
from msgspec import Struct

from scrubber.api.problems import Problem
from scrubber.api.query import choice_parameter, query_schema, read_query
from scrubber.api.routes import Blueprint, add_route, answer
from scrubber.bootstrap import Scrubber
from scrubber.rule import Page, Severity, page_of


class EditList(Struct, frozen=True):
    """Edits of a ruleset with their pages, by id."""

    ruleset: str
    edits: tuple[Page, ...]


def edits_blueprint(scrubber: Scrubber) -> Blueprint:
    """The routes of the catalogue."""
    blueprint = Blueprint("edits", __name__, description="What claims are checked for")
    pages = {edit.id: page_of(edit) for edit in scrubber.catalog}
    family_of = {edit.id: edit.family for edit in scrubber.catalog}
    ruleset = scrubber.engine.ruleset
    query_of_list = query_schema(
        family=choice_parameter("Only this family.", sorted(set(family_of.values()))),
        severity=choice_parameter("Only edits of this severity.", [severity.value for severity in Severity]),
    )

    def list_edits() -> Response:
        """List the edits."""
        query = read_query(query_of_list)
        family, severity = query.get("family"), query.get("severity")
        chosen = (
            page
            for page in pages.values()
            if family in {None, family_of[page.id]} and severity in {None, page.severity.value}
        )
        return answer(EditList(ruleset, tuple(chosen)))

    def show_edit(edit_id: str) -> Response:
        """Show one edit: what it finds, why it is denied, what fails and passes, and its source."""
        page = pages.get(edit_id.upper())
        if page is None:
            raise Problem("edit-unknown", "GET /v1/edits lists them all.")
        return answer(page)

    add_route(blueprint, "/v1/edits", list_edits, query=query_of_list, returns=EditList)
    add_route(
        blueprint,
        "/v1/edits/<edit_id>",
        show_edit,
        path={"edit_id": "The id of an edit, such as COV702"},
        returns=Page,
        problems=("edit-unknown",),
    )
    return blueprint
