"""Which lines of a claim are a code pair of Medicare's: the look that PTP601 and PTP602 share."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from scrubber.claim import Claim, ServiceLine
from scrubber.edits.ncci.severity import has_own_tables
from scrubber.edits.services import billed_lines, rendering_npi, shared_day, unanswered
from scrubber.reference import Snapshot
from scrubber.reference.ncci import Pair, Pairs
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
    procedures = _procedures(claim)
    return ptp is None or (
        len(procedures) > 1
        and (
            bool(ptp.ever_paired(procedures))
            or _some_unanswered(claim, ptp)
            or has_own_tables(claim, reference)
        )
    )


def may_be_inseparable(claim: Claim, reference: Snapshot) -> bool:
    """Whether any two procedures were ever a pair that no modifier tells apart, or the table can't tell."""
    ptp = reference.ptp
    procedures = _procedures(claim)
    return ptp is None or (
        len(procedures) > 1
        and (
            ptp.ever_inseparable(procedures)
            or _some_unanswered(claim, ptp)
            or has_own_tables(claim, reference)
        )
    )


def bundled_lines(claim: Claim, reference: Snapshot) -> Iterator[Bundled]:
    """The pairs among the lines of one provider and day, in the order of their lines, in whichever order billed."""
    ptp = reference.ptp
    if ptp is None:
        return
    billed: dict[str, list[tuple[int, ServiceLine]]] = {}
    for number, line in billed_lines(claim):
        billed.setdefault(line.procedure, []).append((number, line))
    together = [
        (one, other) if one[0] < other[0] else (other, one)
        for lower, higher in ptp.ever_paired(frozenset(billed))
        for one in billed[lower]
        for other in billed[higher]
    ]
    for (number, line), (other_number, other) in sorted(together, key=_line_numbers):
        on = shared_day(line, other)
        if on is None or not _same_provider(claim, line, other):
            continue
        pair = ptp.pair(line.procedure, other.procedure, on)
        if pair is not None:
            if pair.column_one == line.procedure:
                yield Bundled(number, line, other_number, other, pair, on)
            else:
                yield Bundled(other_number, other, number, line, pair, on)


def _procedures(claim: Claim) -> frozenset[str]:
    return frozenset([line.procedure for line in claim.lines])


def _some_unanswered(claim: Claim, ptp: Pairs) -> bool:
    for line in claim.lines:  # noqa: SIM110 - asked of every claim: a generator costs more than the question
        if not ptp.answers(line.service_date, line.procedure):
            return True
    return False


def _same_provider(claim: Claim, line: ServiceLine, other: ServiceLine) -> bool:
    if line.rendering_provider is None and other.rendering_provider is None:
        return True
    return rendering_npi(claim, line) == rendering_npi(claim, other)


def _line_numbers(together: tuple[tuple[int, ServiceLine], tuple[int, ServiceLine]]) -> tuple[int, int]:
    return together[0][0], together[1][0]


def pairs_unanswered(claim: Claim, reference: Snapshot) -> Iterator[Unevaluated]:
    """What the table can't tell of the procedures that share a day and a provider with another."""
    ptp = reference.ptp
    if ptp is None or not _some_unanswered(claim, ptp):
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
