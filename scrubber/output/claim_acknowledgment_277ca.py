"""The claim acknowledgment (277CA, 005010X214): claim by claim whether it goes on, from the results of scrubbing.

For each transaction of claims one in the answer, in groups as they were received. A transaction the 999 rejects has
none: it says all there is to say. Of a claim:

* faults of its structure, or of a level above it: A3 with 684, which points to the 999;
* it could not be read: A3 with 481;
* a finding that rejects: the status of its edit (``claim_status``), up to three of them;
* findings that deny or are for review: accepted (A2), and beside that A1 with the codes of the hardest two;
* nothing of that: accepted (A2).

The claims of a transaction are kept until its end, for their totals stand before them.

Source: X12 TR3 005010X214, in the public form of the validator pyx12.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from scrubber.output.claim_status import ACCEPTED, FAULTY, OF_EDIT, OTHER, RECEIVED, UNREADABLE, Status
from scrubber.output.received import (
    Claim,
    End,
    Event,
    Fault,
    Group,
    Interchange,
    Party,
    Transaction,
    Verdict,
)
from scrubber.output.segments import Answer, Reply
from scrubber.rule import INFO, REJECT, SEVERITY_RANK

GUIDE = "005010X214"
MOST_STATUSES = 3
"""Of one STC segment."""
NO_DAY = "19000101"
"""Of a claim without any service date that can be read: the guide wants one, and nobody takes this for one."""


def write_277ca(events: Iterable[Event], reply: Reply) -> Iterator[bytes]:
    """The segments of the 277CAs for what was received, one interchange for each of those received with claims."""
    answer: Answer | None = None
    group: Group | None = None
    interchanges = groups = 0
    open_group = False
    verdict = Verdict()
    claims: list[_Judged] = []
    for event in events:
        match event:
            case Interchange():
                answer = Answer(event, reply, interchanges)
                interchanges += 1
            case Group():
                group = event
            case Transaction():
                verdict = Verdict()
                claims = []
            case Fault():
                verdict.take(event)
            case Claim():
                verdict.take(event)
                claims.append(_Judged(replace(event, result=None), *statuses(event)))
            case End(of="transaction") if answer and group and claims and verdict.code != "R":
                if not open_group:
                    yield from answer.begin_group(group, "HN", GUIDE, groups)
                    groups += 1
                    open_group = True
                yield from _transaction(answer, claims)
                claims = []
            case End(of="group") if answer:
                if open_group:
                    yield answer.end_group()
                open_group = False
                group = None
            case End(of="interchange") if answer:
                yield from answer.end()
                answer = None
            case _:
                pass


class _Judged(Struct, frozen=True):
    """A claim with what is told of it; its result, much larger, is done with."""

    claim: Claim
    accepted: bool
    statuses: tuple[Status, ...]


def statuses(claim: Claim) -> tuple[bool, tuple[Status, ...]]:
    """Whether a claim is accepted, and what is told of it."""
    if claim.faulty:
        return False, (FAULTY,)
    if claim.result is None:
        return False, UNREADABLE
    findings = sorted(claim.result.findings, key=lambda finding: SEVERITY_RANK[finding.severity])
    if findings and findings[0].severity == REJECT:
        told = [OF_EDIT.get(found.edit, OTHER) for found in findings if found.severity == REJECT]
        return False, _first(status for each in told for status in each)
    warnings = [OF_EDIT.get(found.edit, OTHER) for found in findings if found.severity != INFO]
    return True, _first([ACCEPTED, *(("A1", *status[1:]) for each in warnings for status in each)])


def _first(told: Iterable[Status]) -> tuple[Status, ...]:
    return tuple(dict.fromkeys(told))[:MOST_STATUSES]


def _transaction(answer: Answer, claims: Sequence[_Judged]) -> Iterator[bytes]:
    segment, party, reference = answer.segment, _party, answer.number.lstrip("0")
    first = claims[0].claim
    day = f"{answer.reply.at:%Y%m%d}"
    charges = _amount(_charges(claims))
    yield answer.begin_transaction("277", GUIDE)
    reference = f"{reference}-{answer.groups}-{answer.transactions}"
    yield segment("BHT", "0085", "08", reference, day, f"{answer.reply.at:%H%M}", "TH")
    yield segment("HL", "1", "", "20", "1")
    yield segment("NM1", "PR", "2", *party(answer, first.payer)[1:])
    yield segment("TRN", "1", reference)
    yield segment("DTP", "050", "D8", day)
    yield segment("DTP", "009", "D8", day)
    yield segment("HL", "2", "1", "21", "1")
    yield segment("NM1", "41", *party(answer, first.submitter))
    yield segment("TRN", "2", answer.exact(first.submission, 50) or "0")
    yield segment("STC", RECEIVED, day, "WQ", charges)
    yield from _totals(answer, claims, "90", "AA")
    level = 2
    for billing, below in groupby(claims, lambda judged: judged.claim.billing):
        level += 1
        provider, here = level, list(below)
        charges = _amount(_charges(here))
        yield segment("HL", str(provider), "2", "19", "1")
        yield segment("NM1", "85", *party(answer, billing))
        yield segment("TRN", "1", "0")
        yield segment("STC", RECEIVED, "", "WQ", charges)
        yield from _totals(answer, here, "QA", "QC")
        for judged in here:
            level += 1
            yield segment("HL", str(level), str(provider), "PT")
            yield from _claim(answer, judged, day)
    yield answer.end_transaction()


def _claim(answer: Answer, judged: _Judged, day: str) -> Iterator[bytes]:
    segment, claim = answer.segment, judged.claim
    first, *further = judged.statuses
    yield segment("NM1", "QC", "1", *_party(answer, claim.patient)[1:])
    yield segment("TRN", "2", answer.exact(claim.claim_id, 50) or "0")
    amount = _amount(claim.charge or Decimal(0))
    yield segment("STC", first, day, "WQ" if judged.accepted else "U", amount, "", "", "", "", "", *further)
    if trace := answer.exact(claim.trace, 50):
        yield segment("REF", "D9", trace)
    yield segment("DTP", "472", *_days(claim.first_day, claim.last_day))


def _totals(answer: Answer, claims: Sequence[_Judged], accepted: str, rejected: str) -> Iterator[bytes]:
    """The numbers and the charges of the claims that are accepted and of those that are not; none of nothing."""
    kinds = [
        (accepted, "YU", [judged for judged in claims if judged.accepted]),
        (rejected, "YY", [judged for judged in claims if not judged.accepted]),
    ]
    for quantity, _, of_kind in kinds:
        if of_kind:
            yield answer.segment("QTY", quantity, str(len(of_kind)))
    for _, amount, of_kind in kinds:
        if of_kind:
            yield answer.segment("AMT", amount, _amount(_charges(of_kind)))


def _charges(claims: Iterable[_Judged]) -> Decimal:
    return sum((judged.claim.charge or Decimal(0) for judged in claims), Decimal(0))


def _party(answer: Answer, party: Party) -> tuple[str, ...]:
    """NM102 to NM109; a name that is not known is told as such, for the guide wants one."""
    clean = answer.clean
    id_ = answer.exact(party.id, 80)
    return (
        "1" if party.person else "2",
        clean(party.name, 60) or "UNKNOWN",
        clean(party.first, 35) if party.person else "",
        clean(party.middle, 25) if party.person else "",
        "",
        "",
        answer.exact(party.qualifier, 2) if id_ else "",
        id_ if party.qualifier else "",
    )


def _days(first: date | None, last: date | None) -> tuple[str, str]:
    if first is None:
        return "D8", NO_DAY
    if last is None or last == first:
        return "D8", f"{first:%Y%m%d}"
    return "RD8", f"{first:%Y%m%d}-{last:%Y%m%d}"


def _amount(amount: Decimal) -> str:
    """``45.00`` → ``45``."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
