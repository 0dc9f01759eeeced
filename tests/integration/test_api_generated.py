"""Requests made from the OpenAPI document, thousands of them, to every endpoint over a real workshop.

None ends in a fault, and every answer is as the document declares it: status, type, headers, content. The suite takes a
share of them; ``make soak`` has ``GENERATED_CASES`` of each kind for each endpoint.
"""

import json
import os
import warnings
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from scrubber.api.app import create_app
from scrubber.api.claims import EXAMPLE
from scrubber.api.problems import PROBLEMS, URN
from scrubber.batch.ending import cancel
from scrubber.batch.queues import QUEUES, open_queue
from scrubber.batch.submit import submit
from scrubber.batch.workshop import WORKSHOP, Workshop
from scrubber.bootstrap import Scrubber, open_workshop
from scrubber.settings import Settings
from scrubber.store.batches import unfinished_batches
from scrubber.store.database import reading
from tests.unit.x12_files import CLAIM, LINE, professional, write

with warnings.catch_warnings():  # of others' making, as it is imported
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_headers_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

CASES: Final = int(os.environ.get("GENERATED_CASES", "3"))
"""Valid requests to each endpoint, and as many invalid ones."""

AS_DECLARED: Final = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

KINDS: Final = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)

Known = dict[str, Sequence[Any]]


@pytest.fixture(scope="module")
def workshop(
    scrubber: Scrubber, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workshop]:
    settings = Settings.read(
        {
            "SCRUBBER_DATA_DIR": str(tmp_path_factory.mktemp("generated")),
            "SCRUBBER_REFERENCE_DIR": str(scrubber.settings.snapshots),
            "SCRUBBER_REDIS_URL": f"{redis_url}{'&' if '?' in redis_url else '?'}db=9",
            "SCRUBBER_MAX_RUNNING_BATCHES": "1000000",
        }
    )
    workshop = open_workshop(settings, scrubber.engine)
    token = WORKSHOP.set(workshop)
    yield workshop
    WORKSHOP.reset(token)
    workshop.redis.flushdb()
    workshop.database.dispose()
    workshop.redis.close()


@pytest.fixture(scope="module")
def app(scrubber: Scrubber, workshop: Workshop) -> Flask:
    return create_app(scrubber, workshop)


def work(workshop: Workshop) -> None:
    """Do all that is queued, here."""
    queues = [open_queue(workshop.redis, name) for name in QUEUES]
    SimpleWorker(queues, connection=workshop.redis, serializer=JSONSerializer).work(
        burst=True, logging_level="ERROR"
    )


@pytest.fixture(scope="module")
def known(workshop: Workshop, app: Flask) -> Known:
    """Values that lead somewhere, for the parts of an address: by chance none would."""

    def sent(content: bytes) -> str:
        return submit(workshop, [content], tenant="default", who="test").id

    batches = [
        sent(json.dumps(EXAMPLE).encode()),
        sent(write(professional([*CLAIM, *LINE]))),
        sent(b'{"claim_id": 1}\nnot a claim\n'),
    ]
    work(workshop)
    stopped = submit(
        workshop, [json.dumps({**EXAMPLE, "claim_id": "B"}).encode()], tenant="default", who="test"
    )
    cancel(workshop, stopped, "test")
    client = app.test_client()
    until = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
    waiver = {"edit": "COV703", "payer": "05102", "reason": "agreed", "by": "Kim", "until": until}
    assert client.post("/v1/waivers", json=waiver).status_code == 201
    return {
        "batch_id": [*batches, stopped.id],
        "number": [1],
        "article_id": ["A56273", "a56273", "A99999"],
        "code": ["M54.2", "M5381", "M53", "98940", "X"],
        "edit_id": ["COV703", "cov703"],
        "rule_id": [rule["id"] for rule in client.get("/v1/payer-rules").get_json()["rules"]][:5],
        "form": ["json", "html", "csv", "xlsx", "pdf", "doc"],
    }


def lead_somewhere(case: Any, known: Known) -> None:
    """Have two of three addresses name something that is there; which, follows from the case alone."""
    for name, value in (case.path_parameters or {}).items():
        dice = zlib.crc32(f"{value}{case.query}".encode(errors="replace"))
        if dice % 3:
            case.path_parameters[name] = known[name][dice // 3 % len(known[name])]


def check(case: Any, said: Counter[tuple[str, int]]) -> None:
    response = case.call(headers={"Accept-Encoding": "identity"})  # it asks for gzip, and does not unpack it
    status = response.status_code
    said[case.operation.label, status] += 1
    form = response.headers.get("content-type", [""])[0]
    problem = response.json() if form == "application/problem+json" else None
    if status >= 400:
        assert problem is not None, "an error is a problem document"
        assert problem["status"] == status
        assert PROBLEMS[problem["type"].removeprefix(URN)].status == status
        assert problem["instance"]
    # All that is needed is configured and there, but perhaps a reference table.
    assert status < 500 or problem["type"] == f"{URN}reference-not-loaded", problem  # type: ignore[index]
    # OpenAPI 3.1 can't describe single events; the whole of them is the text that it declares.
    events = form.startswith("text/event-stream")
    case.validate_response(
        response, checks=AS_DECLARED, excluded_checks=[response_schema_conformance] if events else []
    )


def ending(operation: Any) -> tuple[bool, bool]:
    """What has batches go on, or removes them, comes after what asks about them."""
    return operation.method == "delete", operation.path.endswith("/retry")


def test_every_endpoint_answers_as_the_document_declares(
    app: Flask, workshop: Workshop, known: Known
) -> None:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    operations = sorted((found.ok() for found in schema.get_all_operations()), key=ending)
    assert len(operations) > 30
    said: Counter[tuple[str, int]] = Counter()
    for operation in operations:
        for kind in KINDS:
            if kind is KINDS[1] and not (operation.body or operation.query or operation.headers):
                continue

            @examples(
                max_examples=CASES,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(kind))
            def answers(case: Any) -> None:
                lead_somewhere(case, known)
                check(case, said)

            try:
                answers()
            except BaseException as fault:
                fault.add_note(f"{operation.label}, {kind.value} requests")
                raise
    work(workshop)
    with reading(workshop.database) as connection:
        assert not unfinished_batches(connection), "every upload comes to an end"
    print(f"{said.total()} generated requests: {dict(sorted(said.items()))}")  # noqa: T201 - for the long run
