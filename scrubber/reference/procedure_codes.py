"""Which procedure codes there are, and when: CPT as far as Medicare's tables name its codes, and HCPCS level II.

A table that is complete for some codes only never makes another code unknown. Nor does one that is older than the
service: codes are added every quarter.
"""

import re
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from scrubber.reference.ncci import Edition, Editions
from scrubber.reference.snapshot import Snapshot

CPT = re.compile(r"[0-9]{4}[0-9AFMTU]")
IN_FEE_SCHEDULE = re.compile(r"[0-9]{4}[0-9FT]")
"""The CPT codes that the fee schedule lists: it has none of the laboratories' own (M, U) and of administration (A)."""
HCPCS = re.compile(r"[A-Z][0-9]{4}")
DENTAL = "D"
"""Codes of the dental association, which the HCPCS file has not had since 2011."""


class State(StrEnum):
    """What the tables say of a code on a day."""

    VALID = "valid"
    MALFORMED = "malformed"
    UNKNOWN = "unknown"
    NOT_YET = "not-yet"
    ENDED = "ended"
    OLDER_EDITION = "older-edition"
    NOT_ANSWERED = "not-answered"


class Standing(NamedTuple):
    """The state of a code on a day; ``limit`` is its first or last day, ``edition`` what tells it, each if known."""

    state: State
    limit: date | None = None
    edition: str | None = None


def named_somewhere(code: str, reference: Snapshot) -> bool:
    """Whether the fee schedule or the HCPCS codes of any edition have the code."""
    schedule, hcpcs = reference.fee_schedule, reference.hcpcs
    return (schedule is not None and any(code in rows for _, rows in schedule.all)) or (
        hcpcs is not None and any(code in rows for _, rows in hcpcs.all)
    )


def standing(code: str, on: date, reference: Snapshot) -> Standing:
    """What the tables say of a code on a day of service. The fee schedule and the HCPCS codes must be loaded."""
    is_hcpcs = HCPCS.fullmatch(code) is not None
    if not is_hcpcs and not CPT.fullmatch(code):
        return Standing(State.MALFORMED)
    if is_hcpcs and (told := _by_its_dates(code, on, reference)) is not None:
        return told
    schedule = reference.fee_schedule
    answering = schedule.answering(on, code) if schedule is not None else None
    if answering is not None and code in answering[1]:
        return Standing(State.VALID)
    if is_hcpcs:
        hcpcs = reference.hcpcs.answering(on, code) if reference.hcpcs is not None else None
        return Standing(State.NOT_ANSWERED) if code[0] == DENTAL or hcpcs is None else absent(hcpcs[0], on)
    if not IN_FEE_SCHEDULE.fullmatch(code):
        return Standing(State.VALID if any(_editions_with(code, reference)) else State.NOT_ANSWERED)
    if answering is None or schedule is None:
        return Standing(State.NOT_ANSWERED)
    edition = answering[0]
    for other in _editions_with(code, reference):
        if other.effective > edition.effective:
            return Standing(State.NOT_YET, other.effective, edition.label)
        return Standing(State.ENDED, None, edition.label)
    return absent(edition, on)


def _by_its_dates(code: str, on: date, reference: Snapshot) -> Standing | None:
    """The standing of a code of the HCPCS file; None for one it does not have."""
    row = reference.hcpcs.row(code, on) if reference.hcpcs is not None else None
    return within(row.first, row.last, on) if row is not None else None


def within(first: date | None, last: date | None, on: date) -> Standing:
    """The standing on a day of a code with these first and last days (None: open)."""
    if first is not None and on < first:
        return Standing(State.NOT_YET, first)
    if last is not None and on > last:
        return Standing(State.ENDED, last)
    return Standing(State.VALID)


def absent(edition: Edition, on: date) -> Standing:
    """The standing of a code that a complete edition lacks: unknown where that edition is of the day's quarter."""
    months = (on.year - edition.effective.year) * 12 + on.month - edition.effective.month
    current = edition.effective <= on and months < 3
    return Standing(State.UNKNOWN if current else State.OLDER_EDITION, None, edition.label)


def _editions_with(code: str, reference: Snapshot) -> Iterator[Edition]:
    """The editions of the fee schedule and of the unit limits that have the code, the newest of each first."""
    tables: tuple[Editions[Any] | None, ...] = (reference.fee_schedule, reference.mue)
    for table in tables:
        if table is not None:
            yield from (edition for edition, rows in table.all if code in rows)
