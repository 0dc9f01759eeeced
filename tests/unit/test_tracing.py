from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from scrubber.api import tracing
from scrubber.api.app import create_app
from scrubber.api.metrics import Metrics
from scrubber.api.request_log import frame_requests
from scrubber.api.tracing import Tracing
from scrubber.bootstrap import build
from scrubber.engine import Engine
from scrubber.settings import SettingInvalid, Settings

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def sent() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    yield exporter
    exporter.shutdown()


def test_a_request_is_a_span_of_its_route(sent: InMemorySpanExporter) -> None:
    app = Flask("traced")

    @app.get("/v1/batches/<batch_id>")
    def show(batch_id: str) -> str:
        return batch_id

    frame_requests(app, {}, Metrics(), Tracing(lambda: SimpleSpanProcessor(sent)))
    client = app.test_client()
    client.get("/v1/batches/MARK?payer=MARK", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    client.get("/MARK")
    spans = sent.get_finished_spans()
    first, second = spans
    assert (first.name, first.kind) == ("GET /v1/batches/<batch_id>", SpanKind.SERVER)
    assert dict(first.attributes or {}) == {
        "http.request.method": "GET",
        "http.route": "/v1/batches/<batch_id>",
        "http.response.status_code": 200,
    }
    assert f"{first.context.trace_id:032x}" == TRACE
    assert first.start_time is not None
    assert first.end_time is not None
    assert 0 < first.end_time - first.start_time < 10**10
    assert second.name == "GET none"
    assert f"{second.context.trace_id:032x}" != TRACE
    assert not [span for span in spans if "MARK" in span.to_json()]


def test_it_is_asked_for_and_told_where_it_can_not_be_had(
    settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    scrubber = build(settings)
    create_app(replace(scrubber, settings=replace(settings, tracing=True)))
    monkeypatch.setattr(tracing, "find_spec", lambda _name: None)
    create_app(scrubber)
    with pytest.raises(SettingInvalid, match=r"claim-scrubber\[tracing\]"):
        create_app(replace(scrubber, settings=replace(settings, tracing=True)))
