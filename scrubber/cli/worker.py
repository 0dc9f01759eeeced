"""``scrubber worker``: scrub batches."""

import logging
import os
import signal

import click

from scrubber.batch.worker import run_worker
from scrubber.bootstrap import Renewal, build, open_workshop
from scrubber.engine import Engine
from scrubber.log import configure_logging
from scrubber.settings import Settings

_LOG = logging.getLogger("scrubber.batch")


@click.command()
@click.option("--burst", is_flag=True, help="Stop when nothing is left to do.")
def worker(burst: bool) -> None:
    """Work on batches until told to stop: SIGTERM or Ctrl-C, after the chunk at hand; again, at once.

    SIGHUP has it look for a new reference snapshot and changed payer rules; it notices them by itself, too.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until the worker runs: what it opens now is current
    configure_logging("rq")
    settings = Settings.read(os.environ)
    if settings.redis_url is None:
        raise click.ClickException(
            "SCRUBBER_REDIS_URL names no Redis to take jobs from; `scrubber serve --embedded` brings both"
        )
    scrubber = build(settings, tell=_LOG.info, verify=True)
    workshop = open_workshop(settings, scrubber.engine)
    fields = {"ruleset": scrubber.engine.ruleset, "reference": scrubber.reference.digest}
    _LOG.info("worker started", extra={"fields": fields})
    renewal = Renewal(scrubber)

    def renewed(told: bool) -> Engine | None:
        return renewal.scrubber.engine if (renewal.due() or told) and renewal.renew() else None

    run_worker(workshop, renewed, burst=burst)
