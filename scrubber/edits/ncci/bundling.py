"""Which lines of a claim are a code pair of Medicare's: the look that PTP601 and PTP602 share."""

from collections.abc import Iterator
from datetime import date
from itertools import combinations
from typing import NamedTuple

from scrubber.claim import Claim, ServiceLine
from scrubber.edits.ncci.services import billed_lines, rendering_npi, shared_day, unanswered
from scrubber.reference import Snapshot
from scrubber.reference.ncci import Pair
from scrubber.rule import Unevaluated


class Bundled(NamedTuple):
    """Two lines that are a pair in force on a day: the line of the column one code and that of the column two code."""

    paid_number: int
    paid: ServiceLine
    number: int
    line: ServiceLine
    pair: Pair
    on: date


def may_be_bundled(claim: Claim, reference: Snapshot) -> bool:
    """Whether any two procedures of the claim were ever a pair, or the table can't tell."""
    ptp = reference.ptp
    if ptp is None:
        return True
    procedures = frozenset([line.procedure for line in claim.lines])
    if len(procedures) < 2:
        return False
    if ptp.ever_paired(procedures):
        return True
    complete_from = ptp.complete_from
    if complete_from is not None and all(line.service_date >= complete_from for line in claim.lines):
        return False
    return not all(ptp.answers(line.service_date, line.procedure) for line in claim.lines)


def bundled_lines(claim: Claim, reference: Snapshot) -> Iterator[Bundled]:
    """The pairs among the lines of one provider and day, in the order of their lines, in whichever order billed."""
    ptp = reference.ptp
    if ptp is None:
        return
    paired = ptp.ever_paired(frozenset([line.procedure for line in claim.lines]))
    if not paired:
        return
    for (number, line), (other_number, other) in combinations(billed_lines(claim), 2):
        one, two = line.procedure, other.procedure
        if ((one, two) if one < two else (two, one)) not in paired:
            continue
        on = shared_day(line, other)
        if on is None or rendering_npi(claim, line) != rendering_npi(claim, other):
            continue
        pair = ptp.pair(one, two, on)
        if pair is not None:
            if pair.column_one == one:
                yield Bundled(number, line, other_number, other, pair, on)
            else:
                yield Bundled(other_number, other, number, line, pair, on)


def pairs_unanswered(claim: Claim, reference: Snapshot) -> Iterator[Unevaluated]:
    """What the table can't tell of the procedures that share a day and a provider with another."""
    ptp = reference.ptp
    if ptp is None:
        return
    together: dict[tuple[date, str | None], dict[str, None]] = {}
    for _, line in billed_lines(claim):
        together.setdefault((line.service_date, rendering_npi(claim, line)), {})[line.procedure] = None
    yield from unanswered(
        ptp,
        (
            (procedure, on)
            for (on, _), procedures in together.items()
            if len(procedures) > 1
            for procedure in procedures
        ),
    )
