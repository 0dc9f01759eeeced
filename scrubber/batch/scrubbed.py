"""The records of a chunk → what is kept of them: their results, and the rows these are found and counted by."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from scrubber.claim import Claim, fingerprint, member
from scrubber.engine import Engine, Result, scrub
from scrubber.intake.record import UNREADABLE, Received, Unreadable
from scrubber.rule import Finding
from scrubber.store.results import ChunkResults, FoundBy


def scrubbed(
    engine: Engine, readings: Iterator[Received | Unreadable], batch: int, first: int, tenant: str
) -> tuple[ChunkResults, dict[str, int]]:
    """What is kept of records, the first of which has the ordinal ``first``; and how many there are by disposition."""
    ending = result_ending(engine)
    encode = msgspec.json.Encoder().encode
    kept = ChunkResults(lines=[], ending=ending, claims=[], findings=[], history=[])
    counts: Counter[str] = Counter()
    for ordinal, record in enumerate(readings, first):
        result = record if isinstance(record, Unreadable) else _result(engine, record)
        if isinstance(record, Unreadable) or isinstance(result, Unreadable):
            counts[UNREADABLE] += 1
            kept.lines.append(encode(result))
            kept.claims.append((batch, ordinal, _stored(result.claim_id), UNREADABLE, "", "", 0, None))
            continue
        claim = record.claim
        counts[result.disposition] += 1
        kept.lines.append(encode(result).removesuffix(ending))
        kept.claims.append(
            (
                batch,
                ordinal,
                _stored(claim.claim_id),
                str(result.disposition),
                _stored(claim.payer.id),
                _stored(claim.billing_provider.npi),
                _cents(claim),
                fingerprint(claim),
            )
        )
        for position, finding in enumerate(result.findings):
            kept.findings.append((batch, ordinal, position, *found_by(finding)))
        if (whose := member(claim)) is not None:
            provider = _stored((claim.rendering_provider or claim.billing_provider).npi)
            first_day = min([line.service_date for line in claim.lines]).isoformat()
            services = encode(
                [(line.procedure, line.service_date, line.units) for line in claim.lines]
            ).decode()
            kept.history.append((batch, ordinal, tenant, whose, provider, first_day, services))
    return kept, counts


def result_ending(engine: Engine) -> bytes:
    """What every result of an engine ends with: the ruleset and the reference data it was made with."""
    told = msgspec.json.encode({"ruleset": engine.ruleset, "reference": engine.used, "explanation": None})
    return b"," + told.removeprefix(b"{")


def found_by(finding: Finding) -> FoundBy:
    """What a finding is filtered and counted by."""
    carc = f"{finding.carc.group}-{finding.carc.code}" if finding.carc else None
    return finding.edit, str(finding.severity), finding.line, carc


def _result(engine: Engine, record: Received) -> Result | Unreadable:
    try:
        return scrub(engine, record.claim, record.locate)
    except Exception as fault:  # one claim must not cost the others theirs
        return Unreadable(
            place=record.place,
            message=f"This claim could not be scrubbed, by a fault of the program ({type(fault).__name__}).",
            claim_id=record.claim.claim_id,
        )


def _cents(claim: Claim) -> int:
    charge = claim.total_charge
    if charge is None:
        charge = sum((line.charge for line in claim.lines), Decimal(0))
    return int(charge * 100)


def _stored(text: str | None) -> str:
    """A claim's own text for a column: PostgreSQL keeps no NUL."""
    return (text or "").replace("\0", "\ufffd")
