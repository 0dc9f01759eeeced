"""``/metrics``: what the service has done and what state it is in, for Prometheus. Codes and numbers only.

What requests do is counted where they are answered. With several worker processes each keeps its counts in a file of
its own, and whichever is asked adds them up: ``PROMETHEUS_MULTIPROC_DIR``, which docker/gunicorn.conf.py sets. What
batches did is counted in Redis (batch/tally.py), and the state of queues and batches is looked up when asked.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache

from flask import Response
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from redis.exceptions import RedisError
from rq.worker_registration import get_keys
from sqlalchemy.exc import SQLAlchemyError

from scrubber import __version__
from scrubber.api.routes import Blueprint, add_route
from scrubber.batch.queues import QUEUES, open_queue
from scrubber.batch.tally import read_tally
from scrubber.batch.workshop import Workshop
from scrubber.bootstrap import Scrubber
from scrubber.engine import Result
from scrubber.reference.snapshot import newest_editions
from scrubber.store.batches import batches_by_state
from scrubber.store.database import reading

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
"""Upper bounds of the histogram of requests: a scrub takes a millisecond, a report seconds, an upload minutes."""


class Metrics:
    """What the requests of this process are counted in."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        requests = Counter(
            "scrubber_http_requests",
            "Requests answered, by route and status.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        seconds = Histogram(
            "scrubber_http_request_seconds",
            "Seconds until an answer began, by route.",
            ("method", "route"),
            buckets=SECONDS,
            registry=self.registry,
        )
        claims = Counter(
            "scrubber_claims_scrubbed",
            "Claims scrubbed one at a time, by disposition.",
            ("disposition",),
            registry=self.registry,
        )
        findings = Counter(
            "scrubber_findings",
            "Findings of claims scrubbed one at a time, by edit and severity.",
            ("edit", "severity"),
            registry=self.registry,
        )
        # Finding a count by its labels takes a lock and makes texts of them: once for each is enough. There are as many
        # as routes, edits and their like, and prometheus_client keeps them as well.
        self._requests, self._seconds = cache(requests.labels), cache(seconds.labels)
        self._claims, self._findings = cache(claims.labels), cache(findings.labels)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request. ``route`` is the template of its address, never the address."""
        self._requests(method, route, status).inc()
        self._seconds(method, route).observe(seconds)

    def scrubbed(self, result: Result) -> None:
        """Count a claim."""
        self._claims(result.disposition).inc()
        for finding in result.findings:
            self._findings(finding.edit, finding.severity).inc()

    def together(self) -> CollectorRegistry:
        """The counts of all processes."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return self.registry
        all_processes = CollectorRegistry()
        MultiProcessCollector(all_processes)  # type: ignore[no-untyped-call]
        return all_processes


class _State:
    """What is looked up when it is asked for; a collector as prometheus_client has them."""

    def __init__(self, scrubber: Scrubber, workshop: Workshop | None) -> None:
        self.scrubber = scrubber
        self.workshop = workshop

    def collect(self) -> Iterator[Metric]:
        """The metrics. Of what does not answer there are none, and ``scrubber_up`` of it is 0."""
        yield from _program(self.scrubber)
        if self.workshop is None:
            return
        up = GaugeMetricFamily("scrubber_up", "Whether what batches depend on answers.", labels=["what"])
        for what, state, fault in (
            ("redis", _queues, RedisError),
            ("database", _batches, SQLAlchemyError),
        ):
            try:
                told = list(state(self.workshop))
            except fault:
                up.add_metric([what], 0)
            else:
                up.add_metric([what], 1)
                yield from told
        yield up


def _program(scrubber: Scrubber) -> Iterator[Metric]:
    info = GaugeMetricFamily(
        "scrubber_info", "What is running; always 1.", labels=["version", "ruleset", "reference"]
    )
    info.add_metric([__version__, scrubber.engine.ruleset, scrubber.reference.digest], 1)
    yield info
    today = datetime.now(UTC).date()
    ages = GaugeMetricFamily(
        "scrubber_reference_age_days",
        "Days since the newest edition of a reference table came into force.",
        labels=["table"],
    )
    for table, edition in newest_editions(scrubber.reference).items():
        ages.add_metric([table], (today - edition.effective).days)
    yield ages


def _queues(workshop: Workshop) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("scrubber_jobs_waiting", "Jobs that wait for a worker.", labels=["queue"])
    running = GaugeMetricFamily("scrubber_jobs_running", "Jobs that a worker is at.", labels=["queue"])
    failed = GaugeMetricFamily("scrubber_jobs_failed", "Jobs given up in the last day.", labels=["queue"])
    for name in QUEUES:
        queue = open_queue(workshop.redis, name)
        waiting.add_metric([name], queue.count)
        running.add_metric([name], queue.started_job_registry.get_job_count(cleanup=False))
        failed.add_metric([name], queue.failed_job_registry.get_job_count(cleanup=False))
    keys: Iterable[str] = get_keys(connection=workshop.redis)
    alive = workshop.redis.exists(*keys) if keys else 0
    yield from (waiting, running, failed)
    yield GaugeMetricFamily("scrubber_workers_alive", "Batch workers that are alive.", value=alive)
    yield from _done(workshop)


def _done(workshop: Workshop) -> Iterator[Metric]:
    claims = CounterMetricFamily(
        "scrubber_batch_claims", "Records of batches worked on, by disposition.", labels=["disposition"]
    )
    findings = CounterMetricFamily(
        "scrubber_batch_findings", "Findings in batches, by edit and severity.", labels=["edit", "severity"]
    )
    tally = read_tally(workshop.redis)
    for (what, *labels), number in sorted(tally.items()):
        if what == "claims":
            claims.add_metric(labels, number)
        elif what == "findings":
            findings.add_metric(labels, number)
    yield from (claims, findings)
    yield SummaryMetricFamily(
        "scrubber_batch_chunk_seconds",
        "Seconds that workers took for the chunks of batches.",
        count_value=tally.get(("chunks",), 0),
        sum_value=tally.get(("chunk_ms",), 0) / 1000,
    )


def _batches(workshop: Workshop) -> Iterator[Metric]:
    batches = GaugeMetricFamily("scrubber_batches", "Batches that are kept, by state.", labels=["state"])
    with reading(workshop.database) as connection:
        for state, number in batches_by_state(connection).items():
            batches.add_metric([state], number)
    yield batches


def metrics_blueprint(scrubber: Scrubber, workshop: Workshop | None, metrics: Metrics) -> Blueprint:
    """The route that Prometheus asks."""
    blueprint = Blueprint("metrics", __name__, description="Metrics")
    state = CollectorRegistry()
    state.register(_State(scrubber, workshop))

    def show_metrics() -> Response:
        """Show what the service has done and what state it is in, as Prometheus reads it.

        No claim, no tenant and no address is in it: routes, edits, dispositions, queues and numbers are.
        """
        return Response(
            generate_latest(metrics.together()) + generate_latest(state), content_type=CONTENT_TYPE
        )

    add_route(
        blueprint,
        "/metrics",
        show_metrics,
        returns=None,
        content={"text/plain": {"schema": {"type": "string"}}},
    )
    return blueprint
