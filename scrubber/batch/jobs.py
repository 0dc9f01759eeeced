"""What RQ calls, by name and with numbers alone: the steps of a batch, and learning, in the workshop of the worker."""

import gc
import logging
from collections.abc import Callable

from scrubber.batch.calibration import learn
from scrubber.batch.callback import tell_ending
from scrubber.batch.chunk import work_chunk
from scrubber.batch.merge import merge_batch
from scrubber.batch.split import split_batch
from scrubber.batch.workshop import WORKSHOP
from scrubber.faults import where

_LOG = logging.getLogger("scrubber.batch")


class StepFailed(Exception):
    """A step of a batch failed. The message names the kind of fault; its text may quote a claim, and RQ keeps it."""


def split(number: int) -> None:
    """Cut a batch into chunks."""
    _do(split_batch, number)


def scrub_chunks(number: int, *chunks: int) -> None:
    """Scrub chunks of a batch, one after the other."""
    for chunk in chunks:
        _do(work_chunk, number, chunk)
        gc.collect()


def merge(number: int) -> None:
    """Finish a batch."""
    _do(merge_batch, number)


def call_back(number: int) -> None:
    """Tell who asked for it how a batch ended."""
    _do(tell_ending, number)


def calibrate(remittance: int, anew: int) -> None:
    """Learn denial rates for the tenant of a remittance."""
    _do(learn, remittance, anew)


def _do(step: Callable[..., None], *numbers: int) -> None:
    try:
        step(WORKSHOP.get(), *numbers)
    except Exception as fault:
        fields = {"job": list(numbers), "fault": type(fault).__name__, "at": where(fault)}
        _LOG.error("a step of a batch failed", extra={"fields": fields})
        raise StepFailed(type(fault).__name__) from None
