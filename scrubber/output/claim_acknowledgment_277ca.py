"""The claim acknowledgment (277CA, 005010X214): claim by claim whether it goes on, from the results of scrubbing.

For each transaction of claims one in the answer, in groups as they were received. A transaction the 999 rejects has
none: it says all there is to say. Of a claim:

* faults of its structure, or of a level above it: A3 with 684, which points to the 999;
* it could not be read: A3 with 481;
* a finding that rejects: the status of its edit (``claim_status``), up to three of them;
* findings that deny or are for review: accepted (A2), and beside that A1 with the codes of the hardest two;
* nothing of that: accepted (A2).

The totals of a transaction stand before its claims, so what is told of these waits for its end, packed: some 40 bytes a
claim.

Source: X12 TR3 005010X214, in the public form of the validator pyx12.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain

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
    claims: _Claims | None = None
    for event in events:
        match event:
            case Interchange():
                answer = Answer(event, reply, interchanges)
                interchanges += 1
            case Group():
                group = event
            case Transaction():
                verdict = Verdict()
                claims = None
            case Fault() if event.of != "interchange":
                verdict.take(event)
            case Claim() if answer:
                verdict.take(event)
                claims = claims or _Claims(answer, event)
                claims.take(event)
            case End(of="transaction") if answer and group and claims and verdict.code != "R":
                if not open_group:
                    yield from answer.begin_group(group, "HN", GUIDE, groups)
                    groups += 1
                    open_group = True
                yield from claims.write()
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


class _Totals(Struct):
    """Numbers and charges of the claims that are accepted and of those that are not."""

    accepted: int = 0
    rejected: int = 0
    accepted_charges: Decimal = Decimal(0)
    rejected_charges: Decimal = Decimal(0)

    def add(self, charge: Decimal, accepted: bool) -> None:
        """Count a claim."""
        if accepted:
            self.accepted += 1
            self.accepted_charges += charge
        else:
            self.rejected += 1
            self.rejected_charges += charge

    @property
    def charges(self) -> str:
        """Of all of them."""
        return _amount(self.accepted_charges + self.rejected_charges)

    def segments(self, answer: Answer, accepted: str, rejected: str) -> Iterator[bytes]:
        """The totals, counted with these qualifiers; none of nothing."""
        if self.accepted:
            yield answer.segment("QTY", accepted, str(self.accepted))
        if self.rejected:
            yield answer.segment("QTY", rejected, str(self.rejected))
        if self.accepted:
            yield answer.segment("AMT", "YU", _amount(self.accepted_charges))
        if self.rejected:
            yield answer.segment("AMT", "YY", _amount(self.rejected_charges))


class _Provider(Struct):
    """A billing provider whose claims follow one another: its level, and the bytes of what is told of them."""

    party: Party
    level: int
    totals: _Totals
    size: int = 0


class _Claims:
    """The claims of a transaction, until all of them are known."""

    def __init__(self, answer: Answer, first: Claim) -> None:
        self.answer = answer
        self.first = replace(first, result=None)
        self.day = f"{answer.reply.at:%Y%m%d}"
        self.providers: list[_Provider] = []
        self.totals = _Totals()
        self.level = 2
        self.segments = 0
        self.packer = zlib.compressobj(1)
        self.packed: list[bytes] = []

    def take(self, claim: Claim) -> None:
        """Add a claim."""
        if not self.providers or self.providers[-1].party != claim.billing:
            self.level += 1
            self.providers.append(_Provider(claim.billing, self.level, _Totals()))
        provider = self.providers[-1]
        self.level += 1
        accepted, told = statuses(claim)
        for totals in (self.totals, provider.totals):
            totals.add(claim.charge or Decimal(0), accepted)
        segments = [
            self.answer.segment("HL", str(self.level), str(provider.level), "PT"),
            *_claim(self.answer, claim, accepted, told, self.day),
        ]
        self.segments += len(segments)
        written = b"".join(segments)
        provider.size += len(written)
        if packed := self.packer.compress(written):
            self.packed.append(packed)

    def write(self) -> Iterator[bytes]:
        """The transaction of the answer."""
        answer, first, day = self.answer, self.first, self.day
        segment = answer.segment
        yield answer.begin_transaction("277", GUIDE)
        reference = f"{answer.number.lstrip('0')}-{answer.groups}-{answer.transactions}"
        yield segment("BHT", "0085", "08", reference, day, f"{answer.reply.at:%H%M}", "TH")
        yield segment("HL", "1", "", "20", "1")
        yield segment("NM1", "PR", "2", *_party(answer, first.payer)[1:])
        yield segment("TRN", "1", reference)
        yield segment("DTP", "050", "D8", day)
        yield segment("DTP", "009", "D8", day)
        yield segment("HL", "2", "1", "21", "1")
        yield segment("NM1", "41", *_party(answer, first.submitter))
        yield segment("TRN", "2", answer.exact(first.submission, 50) or "0")
        yield segment("STC", RECEIVED, day, "WQ", self.totals.charges)
        yield from self.totals.segments(answer, "90", "AA")
        unpack = zlib.decompressobj().decompress
        pieces = map(unpack, chain(self.packed, [self.packer.flush()]))
        told = b""
        for provider in self.providers:
            yield segment("HL", str(provider.level), "2", "19", "1")
            yield segment("NM1", "85", *_party(answer, provider.party))
            yield segment("TRN", "1", "0")
            yield segment("STC", RECEIVED, "", "WQ", provider.totals.charges)
            yield from provider.totals.segments(answer, "QA", "QC")
            left = provider.size
            while left:
                told = told or next(pieces)
                yield told[:left]
                left, told = left - len(told[:left]), told[left:]
        answer.segments += self.segments
        yield answer.end_transaction()


def _claim(answer: Answer, claim: Claim, accepted: bool, told: Sequence[Status], day: str) -> Iterator[bytes]:
    segment = answer.segment
    first, *further = told
    yield segment("NM1", "QC", "1", *_party(answer, claim.patient)[1:])
    yield segment("TRN", "2", answer.exact(claim.claim_id, 50) or "0")
    amount = _amount(claim.charge or Decimal(0))
    yield segment("STC", first, day, "WQ" if accepted else "U", amount, "", "", "", "", "", *further)
    if trace := answer.exact(claim.trace, 50):
        yield segment("REF", "D9", trace)
    yield segment("DTP", "472", *_days(claim.first_day, claim.last_day))


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
