"""Taking in a remittance: keep the file, read it, match its claims to what was scrubbed, keep what was decided."""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import BinaryIO, Final, cast
from uuid import uuid4

import msgspec
import redis
from msgspec import Struct
from sqlalchemy.exc import IntegrityError

from scrubber.batch.decisions import decisions
from scrubber.batch.found import Found, Tally
from scrubber.batch.queues import queue_calibration
from scrubber.batch.submit import UploadRefused, bounded
from scrubber.batch.workshop import Workshop
from scrubber.intake.files import is_x12, unpacked
from scrubber.intake.record import FileNotUnderstood, Unreadable
from scrubber.intake.stream import Damaged, skip_mark
from scrubber.intake.x12.remittance import PaidClaim, Remitted, read_835
from scrubber.store.audit import record
from scrubber.store.database import writing
from scrubber.store.remittances import (
    KeptRemittance,
    add_outcomes,
    add_remittance,
    find_remittance,
    finish_remittance,
    remove_unfinished,
)

NAME: Final = "remittance"
"""What the file is called in places and messages: its real name may tell of a patient."""

PORTION: Final = 1000
"""Claims that are matched and kept at a time."""

HELD: Final = timedelta(minutes=5)
"""For how long a portion may take, and nobody else begin the same file anew."""

_LOG = logging.getLogger("scrubber.batch")


class NotARemittance(UploadRefused):
    """The upload is not an 835, or damaged. The message says how, and quotes nothing."""


class BeingImported(UploadRefused):
    """The same file is being taken in at this moment."""


class Imported(Struct, frozen=True, kw_only=True):
    """A remittance that is all in. ``imported_before``: the same file was there, and nothing has changed."""

    number: int
    sha256: str
    received_at: datetime
    imported_before: bool
    found: Found


def import_remittance(
    workshop: Workshop, content: Iterable[bytes], *, tenant: str, who: str, queues: bool = True
) -> Imported:
    """Take in an 835, plain or as gzip. The same file again changes nothing, and gives what was found then.
    ``queues``: have the denial rates learned anew in the background.

    Raises UploadRefused, NoRoom and OSError; then nothing of it is kept.
    """
    hashed = sha256()
    blob = f"remittance-{uuid4()}"
    workshop.blobs.write(blob, bounded(content, workshop.settings.max_upload_bytes, hashed.update))
    try:
        digest = hashed.hexdigest()
        number = _begun(workshop, tenant, digest)
        if isinstance(number, KeptRemittance):
            return _imported(number, digest, before=True)
        try:
            found = _read_in(workshop, blob, tenant, number)
            kept = _finished(workshop, tenant, who, digest, number, found)
        except BaseException:
            with writing(workshop.database) as connection:
                remove_unfinished(connection, tenant, number)
            raise
    finally:
        workshop.blobs.remove(blob)
    if found.lines_learned and queues:
        try:
            queue_calibration(workshop, number)
        except redis.RedisError:
            _LOG.warning("calibration not queued: no Redis", extra={"fields": {"remittance": number}})
    return _imported(kept, digest, before=False)


def _begun(workshop: Workshop, tenant: str, digest: str) -> int | KeptRemittance:
    """The number of a new remittance, ours to take in; or the one there is."""
    now = workshop.now()
    try:
        with writing(workshop.database) as connection:
            known = find_remittance(connection, tenant, digest)
            if known and known.told is not None:
                return known
            if known and known.held_until and known.held_until > now:
                raise BeingImported("The same file is being taken in.")
            if known:
                remove_unfinished(connection, tenant, known.number)
            return add_remittance(connection, tenant, digest, now, now + HELD)
    except IntegrityError:
        raise BeingImported("The same file is being taken in.") from None


def _finished(
    workshop: Workshop, tenant: str, who: str, digest: str, number: int, found: Found
) -> KeptRemittance:
    with writing(workshop.database) as connection:
        if not finish_remittance(
            connection, tenant, number, msgspec.json.encode(found).decode(), found.lines_learned
        ):
            raise BeingImported("Somebody else has begun to take in the same file.")
        record(connection, workshop.now(), tenant, who, "imported", f"remittance {number}")
        kept = find_remittance(connection, tenant, digest)
    if kept is None:
        raise LookupError("the remittance was removed while it was recorded")
    return kept


def _imported(kept: KeptRemittance, digest: str, *, before: bool) -> Imported:
    return Imported(
        number=kept.number,
        sha256=digest,
        received_at=kept.received_at,
        imported_before=before,
        found=msgspec.json.decode(kept.told or "", type=Found),
    )


def _read_in(workshop: Workshop, blob: str, tenant: str, number: int) -> Found:
    """Read, match and keep a remittance portion by portion; what was found in it."""
    codes = workshop.engine.reference.denial_codes
    if codes is None:
        raise NotARemittance("The reference table that tells denials apart is not loaded.")
    tally = Tally()
    position = 0
    with workshop.blobs.open(blob) as file:
        told = _told(file, tally)
        while portion := list(islice(told, PORTION)):
            rows = [
                (number, position + at, tenant, *row)
                for at, row in enumerate(decisions(workshop, portion, tenant, codes, tally))
            ]
            position += len(rows)
            with writing(workshop.database) as connection:
                if not add_outcomes(connection, tenant, number, rows, workshop.now() + HELD):
                    raise BeingImported("Somebody else has begun to take in the same file.")
    if not tally.payments:
        raise NotARemittance(tally.first_message() or "There is no payment in this file.")
    return tally.found()


def _told(file: BinaryIO, tally: Tally) -> Iterator[PaidClaim]:
    """The claims of a file; all else it says is counted. Raises NotARemittance."""
    try:
        stream = unpacked(file, NAME)
        skip_mark(stream)
        if not is_x12(stream.peek(64).lstrip()):
            raise NotARemittance("This is not an X12 file: it does not begin with an ISA segment.")
        remitted: Iterator[Remitted] = read_835(cast(BinaryIO, stream), NAME, tally.add_fault)
        for one in remitted:
            if isinstance(one, PaidClaim):
                yield one
            elif isinstance(one, Unreadable):
                tally.add_unreadable(one)
            else:
                tally.add_of_payment(one)
    except Damaged as damage:
        raise NotARemittance(f"The file is damaged: {damage}.") from None
    except FileNotUnderstood as why:
        raise NotARemittance(f"{str(why)[:1].upper()}{str(why)[1:]}.") from None
