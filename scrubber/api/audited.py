"""Noting in the audit who read what is kept of patients: before it is answered, so that nothing is read unnoted."""

from flask import request

from scrubber.api.tenants import caller_of, tenant_of
from scrubber.batch.workshop import Workshop
from scrubber.store.audit import record
from scrubber.store.database import writing


def note_reading(workshop: Workshop, what: str, subject: str) -> None:
    """Note that whoever sent the present request reads ``what`` of ``subject``, such as the results of a batch."""
    with writing(workshop.database) as connection:
        record(connection, workshop.now(), tenant_of(request), caller_of(request), f"read {what}", subject)
