"""What the scrubber had said of claims of batches, read back for the decisions on them."""

from collections.abc import Collection, Iterator
from itertools import groupby
from typing import NamedTuple

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from scrubber.store.results import done_chunks, kept_lines
from scrubber.store.tables import CLAIMS, FINDINGS, BatchKey, of_batch

INFO = "info"


class SaidFinding(NamedTuple):
    """A finding for a hold or a review that nobody waived; ``line`` None where it concerns the claim."""

    line: int | None
    edit: str
    severity: str
    carc: str | None


class Said(NamedTuple):
    """The findings of a claim, and the probability of a denial: of the claim, and of each line (counted from 1)."""

    findings: list[SaidFinding]
    probability: float | None
    lines: dict[int, float]


class _Line(Struct):
    line: int
    probability: float


class _Risk(Struct):
    lines: list[_Line] = []


class _Result(Struct):
    denial_risk: _Risk | None = None


def said_of(
    connection: Connection, tenant: str, claims: Collection[tuple[int, int]]
) -> dict[tuple[int, int], Said]:
    """What was said of claims of a tenant, each by batch and ordinal."""
    said: dict[tuple[int, int], Said] = {}
    for number, group in groupby(sorted(claims), key=lambda claim: claim[0]):
        batch = BatchKey(tenant, number)
        ordinals = [ordinal for _, ordinal in group]
        here = (of_batch(CLAIMS, batch), CLAIMS.c.ordinal.in_(ordinals))
        for ordinal, probability in connection.execute(
            select(CLAIMS.c.ordinal, CLAIMS.c.probability).where(*here)
        ):
            said[number, ordinal] = Said([], probability, {})
        query = select(
            FINDINGS.c.ordinal, FINDINGS.c.line, FINDINGS.c.edit, FINDINGS.c.severity, FINDINGS.c.carc
        ).where(
            of_batch(FINDINGS, batch),
            FINDINGS.c.ordinal.in_(ordinals),
            FINDINGS.c.waiver.is_(None),
            FINDINGS.c.severity != INFO,
        )
        for ordinal, *finding in connection.execute(query.order_by(FINDINGS.c.ordinal, FINDINGS.c.position)):
            said[number, ordinal].findings.append(SaidFinding(*finding))
        for ordinal, risk in _risks(connection, batch, ordinals):
            said[number, ordinal].lines.update({line.line: line.probability for line in risk.lines})
    return said


def _risks(connection: Connection, batch: BatchKey, ordinals: list[int]) -> Iterator[tuple[int, _Risk]]:
    """The risks in the results of a batch at these ordinals, which are in order. Each chunk is unpacked once."""
    for chunk in done_chunks(connection, batch, ordinals[0] - 1):
        wanted = [ordinal for ordinal in ordinals if chunk.first <= ordinal < chunk.end]
        if not wanted:
            continue
        lines, _ = kept_lines(connection, batch, chunk.chunk)
        for ordinal in wanted:
            line = lines[ordinal - chunk.first]
            # A result is kept without what all results of its chunk end with.
            result = msgspec.json.decode(line if line.endswith(b"}") else line + b"}", type=_Result)
            if result.denial_risk is not None:
                yield ordinal, result.denial_risk
