"""The records of a chunk → what is kept of them: their results, and the rows these are found and counted by."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice

import msgspec

from scrubber.batch.rows import (
    claim_row,
    finding_rows,
    history_row,
    unevaluated_row,
    unreadable_row,
)
from scrubber.edits.duplicates import claim_already_scrubbed_or_paid, claim_repeated_in_batch
from scrubber.edits.global_period import service_inside_global_period
from scrubber.engine import Engine, ReferenceUsed, Result, scrub
from scrubber.intake.record import UNREADABLE, Received, Unreadable
from scrubber.rule import Later
from scrubber.store.hashing import Keyed
from scrubber.store.results import ChunkResults
from scrubber.store.tables import BatchKey

LOOKED_FOR_AT_ONCE = frozenset(
    {claim_repeated_in_batch.id, claim_already_scrubbed_or_paid.id, service_inside_global_period.id}
)
"""Edits whose findings the merge asks the database for, of all claims of a chunk at once."""

READ_AT_ONCE = 256
"""Records. Read and scrubbed one by one they take a tenth longer: each step drives the other out of the caches."""


def scrubbed(
    engine: Engine, readings: Iterator[Received | Unreadable], batch: BatchKey, first: int, keyed: Keyed
) -> tuple[ChunkResults, dict[str, int]]:
    """What is kept of records, the first of which has the ordinal ``first``; and how many there are by disposition."""
    ending = result_ending(engine)
    encode = msgspec.json.Encoder().encode
    kept = ChunkResults(lines=[], ending=ending, claims=[], findings=[], history=[], unevaluated=[])
    counts: Counter[str] = Counter()
    unevaluated: dict[bytes, str] = {}
    later = Later()
    for ordinal, record in enumerate(_read_ahead(readings), first):
        later.edits.clear()
        result = record if isinstance(record, Unreadable) else _result(engine, record, later)
        if isinstance(record, Unreadable) or isinstance(result, Unreadable):
            counts[UNREADABLE] += 1
            kept.lines.append(encode(result))
            kept.claims.append((*batch, ordinal, *unreadable_row(result.claim_id)))
            continue
        claim = record.claim
        counts[result.disposition] += 1
        kept.lines.append(encode(result).removesuffix(ending))
        digest, edits = unevaluated_row(result)
        if digest is not None:
            unevaluated[digest] = edits
        kept.claims.append((*batch, ordinal, *claim_row(claim, result, digest, keyed)))
        for position, found_by in enumerate(finding_rows(claim, result)):
            kept.findings.append((*batch, ordinal, position, *found_by))
        awaits = [edit for edit in dict.fromkeys(later.edits) if edit not in LOOKED_FOR_AT_ONCE]
        if (whose := history_row(claim, engine.reference, awaits, keyed)) is not None:
            kept.history.append((*batch, ordinal, *whose))
    kept.unevaluated.extend((*batch, digest, edits) for digest, edits in unevaluated.items())
    return kept, counts


def _read_ahead(readings: Iterator[Received | Unreadable]) -> Iterator[Received | Unreadable]:
    while read := list(islice(readings, READ_AT_ONCE)):
        yield from read


def result_ending(engine: Engine) -> bytes:
    """What every result of an engine ends with: the ruleset and the reference data it was made with."""
    told = msgspec.json.encode({"ruleset": engine.ruleset, "reference": engine.used, "explanation": None})
    return b"," + told.removeprefix(b"{")


class Ending(msgspec.Struct, frozen=True):
    """What ``result_ending`` tells."""

    ruleset: str
    reference: ReferenceUsed


def read_ending(ending: bytes) -> Ending:
    """The ending of results, read again."""
    return msgspec.json.decode(b"{" + ending[1:], type=Ending)


def _result(engine: Engine, record: Received, later: Later) -> Result | Unreadable:
    try:
        # What was billed before is looked at when all claims of the batch are there (merge).
        return scrub(engine, record.claim, record.locate, later)
    except Exception as fault:  # one claim must not cost the others theirs
        return Unreadable(
            place=record.place,
            message=f"This claim could not be scrubbed, by a fault of the program ({type(fault).__name__}).",
            claim_id=record.claim.claim_id,
        )
