"""The OpenAPI document is whole and tells of every route; the page that shows it needs nothing from elsewhere."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from flask import Flask
from flask.testing import FlaskClient

from scrubber.api.claims import EXAMPLE
from scrubber.intake.claim_json import plain_number

NOT_IN_THE_API = {"/", "/openapi.json", "/docs", "/docs/assets/<name>"}


@pytest.fixture(scope="module")
def openapi(app: Flask) -> dict[str, Any]:
    response = app.test_client().get("/openapi.json")
    assert response.content_type == "application/json"
    document: dict[str, Any] = response.get_json()
    return document


def within(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a JSON value."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from within(part)


def operations(openapi: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in openapi["paths"].items():
        for method in item.keys() & {"get", "post", "put", "patch", "delete"}:
            yield path, method, item[method]


def test_every_route_is_told(app: Flask, openapi: dict[str, Any]) -> None:
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule not in NOT_IN_THE_API
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(path, method) for path, method, _ in operations(openapi)} == served


def test_the_document_is_well_formed(openapi: dict[str, Any]) -> None:
    assert openapi["openapi"] == "3.1.0"
    assert openapi["info"]["title"]
    for path, item in openapi["paths"].items():
        named = {parameter["name"] for parameter in item.get("parameters", ()) if parameter["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path))
    for path, method, operation in operations(openapi):
        assert operation["summary"], path
        assert operation["responses"].keys() & {"200", "201", "202"}, (path, method)
        for status, response in operation["responses"].items():
            assert response["description"]
            assert status in {"204", "304"} or response["content"]
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], (path, parameter["name"])
            assert parameter["schema"]


def test_every_reference_leads_somewhere_and_every_schema_is_one(openapi: dict[str, Any]) -> None:
    for part in within(openapi):
        if "$ref" in part:
            found: Any = openapi
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            assert found
    for schema in openapi["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_no_schema_is_left_over(openapi: dict[str, Any]) -> None:
    used = {part["$ref"].rpartition("/")[2] for part in within(openapi) if "$ref" in part}
    assert used == openapi["components"]["schemas"].keys()


def test_the_claim_is_described_as_it_is_read(openapi: dict[str, Any], client: FlaskClient) -> None:
    content = openapi["paths"]["/v1/claims/scrub"]["post"]["requestBody"]["content"]["application/json"]
    assert content["example"] == EXAMPLE
    assert client.post("/v1/claims/scrub?as_of=2026-03-10", json=EXAMPLE).get_json()["disposition"] == "clean"
    schema = {**content["schema"], "components": openapi["components"]}
    jsonschema.Draft202012Validator(schema).validate(EXAMPLE)
    line = openapi["components"]["schemas"]["ServiceLine"]
    assert line["additionalProperties"] is False
    assert line["required"] == ["charge", "procedure", "service_date"]
    assert line["properties"]["charge"]["type"] == ["string", "number"]
    assert line["properties"]["charge"]["pattern"] == plain_number("charge")
    assert line["properties"]["modifiers"]["maxItems"] == 12


def test_every_problem_is_listed(openapi: dict[str, Any]) -> None:
    told = set(re.findall(r"urn:claim-scrubber:problem:[a-z-]+", str(openapi["paths"])))
    assert told <= set(re.findall(r"urn:claim-scrubber:problem:[a-z-]+", openapi["info"]["description"]))


def test_the_address_alone_leads_to_the_page(client: FlaskClient) -> None:
    assert (answer := client.get("/")).status_code == 302
    assert answer.headers["Location"] == "docs"


def test_the_page_loads_everything_from_here(client: FlaskClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';")
    assert "script" not in policy, "scripts fall under default-src: from here, none inline"
    text = page.get_data(as_text=True)
    assert not re.search(r"<script(?![^>]*\bsrc=)|\bon\w+=|<style", text)
    assets = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert len(assets) >= 4
    for asset in assets:
        assert ":" not in asset
        response = client.get(f"/{asset}")
        assert response.status_code == 200, asset
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    types = {asset: client.get(f"/{asset}").mimetype for asset in assets}
    assert {name: kind for name, kind in types.items() if name.endswith(".js")}.popitem()[
        1
    ] == "text/javascript"
    start = client.get("/docs/assets/start.js").get_data(as_text=True)
    assert '"openapi.json"' in start
    assert "http" not in start


@pytest.mark.parametrize("name", ["index.css", "../app.py", "..%2f..%2fapp.py", "swagger-ui.js", "%00"])
def test_only_the_assets_of_the_page_are_served(client: FlaskClient, name: str) -> None:
    assert client.get(f"/docs/assets/{name}").status_code == 404
