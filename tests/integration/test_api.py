"""The API as a caller sees it: each address, its answers and its problems."""

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from flask import Flask
from flask.testing import FlaskClient

from scrubber import __version__
from scrubber.api.app import create_app
from scrubber.bootstrap import Scrubber
from scrubber.engine import build_engine
from scrubber.reference import Payers, Snapshot
from scrubber.rule import DENY
from tests.edits.cases import base_claim, merged
from tests.risks import no_risk

SCRUB = "/v1/claims/scrub?as_of=2026-03-10"


@pytest.fixture(scope="module")
def openapi(app: Flask) -> dict[str, Any]:
    document = app.test_client().get("/openapi.json").get_json()
    assert isinstance(document, dict)
    return document


def claim(**difference: Any) -> dict[str, Any]:
    return merged(base_claim(), difference)


def as_documented(response: Any, openapi: dict[str, Any], path: str, method: str = "get") -> Any:
    """The JSON of a response, after a look whether OpenAPI tells of its status, type and content."""
    told = openapi["paths"][path][method]["responses"][str(response.status_code)]["content"]
    schema = {**told[response.content_type]["schema"], "components": openapi["components"]}
    jsonschema.Draft202012Validator(schema).validate(response.get_json())
    return response.get_json()


def problem(response: Any, status: int, name: str) -> dict[str, Any]:
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    told: dict[str, Any] = response.get_json()
    assert told["type"] == f"urn:claim-scrubber:problem:{name}"
    assert told["status"] == status
    assert told["title"]
    assert told["instance"] == f"urn:request:{response.headers['X-Request-ID']}"
    return told


def test_a_clean_claim(client: FlaskClient, openapi: dict[str, Any]) -> None:
    response = client.post(SCRUB, json=claim())
    result = as_documented(response, openapi, "/v1/claims/scrub", "post")
    assert response.status_code == 200
    assert (result["claim_id"], result["disposition"], result["findings"]) == ("T-1", "clean", [])
    assert [row["result"] for row in result["coverage"]] == ["supported"]
    assert result["reference"]["digest"].startswith("sha256:")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_claim_on_hold(client: FlaskClient, openapi: dict[str, Any]) -> None:
    response = client.post(SCRUB, json=claim(diagnoses=["M53.81"], lines=[{"diagnosis_pointers": [1]}]))
    result = as_documented(response, openapi, "/v1/claims/scrub", "post")
    assert result["disposition"] == "hold"
    found = {finding["edit"]: finding for finding in result["findings"]}
    assert {"COV702", "COV703"} <= found.keys()
    assert found["COV703"]["citation"]["url"].startswith("https://")


def test_money_as_number_or_text_is_one_claim(client: FlaskClient) -> None:
    as_text = client.post(SCRUB, json=claim(total_charge="45.00")).get_json()
    as_number = client.post(SCRUB, json=claim(total_charge=45, lines=[{"charge": 45.0}])).get_json()
    assert as_text == as_number


def test_explain_tells_of_every_edit(
    client: FlaskClient, openapi: dict[str, Any], scrubber: Scrubber
) -> None:
    response = client.post(f"{SCRUB}&explain=true", json=claim())
    explained = as_documented(response, openapi, "/v1/claims/scrub", "post")["explanation"]
    assert [entry["edit"] for entry in explained] == [edit.id for edit in scrubber.catalog]
    assert client.post(f"{SCRUB}&explain=false", json=claim()).get_json()["explanation"] is None


def test_as_of_is_the_day_that_counts_as_today(client: FlaskClient) -> None:
    def findings(as_of: str) -> set[str]:
        result = client.post(f"/v1/claims/scrub?as_of={as_of}", json=claim()).get_json()
        return {finding["edit"] for finding in result["findings"]}

    # A service of 2026-03-02: in the future a day earlier, late after Medicare's calendar year.
    assert findings("2026-03-10") == set()
    assert findings("2026-03-01") != set()
    assert findings("2028-03-10") != set()


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("explain=1", ["explain"]),
        ("explain=TRUE", ["explain"]),
        ("as_of=2026-02-30", ["as_of"]),
        ("as_of=0001-01-01", ["as_of"]),
        ("as_of=", ["as_of"]),
        ("as_of=2026-01-01&as_of=2026-01-02", ["as_of"]),
        ("colour=red", ["colour"]),
        ("explain=no&as_of=soon&colour=red", ["as_of", "colour", "explain"]),
    ],
)
def test_a_wrong_query_is_told_by_parameter(client: FlaskClient, query: str, parameters: list[str]) -> None:
    told = problem(client.post(f"/v1/claims/scrub?{query}", json=claim()), 422, "query-invalid")
    assert sorted(error["parameter"] for error in told["errors"]) == parameters
    assert "soon" not in json.dumps(told)


def test_coverage_of_a_place(client: FlaskClient, openapi: dict[str, Any]) -> None:
    query = "procedure=98940&diagnosis=M53.81&on=2026-03-02&state=IA"
    table = as_documented(client.get(f"/v1/coverage?{query}"), openapi, "/v1/coverage")
    assert table["diagnoses"] == ["M53.81"]
    (row,) = table["answers"]
    assert (row["mac"], row["article"], row["result"]) == ("WPS", "A56273", "not-supported")


def test_coverage_without_a_place_has_a_row_for_every_mac(
    client: FlaskClient, openapi: dict[str, Any]
) -> None:
    query = "procedure=64405&diagnosis=M53.81&on=2026-03-02"
    table = as_documented(client.get(f"/v1/coverage?{query}"), openapi, "/v1/coverage")
    results = {row["mac"]: row["result"] for row in table["answers"]}
    assert results["Noridian"] == "supported"
    assert len(results) == 7
    assert "no-article" in results.values()


def test_coverage_takes_diagnoses_in_order_with_or_without_dot(client: FlaskClient) -> None:
    base = "/v1/coverage?procedure=98940&on=2026-03-02&mac=J5"
    right = client.get(f"{base}&diagnosis=m9901&diagnosis=M54.2").get_json()
    wrong = client.get(f"{base}&diagnosis=M54.2&diagnosis=M99.01").get_json()
    assert right["diagnoses"] == ["M99.01", "M54.2"]
    assert [row["result"] for row in right["answers"]] == ["supported"]
    assert [row["result"] for row in wrong["answers"]] == ["not-supported"]


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("", ["diagnosis", "procedure"]),
        ("procedure=98940", ["diagnosis"]),
        ("procedure=9894&diagnosis=M542", ["procedure"]),
        ("procedure=98940&diagnosis=54.2", ["diagnosis"]),
        ("procedure=98940&diagnosis=M542&state=Iowa", ["state"]),
        ("procedure=98940&diagnosis=M542&state=ZZ", ["state"]),
        ("procedure=98940&diagnosis=M542&zip=1", ["zip"]),
        ("procedure=98940&diagnosis=M542&mac=nobody", ["mac"]),
        ("procedure=98940&diagnosis=M542&mac=J5&state=IA", ["mac"]),
        ("procedure=98940&" + "diagnosis=M542&" * 13, ["diagnosis"]),
        ("procedure=98940&diagnosis=%00", ["diagnosis"]),
    ],
)
def test_a_wrong_question_about_coverage(
    client: FlaskClient, openapi: dict[str, Any], query: str, parameters: list[str]
) -> None:
    response = client.get(f"/v1/coverage?{query}")
    told = problem(response, 422, "query-invalid")
    as_documented(response, openapi, "/v1/coverage")
    assert sorted(error["parameter"] for error in told["errors"]) == parameters


def test_an_article_by_what_people_call_it(client: FlaskClient, openapi: dict[str, Any]) -> None:
    path = "/v1/coverage/articles/{article_id}"
    article = as_documented(client.get("/v1/coverage/articles/A56273"), openapi, path)
    sizes = {(group["list"], group["group"]): len(group["codes"]) for group in article["groups"]}
    assert [sizes["covered", number] for number in (1, 2, 3, 4)] == [6, 48, 193, 70]
    assert {contract["states"][0] for contract in article["contracts"]} == {
        "IA",
        "KS",
        "MO",
        "NE",
        "IN",
        "MI",
    }
    assert article["edition"] == "2026-09-28"
    assert client.get("/v1/coverage/articles/LCD%20A56273").get_json() == article
    problem(client.get("/v1/coverage/articles/A1"), 404, "article-unknown")


def test_every_article_can_be_shown(client: FlaskClient, openapi: dict[str, Any], scrubber: Scrubber) -> None:
    assert scrubber.reference.coverage is not None
    for article in scrubber.reference.coverage.ids():
        response = client.get(f"/v1/coverage/articles/{article}")
        as_documented(response, openapi, "/v1/coverage/articles/{article_id}")


def test_a_code(client: FlaskClient, openapi: dict[str, Any]) -> None:
    path = "/v1/codes/icd10cm/{code}"
    page = as_documented(client.get("/v1/codes/icd10cm/m5381?on=2026-03-02"), openapi, path)
    assert (page["code"], page["status"], page["on"]) == ("M53.81", "billable", "2026-03-02")
    assert client.get("/v1/codes/icd10cm/M53.8?on=2026-03-02").get_json()["status"] == "category"
    before = client.get("/v1/codes/icd10cm/T52.811A?on=2026-09-30").get_json()
    assert before["status"] == "not-in-effect"


def test_an_unknown_code_is_answered_with_the_nearest(client: FlaskClient) -> None:
    told = problem(client.get("/v1/codes/icd10cm/M53.89?on=2026-03-02"), 404, "code-unknown")
    assert told["nearest"][0] == "M53.80"
    for odd in ("x", "%00", "%FF", "M" * 500, "%F0%9F%98%80"):
        problem(client.get(f"/v1/codes/icd10cm/{odd}"), 404, "code-unknown")


def test_the_catalogue(client: FlaskClient, openapi: dict[str, Any], scrubber: Scrubber) -> None:
    listed = as_documented(client.get("/v1/edits"), openapi, "/v1/edits")
    assert [page["id"] for page in listed["edits"]] == [edit.id for edit in scrubber.catalog]
    some = client.get("/v1/edits?family=COV&severity=deny").get_json()["edits"]
    assert some
    assert all(page["id"].startswith("COV") and page["severity"] == DENY for page in some)
    problem(client.get("/v1/edits?family=none"), 422, "query-invalid")


def test_one_edit(client: FlaskClient, openapi: dict[str, Any]) -> None:
    page = as_documented(client.get("/v1/edits/cov702"), openapi, "/v1/edits/{edit_id}")
    assert page["id"] == "COV702"
    problem(client.get("/v1/edits/COV000"), 404, "edit-unknown")


def test_health(client: FlaskClient, openapi: dict[str, Any]) -> None:
    assert as_documented(client.get("/healthz"), openapi, "/healthz") == {"status": "ok"}
    ready = as_documented(client.get("/readyz"), openapi, "/readyz")
    assert ready["status"] == "ready"
    assert all(ready["tables"].values())
    assert ready["digest"].startswith("sha256:")
    assert as_documented(client.get("/version"), openapi, "/version")["version"] == __version__


def test_without_reference_data_the_service_is_not_ready_and_says_so(
    scrubber: Scrubber, openapi: dict[str, Any]
) -> None:
    reference = Snapshot(as_of=scrubber.reference.as_of, editions={}, payers=Payers())
    engine = build_engine(scrubber.catalog, reference, "2026.11", assess=no_risk)
    bare = replace(scrubber, engine=engine, reference=reference)
    client = create_app(bare).test_client()
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert not any(as_documented(ready, openapi, "/readyz")["tables"].values())
    assert client.get("/healthz").status_code == 200
    problem(client.get("/v1/coverage?procedure=98940&diagnosis=M542"), 503, "reference-not-loaded")
    problem(client.get("/v1/coverage/articles/A56273"), 503, "reference-not-loaded")
    problem(client.get("/v1/codes/icd10cm/M53.81"), 503, "reference-not-loaded")
    result = client.post(SCRUB, json=claim()).get_json()
    assert result["not_evaluated"]


def test_addresses_and_methods_that_are_not_there(client: FlaskClient) -> None:
    problem(client.get("/v1/nothing"), 404, "no-such-address")
    problem(client.get("/v1/edits/"), 404, "no-such-address")
    response = client.get("/v1/claims/scrub")
    problem(response, 405, "method-not-allowed")
    assert "POST" in response.headers["Allow"]
    assert client.options("/v1/claims/scrub").status_code == 200


def test_the_request_id_is_repeated_or_made(client: FlaskClient) -> None:
    assert (
        client.get("/healthz", headers={"X-Request-ID": "abc-1.2_3"}).headers["X-Request-ID"] == "abc-1.2_3"
    )
    for odd in ("", "a b", "x" * 65, "<script>", "ä"):
        given = client.get("/healthz", headers={"X-Request-ID": odd}).headers["X-Request-ID"]
        assert given != odd
        assert len(given) == 32
    assert client.get("/nothing").headers["X-Request-ID"]


def test_every_answer_forbids_sniffing_and_scripts(client: FlaskClient) -> None:
    for path in ("/healthz", "/v1/edits", "/nothing", "/openapi.json", "/v1/claims/scrub"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert len(headers.getlist("Content-Security-Policy")) == 1


def test_the_page_of_a_procedure_code(client: FlaskClient) -> None:
    page = client.get("/v1/codes/procedures/98940?on=2026-03-02").get_json()
    assert (page["code"], page["state"], page["unit_limit"]["units"]) == ("98940", "valid", 1)
    assert page["fee_schedule"]["global_days"] == "000"
    assert "A56273" in [article["article"] for article in page["articles"]]
    assert client.get("/v1/codes/procedures/NOCODE").status_code == 404
