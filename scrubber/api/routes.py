"""Adding a route together with what OpenAPI says of it, and answering with a struct."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from flask import Response
from flask_smorest import Blueprint  # type: ignore[import-untyped]
from marshmallow import Schema

from scrubber.api.problems import problem_docs
from scrubber.api.scopes import access_problems, security_docs

__all__ = ["Blueprint", "add_route", "answer", "json_content"]


def add_route(
    blueprint: Blueprint,
    rule: str,
    view: Callable[..., Response],
    *,
    returns: type[msgspec.Struct] | None,
    status: int = 200,
    method: str = "GET",
    path: dict[str, str] | None = None,
    query: Schema | None = None,
    headers: Sequence[dict[str, Any]] = (),
    body: dict[str, Any] | None = None,
    problems: Sequence[str] = (),
    content: dict[str, Any] | None = None,
    also: dict[str, Any] | None = None,
) -> None:
    """Serve ``view`` at ``rule``. Its docstring is the description; the rest only documents.

    ``path`` says what each part of the address means, ``query`` is what the view reads its query with, ``headers``
    are OpenAPI parameters, ``body`` an OpenAPI request body. ``returns`` is answered with ``status`` as JSON, and
    ``content`` is what else it may be answered with; ``also`` are further responses. Answers are encoded by the view
    itself.
    """
    answered = {**(json_content(returns) if returns else {}), **(content or {})}
    endpoint = f"{blueprint.name}.{view.__name__}"
    refusals = ("internal", *access_problems(endpoint), *(["query-invalid"] if query else []))
    responses = {
        str(status): {"description": "OK", "content": answered},
        **(also or {}),
        **problem_docs((*problems, *refusals)),
    }
    documented: dict[str, Any] = {"responses": responses, **security_docs(endpoint)}
    documented["parameters"] = [*([{"in": "query", "schema": query}] if query is not None else ()), *headers]
    if body is not None:
        documented["requestBody"] = body
    parameters = [{"in": "path", "name": name, "description": says} for name, says in (path or {}).items()]
    blueprint.add_url_rule(
        rule, view_func=blueprint.doc(**documented)(view), methods=[method], parameters=parameters
    )


def json_content(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The OpenAPI content of an answer that is a struct as JSON."""
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{struct.__name__}"}}}


def answer(value: msgspec.Struct, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Response:
    """A struct as a JSON response."""
    return Response(msgspec.json.encode(value), status, headers, content_type="application/json")
