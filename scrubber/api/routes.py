"""Adding a route together with what OpenAPI says of it, and answering with a struct."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from flask import Response
from flask_smorest import Blueprint  # type: ignore[import-untyped]
from marshmallow import Schema

from scrubber.api.problems import problem_docs

__all__ = ["Blueprint", "add_route", "answer"]


def add_route(
    blueprint: Blueprint,
    rule: str,
    view: Callable[..., Response],
    *,
    returns: type[msgspec.Struct],
    method: str = "GET",
    path: dict[str, str] | None = None,
    query: Schema | None = None,
    body: dict[str, Any] | None = None,
    problems: Sequence[str] = (),
    also: dict[str, Any] | None = None,
) -> None:
    """Serve ``view`` at ``rule``. Its docstring is the description; the rest only documents.

    ``path`` says what each part of the address means, ``query`` is what the view reads its query with,
    ``body`` an OpenAPI request body, ``also`` further responses. Answers are encoded by the view itself.
    """
    schema = {"$ref": f"#/components/schemas/{returns.__name__}"}
    responses = {
        "200": {"description": "OK", "content": {"application/json": {"schema": schema}}},
        **(also or {}),
        **problem_docs((*problems, "internal", *(["query-invalid"] if query else []))),
    }
    documented: dict[str, Any] = {"responses": responses}
    if query is not None:
        documented["parameters"] = [{"in": "query", "schema": query}]
    if body is not None:
        documented["requestBody"] = body
    parameters = [{"in": "path", "name": name, "description": says} for name, says in (path or {}).items()]
    blueprint.add_url_rule(
        rule, view_func=blueprint.doc(**documented)(view), methods=[method], parameters=parameters
    )


def answer(value: msgspec.Struct, status: int = 200) -> Response:
    """A struct as a JSON response."""
    return Response(msgspec.json.encode(value), status, content_type="application/json")
