"""Spans of requests for OpenTelemetry: a route, a status and a time. Nothing of what was sent is in them.

A span is made when its answer begins, from what the log is told as well, so that a service without tracing pays
nothing. Where it goes is said by the variables of OpenTelemetry itself (``OTEL_EXPORTER_OTLP_ENDPOINT``,
``OTEL_SERVICE_NAME``, ...). Its packages are the extra ``tracing`` of this one, and imported only here.
"""

import os
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from scrubber.settings import SettingInvalid

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Tracer

NANOSECONDS = 1_000_000_000


class Tracing:
    """Sends spans. Each process that was forked sends its own, for what sends them is a thread."""

    def __init__(self, processor: "Callable[[], SpanProcessor] | None" = None) -> None:
        """``processor`` makes what spans are given to; unless given, what sends them in the background."""
        if find_spec("opentelemetry.sdk") is None:
            raise SettingInvalid(
                "SCRUBBER_TRACING needs packages that are not installed: claim-scrubber[tracing]"
            )
        self._processor = processor or _sender
        self._tracers: dict[int, Tracer] = {}

    def answered(
        self, environ: Mapping[str, Any], method: str, route: str, status: int, seconds: float
    ) -> None:
        """Tell of a request whose answer begins now, within the trace that its ``traceparent`` header names."""
        from opentelemetry.trace import SpanKind  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        now = time.time_ns()
        span = self._tracer().start_span(
            f"{method} {route}",
            context=TraceContextTextMapPropagator().extract(
                {"traceparent": environ.get("HTTP_TRACEPARENT", "")}
            ),
            kind=SpanKind.SERVER,
            attributes={
                "http.request.method": method,
                "http.route": route,
                "http.response.status_code": status,
            },
            start_time=now - int(seconds * NANOSECONDS),
        )
        span.end(now)

    def _tracer(self) -> "Tracer":
        process = os.getpid()
        if process not in self._tracers:
            from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415

            provider = TracerProvider()
            provider.add_span_processor(self._processor())
            self._tracers[process] = provider.get_tracer("scrubber.api")
        return self._tracers[process]


def _sender() -> "SpanProcessor":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    return BatchSpanProcessor(OTLPSpanExporter())
