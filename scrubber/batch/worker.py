"""The worker: RQ's own, with the workshop built before the fork, and looking now and then for lost work."""

import gc
import logging
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, TypeAlias

from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy.exc import SQLAlchemyError

from scrubber.batch import jobs
from scrubber.batch.chunk import holder
from scrubber.batch.queues import QUEUES, open_queue
from scrubber.batch.recover import purge_old, recover
from scrubber.batch.workshop import WORKSHOP, Workshop
from scrubber.engine import Engine
from scrubber.store.batches import batch_by_number, release_chunks_of
from scrubber.store.database import writing

LOOK_SECONDS: Final = 5
"""How often a worker looks for work that nobody has queued."""

WATCH_SECONDS: Final = 5
"""How often a worker tells that it is alive while a job runs."""

PURGE_EVERY: Final = timedelta(hours=1)

Renewed: TypeAlias = Callable[[bool], Engine | None]
"""Gives the engine of another reference snapshot if there is one, and looks closely if told to; None where not."""

_LOG = logging.getLogger("scrubber.batch")


class BatchWorker(Worker):
    """An RQ worker that gives its jobs the workshop, and recovers batches between them."""

    log_job_description = False

    def __init__(self, workshop: Workshop, renewed: Renewed, **options: Any) -> None:
        super().__init__(
            [open_queue(workshop.redis, name) for name in QUEUES],
            connection=workshop.redis,
            serializer=JSONSerializer,
            maintenance_interval=LOOK_SECONDS,
            # It waits for a job 15 seconds less than its time to live, and looks for lost work after that.
            worker_ttl=15 + LOOK_SECONDS,
            job_monitoring_interval=WATCH_SECONDS,
            work_horse_killed_handler=_give_up,
            **options,
        )
        self.workshop = workshop
        self.renewed = renewed
        self.told_to_renew = False
        self.purge_next = workshop.now()

    def run_maintenance_tasks(self) -> None:
        """RQ's own, then queue what nobody has queued, and purge what is too old."""
        super().run_maintenance_tasks()  # type: ignore[no-untyped-call]
        self.renew()
        try:
            recover(self.workshop)
            now = self.workshop.now()
            if self.workshop.settings.retention_days and now >= self.purge_next:
                self.purge_next = now + PURGE_EVERY
                purge_old(self.workshop, timedelta(days=self.workshop.settings.retention_days))
        except (SQLAlchemyError, OSError) as fault:
            _LOG.warning("looking for lost work failed", extra={"fields": {"fault": type(fault).__name__}})

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run a job in a process forked for it, with the reference snapshot that is current as it begins."""
        self.renew()
        super().execute_job(job, queue)

    def renew(self) -> None:
        """Take another reference snapshot where there is one, or where SIGHUP asked to look."""
        told, self.told_to_renew = self.told_to_renew, False
        engine = self.renewed(told)
        if engine is not None:
            gc.unfreeze()
            self.workshop = replace(self.workshop, engine=engine)
            WORKSHOP.set(self.workshop)
            _freeze()

    def _install_signal_handlers(self) -> None:
        super()._install_signal_handlers()  # type: ignore[no-untyped-call]
        signal.signal(signal.SIGHUP, self._hang_up)

    def _hang_up(self, _signal: int, _frame: Any) -> None:
        self.told_to_renew = True

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """Run a job in the forked process, which must not use its parent's database connections."""
        self.workshop.database.dispose(close=False)
        # A chunk makes no cycles to speak of; the collector would take a fifth of the time. It runs between chunks.
        gc.disable()
        super().main_work_horse(job, queue)


def run_worker(workshop: Workshop, renewed: Renewed, *, burst: bool = False) -> None:
    """Work until told to stop (SIGTERM, SIGINT: the job at hand is finished first), or with ``burst`` until idle."""
    token = WORKSHOP.set(workshop)
    try:
        recover(workshop)
        _freeze()
        BatchWorker(workshop, renewed).work(burst=burst, with_scheduler=True, logging_level="WARNING")
    finally:
        WORKSHOP.reset(token)


def _freeze() -> None:
    """What is built by now is shared with every job's process: the collector must not walk, and so copy, it."""
    gc.collect()
    gc.freeze()


def _give_up(job: Job, process: int, _status: int, _usage: Any) -> None:
    """Let go of the chunk that a process died over, so that it is tried again at once."""
    if job.func_name == f"{jobs.__name__}.{jobs.scrub_chunks.__name__}":
        with writing(WORKSHOP.get().database) as connection:
            if batch := batch_by_number(connection, job.args[0]):
                release_chunks_of(connection, batch.key, holder(process))
