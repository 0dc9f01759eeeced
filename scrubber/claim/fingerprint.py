"""When two claims bill the same services for the same patient: a hash that is then the same."""

from hashlib import blake2b

from msgspec.msgpack import Encoder

from scrubber.claim.model import Claim, ServiceLine

ORIGINAL = "1"
"""The frequency code of a claim that neither replaces nor voids another."""

_encode = Encoder(decimal_format="string").encode


def fingerprint(claim: Claim) -> bytes | None:
    """What makes a claim an exact duplicate of another: payer, member, patient, biller, and what each line bills.

    16 bytes. None for a claim that can't be told to be a duplicate: it replaces or voids another, or does not say
    whose it is or who bills. Diagnoses and the claim's own id do not count: a claim sent again under a new id is a
    duplicate all the same. Source: CMS Claims Processing Manual (Pub. 100-04) ch. 1 §120.2, the criteria of an exact
    duplicate.
    """
    if not is_comparable(claim):
        return None
    biller = claim.billing_provider.npi or claim.billing_provider.tax_id
    lines = [_billed(line) for line in claim.lines]
    if len(lines) > 1:
        lines.sort()
    patient = (claim.subscriber.id, claim.patient.birth_date, claim.patient.sex)
    return _hash((claim.payer.id, patient, biller, claim.place_of_service, lines))


def is_comparable(claim: Claim) -> bool:
    """Whether a claim has a fingerprint."""
    billing = claim.billing_provider
    return bool(
        claim.subscriber.id and (billing.npi or billing.tax_id) and claim.frequency_code in {ORIGINAL, ""}
    )


def member(claim: Claim) -> bytes | None:
    """A hash of whose claim it is: member id and birth date of the patient. 16 bytes; None where no id is given."""
    if not claim.subscriber.id:
        return None
    return _hash((claim.subscriber.id, claim.patient.birth_date))


def _billed(line: ServiceLine) -> bytes:
    modifiers = sorted(line.modifiers) if len(line.modifiers) > 1 else line.modifiers
    days = (line.service_date, line.service_date_to or line.service_date)
    amounts = (line.units.normalize(), line.charge.normalize())
    return _encode((line.procedure, modifiers, days, line.place_of_service, amounts))


def _hash(told: tuple[object, ...]) -> bytes:
    return blake2b(_encode(told), digest_size=16).digest()
